"""What somebody sees who follows the link in the letter."""

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.teams.models import Invitation
from apps.web.http import HttpRequest, MemberRequest, toast
from apps.web.render import render_page
from apps.web.verdict import Refused


def the_invitation(token: str) -> Invitation:
    """A forged link and one that a newer letter replaced are nothing at all."""
    if not (invitation := Invitation.of_token(token)):
        raise Http404
    return invitation


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    invitation = the_invitation(token)
    if request.method == "POST" and request.user.is_authenticated:
        return _join(cast(MemberRequest, request), invitation)
    return _page(request, invitation)


def _join(request: MemberRequest, invitation: Invitation) -> HttpResponse:
    try:
        invitation.accept(by=request.user, at=timezone.now())
    except Refused as refusal:
        invitation.refresh_from_db()
        return _page(request, invitation, status=409, refused=str(refusal))
    toast(request, _("Welcome to the team %(team)s.") % {"team": invitation.team.name})
    return redirect(invitation.team)


def _page(request: HttpRequest, invitation: Invitation, *, status: int = 200, refused: str = "") -> HttpResponse:
    user = request.user
    # Twice the same click, or the letter found again: the team is what was wanted.
    if user.is_authenticated and invitation.accepted_by_id == user.pk and invitation.team.role_of(user):
        return redirect(invitation.team)
    is_mine = user.is_authenticated and user.email == invitation.email
    obstacle = invitation.obstacle(timezone.now())
    context: dict[str, Any] = {
        "invitation": invitation,
        "team": invitation.team,
        "obstacle": obstacle or (refused if is_mine else ""),
        "is_mine": is_mine,
        "has_account": User.objects.filter(email=invitation.email).exists(),
        "here": request.path,
    }
    return render_page(request, "teams/invitation.html", context, status=410 if obstacle and status == 200 else status)


@login_not_required
@require_POST
def sign_up(request: HttpRequest, token: str) -> HttpResponse:
    """The letter proved the address, so no second letter with a code is needed."""
    invitation = the_invitation(token)
    here = reverse("teams:invitation", args=[token])
    if request.user.is_authenticated or invitation.obstacle(timezone.now()):
        return redirect(here)
    get_adapter().stash_verified_email(request, invitation.email)
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': here})}")
