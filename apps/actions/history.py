"""A step's history as sentences. Read-only."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.actions.models import State, Step, StepChange

What = StepChange.What
MOVES = {
    State.OPEN: "undo",
    State.IN_PROGRESS: "progress",
    State.DONE: "done",
    State.CHECKED: "look",
    State.DROPPED: "dropped",
}


SENTENCES = {
    What.AGREED: ("plus", gettext_lazy("Agreed; %(name)s wrote it down")),
    What.REWRITTEN: ("pencil", gettext_lazy("%(name)s reworded it")),
    What.MOVED: ("calendar", gettext_lazy("%(name)s moved the due date from %(was)s to %(now)s")),
    What.LOOK_MOVED: ("look", gettext_lazy("%(name)s moved the look-again date from %(was)s to %(now)s")),
    What.HANDED_OVER: ("person", gettext_lazy("%(name)s handed it over from %(was)s to %(now)s")),
    What.BLOCKED: ("blocked", gettext_lazy("%(name)s said what is in the way")),
    What.UNBLOCKED: ("arrow", gettext_lazy("%(name)s said that it moves again")),
    What.NEEDS_HELP: ("hand", gettext_lazy("%(name)s asked for help")),
}


@dataclass(frozen=True)
class Line:
    icon: str
    text: str
    note: str
    at: datetime


def history_of(step: Step, *, with_notes: bool) -> list[Line]:
    """Oldest first. What people wrote beside a verdict is for the room, so a manager reads it `with_notes=False`."""
    changes = step.history.select_related("by", "was", "now")
    return [Line(*_said(step, change), _note(change, with_notes), change.at) for change in changes]


def _note(change: StepChange, with_notes: bool) -> str:
    return change.note if with_notes or change.what != What.CHECKED else ""


def _said(step: Step, change: StepChange) -> tuple[str, str]:
    if change.what == What.CHECKED:
        return _verdict(step, change)
    if change.what == What.MOVED_STATE:
        icon, sentence = MOVES[State(change.after)], _moved(change)
    else:
        icon, said = SENTENCES[What(change.what)]
        sentence = str(said)
    was, now = change.was or _day(change.was_on), change.now or _day(change.now_on)
    return icon, sentence % {"name": change.by, "was": was, "now": now}


def _moved(change: StepChange) -> str:
    if change.after == State.DONE:
        return _("%(name)s finished it")
    if change.after == State.DROPPED:
        return _("%(name)s dropped it, because")
    if change.before == State.OPEN:
        return _("%(name)s began")
    if change.before == State.IN_PROGRESS:
        return _("%(name)s put it back to open")
    return _("%(name)s took it up again")


def _verdict(step: Step, change: StepChange) -> tuple[str, str]:
    """By the part a person has in the step: no name stands beside a verdict."""
    icon = {"worked": "worked", "partly": "partly", "did_not_work": "loop"}.get(change.verdict, "early")
    said = {"verdict": change.get_verdict_display()}
    if change.by_id == step.owner_id:
        return icon, _("The owner’s word: %(verdict)s") % said
    if change.by_id == step.second_id:
        return icon, _("The second person’s word: %(verdict)s") % said
    return icon, _("The word of somebody who had it before: %(verdict)s") % said


def _day(day: date | None) -> str:
    return date_format(day, "j F") if day else ""
