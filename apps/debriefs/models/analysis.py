import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief
from apps.debriefs.models.themes import Theme
from apps.debriefs.phases import Phase
from apps.web.edits import write_over
from apps.web.verdict import Refused, SentBefore

NOTE_MAX = 2000
ANALYSIS = (Phase.RATIONALIZE, Phase.REALIGN)
AFTER_REVEAL = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH)


class FoundByTheRoom(models.Model):
    """What participants write down together: made once per form, changed in certain phases, shown to all."""

    # The key of the form that made it, so that the same form sent twice makes one row.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # Raised by each rewording: whoever saves over words they have not seen finds out.
    version = models.PositiveIntegerField(default=1)
    region: ClassVar[str]
    phases: ClassVar[tuple[Phase, ...]]

    class Meta:
        abstract = True

    @classmethod
    def write(cls, debrief: Debrief, key: uuid.UUID, **fields: Any) -> Self:
        """Write it down; the same key again answers with what is there. Raises WrongPhase, or Refused for a
        key of another debrief."""
        with transaction.atomic():
            debrief._require(*cls.phases)
            one, new = cls._default_manager.get_or_create(pk=key, defaults={"debrief": debrief, **fields})
            if one.debrief_id != debrief.pk:  # type: ignore[attr-defined]
                raise Refused(_("Please open the page again and send this once more."))
            if not new and any(getattr(one, name) != value for name, value in fields.items()):
                raise SentBefore
            if new:
                debrief._changed(cls.region, replan=cls.region == "questions")
        return one

    def rewrite(self, *, version: int | None = None, **fields: Any) -> None:
        """Put other words in place of those of `version`; raises Collided when somebody else has done so since."""
        debrief: Debrief = self.debrief  # type: ignore[attr-defined]
        with transaction.atomic():
            debrief._require(*self.phases)
            if not type(self)._default_manager.filter(pk=self.pk).exists():
                raise Refused(_("Somebody has removed this a moment ago. What you typed is still here."))
            write_over(self, version, **fields)
            debrief._changed(self.region, replan=self.region == "questions")

    def remove(self) -> None:
        debrief: Debrief = self.debrief  # type: ignore[attr-defined]
        with transaction.atomic():
            debrief._require(*self.phases)
            try:
                self.delete()
            except ProtectedError:
                raise Refused(_("A step answers this. Drop or change the step first, then it can go.")) from None
            debrief._changed(self.region)


class FactorKind(models.TextChoices):
    TACTICAL_MISSTEP = "tactical_misstep", _("tactical misstep")
    UNSPOKEN = "unspoken", _("unspoken feeling or wish")
    UNFORESEEABLE = "unforeseeable", _("unforeseeable")


class Factor(FoundByTheRoom):
    """Something that contributed."""

    region = "factors"
    phases = ANALYSIS

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="factors")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="factors")
    title = models.CharField(_("what contributed"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=FactorKind)
    # Each answer to "what made that sensible?", the nearest first.
    chain = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    assumption = models.CharField(_("the assumption that turned out wrong"), max_length=500, blank=True)
    is_calculated_risk = models.BooleanField(_("a calculated risk"), null=True, blank=True)
    is_sound_step = models.BooleanField(_("a sound step with a bad ending"), default=False)
    # Instead of a step: we live with it, and say why.
    accepted_because = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        verbose_name = _("factor")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=FactorKind.values), name="factor_kind_is_known"),
            models.CheckConstraint(condition=~Q(title=""), name="factor_has_a_title"),
            models.UniqueConstraint(fields=["debrief", "id"], name="factor_of_debrief"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_answered(self) -> bool:
        """By a step that was not dropped (asked through the reverse relation), or accepted as it is."""
        return bool(self.accepted_because) or any(step.state != "dropped" for step in self.steps.all())

    def accept(self, because: str, *, version: int | None = None) -> None:
        """Consciously leave it without a step; an empty reason takes the acceptance back."""
        self.rewrite(version=version, accepted_because=because)


class Strength(FoundByTheRoom):
    """Something that went right and can be built on."""

    region = "strengths"
    phases = ANALYSIS

    class Reliability(models.TextChoices):
        LUCK = "luck", _("luck")
        DEPENDABLE = "dependable", _("something we can rely on")

    class Answer(models.TextChoices):
        KEEP = "keep", _("keep")
        AMPLIFY = "amplify", _("amplify")
        SPREAD = "spread", _("spread")

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="strengths")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="strengths")
    title = models.CharField(_("what went right"), max_length=200)
    why = models.CharField(_("why it worked"), max_length=NOTE_MAX, blank=True)
    reliability = models.CharField(max_length=10, choices=Reliability, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        verbose_name = _("strength")
        constraints = (
            models.CheckConstraint(condition=~Q(title=""), name="strength_has_a_title"),
            models.UniqueConstraint(fields=["debrief", "id"], name="strength_of_debrief"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_answered(self) -> bool:
        """By a word, or by a step that was not dropped (asked through the reverse relation)."""
        return bool(self.answer) or any(step.state != "dropped" for step in self.steps.all())

    def give_answer(self, answer: str, *, version: int | None = None) -> None:
        self.rewrite(version=version, answer=answer)


class OpenQuestion(FoundByTheRoom):
    """What nobody could answer in the room, and who finds out by when."""

    region = "questions"
    phases = AFTER_REVEAL

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="questions")
    due_on = models.DateField(_("answer by"))
    answer = models.CharField(_("answer"), max_length=NOTE_MAX, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        verbose_name = _("open question")
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="question_has_text"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="question_answered_at_by_and_with",
            ),
        )

    def __str__(self) -> str:
        return self.text

    def give_answer(self, answer: str, *, by: User, at: datetime, version: int | None = None) -> None:
        self.rewrite(version=version, answer=answer, answered_by=by, answered_at=at)


class Lesson(FoundByTheRoom):
    """What we now know, in one or two sentences; the part that is shared."""

    region = "lessons"
    phases = (Phase.REALIGN, Phase.FOLLOW_THROUGH)

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="lessons")
    text = models.CharField(_("lesson"), max_length=500)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        verbose_name = _("lesson")
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="lesson_has_text"),)

    def __str__(self) -> str:
        return self.text


class ParkedIdea(FoundByTheRoom):
    """A fix that came up early; it waits for Realign."""

    region = "parking"
    phases = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN)

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="parked_ideas")
    text = models.CharField(_("idea"), max_length=500)
    parked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["parked_at", "id"]
        verbose_name = _("parked idea")
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="parked_idea_has_text"),)

    def __str__(self) -> str:
        return self.text
