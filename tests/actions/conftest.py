from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief
from tests.factories import AT, a_step


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """It is Monday 9 November 2026, nine o'clock in London, unless a test says otherwise."""
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def on() -> Iterator[Callable[[datetime], None]]:
    """`on(LOOK_AGAIN_AT)`: it is that moment from here on. Say so before somebody signs in: sessions end."""
    with time_machine.travel(AT, tick=False) as clock:
        yield clock.move_to


@pytest.fixture
def realign(debrief_in: Callable[..., Debrief]) -> Debrief:
    return debrief_in("realign")


@pytest.fixture
def step(realign: Debrief, bob: User, alice: User) -> Step:
    """Bob's, due on 23 November; Alice is the second person; looked at again on 7 December."""
    return a_step(realign, owner=bob, second=alice, title="Ask two people before a renewal")


@pytest.fixture
def htmx() -> Callable[[str], dict[str, Any]]:
    """The headers htmx sends when it is going to swap the element with this id."""
    return lambda target: {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": target}
