"""What the facilitator has done, as far as the data can prove it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.debriefs.facilitation import CHECKLIST, CheckItem
from apps.debriefs.models import Debrief, Factor, Side, Strength
from apps.debriefs.models.debrief import SAFE_ANONYMOUS_REVEAL


@dataclass(frozen=True)
class Check:
    item: CheckItem
    # None where no data can tell: then it is only a reminder.
    done: bool | None


@dataclass(frozen=True)
class Unanswered:
    """What Realign has not answered yet. A strength that is to grow has its answer, but nothing grows by a word."""

    factors: list[Factor]
    strengths: list[Strength]
    without_step: list[Strength]
    found: int

    @property
    def total(self) -> int:
        return len(self.factors) + len(self.strengths)

    @property
    def said(self) -> str:
        """How much is left, in a sentence; empty where nothing is."""
        parts = [
            ngettext("%(n)d factor", "%(n)d factors", len(self.factors)) % {"n": len(self.factors)},
            ngettext("%(n)d strength", "%(n)d strengths", len(self.strengths)) % {"n": len(self.strengths)},
        ]
        left = [part for part, some in zip(parts, (self.factors, self.strengths), strict=True) if some]
        if not left:
            return ""
        if len(left) == 1:
            return ngettext("%(what)s still waits for an answer.", "%(what)s still wait for an answer.", self.total) % {
                "what": left[0]
            }
        return _("%(factors)s and %(strengths)s still wait for an answer.") % {
            "factors": left[0],
            "strengths": left[1],
        }


def unanswered(debrief: Debrief) -> Unanswered:
    """Four queries, however much was found."""
    factors = list(debrief.factors.prefetch_related("steps"))
    strengths = list(debrief.strengths.prefetch_related("steps"))
    grows = (Strength.Answer.AMPLIFY, Strength.Answer.SPREAD)
    return Unanswered(
        factors=[one for one in factors if not one.is_answered],
        strengths=[one for one in strengths if not one.is_answered],
        without_step=[
            one for one in strengths if one.answer in grows and all(step.state == "dropped" for step in one.steps.all())
        ],
        found=len(factors) + len(strengths),
    )


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
            waiting = unanswered(debrief)
            return {
                "factors_answered": not waiting.factors,
                "strengths_answered": not waiting.strengths,
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
