"""How far a team has come since the event: the line from the diamond to the circle, as a few points. Read-only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.debriefs.models import Debrief

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Where the drawing has room for a point and its words: x, y of the knot; x, y and anchor of the words.
PLACES = (
    (7, 98, 0, 124, "start"),
    (68, 78, 78, 94, "start"),
    (138, 56, 148, 72, "start"),
    (252, 30, 252, 14, "middle"),
)


@dataclass(frozen=True)
class Knot:
    on: date
    words: "StrOrPromise"
    x: int
    y: int
    words_x: int
    words_y: int
    anchor: str


@dataclass(frozen=True)
class Way:
    """Four points at most, in order; `said` tells them to whoever does not see the drawing."""

    knots: list[Knot]
    said: str
    caption: str


def way_of(debrief: Debrief) -> Way | None:
    """None until there is a beginning and a debrief to draw."""
    if debrief.started_at is None or debrief.revealed_at is None:
        return None
    here = ZoneInfo(debrief.time_zone)
    steps = list(debrief.steps.all())
    kept = sorted(step.done_at for step in steps if step.done_at and step.state in ("done", "checked"))
    checked = sorted(step.settled_at for step in steps if step.state == "checked" and step.settled_at)
    worked = sum(step.outcome == "worked" for step in steps)
    points: list[tuple[datetime, str]] = [
        (debrief.started_at, _("it happened")), (debrief.revealed_at, _("debrief")),
    ]  # fmt: skip
    if kept:
        points.append((kept[0], _("first step kept")))
    if checked:
        points.append(
            (checked[-1], _("%(worked)d of %(checked)d worked") % {"worked": worked, "checked": len(checked)})
        )
    days = [(when.astimezone(here).date(), words) for when, words in points]
    knots = [_knot(on, words, place) for (on, words), place in zip(days, PLACES, strict=False)]
    return Way(knots, "; ".join(str(knot.words) for knot in knots), _caption(debrief, kept, here))


def _knot(on: date, words: str, place: tuple[int, int, int, int, str]) -> Knot:
    return Knot(on, f"{date_format(on, 'j M')}: {words}", *place)


def _caption(debrief: Debrief, kept: list[datetime], here: ZoneInfo) -> str:
    if not kept or debrief.started_at is None:
        return _("How far the team has come since.")
    days = (kept[0].astimezone(here).date() - debrief.started_at.astimezone(here).date()).days
    if days < 0:
        return _("How far the team has come since.")
    return ngettext(
        "How far the team has come: %(days)d day from the event to the first kept step.",
        "How far the team has come: %(days)d days from the event to the first kept step.",
        days,
    ) % {"days": days}
