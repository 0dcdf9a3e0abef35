"""What the facilitator has done, as far as the data can prove it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.debriefs.facilitation import CHECKLIST, CheckItem
from apps.debriefs.models import Debrief, Side
from apps.debriefs.models.debrief import SAFE_ANONYMOUS_REVEAL


@dataclass(frozen=True)
class Check:
    item: CheckItem
    # None where no data can tell: then it is only a reminder.
    done: bool | None


def checks(debrief: Debrief, *, at: datetime) -> list[Check]:
    facts = _facts(debrief, at)
    return [Check(item, facts.get(item.key)) for item in CHECKLIST.get(debrief.phase, ())]


def _facts(debrief: Debrief, at: datetime) -> dict[str, bool]:
    match debrief.phase:
        case "draft":
            return {
                "title": bool(debrief.title.strip()),
                "facts": bool(debrief.happened.strip()),
                "opening": bool(debrief.opening_statement.strip()),
                "people": debrief.participations.exists(),
                "meeting_at": debrief.meeting_at is not None,
            }
        case "prepare":
            return {
                "ready": debrief.ready_count(at) >= SAFE_ANONYMOUS_REVEAL,
                "meeting": debrief.meeting_at is not None and debrief.meeting_at <= at + timedelta(minutes=15),
            }
        case "recognize":
            sides = set(debrief.perspectives.values_list("prompt__side", flat=True))
            return {
                "both_sides": {Side.WRONG, Side.RIGHT} <= sides,
                "timeline": _starts_before_the_event(debrief),
                "themes": debrief.themes.exists(),
            }
        case "rationalize":
            return {
                "voted": debrief.voting_closed_at is not None,
                "factors": debrief.factors.count() > 1,
                "strengths": debrief.strengths.exclude(why="").exists(),
                "questions": debrief.questions.exists(),
            }
        case "realign":
            return {
                "factors_answered": all(factor.is_answered for factor in debrief.factors.prefetch_related("steps")),
                "strengths_answered": not debrief.strengths.filter(answer="").exists(),
                "steps_signal": debrief.steps.exists(),
                "follow_up": debrief.follow_up_at is not None,
            }
        case "follow_through":
            return {
                "checked": debrief.steps.exists() and not debrief.unsettled_steps().exists(),
                "questions_answered": not debrief.questions.filter(answered_at=None).exists(),
            }
        case "learned":
            return {"lessons": debrief.lessons.exists(), "closing": bool(debrief.closing_statement), "audience": True}
    return {}


def _starts_before_the_event(debrief: Debrief) -> bool:
    first = debrief.timeline.order_by("happened_at").first()
    event = debrief.timeline.filter(is_event=True).order_by("happened_at").first()
    if first is None:
        return False
    begins = event.happened_at if event else debrief.started_at
    return begins is None or first.happened_at < begins
