"""Recognize: the timeline and the parking lot, which participants write together."""

import uuid

from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.forms.meeting import IdeaForm, ParkForm, TimelineForm
from apps.debriefs.models import ParkedIdea, TimelineEntry
from apps.debriefs.models.timeline import change_entry, drop_entry, write_entry
from apps.debriefs.models.undo import way_back
from apps.debriefs.views.gate import answer, done, in_dialog, room_of
from apps.debriefs.views.undo import removed, say
from apps.web.http import MemberRequest, require
from apps.web.render import render_page


@require_POST
def add_entry(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = TimelineForm(request.POST, debrief=debrief)
    if not form.is_valid():
        return answer(request, debrief, "entry-form", form, done=False)
    write_entry(debrief, **form.cleaned_data)
    fresh = TimelineForm(debrief=debrief, initial={"happened_at": form.cleaned_data["happened_at"]})
    return answer(request, debrief, "entry-form", fresh, regions=["timeline"], done=True)


@require_http_methods(["GET", "POST"])
def edit_entry(request: MemberRequest, debrief_id: int, entry_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    entry = get_object_or_404(debrief.timeline, pk=entry_id)
    form = TimelineForm(request.POST or None, debrief=debrief, entry=entry)
    if form.is_valid() and form.saved_by(
        lambda: change_entry(debrief, entry, **form.cleaned_data), now=TimelineForm.initial_of
    ):
        return done(request, debrief, "timeline", regions=["timeline"])
    context = {"debrief": debrief, "entry": entry, "form": form, "back": reverse("debriefs:detail", args=[debrief.pk])}
    context["in_dialog"] = in_dialog(request)
    return render_page(request, "debriefs/entry.html", context, fragments=("modal-body",), status=form.status)


@require_POST
def remove_entry(request: MemberRequest, debrief_id: int, entry_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    entry = get_object_or_404(TimelineEntry.objects.filter(debrief=debrief), pk=entry_id)
    with way_back(debrief, entry, at=timezone.now()) as undo:
        drop_entry(debrief, entry)
    say(request, _("The entry is off the timeline."), undo)
    return done(request, debrief, "timeline", regions=undo.regions)


@require_POST
def park(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = ParkForm(request.POST)
    if not form.is_valid():
        return answer(request, debrief, "park-form", form, done=False)
    ParkedIdea.write(debrief, form.cleaned_data["key"], text=form.cleaned_data["text"])
    return answer(request, debrief, "park-form", ParkForm(), regions=["parking"], done=True)


@require_http_methods(["GET", "POST"])
def edit_idea(request: MemberRequest, debrief_id: int, idea_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    idea = get_object_or_404(debrief.parked_ideas, pk=idea_id)
    idea.debrief = debrief
    form = IdeaForm(request.POST or None, initial={"text": idea.text}, version=idea.version)
    if form.is_valid() and form.saved_by(lambda: idea.rewrite(**form.cleaned_data), now=model_to_dict):
        return done(request, debrief, "parking", regions=["parking"])
    context = {
        "debrief": debrief, "form": form, "heading": _("A parked idea"), "verb": _("Save the idea"),
        "back": reverse("debriefs:detail", args=[debrief.pk]), "in_dialog": in_dialog(request),
        "remove": reverse("debriefs:unpark", args=[debrief.pk, idea.pk]),
    }  # fmt: skip
    return render_page(request, "debriefs/found.html", context, fragments=("modal-body",), status=form.status)


@require_POST
def unpark(request: MemberRequest, debrief_id: int, idea_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    idea = get_object_or_404(debrief.parked_ideas, pk=idea_id)
    return removed(request, debrief, idea, _("The idea is gone from the parking lot."))
