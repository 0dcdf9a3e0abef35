"""The cache in front of a Redis that answers, that is gone, and that hangs."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from apps.web import cache as module
from apps.web.cache import ForgivingCache, ForgivingClient

QUICK = {"OPTIONS": {"socket_timeout": 0.1, "socket_connect_timeout": 0.1}, "KEY_PREFIX": "test-cache"}


@pytest.fixture(autouse=True)
def nobody_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForgivingClient, "away_until", 0.0)


@pytest.fixture(params=["gone", "hangs"])
def away(request: pytest.FixtureRequest) -> Iterator[ForgivingCache]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "gone":
            server.close()
        yield ForgivingCache(f"redis://127.0.0.1:{port}/0", QUICK)


def test_it_is_a_cache() -> None:
    cache = ForgivingCache(settings.REDIS_URL, QUICK)
    cache.delete_many(["a", "b", "lock"])
    cache.set("a", {"n": 1})
    cache.set_many({"b": 2})
    assert (cache.get("a"), cache.get("b"), cache.get("c", "none")) == ({"n": 1}, 2, "none")
    assert (cache.add("lock", 1), cache.add("lock", 1), "lock" in cache) == (True, False, True)
    assert (cache.incr("b"), cache.touch("b", 10), cache.delete("b"), cache.delete("b")) == (3, True, True, False)
    cache.delete_many(["a", "lock"])


def test_away_it_is_an_empty_one(away: ForgivingCache) -> None:
    cache: Any = away
    cache.set("a", 1)
    cache.set_many({"b": 2})
    assert (cache.get("a"), cache.get("a", "none"), cache.get_many(["a", "b"]), "a" in cache) == (
        None,
        "none",
        {},
        False,
    )
    assert (cache.delete("a"), cache.touch("a"), cache.get_or_set("a", 7)) == (False, False, 7)
    assert cache.add("lock", 1)  # whoever waits for a lock would wait for ever
    assert cache.incr("tries") == 1


def test_nobody_waits_for_it_twice(away: ForgivingCache, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    for _ in range(30):
        began = time.monotonic()
        away.get("a")
        waits.append(time.monotonic() - began)
    assert waits[0] < 0.3
    assert sum(waits[1:]) < 0.05


def test_it_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AWAY", 0.2)
    cache = ForgivingCache(settings.REDIS_URL, QUICK)
    cache.set("a", 1)
    ForgivingClient.away_until = time.monotonic() + 0.2
    assert cache.get("a") is None
    time.sleep(0.25)
    assert cache.get("a") == 1
    cache.delete("a")
