"""Before the room: the list of debriefs, a new one, its draft, an import, a cancellation."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.debriefs import board, permissions
from apps.debriefs.facilitation import OPENING_STARTERS
from apps.debriefs.forms.meeting import TimelineForm
from apps.debriefs.forms.setup import CancelForm, ImportForm, NewDebriefForm, SetupForm, initial_of
from apps.debriefs.importing import Line, import_file
from apps.debriefs.models import Debrief
from apps.debriefs.phases import UNDER_WAY, Phase
from apps.debriefs.views.gate import room_of, to_room
from apps.debriefs.views.head import head_context
from apps.teams.models import Role, Team
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page

PAGE = 20
SIMILAR_FROM = 4


@require_GET
def index(request: MemberRequest) -> HttpResponse:
    """Every debrief whose room is open to me, newest first; filtered by team and by whether it is under way."""
    debriefs = Debrief.objects.visible_to(request.user).in_brief().order_by("-created_at")
    teams = list(Team.objects.with_role(request.user, Role.LEADER, Role.MEMBER).order_by("name"))
    team = next((one for one in teams if one.slug == request.GET.get("team")), None)
    if team:
        debriefs = debriefs.filter(team=team)
    which = request.GET.get("which", "")
    if which == "now":
        debriefs = debriefs.filter(phase__in=UNDER_WAY)
    elif which == "learned":
        debriefs = debriefs.filter(phase=Phase.LEARNED)
    context = {
        "page_obj": Paginator(debriefs, PAGE).get_page(request.GET.get("page")),
        "teams": teams,
        "team": team,
        "which": which,
        "can_start": _led(request).exists(),
    }
    return render_page(request, "debriefs/list.html", context)


def _led(request: MemberRequest) -> QuerySet[Team]:
    return Team.objects.active().with_role(request.user, Role.LEADER).order_by("name")


@require_http_methods(["GET", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    teams = list(_led(request).prefetch_related("formats"))
    if not teams:
        return render_page(request, "debriefs/no_team.html")
    chosen = next((str(one.pk) for one in teams if one.slug == request.GET.get("team")), str(teams[0].pk))
    form = NewDebriefForm(request.POST or None, teams=teams, initial={"team": chosen})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        debrief = Debrief.start(
            team=data["team"], by=request.user, at=timezone.now(), form_key=data["key"],
            format_key=data["format_key"], title=data["title"],
        )  # fmt: skip
        return to_room(debrief)
    return render_page(request, "debriefs/new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def similar(request: MemberRequest) -> HttpResponse:
    """Debriefs and summaries open to me that sound like the title being typed."""
    title = request.GET.get("title", "").replace("\x00", "").strip()[:200]
    found = Debrief.objects.like(title, user=request.user) if len(title) >= SIMILAR_FROM else []
    return render_page(request, "debriefs/similar.html", {"found": found})


def draft(request: MemberRequest, debrief: Debrief) -> HttpResponse:
    """The page of a draft is its form."""
    return _setup_page(request, debrief, SetupForm(debrief=debrief))


@require_http_methods(["GET", "POST"])
def setup(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if request.method == "GET":
        return _setup_page(request, debrief, SetupForm(debrief=debrief))
    form = SetupForm(request.POST, debrief=debrief)
    if not form.is_valid() or not form.saved_by(lambda: form.save_into(debrief, by=request.user), now=initial_of):
        return _setup_page(request, debrief, form)
    if "go_on" in request.POST:
        require(permissions.can_open(request.user, debrief))
        debrief.move(Phase.PREPARE, by=request.user, at=timezone.now())
        toast(request, _("The debrief is open. Those who take part get a letter that invites them to write."))
    else:
        toast(request, _("Saved."))
    return to_room(debrief)


def _setup_page(request: MemberRequest, debrief: Debrief, form: SetupForm) -> HttpResponse:
    context = head_context(debrief, debrief.phase) | {
        "form": form,
        "starters": OPENING_STARTERS,
        "may_open": permissions.can_open(request.user, debrief),
    }
    if debrief.phase == Phase.DRAFT:
        context |= {
            "timeline": board.render(debrief, "timeline"),
            "entry_form": TimelineForm(debrief=debrief, auto_id="entry_%s"),
        }
    return render_page(request, "debriefs/setup.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def cancel(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        debrief.cancel(because=form.cleaned_data["because"], by=request.user, at=timezone.now())
        toast(request, _("The debrief is cancelled. Nothing in it is shown to anyone new."))
        return redirect("debriefs:list")
    context = {
        "debrief": debrief, "form": form, "heading": _("Cancel this debrief"), "verb": _("Cancel the debrief"),
        "back": reverse("debriefs:detail", args=[debrief.pk]),
    }  # fmt: skip
    return render_page(request, "debriefs/form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def import_files(request: MemberRequest) -> HttpResponse:
    """One line a file: imported, known already, or why not; a broken file stops no other."""
    teams = list(_led(request).prefetch_related("formats"))
    if not teams:
        return render_page(request, "debriefs/no_team.html")
    form = ImportForm(request.POST or None, request.FILES or None, teams=teams)
    lines: list[Line] = []
    if request.method == "POST" and form.is_valid():
        team = form.teams[form.cleaned_data["team"]]
        lines = [
            import_file(file, name=str(file.name), size=file.size or 0, team=team, by=request.user, at=timezone.now())
            for file in form.cleaned_data["files"]
        ]
    context = {
        "form": form,
        "lines": sorted(lines, key=lambda line: not line.why),  # what needs a hand first
        "new": sum(line.new for line in lines),
        "refused": sum(bool(line.why) for line in lines),
        "known": sum(not line.new and not line.why for line in lines),
    }
    return render_page(request, "debriefs/import.html", context, status=422 if form.errors else 200)
