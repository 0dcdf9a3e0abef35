"""The web process: streams beside Django, static files in front of it, and Django itself in one thread a request."""

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor

import django
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "7")  # only here: see DATABASE_POOL in the settings
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - these need the settings
from django.db import close_old_connections  # noqa: E402
from servestatic.middleware import ServeStaticMiddleware  # type: ignore[import-untyped]  # noqa: E402

from apps.debriefs import stream  # noqa: E402
from apps.live.hub import THREADS  # noqa: E402


class OneThread(ASGIHandler):
    """All of our views and middlewares are synchronous. Django would cross between the event loop and a new thread
    several times a request; here the whole chain is built synchronous, and is crossed to once, into threads that stay.

    They are few: more would only fight for the interpreter, with each other and with the streams. And there are fewer
    than connections in the pool, so a burst waits its turn instead of failing for one (docs/adr/0012).
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self.static = ServeStaticMiddleware(self.in_a_thread)
        self.threads = ThreadPoolExecutor(max(1, settings.DATABASE_POOL - THREADS), thread_name_prefix="web")

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.static(request)
        return response

    async def in_a_thread(self, request: HttpRequest) -> HttpResponseBase:
        return await asyncio.get_running_loop().run_in_executor(self.threads, self.answer, request)

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """The connection belongs to the thread, so the thread gives it back."""
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


application = stream.beside(OneThread())

# What is loaded by now stays: the collector need not walk through it again and again while people wait.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
