"""htmx stays invisible to views: they redirect, refuse and leave messages as for any browser."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from apps.web.http import page_before
from apps.web.verdict import Refused

Handler = Callable[[HttpRequest], HttpResponseBase]

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


class NoStoreMiddleware:
    """What a signed-in person saw must not come back out of a shared computer's cache."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class HxRedirectMiddleware:
    """A redirect htmx would follow silently, into the middle of a card, becomes one the browser follows."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not 300 <= response.status_code < 400 or not response.has_header("Location"):
            return response
        if not is_htmx(request):
            if request.method == "POST":  # the form's own address may take no GET
                page = urlsplit(page_before(request))
                here = urlunsplit(("", "", page.path, page.query, ""))
                response["Location"] = self._back_to_page(response["Location"], here)
            return response
        here = self._page(request)
        if request.method == "POST" and urlsplit(response["Location"]).path == resolve_url(settings.LOGIN_URL):
            return signed_out(here)
        there = self._back_to_page(response["Location"], here)
        del response["Location"]
        response.status_code = 204
        response["HX-Redirect"] = there
        if here and "#" in there and there.split("#")[0] == here:
            response["HX-Refresh"] = "true"  # only the #part differs: without this nothing would be loaded
        return response

    @staticmethod
    def _page(request: HttpRequest) -> str:
        url = request.headers.get("HX-Current-URL", "")
        if not url_has_allowed_host_and_scheme(url, {request.get_host()}):
            return ""
        parts = urlsplit(url)
        return urlunsplit(("", "", parts.path, parts.query, ""))

    @staticmethod
    def _back_to_page(location: str, here: str) -> str:
        """After signing in one wants the page one was on, not the fragment's own address."""
        parts = urlsplit(location)
        if not here or parts.path != resolve_url(settings.LOGIN_URL):
            return location
        query = {**dict(parse_qsl(parts.query)), REDIRECT_FIELD_NAME: here}
        return urlunsplit(parts._replace(query=urlencode(query)))


def signed_out(page: str) -> HttpResponse:
    """Whoever was writing stays where they write: sent to sign in they would lose sight of their words."""
    query = urlencode({REDIRECT_FIELD_NAME: page or "/"})
    context = {"sign_in": f"{resolve_url(settings.LOGIN_URL)}?{query}", "oob": True}
    body = render_to_string("components/messages.html", context)
    return HttpResponse(body.strip(), status=401, headers={"HX-Reswap": "none"})


class HxMessagesMiddleware:
    """Messages ride along with a fragment, out-of-band; those before a redirect wait for the next page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_html = response.get("Content-Type", "").startswith("text/html")
        if is_htmx(request) and is_html and not response.streaming and response.status_code in (200, 409, 422):
            context = {"messages": get_messages(request), "oob": True}
            toasts = render_to_string("components/messages.html", context, request)
            response.content += toasts.strip().encode()  # type: ignore[attr-defined]
        return response


class RefusalMiddleware:
    """What we do not do is said in a sentence: on a page of its own, or over htmx in the corner of the one open."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_htmx(request) and response.status_code in (403, 404):
            return self._toast(response.status_code, self._why(request, response.status_code))
        if settings.DEBUG and isinstance(response, HttpResponseNotFound):
            return render(request, "404.html", status=404)  # not Django's yellow page: people try Realign in DEBUG
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PermissionDenied):
            request.why_not = str(exception)  # type: ignore[attr-defined]
        if not isinstance(exception, Refused):
            return None
        if is_htmx(request):
            return self._toast(exception.status, str(exception))
        context = {"why": str(exception), "typed": typed_words(request), "back": page_before(request)}
        return render(request, "409.html", context, status=exception.status)

    @staticmethod
    def _why(request: HttpRequest, status: int) -> str:
        if status == 404:
            return _("This is no longer here, or it is not open to you. Reload the page to see what is.")
        return getattr(request, "why_not", "") or _(
            "This page has been open for a long time, so we could not take that. Reload it and try again."
        )

    @staticmethod
    def _toast(status: int, why: str) -> HttpResponse:
        body = render_to_string("components/messages.html", {"refusal": why, "oob": True})
        return HttpResponse(body.strip(), status=status, headers={"HX-Reswap": "none"})


class TimeZoneMiddleware:
    """Every clock time on a page is in the reader's own zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = getattr(request.user, "time_zone", "")
        with timezone.override(ZoneInfo(name) if name else None):
            return self.get_response(request)


def typed_words(request: HttpRequest) -> list[str]:
    """What the person wrote in a form we turned down, so that the page can hand it back."""
    return [
        value
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
        if value.strip() and not NO_WORDS.fullmatch(value.strip())
    ]


# A key, a date, a number, the value of a choice: nobody typed these and would miss them. Not every script has spaces.
NO_WORDS = re.compile(r"[\w:.+/?=&#%-]+", re.ASCII)
