"""The cache while Redis may be away: it is an empty one then, and nobody waits for it twice."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
AWAY = 2.0  # seconds in which nobody asks again


def _or(answer: Callable[..., Any], method: Callable[..., Any]) -> Callable[..., Any]:
    def asked(self: "ForgivingClient", *args: Any) -> Any:
        if time.monotonic() < ForgivingClient.away_until:
            return answer(*args)
        try:
            return method(self, *args)
        except RedisError:
            ForgivingClient.away_until = time.monotonic() + AWAY
            log.warning("cache.away")
            return answer(*args)

    return asked


class ForgivingClient(RedisCacheClient):
    away_until = 0.0  # for the whole process

    get = _or(lambda _key, default: default, RedisCacheClient.get)
    get_many = _or(lambda _keys: {}, RedisCacheClient.get_many)
    has_key = _or(lambda _key: False, RedisCacheClient.has_key)
    # Whoever takes a lock this way would otherwise wait for it until they give up.
    add = _or(lambda *_: True, RedisCacheClient.add)
    set = _or(lambda *_: None, RedisCacheClient.set)
    set_many = _or(lambda *_: None, RedisCacheClient.set_many)
    touch = _or(lambda *_: False, RedisCacheClient.touch)
    delete = _or(lambda *_: False, RedisCacheClient.delete)
    delete_many = _or(lambda *_: None, RedisCacheClient.delete_many)
    incr = _or(lambda _key, delta: delta, RedisCacheClient.incr)


class ForgivingCache(RedisCache):
    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient
