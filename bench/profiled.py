"""The web process with a profile around everything it does, to see where a post's time goes: `make bench ARGS=profile`.

In CPU time of each thread, so that waiting is not counted. Counting every call has its price: what calls much looks
dearer than it is.
"""

import cProfile
import os
import pstats
import threading
import time
from concurrent.futures import thread
from typing import Any

from config.asgi import application as app

profiles: list[cProfile.Profile] = []
adding = threading.Lock()
work = thread._WorkItem.run  # type: ignore[attr-defined]


def run(item: Any) -> None:
    """Whatever is handed to a thread, by Django or by us."""
    profile = cProfile.Profile(time.thread_time)
    try:
        profile.runcall(work, item)
    finally:
        with adding:
            profiles.append(profile)


thread._WorkItem.run = run  # type: ignore[attr-defined]
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
