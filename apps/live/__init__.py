"""Tell open pages that something changed. Knows topics and numbers, no domain word."""

import logging

import redis
from django.conf import settings

log = logging.getLogger(__name__)
_client: "redis.Redis | None" = None


def poke(topic: str, seq: int) -> None:
    """Say that `topic` has reached `seq`. A page that misses it catches up by asking, so a failure is only logged."""
    global _client  # noqa: PLW0603 - one connection pool a process
    if _client is None:
        _client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2)
    try:
        _client.publish(f"{settings.LIVE_CHANNEL_PREFIX}:{topic}", seq)
    except redis.RedisError:
        log.warning("live.poke_failed topic=%s", topic)
