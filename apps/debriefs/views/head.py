"""What stands above the page of every phase: title, stepper, how many."""

from apps.debriefs.facilitation import PHASE_TEXT
from apps.debriefs.models import Debrief
from apps.debriefs.phases import WAY, Phase

# A phase that is over can be looked at again.
LOOK_BACK = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN)


def head_context(debrief: Debrief, shown: str) -> dict[str, object]:
    return {
        "debrief": debrief,
        "shown": shown,
        "is_now": shown == debrief.phase,
        "phase_text": PHASE_TEXT.get(shown),
        "phases": _stepper(debrief),
        "people": debrief.participations.count(),
    }


def _stepper(debrief: Debrief) -> list[dict[str, object]]:
    way: list[Phase] = [phase for phase in WAY if phase != Phase.DRAFT]
    now = way.index(Phase(debrief.phase)) if debrief.phase in way else -1
    return [
        {
            "name": PHASE_TEXT[phase].name,
            "hint": PHASE_TEXT[phase].purpose,
            "state": "now" if n == now else "done" if n < now else "ahead",
            "url": f"?phase={phase}" if n < now and phase in LOOK_BACK else "",
        }
        for n, phase in enumerate(way)
    ]
