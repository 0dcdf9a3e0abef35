import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.actions import permissions, rows, stronger
from apps.actions.forms import FOR_A_FACTOR, FOR_A_STRENGTH, BecauseForm, CheckForm, Filters, StepForm
from apps.actions.history import history_of
from apps.actions.models import AGREEING, Step
from apps.actions.views.gate import next_of, room_of, step_of
from apps.debriefs.models import Debrief
from apps.teams.models import Role, Team
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page

DETAIL = "actions/detail.html"
FORM = "actions/form.html"


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


def of_team(request: MemberRequest, slug: str) -> HttpResponse:
    """The team's steps. A manager cannot sort them by person: no figure here is about people."""
    team = get_object_or_404(Team.objects.with_role(request.user, *Role), slug=slug)
    today = timezone.localdate()
    steps = Step.objects.visible_to(request.user).promised().filter(debrief__team=team)
    is_manager = team.role_of(request.user) == Role.MANAGER
    owners = User.objects.none() if is_manager else User.objects.filter(steps__in=steps).distinct()
    form = Filters(request.GET, owners=owners)
    found = rows.narrowed(steps, form.chosen, today).with_people().order_by("due_on", "pk")
    page = Paginator(found, rows.A_PAGE).get_page(request.GET.get("page"))
    context = {"team": team, "form": form, "page_obj": page, "next": request.get_full_path()}
    context["rows"] = rows.rows_for(page.object_list, request.user, today)
    return render_page(request, "actions/of_team.html", context, fragments=("found",))


def of_debrief(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """What the room shares of its steps: the same bytes for everyone, so it asks for nothing but the debrief."""
    debrief = room_of(request, debrief_id)
    with timezone.override(debrief.time_zone):
        answers = rows.answers_of(debrief, timezone.localdate())
    context = {"debrief": debrief, "answers": answers, "can_agree": debrief.phase in AGREEING}
    return render_page(request, "actions/of_debrief.html", context, fragments=("steps",))


def new(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_agree(request.user, debrief))
    answers, initial = _what_it_answers(request, debrief)
    if not answers:
        return redirect("actions:of_debrief", debrief.pk)
    kinds = FOR_A_FACTOR if "factor" in answers else FOR_A_STRENGTH
    form = StepForm(request.POST or None, initial=initial, **_form_of(debrief, kinds))
    if form.is_valid():
        Step.agree(debrief, form.cleaned_data["key"], by=request.user, at=timezone.now(), **answers, **form.agreement)
        toast(request, _("Agreed. The owner gets a letter."))
        return redirect(next_of(request) or "actions:of_debrief", *([] if next_of(request) else [debrief.pk]))
    context = {"debrief": debrief, "form": form, **answers, "stronger": stronger.STRONGER, "next": next_of(request)}
    context["hint"] = stronger.hint(form["title"].value() or "")
    return render_page(request, FORM, context, status=422 if form.is_bound else 200)


def edit(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = step_of(request, step_id)
    require(permissions.can_rewrite(request.user, step))
    kinds = FOR_A_FACTOR if step.factor_id else FOR_A_STRENGTH
    initial = {name: getattr(step, name) for name in StepForm.base_fields if hasattr(step, name)}
    initial |= {"key": step.pk, "owner": step.owner_id, "second": step.second_id}
    form = StepForm(request.POST or None, initial=initial, agreed=step, **_form_of(step.debrief, kinds))
    if form.is_valid():
        step.rewrite(by=request.user, at=timezone.now(), **form.agreement)
        toast(request, _("Saved. The history keeps what was agreed before."))
        return redirect("actions:detail", step.pk)
    context = {"step": step, "debrief": step.debrief, "form": form, "stronger": stronger.STRONGER}
    context |= {"hint": stronger.hint(form["title"].value() or ""), "factor": step.factor, "strength": step.strength}
    return render_page(request, FORM, context, status=422 if form.is_bound else 200)


@require_POST
def hint(request: MemberRequest) -> HttpResponse:
    """The private hint beside a title that is being typed; it is neither stored nor counted."""
    return render_page(request, "actions/form.html#hint", {"hint": stronger.hint(request.POST.get("title", "")[:500])})


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
        "block": block_form(), "drop": drop_form(), "check": CheckForm(), **forms,
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


def _form_of(debrief: Debrief, kinds: Any) -> dict[str, Any]:
    return {"people": debrief.team.in_the_room(), "kinds": kinds, "today": timezone.localdate()}


def _what_it_answers(request: MemberRequest, debrief: Debrief) -> tuple[dict[str, Any], dict[str, Any]]:
    """The factor or strength, loaded through its debrief; with `?from=` also what an earlier step said."""
    before = _uuid(request.GET.get("from"))
    if before:
        step = get_object_or_404(debrief.steps.select_related("factor", "strength"), pk=before)
        names = ("title", "kind", "success_signal", "owner", "second")
        initial = {name: getattr(step, f"{name}_id", None) or getattr(step, name) for name in names}
        return ({"factor": step.factor} if step.factor else {"strength": step.strength}), initial
    for name, found in (("factor", debrief.factors), ("strength", debrief.strengths)):
        if wanted := request.GET.get(name):
            one = get_object_or_404(found, pk=_uuid(wanted))
            return {name: one}, {"kind": one.answer} if name == "strength" and one.answer in FOR_A_STRENGTH else {}
    return {}, {}


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise Http404 from None
