"""An organization: its teams by name, and who looks after them. Being its admin opens no debrief."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.teams import permissions
from apps.teams.forms import AdminForm, NameForm
from apps.teams.models import Organization, Role, Team
from apps.teams.views.gate import the_organization
from apps.teams.views.teams import TEAMS_A_PAGE, with_my_role
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page
from apps.web.verdict import Refused

ADMINS_A_PAGE = 20


@require_safe
def organization(request: MemberRequest, pk: int) -> HttpResponse:
    return organization_page(request, the_organization(request, pk))


def organization_page(
    request: MemberRequest, organization: Organization, *, status: int = 200, **more: Any
) -> HttpResponse:
    teams = Team.objects.visible_to(request.user).filter(organization=organization)
    teams = with_my_role(teams, request.user).order_by(F("archived_at").asc(nulls_first=True), Lower("name"), "pk")
    admins = organization.admins.order_by(Lower("display_name"), "pk")
    context = {
        "organization": organization,
        "may_administer": permissions.can_administer(request.user, organization),
        "may_create": Organization.objects.open_to_teams_of(request.user).filter(pk=organization.pk).exists(),
        "teams": Paginator(teams, TEAMS_A_PAGE).get_page(request.GET.get("page")),
        "admins": Paginator(admins, ADMINS_A_PAGE).get_page(request.GET.get("admins")),
        "roles": dict(Role.choices),
        "rename_form": NameForm(initial={"name": organization.name}),
        "admin_form": AdminForm(organization=organization),
        **more,
    }
    return render_page(request, "teams/organization.html", context, status=status)


@require_POST
def rename_organization(request: MemberRequest, pk: int) -> HttpResponse:
    organization = the_organization(request, pk)
    require(permissions.can_administer(request.user, organization))
    form = NameForm(request.POST)
    if not form.is_valid():
        return organization_page(request, organization, rename_form=form, status=422)
    organization.rename(form.cleaned_data["name"])
    return redirect(organization)


@require_POST
def add_admin(request: MemberRequest, pk: int) -> HttpResponse:
    organization = the_organization(request, pk)
    require(permissions.can_administer(request.user, organization))
    form = AdminForm(request.POST, organization=organization)
    if not form.is_valid():
        return organization_page(request, organization, admin_form=form, status=422)
    organization.add_admin(form.person)
    toast(request, _("%(person)s is an admin now.") % {"person": form.person})
    return redirect(organization)


@require_POST
def remove_admin(request: MemberRequest, pk: int, person_pk: int) -> HttpResponse:
    organization = the_organization(request, pk)
    require(permissions.can_administer(request.user, organization))
    person = get_object_or_404(organization.admins, pk=person_pk)
    try:
        organization.remove_admin(person)
    except Refused as refusal:
        return organization_page(request, organization, refused=str(refusal), refused_at=person.pk, status=409)
    toast(request, _("%(person)s is no longer an admin.") % {"person": person})
    stays = Organization.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect(organization if stays else "teams:list")
