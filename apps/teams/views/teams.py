"""A team and its people."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.teams import permissions
from apps.teams.forms import ROLES, InviteForm, NameForm, NewTeamForm, RoleForm
from apps.teams.models import Membership, Organization, Role, Team, TeamQuerySet
from apps.teams.views.gate import the_team
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page
from apps.web.verdict import Refused

TEAMS_A_PAGE = 20
PEOPLE_A_PAGE = 50
INVITATIONS_A_PAGE = 20
LEADERS_FIRST = Case(
    *(When(role=role, then=Value(n)) for n, role in enumerate((Role.LEADER, Role.MEMBER, Role.MANAGER))),
    output_field=IntegerField(),
)


def with_my_role(teams: TeamQuerySet, user: User) -> TeamQuerySet:
    mine = Membership.objects.filter(team=OuterRef("pk"), person=user).values("role")
    return teams.annotate(people=Count("memberships"), my_role=Subquery(mine[:1]))


@require_safe
def list_teams(request: MemberRequest) -> HttpResponse:
    visible = Team.objects.visible_to(request.user)
    archived = "archived" in request.GET
    shown = visible.filter(archived_at__isnull=not archived).select_related("organization")
    shown = with_my_role(shown, request.user).order_by(Lower("organization__name"), "organization", Lower("name"), "pk")
    context = {
        "page_obj": Paginator(shown, TEAMS_A_PAGE).get_page(request.GET.get("page")),
        "archived": archived,
        "some_are_archived": archived or visible.exclude(archived_at=None).exists(),
        "roles": dict(Role.choices),
    }
    return render_page(request, "teams/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    organizations = Organization.objects.open_to_teams_of(request.user).order_by(Lower("name"), "pk")
    initial = {"organization": request.GET.get("organization")} if "organization" in request.GET else {}
    form = NewTeamForm(request.POST or None, organizations=organizations, initial=initial)
    if form.is_valid() and (team := _created(form, request.user)):
        toast(request, _("The team is here. Now invite those who belong to it."))
        return redirect(team)
    return render_page(request, "teams/new.html", {"form": form}, status=422 if form.is_bound else 200)


def _created(form: NewTeamForm, user: User) -> Team | None:
    name, at = form.cleaned_data["name"], timezone.now()
    try:
        if form.chosen:
            return form.chosen.create_team(name=name, by=user, at=at)
        return Organization.found(name=form.cleaned_data["new_organization"], team_name=name, by=user, at=at)
    except Refused as refusal:
        form.add_error("name" if form.chosen else "new_organization", str(refusal))
        return None


@require_safe
def detail(request: MemberRequest, slug: str) -> HttpResponse:
    return team_page(request, the_team(request, slug))


def team_page(request: MemberRequest, team: Team, *, status: int = 200, **more: Any) -> HttpResponse:
    """The one page of a team; a form that was turned down comes back on it, in `more`."""
    user = request.user
    people = team.memberships.select_related("person").order_by(LEADERS_FIRST, Lower("person__display_name"), "pk")
    context = {
        "team": team,
        "place": permissions.place_of(user, team),
        "may_manage": permissions.can_manage_people(user, team),
        "may_invite": permissions.can_invite(user, team),
        "may_look_after": permissions.can_look_after(user, team),
        "people": Paginator(people, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
        "roles": ROLES,
        "invite_form": InviteForm(),
        "rename_form": NameForm(initial={"name": team.name}),
        "now": timezone.now(),
        **more,
    }
    if context["may_manage"]:
        pending = team.invitations.pending().select_related("invited_by").order_by("-invited_at", "email")
        context["invitations"] = Paginator(pending, INVITATIONS_A_PAGE).get_page(request.GET.get("invited"))
        alone = context["people"].paginator.count + context["invitations"].paginator.count == 1
        context["invite_open"] = alone or context["invite_form"].is_bound
    return render_page(request, "teams/detail.html", context, status=status)


@require_POST
def rename(request: MemberRequest, slug: str) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_look_after(request.user, team))
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            team.rename(form.cleaned_data["name"])
            return redirect(team)
        except Refused as refusal:
            form.add_error("name", str(refusal))
    return team_page(request, team, rename_form=form, status=422)


@require_POST
def archive(request: MemberRequest, slug: str) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_look_after(request.user, team))
    team.archive(by=request.user, at=timezone.now())
    toast(
        request,
        _("The team is archived. Everything in it can still be read."),
        undo=f"{team.get_absolute_url()}restore/",
    )
    return redirect(team)


@require_POST
def restore(request: MemberRequest, slug: str) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_look_after(request.user, team))
    team.restore()
    toast(request, _("The team is back."))
    return redirect(team)


@require_POST
def change_role(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_manage_people(request.user, team))
    membership = get_object_or_404(team.memberships.select_related("person"), pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return team_page(
            request, team, refused=_("Choose one of the three roles."), refused_at=membership.pk, status=422
        )
    try:
        team.change_role(membership.person, Role(form.cleaned_data["role"]))
    except Refused as refusal:
        return team_page(request, team, refused=str(refusal), refused_at=membership.pk, status=409)
    toast(request, _("Saved."))
    return redirect(team)


@require_POST
def remove(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    team = the_team(request, slug)
    require(permissions.can_manage_people(request.user, team))
    membership = get_object_or_404(team.memberships.select_related("person"), pk=pk)
    try:
        team.remove(membership.person)
    except Refused as refusal:
        return team_page(request, team, refused=str(refusal), refused_at=membership.pk, status=409)
    toast(request, _("%(person)s is no longer in the team.") % {"person": membership.person})
    return redirect("teams:list" if membership.person_id == request.user.pk else team)


@require_POST
def leave(request: MemberRequest, slug: str) -> HttpResponse:
    team = the_team(request, slug)
    get_object_or_404(team.memberships, person=request.user)
    try:
        team.remove(request.user)
    except Refused as refusal:
        return team_page(request, team, refused=str(refusal), refused_at="leave", status=409)
    toast(request, _("You have left the team %(team)s.") % {"team": team.name})
    return redirect("teams:list")
