"""One click each: load, may I, the verb, a sentence with the way back."""

import uuid
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.actions import permissions
from apps.actions.forms import CheckForm
from apps.actions.models import Outcome, State, Step
from apps.actions.views.gate import answer, next_of, step_of, url_of
from apps.actions.views.pages import block_form, drop_form, show
from apps.web.http import MemberRequest, require, toast


def _mine_to_change(request: MemberRequest, step_id: uuid.UUID) -> Step:
    step = step_of(request, step_id)
    require(permissions.can_work_on(request.user, step))
    return step


def _way_back(request: MemberRequest, verb: str, step: Step) -> str:
    """The address of the reverse verb; it leads back to the page on which the first one was clicked."""
    query = urlencode({"next": next_of(request) or url_of(step)})
    return f"{reverse(f'actions:{verb}', args=[step.pk])}?{query}"


@require_POST
def start(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    step.start(by=request.user, at=now())
    toast(request, _("Begun."), undo=_way_back(request, "reopen", step))
    return answer(request, step)


@require_POST
def finish(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    step.finish(by=request.user, at=now())
    day = date_format(step.look_again_on, "j F")
    toast(request, _("Done. We look again on %(day)s.") % {"day": day}, undo=_way_back(request, "reopen", step))
    return answer(request, step)


@require_POST
def reopen(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    step.reopen(by=request.user, at=now())
    toast(request, _("It is open again."))
    return answer(request, step)


@require_POST
def drop(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    form = drop_form(request.POST)
    if not form.is_valid():
        return show(request, step, drop_form=form)
    step.drop(because=form.cleaned_data["because"], by=request.user, at=now())
    toast(request, _("Dropped. The reason stays with it."), undo=_way_back(request, "reopen", step))
    return answer(request, step)


@require_POST
def block(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    form = block_form(request.POST)
    if not form.is_valid():
        return show(request, step, block_form=form)
    step.block(because=form.cleaned_data["because"], by=request.user, at=now())
    toast(request, _("Good to know. Your team sees what is in the way."), undo=_way_back(request, "unblock", step))
    return answer(request, step)


@require_POST
def unblock(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    step.unblock(by=request.user, at=now())
    toast(request, _("It moves again."))
    return answer(request, step)


@require_POST
def ask_for_help(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = _mine_to_change(request, step_id)
    step.ask_for_help(by=request.user, at=now())
    toast(request, _("Your team sees that you would like help."), undo=_way_back(request, "unblock", step))
    return answer(request, step)


@require_POST
def check(request: MemberRequest, step_id: uuid.UUID) -> HttpResponse:
    step = step_of(request, step_id)
    require(permissions.can_check(request.user, step))
    form = CheckForm(request.POST)
    if not form.is_valid():
        return show(request, step, check_form=form)
    step.check_it(**form.cleaned_data, by=request.user, at=now())
    toast(request, _after_a_check(step))
    return answer(request, step)


def _after_a_check(step: Step) -> str:
    if step.state == State.CHECKED:
        said = {"outcome": Outcome(step.outcome).label}
        return _("Thank you. Both of you have spoken: %(outcome)s.") % said
    if step.look_again_on and not step.checks.filter(look_again_on=step.look_again_on).exists():
        return _("Thank you. We look again on %(day)s.") % {"day": date_format(step.look_again_on, "j F")}
    return _("Thank you. Now one more word is wanted, from the other person.")
