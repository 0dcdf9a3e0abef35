"""The factories themselves: what they make is in the phase they say, brought there by people."""

from collections.abc import Callable

import pytest

from apps.debriefs.models import Anonymity, Debrief
from apps.debriefs.phases import Phase
from tests.people import PEOPLE, Clients


@pytest.mark.parametrize("anonymity", Anonymity.values)
@pytest.mark.parametrize("phase", Phase.values)
def test_a_debrief_reaches_its_phase_by_moves(debrief_in: Callable[..., Debrief], phase: str, anonymity: str) -> None:
    debrief = debrief_in(phase, anonymity=anonymity)
    assert debrief.phase == phase
    here = Phase.DRAFT.value
    for move in debrief.moves.all():
        assert move.from_phase == here
        here = move.to_phase
    assert here == phase


def test_every_person_has_a_browser(clients: Clients) -> None:
    signed_in = {name: clients[name].session.get("_auth_user_id") for name in PEOPLE}
    assert signed_in == {name: str(clients.people[name].pk) if name != "nobody" else None for name in PEOPLE}
