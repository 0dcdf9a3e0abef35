"""Many people at the same instant: threads that start together, each with a connection of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import OperationalError, connection

from apps.web.verdict import Refused

Given = TypeVar("Given")


def at_once(act: Callable[[Given], Any], given: Sequence[Given]) -> list[Any]:
    """What `act` answered for each, in their order; a refusal is an answer too. Needs committed rows."""
    barrier = threading.Barrier(len(given))

    def run(one: Given) -> Any:
        try:
            _connect()
            barrier.wait(timeout=60)
            return act(one)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(given)) as pool:
        return list(pool.map(run, given))


def _connect() -> None:
    """Other runs beside this one may hold every connection for a moment."""
    for _again in range(100):
        try:
            connection.ensure_connection()
        except OperationalError:
            time.sleep(0.2)
        else:
            return
    connection.ensure_connection()
