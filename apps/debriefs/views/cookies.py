"""The writer's half of an anonymous card: one cookie a card, sent to its page alone, read by no script, gone after
half a year.

One more stands there before anything is written, for whoever opens the page: new secrets are made of it, so that the
same form sent many times, or once more because the answer was lost, opens the same card.
"""

import secrets
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.debriefs.models import Debrief, Draft
from apps.debriefs.models.perspectives import WRITING, WhoWrites

COOKIE = "card-"
SEED = "seed-of-cards"
HALF_A_YEAR = 180 * 24 * 60 * 60


def held(request: HttpRequest) -> dict[uuid.UUID, str]:
    """Draft id → secret."""
    found = {}
    for name, secret in request.COOKIES.items():
        if name.startswith(COOKIE) and secret:
            try:
                found[uuid.UUID(name.removeprefix(COOKIE))] = secret
            except ValueError:
                continue
    return found


def seed(request: HttpRequest) -> str:
    return request.COOKIES.get(SEED, "")


def take(request: HttpRequest, writer: WhoWrites, data: dict[str, Any], secret: str | None) -> str:
    """Hold a new secret from here on, so that the answer shows its card too; the name of its cookie, or none.

    Of the form's two keys one names the row: taking one's name off makes a row of its own.
    """
    if not secret:
        return ""
    new_one = Draft.objects.filter(pk=data["new_key"], secret_hash=writer.seal(secret)).exists()
    name = f"{COOKIE}{data['new_key'] if new_one else data['key']}"
    request.COOKIES[name] = secret
    return name


def keep(request: HttpRequest, response: HttpResponse, name: str, *, path: str) -> None:
    """Let the browser hold what was taken, if anything was."""
    if name:
        _set(request, response, name, request.COOKIES[name], path=path)


def _set(request: HttpRequest, response: HttpResponse, name: str, value: str, *, path: str) -> None:
    response.set_cookie(
        name, value, max_age=HALF_A_YEAR, path=path, httponly=True, samesite="Lax", secure=request.is_secure()
    )


def forget(response: HttpResponse, key: uuid.UUID, *, path: str) -> None:
    response.delete_cookie(f"{COOKIE}{key}", path=path)


def tidy(
    request: HttpRequest, response: HttpResponse, debrief: Debrief, *, path: str, is_guest: bool = False
) -> HttpResponse:
    """When the page opens: a seed for everyone, written or not; and what opens nothing any more is let go of.

    A guest's cards need one with a name too. Once its draft is on the board a secret opens nothing, and neither may what it was made of: then comes another.
    """
    mine = held(request)
    left = set(Draft.objects.filter(debrief=debrief, pk__in=mine).values_list("pk", flat=True)) if mine else set()
    for spent in mine.keys() - left:
        forget(response, spent, path=path)
    if not (debrief.allows_anonymous or is_guest) or debrief.phase not in WRITING:
        if seed(request):
            response.delete_cookie(SEED, path=path)
    elif not seed(request) or mine.keys() - left:
        _set(request, response, SEED, secrets.token_urlsafe(16), path=path)
    return response
