"""How every view of steps begins and ends: load what this person may see; answer with the row or go back."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from apps.actions.models import Step
from apps.actions.rows import row_of
from apps.debriefs.models import Debrief
from apps.web.http import MemberRequest
from apps.web.render import render_row

ROW = "components/step.html"


def step_of(request: MemberRequest, step_id: uuid.UUID) -> Step:
    """The step, if this person may see it; 404 for everyone else."""
    return get_object_or_404(Step.objects.visible_to(request.user).with_people(), pk=step_id)


def room_of(request: MemberRequest, debrief_id: int) -> Debrief:
    return get_object_or_404(Debrief.objects.visible_to(request.user).select_related("team"), pk=debrief_id)


def url_of(step: Step) -> str:
    return reverse("actions:detail", args=[step.pk])


def answer(request: MemberRequest, step: Step) -> HttpResponse:
    """After a change: the step's row for whoever swaps it in, else back to where the form stood."""
    fresh = Step.objects.with_people().get(pk=step.pk)
    row = row_of(fresh, request.user, timezone.localdate())
    back = next_of(request)
    return render_row(
        request, ROW, row.dom_id, {"row": row, "next": back, "swapped": True}, else_to=back or url_of(step)
    )


def next_of(request: MemberRequest) -> str:
    """Where the form stood, if it says so and that is on this site."""
    url = request.POST.get("next") or request.GET.get("next", "")
    secure = request.is_secure()
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=secure)
    return url if is_ours and url.startswith("/") else ""  # a bare word would be taken for the name of a route
