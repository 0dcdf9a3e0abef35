"""Load and authorise in one step: what somebody may not see does not exist for them."""

from django.shortcuts import get_object_or_404

from apps.teams.models import Organization, Team
from apps.web.http import MemberRequest


def the_team(request: MemberRequest, slug: str) -> Team:
    teams = Team.objects.visible_to(request.user).select_related("organization", "archived_by")
    return get_object_or_404(teams, slug=slug)


def the_organization(request: MemberRequest, pk: int) -> Organization:
    return get_object_or_404(Organization.objects.visible_to(request.user), pk=pk)
