"""A team's own formats: copies of ours, edited."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.formats import FORMATS
from apps.debriefs.forms.formats import CopyForm, FormatForm
from apps.debriefs.models import TeamFormat
from apps.teams.models import Team
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page
from apps.web.verdict import Refused


def _team(request: MemberRequest, slug: str) -> Team:
    return get_object_or_404(Team.objects.visible_to(request.user), slug=slug)


@require_GET
def index(request: MemberRequest, slug: str) -> HttpResponse:
    team = _team(request, slug)
    context = {
        "team": team,
        "ours": FORMATS.values(),
        "own": team.formats.order_by("name"),
        "form": CopyForm(),
        "may_edit": permissions.can_start(request.user, team),
    }
    return render_page(request, "debriefs/formats.html", context)


@require_POST
def copy(request: MemberRequest, slug: str) -> HttpResponse:
    team = _team(request, slug)
    require(permissions.can_start(request.user, team))
    form = CopyForm(request.POST)
    if form.is_valid():
        try:
            made = TeamFormat.copy_of(form.cleaned_data["copy_of"], team=team, name=form.cleaned_data["name"])
            return redirect("debriefs:edit_format", slug=team.slug, format_id=made.pk)
        except Refused as refusal:
            form.add_error("name", str(refusal))
    context = {"team": team, "ours": FORMATS.values(), "own": team.formats.order_by("name"), "form": form}
    return render_page(request, "debriefs/formats.html", context | {"may_edit": True}, status=422)


@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, slug: str, format_id: int) -> HttpResponse:
    team = _team(request, slug)
    require(permissions.can_start(request.user, team))
    own = get_object_or_404(team.formats, pk=format_id)
    form = FormatForm(request.POST or None, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            own.rewrite(**form.cleaned_data)
            toast(request, _("The format is saved. Debriefs that have begun keep the prompts they began with."))
            return redirect("debriefs:formats", slug=team.slug)
        except Refused as refusal:
            form.add_error("name", str(refusal))
    context = {"team": team, "own": own, "form": form}
    return render_page(request, "debriefs/format.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: MemberRequest, slug: str, format_id: int) -> HttpResponse:
    team = _team(request, slug)
    require(permissions.can_start(request.user, team))
    get_object_or_404(team.formats, pk=format_id).delete()
    toast(request, _("The format is gone. Debriefs that used it keep their prompts."))
    return redirect("debriefs:formats", slug=team.slug)
