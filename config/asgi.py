"""The web process: streams beside Django, static files in front of it, and Django itself in one thread a request."""

import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_POOL", "10")  # only here: see DATABASE_POOL in the settings
django.setup(set_prefix=False)

from servestatic.middleware import ServeStaticMiddleware  # type: ignore[import-untyped]  # noqa: E402

from apps.debriefs import stream  # noqa: E402


class OneThread(ASGIHandler):
    """All of our views and most middlewares are synchronous. Django would cross between the event loop and a thread
    eight times a request; here the whole chain is built synchronous and is crossed to once (docs/adr/0012)."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)
        self.static = ServeStaticMiddleware(self.in_a_thread)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await self.static(request)

    async def in_a_thread(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


application = stream.beside(OneThread())
