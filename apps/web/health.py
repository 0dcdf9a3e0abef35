"""Is the process alive (/healthz), and can it serve people (/readyz)?"""

from collections.abc import Awaitable, Callable
from typing import Any

import redis
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def answer_probes(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Before everything else: whoever probes uses the machine's address, not our name, and speaks plain HTTP."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            if probe := PROBES.get(request.path):
                return await sync_to_async(probe)()
            answer: Awaitable[HttpResponse] = get_response(request)
            return await answer

    else:

        def middleware(request: HttpRequest) -> HttpResponse:  # type: ignore[misc]
            probe = PROBES.get(request.path)
            answer: HttpResponse = probe() if probe else get_response(request)
            return answer

    return middleware


def healthz() -> HttpResponse:
    """Touches nothing, so that a database that is away does not get the web process killed too."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz() -> HttpResponse:
    checks = {"database": _database_is_migrated(), "redis": _redis_answers()}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503, headers={"Cache-Control": "no-store"})


PROBES: dict[str, Callable[[], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}


def _database_is_migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
