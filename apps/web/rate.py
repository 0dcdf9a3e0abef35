"""How often something may be done. A courtesy among people, kept in the cache: whoever must never be passed is a
constraint in the database."""

from datetime import datetime

from django.core.cache import cache

MINUTE = 60


def is_too_often(what: str, *, limit: int, at: datetime) -> bool:
    """Count this once more; True after `limit` times within one minute of the clock. While Redis is away nobody waits."""
    key = f"rate:{what}:{int(at.timestamp()) // MINUTE}"
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        return cache.incr(key) > limit
    except ValueError:  # dropped between the two
        return False
