"""Recognize: cards into themes, and what can be done with a theme. Every change has its way back."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import model_to_dict
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.forms.meeting import MergeForm, MoveCardForm, RenameForm, SplitForm, ThemeForm
from apps.debriefs.models import Debrief, Perspective, Theme
from apps.debriefs.models.themes import regions_of_cards
from apps.debriefs.models.undo import way_back
from apps.debriefs.views.gate import answer, done, in_dialog, room_of
from apps.debriefs.views.undo import say
from apps.web.http import MemberRequest, require
from apps.web.render import render_page
from apps.web.verdict import Refused


@require_POST
def add_theme(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return answer(request, debrief, "theme-form", form, done=False)
    Theme.create(debrief, form.cleaned_data["key"], name=form.cleaned_data["name"])
    return answer(request, debrief, "theme-form", ThemeForm(), regions=["themes"], done=True)


def _theme_of(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> Theme:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    theme: Theme = get_object_or_404(debrief.themes, pk=theme_id)
    theme.debrief = debrief
    return theme


@require_http_methods(["GET", "POST"])
def edit_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    theme = _theme_of(request, debrief_id, theme_id)
    form = RenameForm(request.POST or None, initial={"name": theme.name}, version=theme.version)
    if form.is_valid() and form.saved_by(lambda: theme.rename(**form.cleaned_data), now=model_to_dict):
        cards = theme.perspectives.values_list("position", flat=True)
        return done(request, theme.debrief, "themes", regions=[*regions_of_cards(cards), "themes"])
    return _theme_page(request, theme, form=form, status=form.status)


def _theme_page(request: MemberRequest, theme: Theme, *, status: int, **forms: Any) -> HttpResponse:
    """Everything that can be done with a theme; the form that was sent, with what is wrong about it."""
    fresh = {
        "form": lambda: RenameForm(initial={"name": theme.name}, version=theme.version),
        "merge": lambda: MergeForm(theme=theme),
        "split": lambda: SplitForm(theme=theme, auto_id="split_%s"),
    }
    context = {name: forms.get(name) or make() for name, make in fresh.items()}
    context |= {"debrief": theme.debrief, "theme": theme, "in_dialog": in_dialog(request)}
    return render_page(request, "debriefs/theme.html", context, fragments=("modal-body",), status=status)


@require_POST
def merge_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    theme = _theme_of(request, debrief_id, theme_id)
    form = MergeForm(request.POST, theme=theme)
    if not form.is_valid():
        return _theme_page(request, theme, merge=form, status=422)
    other = get_object_or_404(theme.debrief.themes, pk=form.cleaned_data["into"])
    with way_back(theme.debrief, theme, other, at=timezone.now()) as undo:
        theme.merge_into(other)
    say(request, _("“%(one)s” is now part of “%(other)s”.") % {"one": theme.name, "other": other.name}, undo)
    return done(request, theme.debrief, "themes", regions=undo.regions)


@require_POST
def split_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    theme = _theme_of(request, debrief_id, theme_id)
    form = SplitForm(request.POST, theme=theme, auto_id="split_%s")
    if not form.is_valid():
        return _theme_page(request, theme, split=form, status=422)
    with way_back(theme.debrief, theme, theme.debrief.themes.all(), at=timezone.now()) as undo:
        new = theme.split(**form.cleaned_data)
    n = new.perspectives.count()
    said = ngettext("%(n)d card is now in “%(theme)s”.", "%(n)d cards are now in “%(theme)s”.", n)
    say(request, said % {"n": n, "theme": new.name}, undo)
    return done(request, theme.debrief, "themes", regions=undo.regions)


@require_POST
def remove_theme(request: MemberRequest, debrief_id: int, theme_id: uuid.UUID) -> HttpResponse:
    theme = _theme_of(request, debrief_id, theme_id)
    with way_back(theme.debrief, theme, at=timezone.now()) as undo:
        theme.remove()
    say(request, _("The theme “%(theme)s” is gone; its cards are still on the board.") % {"theme": theme.name}, undo)
    return done(request, theme.debrief, "themes", regions=undo.regions)


@require_http_methods(["GET", "POST"])
def move_card(request: MemberRequest, debrief_id: int, card_number: int) -> HttpResponse:
    """By the link at its foot, or dropped: on a theme, on another card, on nothing."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    card = get_object_or_404(debrief.perspectives.select_related("prompt", "theme"), position=card_number)
    card.debrief = debrief
    form = MoveCardForm(request.POST or None, debrief=debrief, initial={"theme": str(card.theme_id or "")})
    if request.method == "POST" and form.is_valid():
        return _moved(request, card, form)
    if form.errors and _is_elsewhere(debrief, request.POST.get("theme", "")):
        raise Http404
    if form.errors and request.htmx and not in_dialog(request):
        raise Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    context = {"debrief": debrief, "card": card, "form": form, "in_dialog": in_dialog(request)}
    status = 422 if form.errors else 200
    return render_page(request, "debriefs/move_card.html", context, fragments=("modal-body",), status=status)


def _is_elsewhere(debrief: Debrief, theme_id: str) -> bool:
    """A theme of another debrief is nowhere for us; one that has gone from this debrief deserves a sentence."""
    try:
        return Theme.objects.exclude(debrief=debrief).filter(pk=theme_id).exists()
    except ValidationError:
        return False


def _moved(request: MemberRequest, card: Perspective, form: MoveCardForm) -> HttpResponse:
    debrief, onto = card.debrief, form.cleaned_data["onto"]
    beside = get_object_or_404(debrief.perspectives, position=onto) if onto else card
    beside.debrief = debrief
    with way_back(debrief, card, beside, debrief.themes.all(), at=timezone.now()) as undo:
        theme = _theme_beside(card, beside) if onto else form.theme_for(debrief)
        card.move_to(theme)
    if undo.rows:
        said = _("The card is now in “%(theme)s”.") % {"theme": theme} if theme else _("The card is in no theme now.")
        say(request, said, undo)
    # A theme that came about by dropping cards has only their first words for a name: ask for a better one.
    is_new = onto and theme and theme.pk not in form.themes
    rename = reverse("debriefs:edit_theme", args=[debrief.pk, theme.pk]) if theme and is_new else ""
    return done(request, debrief, f"card-{card.position}", regions=undo.regions, then_open=rename)


def _theme_beside(card: Perspective, other: Perspective) -> Theme:
    """Where the other card is. Dropped on itself, so to speak, a card gets a theme of its own."""
    if other == card:
        card.move_to(None)
    return Theme.around(other)
