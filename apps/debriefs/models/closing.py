"""How a meeting closes: a line from whoever wants to say one, and two questions that are only ever counted."""

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused

LINE_MAX = 200
# The meeting closes at the end of Realign; who was called away says a word afterwards.
CLOSING = (Phase.REALIGN, Phase.FOLLOW_THROUGH)
# Fewer answers than these would say what each of them was.
ENOUGH_ANSWERS = 3


class ClosingLine(models.Model):
    """What somebody takes along, in one line, for the room."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="closing_lines")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(_("one line"), max_length=LINE_MAX)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("closing line")
        constraints = (
            models.UniqueConstraint(fields=["debrief", "person"], name="closing_line_once"),
            models.CheckConstraint(condition=~Q(text=""), name="closing_line_has_text"),
        )

    def __str__(self) -> str:
        return self.text

    @classmethod
    def say(cls, debrief: Debrief, text: str, *, by: User) -> None:
        """Put this person's line where the room sees it, in place of an earlier one; an empty line takes it back."""
        with transaction.atomic():
            debrief._require(*CLOSING)
            mine = cls.objects.filter(debrief=debrief, person=by)
            if text:
                cls.objects.update_or_create(debrief=debrief, person=by, defaults={"text": text})
            elif not mine.delete()[0]:
                return
            debrief._changed("closing")


class ClosingTally(models.Model):
    """All answers to the two closing questions in one row of numbers: no answer has a row, so none has a person."""

    debrief = models.OneToOneField(Debrief, on_delete=models.CASCADE, related_name="closing_tally", primary_key=True)
    learned_yes = models.PositiveIntegerField(default=0)
    learned_no = models.PositiveIntegerField(default=0)
    again_yes = models.PositiveIntegerField(default=0)
    again_no = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("closing tally")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def count(cls, debrief: Debrief, *, by: User, learned: bool, again: bool) -> bool:
        """Count both answers of this person, once; False if they were counted before. What others are told, and each
        row but this one, is the same whatever was answered (docs/adr: a tally is one row)."""
        with transaction.atomic():
            debrief._require(*CLOSING)
            debrief.refresh_from_db(fields=["closing_shown_at"])
            if debrief.closing_shown_at:
                raise Refused(_("The answers are on the screen already, so no more are counted."))
            mine = debrief.participations.filter(person=by)
            if not mine.filter(has_closed=False).update(has_closed=True):
                if not mine.exists():
                    raise Refused(_("Those who take part in this debrief answer the two questions."))
                return False
            cls.objects.get_or_create(debrief=debrief)
            cls.objects.filter(debrief=debrief).update(
                learned_yes=F("learned_yes") + int(learned), learned_no=F("learned_no") + int(not learned),
                again_yes=F("again_yes") + int(again), again_no=F("again_no") + int(not again),
            )  # fmt: skip
            debrief._changed("closing")
        return True

    @classmethod
    def show(cls, debrief: Debrief, *, at: datetime) -> None:
        """Show the totals to the room. From here on nobody answers: one more would be read off the difference."""
        with transaction.atomic():
            debrief._require(*CLOSING)
            tally = cls.objects.filter(debrief=debrief).first()
            if tally is None or not tally.is_enough:
                raise Refused(
                    _("The answers are shown once three people have given theirs; with fewer, everybody could guess.")
                )
            if Debrief.objects.filter(pk=debrief.pk, closing_shown_at=None).update(closing_shown_at=at):
                # Named apart, so that a page can take away the form that nobody can send any more.
                debrief._changed("closing", "closing-shown")
            debrief.refresh_from_db(fields=["closing_shown_at"])

    @property
    def is_enough(self) -> bool:
        return self.learned_yes + self.learned_no >= ENOUGH_ANSWERS
