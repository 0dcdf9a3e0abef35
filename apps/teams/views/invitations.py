"""Inviting, and what a leader does with an invitation afterwards."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.teams import permissions
from apps.teams.forms import InviteForm
from apps.teams.models import Invitation, Role
from apps.teams.tasks import send_invitations_soon
from apps.teams.views.gate import the_team
from apps.teams.views.teams import team_page
from apps.web.http import MemberRequest, require, toast


@require_POST
def invite(request: MemberRequest, slug: str) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_invite(request.user, team))
    form = InviteForm(request.POST)
    if not form.is_valid():
        return team_page(request, team, invite_form=form, status=422)
    role, wanted = Role(form.cleaned_data["role"]), form.found.good
    made = team.invite(wanted, role=role, by=request.user, at=timezone.now())
    send_invitations_soon()
    _say_what_happened(request, made, wanted)
    if left := form.with_what_is_left():
        return team_page(request, team, invite_form=left, status=422)
    return redirect(team)


def _say_what_happened(request: MemberRequest, made: Sequence[Invitation], wanted: Sequence[str]) -> None:
    if made:
        said = ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", len(made))
        toast(request, said % {"n": len(made)})
    invited = {invitation.email for invitation in made}
    if known := [email for email in wanted if email not in invited]:
        said = ngettext(
            "%(first)s is in the team or invited already.",
            "%(first)s and %(n)s more are in the team or invited already.",
            len(known),
        )
        messages.info(request, said % {"first": known[0], "n": len(known) - 1})


@require_POST
def resend(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_invite(request.user, team))
    invitation = get_object_or_404(team.invitations.pending(), pk=pk)
    invitation.resend(at=timezone.now())
    send_invitations_soon()
    toast(
        request,
        _("A new letter goes to %(email)s. The link in the older one no longer works.") % {"email": invitation.email},
    )
    return redirect(team)


@require_POST
def withdraw(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_manage_people(request.user, team))
    invitation = get_object_or_404(team.invitations.filter(accepted_at=None), pk=pk)
    team.invitations.filter(pk=invitation.pk).pending().withdraw()
    toast(request, _("The invitation to %(email)s is withdrawn.") % {"email": invitation.email})
    return redirect(team)
