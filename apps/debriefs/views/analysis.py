"""Rationalize, realign and follow through: what the room finds out and writes down together."""

import uuid
from collections.abc import Container
from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.agenda import agenda_of, soak_day
from apps.debriefs.factor_kinds import SENSE_QUESTIONS
from apps.debriefs.forms.analysis import (
    AcceptForm,
    DatesForm,
    FactorForm,
    LessonForm,
    QuestionAnswerForm,
    QuestionForm,
    StrengthAnswerForm,
    StrengthForm,
)
from apps.debriefs.models import Debrief, Factor, Lesson, OpenQuestion, Strength, Theme
from apps.debriefs.models.analysis import FoundByTheRoom
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.focus import focus_on, in_order, minutes_each, next_theme
from apps.debriefs.phases import UNDER_WAY, Phase
from apps.debriefs.views.gate import answer, done, in_dialog, oob, room_of, to_room
from apps.debriefs.views.undo import removed
from apps.web.forms import Changes
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page


def _writing_room(request: MemberRequest, debrief_id: int, what: type[FoundByTheRoom]) -> Debrief:
    """The debrief, if this person may write in it; whoever only opens the form learns now that it is too late."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    if request.method == "GET":
        _not_too_late(debrief, what.phases)
    return debrief


def _not_too_late(debrief: Debrief, phases: Container[str]) -> None:
    if debrief.phase not in phases:
        raise WrongPhase(
            _("The debrief is in “%(phase)s” now: this can be read there, and not changed.")
            % {"phase": Phase(debrief.phase).label}
        )


def _posted(request: MemberRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _form_page(
    request: MemberRequest, debrief: Debrief, form: Changes, template: str = "debriefs/found.html", **context: Any
) -> HttpResponse:
    back = reverse("debriefs:detail", args=[debrief.pk])
    context |= {"debrief": debrief, "form": form, "back": back, "in_dialog": in_dialog(request)}
    return render_page(request, template, context, fragments=("modal-body",), status=form.status)


# Voting and dates: who runs it


@require_POST
def voting(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Open the voting (`action=open`) or close it (`action=close`)."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if request.POST.get("action") == "close":
        debrief.close_voting(at=timezone.now())
        toast(request, _("Voting is closed. Everyone sees the totals now."))
    else:
        debrief.open_voting(at=timezone.now())
        toast(request, _("Voting is open. Everyone finds their dots in their own tray."))
    return to_room(debrief, "themes")


@require_http_methods(["GET", "POST"])
def focus(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """The theme that everyone talks about (`theme`, or none); its time begins."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    themes = in_order(debrief.themes.all())
    minutes = minutes_each(agenda_of(debrief)[Phase.RATIONALIZE], themes)
    if request.method == "POST":
        focus_on(debrief, _chosen(themes, request.POST.get("theme", "")), minutes=minutes, at=timezone.now())
        if request.htmx.target != "focus-bar":
            return to_room(debrief, "focus")
    context = {
        "debrief": debrief,
        "may_choose": debrief.phase == Phase.RATIONALIZE and not debrief.voting_is_open and bool(themes),
        "themes": themes,
        "next": next_theme(themes, next((theme for theme in themes if theme.pk == debrief.focus_id), None)),
        "minutes": minutes,
    }
    if request.method == "POST":
        html = render_to_string("debriefs/focus_bar.html#focus-bar", context, request)
        return HttpResponse(html + "".join(oob(debrief, region) for region in ("focus", "themes")))
    return render_page(request, "debriefs/focus_bar.html", context, fragments=("focus-bar",))


def _chosen(themes: list[Theme], wanted: str) -> Theme | None:
    chosen = next((theme for theme in themes if str(theme.pk) == wanted), None)
    if wanted and chosen is None:
        raise Http404
    return chosen


@require_http_methods(["GET", "POST"])
def dates(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    _not_too_late(debrief, UNDER_WAY)
    at = timezone.now()
    wanted = soak_day(timezone.localdate(at)) if "soak" in request.GET else None
    form = DatesForm(_posted(request), debrief=debrief, at=at, suggested=wanted)
    if form.is_valid() and form.saved_by(lambda: debrief.set_up(**form.cleaned_data), now=DatesForm.initial_of):
        toast(request, _("The dates are set."))
        return done(request, debrief, "", regions=["follow_up"])
    heading, lead = (
        _("Soak and follow-up"),
        _("Good answers need a night or two; promises need a day on which we look."),
    )
    return _form_page(request, debrief, form, heading=heading, lead=lead, verb=_("Set the dates"))


# Factors


@require_http_methods(["GET", "POST"])
def new_factor(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Factor)
    form = FactorForm(_posted(request), debrief=debrief, initial={"theme": request.GET.get("theme", "")})
    if form.is_bound and form.is_valid():
        Factor.write(debrief, **form.cleaned_data)
        return done(request, debrief, "factors", regions=["factors"])
    return _form_page(request, debrief, form, "debriefs/factor.html", asked=SENSE_QUESTIONS)


@require_http_methods(["GET", "POST"])
def edit_factor(request: MemberRequest, debrief_id: int, factor_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Factor)
    factor = get_object_or_404(debrief.factors.select_related("debrief", "theme"), pk=factor_id)
    said = FactorForm.initial_of
    form = FactorForm(_posted(request), debrief=debrief, initial=said(factor), version=factor.version)
    if form.is_valid() and form.saved_by(lambda: factor.rewrite(**_without_key(form)), now=said):
        return done(request, factor.debrief, f"factor-{factor.pk}", regions=["factors"])
    return _form_page(request, debrief, form, "debriefs/factor.html", factor=factor, asked=SENSE_QUESTIONS)


def _without_key(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "key"}


@require_http_methods(["GET", "POST"])
def accept_factor(request: MemberRequest, debrief_id: int, factor_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Factor)
    factor = get_object_or_404(debrief.factors.select_related("debrief", "theme"), pk=factor_id)
    said = AcceptForm.initial_of
    form = AcceptForm(_posted(request), initial=said(factor), version=factor.version)
    if form.is_valid() and form.saved_by(lambda: factor.accept(**form.cleaned_data), now=said):
        return done(request, factor.debrief, f"factor-{factor.pk}", regions=["factors", "unanswered"])
    heading = _("Accept it consciously")
    lead = _("Not everything needs a step. What we leave as it is, we leave on purpose, and say why.")
    return _form_page(request, debrief, form, heading=heading, lead=lead, factor=factor, verb=_("Keep this answer"))


@require_POST
def remove_factor(request: MemberRequest, debrief_id: int, factor_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Factor)
    return removed(request, debrief, get_object_or_404(debrief.factors, pk=factor_id), _("The factor is removed."))


# Strengths


@require_http_methods(["GET", "POST"])
def new_strength(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Strength)
    form = StrengthForm(_posted(request), debrief=debrief, initial={"theme": request.GET.get("theme", "")})
    if form.is_bound and form.is_valid():
        Strength.write(debrief, **form.cleaned_data)
        return done(request, debrief, "strengths", regions=["strengths"])
    return _form_page(request, debrief, form, "debriefs/strength.html")


@require_http_methods(["GET", "POST"])
def edit_strength(request: MemberRequest, debrief_id: int, strength_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Strength)
    strength = get_object_or_404(debrief.strengths.select_related("debrief", "theme"), pk=strength_id)
    said = StrengthForm.initial_of
    form = StrengthForm(_posted(request), debrief=debrief, initial=said(strength), version=strength.version)
    if form.is_valid() and form.saved_by(lambda: strength.rewrite(**_without_key(form)), now=said):
        return done(request, strength.debrief, f"strength-{strength.pk}", regions=["strengths"])
    return _form_page(request, debrief, form, "debriefs/strength.html", strength=strength)


@require_http_methods(["GET", "POST"])
def answer_strength(request: MemberRequest, debrief_id: int, strength_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Strength)
    strength = get_object_or_404(debrief.strengths.select_related("debrief", "theme"), pk=strength_id)
    said = StrengthAnswerForm.initial_of
    form = StrengthAnswerForm(_posted(request), initial=said(strength), version=strength.version)
    if form.is_valid() and form.saved_by(lambda: strength.give_answer(**form.cleaned_data), now=said):
        return done(request, strength.debrief, f"strength-{strength.pk}", regions=["strengths", "unanswered"])
    heading, lead = _("Keep, amplify or spread"), _("What went right stays only if somebody wants it to.")
    verb = _("Keep this answer")
    return _form_page(request, debrief, form, heading=heading, lead=lead, strength=strength, verb=verb)


@require_POST
def remove_strength(request: MemberRequest, debrief_id: int, strength_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Strength)
    return removed(
        request, debrief, get_object_or_404(debrief.strengths, pk=strength_id), _("The strength is removed.")
    )


# Open questions


@require_http_methods(["GET", "POST"])
def new_question(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, OpenQuestion)
    form = QuestionForm(_posted(request), debrief=debrief, today=timezone.localdate())
    if form.is_bound and form.is_valid():
        OpenQuestion.write(debrief, **form.cleaned_data)
        return to_room(debrief, "questions")
    heading, lead = _("An open question"), _("Better a question than a guess. By its date, facts replace it.")
    return _form_page(request, debrief, form, heading=heading, lead=lead, verb=_("Write it down"))


@require_http_methods(["GET", "POST"])
def edit_question(request: MemberRequest, debrief_id: int, question_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, OpenQuestion)
    asked = get_object_or_404(debrief.questions.select_related("debrief"), pk=question_id)
    form = QuestionForm(_posted(request), debrief=debrief, today=timezone.localdate(), question=asked)
    if form.is_valid() and form.saved_by(lambda: asked.rewrite(**_without_key(form)), now=QuestionForm.initial_of):
        return to_room(debrief, "questions")
    remove = reverse("debriefs:remove_question", args=[debrief.pk, asked.pk])
    heading, verb = _("Change the question"), _("Save the question")
    return _form_page(request, debrief, form, heading=heading, verb=verb, remove=remove)


@require_http_methods(["GET", "POST"])
def answer_question(request: MemberRequest, debrief_id: int, question_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, OpenQuestion)
    asked = get_object_or_404(debrief.questions.select_related("debrief", "owner"), pk=question_id)
    said = QuestionAnswerForm.initial_of
    form = QuestionAnswerForm(_posted(request), initial=said(asked), version=asked.version)
    if form.is_valid() and form.saved_by(
        lambda: asked.give_answer(**form.cleaned_data, by=request.user, at=timezone.now()), now=said
    ):
        return to_room(debrief, "questions")
    heading, verb = _("What did we find out?"), _("Write the answer down")
    return _form_page(request, debrief, form, heading=heading, question=asked, verb=verb)


@require_POST
def remove_question(request: MemberRequest, debrief_id: int, question_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, OpenQuestion)
    return removed(
        request, debrief, get_object_or_404(debrief.questions, pk=question_id), _("The question is removed.")
    )


# Lessons


@require_POST
def add_lesson(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Lesson)
    form = LessonForm(request.POST, auto_id="lesson_%s")
    if not form.is_valid():
        return answer(request, debrief, "lesson-form", form, done=False)
    Lesson.write(debrief, **form.cleaned_data)
    fresh = LessonForm(auto_id="lesson_%s")
    return answer(request, debrief, "lesson-form", fresh, regions=["lessons"], done=True)


@require_http_methods(["GET", "POST"])
def edit_lesson(request: MemberRequest, debrief_id: int, lesson_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Lesson)
    lesson = get_object_or_404(debrief.lessons.select_related("debrief"), pk=lesson_id)
    said = LessonForm.initial_of
    form = LessonForm(_posted(request), initial=said(lesson), version=lesson.version)
    if form.is_valid() and form.saved_by(lambda: lesson.rewrite(**_without_key(form)), now=said):
        return to_room(debrief, "lessons")
    remove = reverse("debriefs:remove_lesson", args=[debrief.pk, lesson.pk])
    return _form_page(request, debrief, form, heading=_("A lesson"), verb=_("Save the lesson"), remove=remove)


@require_POST
def remove_lesson(request: MemberRequest, debrief_id: int, lesson_id: uuid.UUID) -> HttpResponse:
    debrief = _writing_room(request, debrief_id, Lesson)
    return removed(request, debrief, get_object_or_404(debrief.lessons, pk=lesson_id), _("The lesson is removed."))
