"""The typed request, the gate, and the two ways to leave someone a sentence."""

from typing import TYPE_CHECKING

from django import http
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from apps.web.verdict import Verdict

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from apps.accounts.models import User


class HttpRequest(http.HttpRequest):
    """Anyone's request; for type hints only, Django never builds one."""

    htmx: "HtmxDetails"


class MemberRequest(HttpRequest):
    """A signed-in person's request, which is what every view without `login_not_required` gets."""

    user: "User"


def require(verdict: Verdict) -> None:
    """Let pass or answer 403; the refusal's own sentence is what the person then reads."""
    if not verdict:
        raise PermissionDenied(str(verdict.why))


def toast(request: http.HttpRequest, sentence: str | Promise, *, undo: str = "") -> None:
    """Say what was done; with `undo`, a URL that takes a POST, offer the way back for eight seconds."""
    messages.success(request, str(sentence), extra_tags=f"undo={undo}" if undo else "")


def page_before(request: http.HttpRequest) -> str:
    """Where the form stood; never a place outside this site."""
    url = request.headers.get("Referer", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}) else "/"
