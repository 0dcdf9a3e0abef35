"""Tell open pages that something changed. Knows topics, numbers and fragments, no domain word."""

import json
import logging
import time
from collections.abc import Callable, Sequence

import redis
from django.conf import settings

log = logging.getLogger(__name__)

# (topic, regions, what the verb knows) → [(key, event)]: each changed fragment once, as the event that carries it. Set by the web process;
# a worker or a command only says that there is something, and the web processes draw it themselves.
Draw = Callable[[str, Sequence[str], object], list[tuple[str, str]]]
draw: Draw | None = None
AWAY = 1.0  # seconds in which nobody waits again for a Redis that did not answer; the net under it carries the change
_away_until = 0.0
_client: "redis.Redis | None" = None


def event(name: str, data: str, *, seq: int | None = None) -> str:
    """One server-sent event, as the HTML standard frames it."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {data.replace(chr(10), f'{chr(10)}data: ')}\n\n"


def channel(topic: str) -> str:
    return f"{settings.LIVE_CHANNEL_PREFIX}:{topic}"


def tell(topic: str, first: int, last: int, regions: Sequence[str], known: object = None) -> None:
    """Publish the changes `first` to `last` of a topic. Call after the commit.

    Whoever misses it catches up by asking the database, so a failure is only logged.
    """
    events: list[tuple[str, str]] = []
    if draw:
        try:
            events = draw(topic, regions, known)
        except Exception:
            log.exception("live.draw_failed topic=%s", topic)
    publish(channel(topic), {"first": first, "last": last, "events": events})


def publish(name: str, message: dict[str, object]) -> None:
    global _client, _away_until  # noqa: PLW0603 - one connection pool a process
    if time.monotonic() < _away_until:
        return
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2)
    try:
        _client.publish(name, json.dumps(message))
    except redis.RedisError:
        _away_until = time.monotonic() + AWAY
        log.warning("live.publish_failed channel=%s", name)
