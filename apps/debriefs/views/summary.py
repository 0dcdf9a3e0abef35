"""The published page of a debrief, and the step that publishes it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.debriefs import permissions
from apps.debriefs.forms.analysis import PublishForm
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.phases import Phase
from apps.debriefs.views.gate import room_of
from apps.debriefs.way import way_of
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page


@require_GET
def summary(request: MemberRequest, debrief_id: int) -> HttpResponse:
    visible = Debrief.objects.summary_visible_to(request.user).select_related("team__organization")
    debrief = get_object_or_404(visible, pk=debrief_id)
    context = _what_is_shared(debrief) | {
        "is_published": debrief.phase == Phase.LEARNED and debrief.published_at is not None,
        "in_the_room": Debrief.objects.visible_to(request.user).filter(pk=debrief.pk).exists(),
        "way": way_of(debrief),
    }
    return render_page(request, "debriefs/summary.html", context)


def _what_is_shared(debrief: Debrief) -> dict[str, Any]:
    """All that a summary may hold: no perspective, no chain, no name of who owns or found something."""
    return {
        "debrief": debrief,
        "lessons": list(debrief.lessons.all()),
        "factors": list(debrief.factors.all()),
        "strengths": list(debrief.strengths.all()),
        "steps": list(debrief.steps.all()),
        "answers": list(debrief.questions.exclude(answer="")),
    }


@require_http_methods(["GET", "POST"])
def publish(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    initial = {"closing_statement": debrief.closing_statement, "audience": debrief.audience}
    form = PublishForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        debrief.publish(by=request.user, at=timezone.now(), **form.cleaned_data)
        toast(request, _("The summary is published. Thank you for seeing it through."))
        return redirect("debriefs:summary", debrief.pk)
    if debrief.phase != Phase.FOLLOW_THROUGH:
        raise WrongPhase(_("A debrief is published from Follow through, once its steps are checked."))
    context = _what_is_shared(debrief) | {
        "form": form, "left_to_do": debrief.what_is_left_to_do(), "unsettled": debrief.unsettled_steps(),
    }  # fmt: skip
    return render_page(request, "debriefs/publish.html", context, status=422 if form.errors else 200)
