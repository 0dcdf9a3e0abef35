from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from tests.factories import AT


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
def htmx() -> Callable[[str], dict[str, Any]]:
    return lambda target: {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": target}
