"""Recognize: what participants do to the board together."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.forms.meeting import MergeForm, MoveCardForm, ParkForm, RenameForm, ThemeForm, TimelineForm
from apps.debriefs.models import ParkedIdea, Theme, TimelineEntry
from apps.debriefs.models.timeline import change_entry, drop_entry, write_entry
from apps.debriefs.views.gate import answer, done, room_of, to_room
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page


@require_POST
def add_theme(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return answer(request, debrief, "theme-form", form, done=False)
    Theme.create(debrief, form.cleaned_data["key"], name=form.cleaned_data["name"])
    return answer(request, debrief, "theme-form", ThemeForm(), regions=["themes"], done=True)


@require_http_methods(["GET", "POST"])
def edit_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    theme = get_object_or_404(debrief.themes, pk=theme_id)
    theme.debrief = debrief
    form = RenameForm(request.POST or None, initial={"name": theme.name})
    if request.method == "POST" and form.is_valid():
        theme.rename(form.cleaned_data["name"])
        return done(request, debrief, "themes", regions=["themes", "board"])
    context = {"debrief": debrief, "theme": theme, "form": form, "merge": MergeForm(theme=theme)}
    status = 422 if form.errors else 200
    return render_page(request, "debriefs/theme.html", context, fragments=("modal-body",), status=status)


@require_POST
def merge_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    theme = get_object_or_404(debrief.themes.select_related("debrief"), pk=theme_id)
    form = MergeForm(request.POST, theme=theme)
    if not form.is_valid():
        context = {"debrief": debrief, "theme": theme, "form": RenameForm(initial={"name": theme.name}), "merge": form}
        return render_page(request, "debriefs/theme.html", context, status=422)
    other = get_object_or_404(debrief.themes, pk=form.cleaned_data["into"])
    theme.merge_into(other)
    toast(request, _("“%(one)s” is now part of “%(other)s”.") % {"one": theme.name, "other": other.name})
    return to_room(debrief, "themes")


@require_POST
def remove_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    theme = get_object_or_404(debrief.themes.select_related("debrief"), pk=theme_id)
    theme.remove()
    toast(request, _("The theme is gone; its cards are still on the board."))
    return to_room(debrief, "themes")


@require_http_methods(["GET", "POST"])
def move_card(request: MemberRequest, debrief_id: int, card_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    card = get_object_or_404(debrief.perspectives.select_related("prompt", "theme"), pk=card_id)
    card.debrief = debrief
    form = MoveCardForm(request.POST or None, debrief=debrief, initial={"theme": str(card.theme_id or "")})
    if request.method == "POST" and form.is_valid():
        card.move_to(_chosen_theme(form, card))
        return done(request, debrief, f"card-{card.pk}", regions=["board", "themes"])
    context = {"debrief": debrief, "card": card, "form": form}
    status = 422 if form.errors else 200
    return render_page(request, "debriefs/move_card.html", context, fragments=("modal-body",), status=status)


def _chosen_theme(form: MoveCardForm, card) -> Theme | None:  # type: ignore[no-untyped-def]
    if form.cleaned_data["new"]:
        return Theme.called(card.debrief, form.cleaned_data["new"])
    if not form.cleaned_data["theme"]:
        return None
    return get_object_or_404(card.debrief.themes, pk=form.cleaned_data["theme"])


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
    initial = {name: getattr(entry, name) for name in ("happened_at", "text", "source", "is_event")}
    initial |= {"key": entry.pk, "beside": str(entry.beside_id or "")}
    form = TimelineForm(request.POST or None, debrief=debrief, entry_id=entry.pk, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_entry(debrief, entry, **form.cleaned_data)
        return to_room(debrief, "timeline")
    context = {"debrief": debrief, "entry": entry, "form": form, "back": reverse("debriefs:detail", args=[debrief.pk])}
    return render_page(request, "debriefs/entry.html", context, status=422 if form.errors else 200)


@require_POST
def remove_entry(request: MemberRequest, debrief_id: int, entry_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    drop_entry(debrief, get_object_or_404(TimelineEntry.objects.filter(debrief=debrief), pk=entry_id))
    return to_room(debrief, "timeline")


@require_POST
def park(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = ParkForm(request.POST)
    if not form.is_valid():
        return answer(request, debrief, "park-form", form, done=False)
    ParkedIdea.write(debrief, form.cleaned_data["key"], text=form.cleaned_data["text"])
    return answer(request, debrief, "park-form", ParkForm(), regions=["parking"], done=True)


@require_POST
def unpark(request: MemberRequest, debrief_id: int, idea_id: uuid.UUID) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    get_object_or_404(debrief.parked_ideas.select_related("debrief"), pk=idea_id).remove()
    return to_room(debrief, "parking")
