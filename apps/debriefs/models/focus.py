"""Rationalize, theme by theme: which one is talked about now, which comes next, and for how long."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models.analysis import Factor, Strength
from apps.debriefs.models.debrief import Debrief
from apps.debriefs.models.meeting import start_timer
from apps.debriefs.models.themes import Theme, ranked
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused

TOP = 3  # ranks; themes that share the last of them all belong to it
SHORTEST = 3  # minutes

# A theme has been talked about once something was found in it.
FOUND = Exists(Factor.objects.filter(theme=OuterRef("pk"))) | Exists(Strength.objects.filter(theme=OuterRef("pk")))


def in_order(themes: QuerySet[Theme]) -> list[Theme]:
    """By dots, or as they were named where nobody has voted; each knows whether something was found in it."""
    rows = list(themes.annotate(found=FOUND))
    for theme in rows:
        theme.is_talked_about = theme.found
    return ranked(rows)


def top(themes: Sequence[Theme]) -> list[Theme]:
    return [theme for theme in themes if theme.rank and theme.rank <= TOP]


def minutes_each(minutes: int, themes: Sequence[Theme]) -> int:
    """A phase's minutes, shared among its top themes; too short is no talk at all."""
    return max(SHORTEST, minutes // max(1, len(top(themes)) or min(TOP, len(themes))))


def next_theme(themes: Sequence[Theme], now: Theme | None) -> Theme | None:
    """The one below that under discussion of which nothing has been found yet; somebody may have gone ahead."""
    below = themes[themes.index(now) + 1 :] if now in themes else themes
    return next((theme for theme in below if not theme.is_talked_about), None)


def focus_on(debrief: Debrief, theme: Theme | None, *, minutes: int, at: datetime) -> None:
    """Talk about this theme now, and start its time; None when all have been talked about.

    The same click twice starts the time once. Refused while people vote: what is talked about draws dots.
    """
    with transaction.atomic():
        debrief._require(Phase.RATIONALIZE)
        debrief.refresh_from_db(fields=["voting_opened_at", "voting_closed_at"])
        if debrief.voting_is_open:
            raise Refused(_("People are still voting, and talk would draw their dots. Close the voting first."))
        if theme:
            theme.still_here()
        moved = Debrief.objects.filter(pk=debrief.pk).exclude(focus=theme).update(focus=theme)
        debrief.focus = theme
        if moved:
            debrief._changed("focus", "themes")
        if moved and theme:
            start_timer(debrief, minutes=minutes, at=at)
