"""Many people at the same instant: threads that start together, each with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection

from apps.web.verdict import Refused

Given = TypeVar("Given")


def at_once(act: Callable[[Given], Any], given: Sequence[Given]) -> list[Any]:
    """What `act` answered for each, in their order; a refusal is an answer too. Needs committed rows."""
    barrier = threading.Barrier(len(given))

    def run(one: Given) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return act(one)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(given)) as pool:
        return list(pool.map(run, given))
