from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.insights import dashboard
from apps.insights import library as books
from apps.insights.forms import Filters, Search
from apps.insights.home import home_of
from apps.teams.models import Role, Team
from apps.web.http import MemberRequest
from apps.web.render import render_page


@require_safe
def home(request: MemberRequest) -> HttpResponse:
    context = {"home": home_of(request.user, timezone.now()), "next": request.get_full_path()}
    return render_page(request, "insights/home.html", context)


@require_safe
def follow_through(request: MemberRequest) -> HttpResponse:
    """For managers; it does not exist for anyone else."""
    teams = dashboard.managed_by(request.user)
    if not teams:
        raise Http404
    return _dashboard(request, teams, {})


@require_safe
def as_manager(request: MemberRequest, slug: str) -> HttpResponse:
    """One team's part of the page: for its managers, and for its leaders, who may see exactly what a manager sees."""
    seen_by = Team.objects.active().with_role(request.user, Role.MANAGER, Role.LEADER).select_related("organization")
    team = get_object_or_404(seen_by, slug=slug)
    return _dashboard(request, [team], {"viewing_as_manager": team.role_of(request.user) == Role.LEADER})


def _dashboard(request: MemberRequest, teams: Sequence[Team], context: dict[str, Any]) -> HttpResponse:
    form = Filters(request.GET, teams=teams)
    context["form"] = form
    context["seen"] = dashboard.dashboard_of(teams, form.chosen, timezone.localdate(), request.GET.get("page"))
    return render_page(request, "insights/follow_through.html", context, fragments=("promised",))


@require_safe
def library(request: MemberRequest) -> HttpResponse:
    shared = books.shared_with(request.user)
    teams, tags = books.teams_in(shared), books.tags_in(shared)
    form = Search(request.GET, teams=[(t.value, t) for t in teams], tags=[(t.value, t) for t in tags])
    form.is_valid()
    found = books.library_of(shared, form.cleaned_data, request.GET.get("page"))
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    context = {"found": found, "form": form, "chosen": chosen, "is_empty": not teams}
    return render_page(request, "insights/library.html", context, fragments=("results",))
