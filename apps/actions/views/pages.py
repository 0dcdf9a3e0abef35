import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.actions import permissions, rows, stronger
from apps.actions.forms import FOR_A_FACTOR, FOR_A_STRENGTH, BecauseForm, CheckForm, Filters, StepForm
from apps.actions.history import history_of
from apps.actions.models import AGREEING, Step
from apps.actions.views.gate import next_of, room_of, step_of, url_of
from apps.debriefs.models import Debrief, Factor, ParkedIdea, Strength
from apps.debriefs.views.gate import done, in_dialog
from apps.teams.models import Role, Team
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page

DETAIL = "actions/detail.html"
FORM = "actions/form.html"
TITLE_MAX = 200
# What an earlier step says that the next attempt may say again.
REPEATED = ("title", "kind", "success_signal", "owner", "second")


@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """Every section bounded; `?show=later` is one of them, leaf by leaf."""
    today, key = timezone.localdate(), request.GET.get("show", "")
    context: dict[str, Any] = {"next": request.get_full_path()}
    if key in rows.SECTIONS:
        page, leaf = rows.one_section(request.user, today, key, request.GET.get("page"))
        context |= {"section": rows.Section(key, leaf, page.paginator.count), "page_obj": page}
        return render_page(request, "actions/section.html", context)
    sections = rows.my_sections(request.user, today)
    context |= {"sections": sections, "lead": rows.lead(sections), "any": any(one.total for one in sections)}
    context["teams"] = Team.objects.active().with_role(request.user, *Role).order_by("name")
    return render_page(request, "actions/mine.html", context)


@require_safe
def of_team(request: MemberRequest, slug: str) -> HttpResponse:
    """The team's steps. A manager cannot sort them by person: no figure here is about people."""
    roles = rows.roles_of(request.user)
    team = get_object_or_404(Team, slug=slug, pk__in=roles)
    today = timezone.localdate()
    steps = Step.objects.visible_to(request.user).promised().filter(debrief__team=team)
    owners = User.objects.none() if roles[team.pk] == Role.MANAGER else User.objects.filter(steps__in=steps).distinct()
    form = Filters(request.GET, owners=owners)
    found = rows.narrowed(steps, form.chosen, today).with_people().order_by(*rows.WAITING_FIRST)
    page = Paginator(found, rows.A_PAGE).get_page(request.GET.get("page"))
    leaf = rows.rows_for(page.object_list, request.user, today, roles)
    context = {"team": team, "form": form, "page_obj": page, "rows": leaf, "next": request.get_full_path()}
    context["leads"] = roles[team.pk] == Role.LEADER
    return render_page(request, "actions/of_team.html", context, fragments=("found",))


@require_safe
def of_debrief(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """What the room shares of its steps: the same bytes for everyone, so it asks for nothing but the debrief."""
    debrief = room_of(request, debrief_id)
    with timezone.override(debrief.time_zone):
        answers = rows.answers_of(debrief, timezone.localdate())
    context = {"debrief": debrief, "answers": answers, "can_agree": debrief.phase in AGREEING}
    return render_page(request, "actions/of_debrief.html", context, fragments=("steps",))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_agree(request.user, debrief))
    answers, initial = _what_it_answers(request, debrief)
    idea = _idea(request, debrief)
    if not answers:
        return _what_for(request, debrief, idea) if idea else redirect("actions:of_debrief", debrief.pk)
    if idea:
        initial["title"] = Truncator(idea.text).chars(TITLE_MAX)
    form = StepForm(_sent(request), initial=initial, **_choices(debrief, answers.get("factor")))
    back = next_of(request) or _place_in_room(debrief, answers)
    if form.is_valid():
        wanted = _uuid(request.GET.get("idea"))
        key, at = form.cleaned_data["key"], timezone.now()
        Step.agree(debrief, key, by=request.user, at=at, idea=wanted, **answers, **form.agreement)
        return _agreed(request, debrief, form, back)
    context = {"debrief": debrief, "back": back, "next": next_of(request), "idea": idea, **answers}
    return _draw(request, form, context)


def _agreed(request: MemberRequest, debrief: Debrief, form: StepForm, back: str) -> HttpResponse:
    """Over htmx the dialog closes and the room behind it is as it now is. A weak step stands: whoever could see no
    hint while typing reads it now, alone."""
    toast(request, _("Agreed. The owner gets a letter."))
    if hint := stronger.hint(form.cleaned_data["title"]):
        toast(
            request, _("Only you see this: %(question)s The step can still be reworded.") % {"question": hint.question}
        )
    if in_dialog(request):
        return done(request, debrief, "", regions=["factors", "strengths", "unanswered", "parking"])
    return redirect(back)


def _idea(request: MemberRequest, debrief: Debrief) -> ParkedIdea | None:
    """The parked idea that is to become a step. It may be gone when the form comes back: the verb says so then."""
    wanted = _uuid(request.GET.get("idea"))
    if not wanted:
        return None
    found = debrief.parked_ideas.filter(pk=wanted).first()
    if found is None and request.method != "POST":
        raise Http404
    return found


def _what_for(request: MemberRequest, debrief: Debrief, idea: ParkedIdea) -> HttpResponse:
    """An idea was parked before anybody knew what it answers."""
    context = {
        "debrief": debrief, "idea": idea, "in_dialog": in_dialog(request), "may_unpark": debrief.phase in idea.phases,
        "factors": debrief.factors.all(), "strengths": debrief.strengths.all(),
    }  # fmt: skip
    return render_page(request, "actions/what_for.html", context, fragments=("modal-body",))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = step_of(request, step_id)
    require(permissions.can_rewrite(request.user, step))
    form = StepForm(_sent(request), initial=_as_agreed(step), agreed=step, **_choices(step.debrief, step.factor))
    if form.is_valid() and form.saved_by(
        lambda: step.rewrite(by=request.user, at=timezone.now(), **form.agreement), now=_as_agreed
    ):
        toast(request, _("Saved. The history keeps what was agreed before."))
        return redirect(url_of(step))
    answers = {"factor": step.factor, "strength": step.strength}
    return _draw(request, form, {"debrief": step.debrief, "step": step, "back": url_of(step), **answers})


def _draw(request: MemberRequest, form: StepForm, context: dict[str, Any]) -> HttpResponse:
    context |= {"form": form, "stronger": stronger.STRONGER, "hint": stronger.hint(form["title"].value() or "")}
    context["in_dialog"] = in_dialog(request)
    return render_page(request, FORM, context, fragments=("modal-body",), status=form.status)


def _sent(request: MemberRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _choices(debrief: Debrief, factor: Factor | None) -> dict[str, Any]:
    kinds = FOR_A_FACTOR if factor else FOR_A_STRENGTH
    return {"people": debrief.team.in_the_room(), "kinds": kinds, "today": timezone.localdate()}


def _as_agreed(step: Step) -> dict[str, Any]:
    said = {name: getattr(step, name) for name in ("title", "kind", "success_signal", "due_on", "look_again_on")}
    return {**said, "key": step.pk, "owner": step.owner_id, "second": step.second_id}


def _place_in_room(debrief: Debrief, answers: dict[str, Any]) -> str:
    return reverse("debriefs:detail", args=[debrief.pk]) + ("#factors" if "factor" in answers else "#strengths")


@require_POST
def hint(request: MemberRequest) -> HttpResponse:
    """The private hint beside a title that is being typed; it is neither stored nor counted."""
    return render_page(request, "actions/form.html#hint", {"hint": stronger.hint(request.POST.get("title", "")[:500])})


@require_safe
def detail(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    return show(request, step_of(request, step_id))


def show(request: MemberRequest, step: Step, **forms: Any) -> HttpResponse:
    """The page of one step; with the form that was not taken, if one was sent."""
    user, today = request.user, timezone.localdate()
    in_room = Debrief.objects.visible_to(user).filter(pk=step.debrief_id).exists()
    summary = in_room or Debrief.objects.summary_visible_to(user).filter(pk=step.debrief_id).exists()
    row = rows.row_of(step, user, today)
    context = {
        "step": step, "row": row, "in_room": in_room, "has_summary": summary, "next": request.get_full_path(),
        "history": history_of(step, with_notes=in_room or row.is_mine or row.is_second),
        "may_rewrite": permissions.can_rewrite(user, step),
        "may_agree": in_room and permissions.can_agree(user, step.debrief),
        "block_form": block_form(), "drop_form": drop_form(), "check_form": CheckForm(), **forms,
    }  # fmt: skip
    return render_page(request, DETAIL, context, status=422 if forms else 200)


def block_form(data: Any = None) -> BecauseForm:
    return BecauseForm(
        data,
        auto_id="id_block_%s",
        label=_("What is in the way?"),
        help_text=_("Your team and its managers read this. Say the thing, not the person."),
    )


def drop_form(data: Any = None) -> BecauseForm:
    return BecauseForm(
        data,
        auto_id="id_drop_%s",
        label=_("Drop it, because …"),
        help_text=_("A step that is no longer right may go. The reason stays, and managers read it too."),
    )


def _what_it_answers(request: MemberRequest, debrief: Debrief) -> tuple[dict[str, Any], dict[str, Any]]:
    """The factor or strength, loaded through its debrief; with `?from=` also what an earlier step said."""
    if before := _uuid(request.GET.get("from")):
        step = get_object_or_404(debrief.steps.select_related("factor", "strength"), pk=before)
        initial = {name: value for name, value in _as_agreed(step).items() if name in REPEATED}
        return ({"factor": step.factor} if step.factor else {"strength": step.strength}), initial
    for name, found in (("factor", debrief.factors), ("strength", debrief.strengths)):
        if wanted := request.GET.get(name):
            one = get_object_or_404(found, pk=_uuid(wanted))
            return {name: one}, {"kind": one.answer} if isinstance(
                one, Strength
            ) and one.answer in FOR_A_STRENGTH else {}
    return {}, {}


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise Http404 from None
