"""How often something may be done. A courtesy among people, kept in the cache: whoever must never be passed is a
constraint in the database."""

import logging
from datetime import datetime

import redis
from django.core.cache import cache

log = logging.getLogger(__name__)
MINUTE = 60


def is_too_often(what: str, *, limit: int, at: datetime) -> bool:
    """Count this once more; True after `limit` times within one minute of the clock. Without a cache nobody waits."""
    key = f"rate:{what}:{int(at.timestamp()) // MINUTE}"
    try:
        cache.add(key, 0, timeout=2 * MINUTE)
        return cache.incr(key) > limit
    except (redis.RedisError, ValueError):  # ValueError: the cache has dropped the key between the two
        log.warning("rate.not_counted")
        return False
