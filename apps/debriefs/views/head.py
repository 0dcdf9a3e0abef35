"""What stands above the page of every phase: title, stepper, how many."""

from django.utils import timezone

from apps.debriefs import board
from apps.debriefs.facilitation import PHASE_TEXT
from apps.debriefs.models import Debrief
from apps.debriefs.phases import ON_THE_BOARD, Phase


def head_context(debrief: Debrief, shown: str) -> dict[str, object]:
    people, is_now = debrief.participations.count(), shown == debrief.phase
    return {
        "debrief": debrief,
        "shown": shown,
        "is_now": is_now,
        "is_live": is_now and (debrief.phase in ON_THE_BOARD or debrief.phase == Phase.PREPARE),
        "phase_text": PHASE_TEXT.get(shown),
        "head": {region: board.render(debrief, region) for region in ("head", "stepper", "timer", "hands")},
        "people": people,
        "ready": board.ready_count(debrief.ready_count(timezone.now()), people) if shown == Phase.PREPARE else "",
    }
