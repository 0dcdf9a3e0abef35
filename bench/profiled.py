"""The web process with a profile around everything it does, to see where a post's time goes: `make bench ARGS=profile`.

In CPU time of each thread, so that waiting is not counted. Counting every call has its price: what calls much looks
dearer than it is.
"""

import cProfile
import os
import pstats
import threading
import time
from collections.abc import Callable
from typing import Any

from asgiref.sync import SyncToAsync

from config.asgi import application as app

profiles: list[cProfile.Profile] = []
adding = threading.Lock()
in_a_thread: Callable[..., Any] = SyncToAsync.thread_handler


def thread_handler(self: SyncToAsync, *args: Any, **kwargs: Any) -> Any:
    profile = cProfile.Profile(time.thread_time)
    try:
        return profile.runcall(in_a_thread, self, *args, **kwargs)
    finally:
        with adding:
            profiles.append(profile)


SyncToAsync.thread_handler = thread_handler  # type: ignore[method-assign]
loop = cProfile.Profile(time.thread_time)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    match scope.get("path"):
        case "/bench/begin":
            profiles.clear()
            loop.clear()
            loop.enable()
        case "/bench/end":
            loop.disable()
            found = pstats.Stats(loop)
            for profile in profiles:
                found.add(profile)
            found.dump_stats(os.environ["BENCH_PROFILE"])
        case _:
            return await app(scope, receive, send)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    return None
