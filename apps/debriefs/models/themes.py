"""Themes, which people group cards into, and the dots they put on them."""

import textwrap
import uuid
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, ClassVar

from django.db import connection, models, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief
from apps.debriefs.phases import Phase
from apps.web.edits import write_over
from apps.web.verdict import Refused, SentBefore

if TYPE_CHECKING:
    from apps.debriefs.models.perspectives import Perspective

# More cards than this are sent as the whole board: that is less to draw and to send.
MANY_CARDS = 40
WORDS_OF_A_NAME = 48


class Theme(models.Model):
    region: ClassVar = "themes"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="themes")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    # The total, written once when voting closes; nobody sees one before.
    dots = models.PositiveIntegerField(null=True, blank=True)

    # Where it stands among the others, and whether with another one: `ranked` says so, no column does.
    rank: int | None = None
    is_tie = False
    # Whether a factor or a strength came of it: `focus.in_order` says so.
    is_talked_about = False

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
                raise SentBefore
            if new:
                debrief._changed("themes")
        return theme

    @classmethod
    def called(cls, debrief: Debrief, name: str) -> "Theme":
        """The theme of this name, made if there is none: for a form that names one without a key of its own."""
        with transaction.atomic():
            debrief._require(Phase.RECOGNIZE)
            return debrief.themes.filter(name__iexact=name).first() or cls.create(debrief, uuid.uuid4(), name=name)

    @classmethod
    def around(cls, card: "Perspective") -> "Theme":
        """The theme this card is in; where it is in none, a new one, named after its first words."""
        with transaction.atomic():
            card.debrief._require(Phase.RECOGNIZE)
            theme = card.debrief.themes.filter(perspectives=card.pk).first()
            if theme is None:
                theme = cls.create(card.debrief, uuid.uuid4(), name=first_words(card.text))
                card.move_to(theme)
        return theme

    def still_here(self) -> None:
        """Ask inside the transaction that holds the debrief: somebody may have merged or removed it a moment ago."""
        if not Theme.objects.filter(pk=self.pk).exists():
            raise Refused(
                _("This theme is gone; somebody merged or removed it a moment ago. Nothing else was changed.")
            )

    def rename(self, name: str, *, version: int | None = None) -> None:
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE, Phase.RATIONALIZE)
            self.still_here()
            write_over(self, version, name=name)
            if self.debrief.phase == Phase.RECOGNIZE:
                elsewhere = regions_of_cards(self.perspectives.values_list("position", flat=True))
            else:
                elsewhere = ["focus", "factors", "tray"]
            self.debrief._changed(*elsewhere, "themes")

    def merge_into(self, other: "Theme") -> None:
        """Move every card, dot and finding to the other theme and let this one go; nothing is lost."""
        if other.debrief_id != self.debrief_id or other.pk == self.pk:
            raise Refused(_("Choose another theme of this debrief to merge with."))
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            self.still_here()
            other.still_here()
            cards = list(self.perspectives.values_list("position", flat=True))
            for held in (self.perspectives, self.votes, self.factors, self.strengths):
                held.update(theme=other)
            if self.dots is not None:
                Theme.objects.filter(pk=other.pk).update(dots=Coalesce(F("dots"), 0) + self.dots)
            self.delete()
            self.debrief._changed(*regions_of_cards(cards), "themes")

    def split(self, key: uuid.UUID, *, name: str, cards: Collection[uuid.UUID]) -> "Theme":
        """Take some of its cards out into a new theme; a card that somebody moved away meanwhile stays where it is."""
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            if made := self.debrief.themes.filter(pk=key).first():
                return made  # the same form, sent twice
            self.still_here()
            going = dict(self.perspectives.filter(pk__in=cards).values_list("pk", "position"))
            if not going:
                raise Refused(_("Somebody has moved these cards in the meantime; they stay where they are now."))
            theme = Theme.create(self.debrief, key, name=name)
            self.perspectives.filter(pk__in=going).update(theme=theme)
            self.debrief._changed(*regions_of_cards(going.values()), "themes")
        return theme

    def remove(self) -> None:
        """Let the theme go; its cards stay on the board, in no theme."""
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            self.still_here()
            cards = list(self.perspectives.values_list("position", flat=True))
            self.perspectives.update(theme=None)
            self.delete()
            self.debrief._changed(*regions_of_cards(cards), "themes")


def regions_of_cards(numbers: Collection[int]) -> list[str]:
    """What is drawn anew when these cards have another theme, or theirs another name."""
    return [f"card-{number}" for number in numbers] if len(numbers) <= MANY_CARDS else ["board"]


def first_words(text: str) -> str:
    """Enough of a card to know it by; not every script has spaces to cut at."""
    words = textwrap.shorten(text, WORDS_OF_A_NAME, placeholder="…")
    return words if words != "…" else text[:WORDS_OF_A_NAME]


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


def ranked(themes: Iterable[Theme]) -> list[Theme]:
    """Those with the most dots first. Equal ones share a rank and the next is left out: 1, 2, 2, 4; none without dots."""
    ordered = sorted(themes, key=lambda theme: (-(theme.dots or 0), theme.position))
    totals = [theme.dots or 0 for theme in ordered]
    for theme, total in zip(ordered, totals, strict=True):
        if total:
            theme.rank, theme.is_tie = totals.index(total) + 1, totals.count(total) > 1
    return ordered


def cast_vote(theme: Theme, *, by: User) -> None:
    """Put one dot on a theme. Raises Refused when all are used."""
    debrief = theme.debrief
    for number in range(1, debrief.votes_each + 1):
        with transaction.atomic():
            _require_open_voting(debrief)
            _require_no_abstention(debrief, by)
            if _inserted(Vote(debrief=debrief, theme=theme, voter=by, number=number)):
                # Only the first is told: how many have voted is counted, never with how many dots.
                if Vote.objects.filter(debrief=debrief, voter=by).count() == 1:
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


def leave_voting(debrief: Debrief, *, by: User) -> None:
    """Leave the voting to the others: my dots go, and "everyone" is counted without me."""
    with transaction.atomic():
        _require_open_voting(debrief)
        mine = debrief.participations.filter(person=by, abstains=False)
        if mine.update(abstains=True):
            debrief.votes.filter(voter=by).delete()
            debrief._changed("voted")


def vote_after_all(debrief: Debrief, *, by: User) -> None:
    with transaction.atomic():
        _require_open_voting(debrief)
        if debrief.participations.filter(person=by, abstains=True).update(abstains=False):
            debrief._changed("voted")


def _require_no_abstention(debrief: Debrief, person: User) -> None:
    if debrief.participations.filter(person=person, abstains=True).exists():
        raise Refused(_("You leave the voting to the others. Say in your tray that you vote after all, and you can."))


def _require_open_voting(debrief: Debrief) -> None:
    debrief._require(Phase.RATIONALIZE)
    opened, closed = Debrief.objects.filter(pk=debrief.pk).values_list("voting_opened_at", "voting_closed_at").get()
    if not opened:
        raise Refused(_("Voting has not opened yet."))
    if closed:
        raise Refused(_("Voting has closed; the totals stand."))
