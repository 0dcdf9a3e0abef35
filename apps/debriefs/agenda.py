"""The agenda of a meeting: how many minutes each phase has, by its share or as the leader chose."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from apps.debriefs.facilitation import PHASE_TEXT
from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase

# What happens in the meeting, and the share of each.
SHARES: dict[Phase, int] = {Phase(phase): text.minutes for phase, text in PHASE_TEXT.items() if text.minutes}
# Somebody who opens the page the next day is not a thousand minutes into a phase.
A_LONG_MEETING = timedelta(hours=4)
SATURDAY = 5


def agenda_of(debrief: Debrief) -> dict[Phase, int]:
    """phase → minutes, for the phases of the meeting."""
    return spread(debrief.agenda_minutes, debrief.agenda)


def spread(total: int, chosen: Mapping[str, int]) -> dict[Phase, int]:
    """What was chosen stays; the rest is shared out among the others, to five minutes where it can be."""
    kept = {phase: chosen[phase] for phase in SHARES if phase in chosen}
    open_ = [phase for phase in SHARES if phase not in kept]
    shared = _share_out(max(total - sum(kept.values()), len(open_)), open_) if open_ else {}
    return {phase: {**shared, **kept}[phase] for phase in SHARES}


def _share_out(total: int, phases: list[Phase]) -> dict[Phase, int]:
    """In steps of five minutes, each to the phase that is furthest behind its share; of two, to the shorter one."""
    step = 5 if total % 5 == 0 and total >= 5 * len(phases) else 1
    due = {phase: total / step * SHARES[phase] / sum(SHARES[one] for one in phases) for phase in phases}
    steps = dict.fromkeys(phases, 1)
    for _ in range(total // step - len(phases)):
        steps[max(phases, key=lambda phase: (due[phase] - steps[phase], -SHARES[phase]))] += 1
    return {phase: n * step for phase, n in steps.items()}


def minutes_into(began: datetime, at: datetime) -> int | None:
    """Whole minutes since a phase began; None once that was another day's meeting."""
    passed = at - began
    return int(passed.total_seconds() // 60) if timedelta() <= passed <= A_LONG_MEETING else None


def soak_day(today: date) -> date:
    """Two working days on: ideas that still look right then usually are."""
    day, left = today, 2
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day
