"""Themes, which people group cards into, and the dots they put on them."""

import uuid
from typing import ClassVar

from django.db import connection, models, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import SENT_BEFORE, Debrief
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused


class Theme(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="themes")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    # The total, written once when voting closes; nobody sees one before.
    dots = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("theme")
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="theme_has_a_name"),
            models.UniqueConstraint(fields=["debrief", "id"], name="theme_of_debrief"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def dot_marks(self) -> range:
        """As many marks as there are dots to draw; past thirty the number says it better."""
        return range(min(self.dots or 0, 30))

    @classmethod
    def create(cls, debrief: Debrief, key: uuid.UUID, *, name: str) -> "Theme":
        with transaction.atomic():
            debrief._require(Phase.RECOGNIZE)
            last = debrief.themes.aggregate(last=Max("position"))["last"] or 0
            theme, new = cls.objects.get_or_create(
                pk=key, defaults={"debrief": debrief, "name": name, "position": last + 1}
            )
            if theme.debrief_id != debrief.pk:
                raise Refused(_("Please open the page again and send the theme once more."))
            if not new and theme.name != name:
                raise Refused(SENT_BEFORE)
            if new:
                debrief._changed("themes")
        return theme

    @classmethod
    def called(cls, debrief: Debrief, name: str) -> "Theme":
        """The theme of this name, made if there is none: for a form that names one without a key of its own."""
        with transaction.atomic():
            debrief._require(Phase.RECOGNIZE)
            return debrief.themes.filter(name__iexact=name).first() or cls.create(debrief, uuid.uuid4(), name=name)

    def still_here(self) -> None:
        """Ask inside the transaction that holds the debrief: somebody may have merged or removed it a moment ago."""
        if not Theme.objects.filter(pk=self.pk).exists():
            raise Refused(_("This theme is gone; somebody merged or removed it. What you typed is still here."))

    def rename(self, name: str) -> None:
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE, Phase.RATIONALIZE)
            self.still_here()
            self.name = name
            self.save(update_fields=["name"])
            self.debrief._changed("themes", "board")

    def merge_into(self, other: "Theme") -> None:
        """Move every card, dot and finding to the other theme and let this one go; nothing is lost."""
        if other.debrief_id != self.debrief_id or other.pk == self.pk:
            raise Refused(_("Choose another theme of this debrief to merge with."))
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            self.still_here()
            other.still_here()
            for held in (self.perspectives, self.votes, self.factors, self.strengths):
                held.update(theme=other)
            if self.dots is not None:
                Theme.objects.filter(pk=other.pk).update(dots=Coalesce(F("dots"), 0) + self.dots)
            self.delete()
            self.debrief._changed("themes", "board")

    def remove(self) -> None:
        """Let the theme go; its cards stay on the board, in no theme."""
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            self.perspectives.update(theme=None)
            self.delete()
            self.debrief._changed("themes", "board")


class Vote(models.Model):
    """One dot. A person's dots are numbered from 1 to the budget, so the budget holds whatever races."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="votes")
    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="votes")
    # Somebody whose account ends takes no dot along: the totals would say where it was.
    voter = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("vote")
        constraints = (
            models.UniqueConstraint(fields=["debrief", "voter", "number"], name="vote_number_once"),
            models.CheckConstraint(condition=Q(number__range=(1, 10)), name="vote_number_in_range"),
        )

    def __str__(self) -> str:
        return f"{self.theme_id} {self.number}"


def cast_vote(theme: Theme, *, by: User) -> None:
    """Put one dot on a theme. Raises Refused when all are used."""
    debrief = theme.debrief
    for number in range(1, debrief.votes_each + 1):
        with transaction.atomic():
            _require_open_voting(debrief)
            vote = Vote(debrief=debrief, theme=theme, voter=by, number=number)
            if _inserted(vote):
                if number == 1:
                    debrief._changed("voted")
                return
    raise Refused(_("All your dots are used. Take one back from another theme first."))


def _inserted(vote: Vote) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO debriefs_vote (debrief_id, theme_id, voter_id, number) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [vote.debrief_id, vote.theme_id, vote.voter_id, vote.number],
        )
        return cursor.rowcount == 1


def take_vote_back(theme: Theme, *, by: User) -> None:
    with transaction.atomic():
        _require_open_voting(theme.debrief)
        last = Vote.objects.filter(theme=theme, voter=by).order_by("-number").first()
        if last is not None:
            last.delete()
            if not Vote.objects.filter(debrief=theme.debrief, voter=by).exists():
                theme.debrief._changed("voted")


def _require_open_voting(debrief: Debrief) -> None:
    debrief._require(Phase.RATIONALIZE)
    opened, closed = Debrief.objects.filter(pk=debrief.pk).values_list("voting_opened_at", "voting_closed_at").get()
    if not opened:
        raise Refused(_("Voting has not opened yet."))
    if closed:
        raise Refused(_("Voting has closed; the totals stand."))
