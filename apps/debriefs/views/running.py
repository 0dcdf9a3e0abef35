"""While the meeting runs: the facilitator's timer, agenda and word to give; my own hand, and that I had a word."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.debriefs import permissions
from apps.debriefs.forms.setup import AgendaForm
from apps.debriefs.models import Debrief
from apps.debriefs.models.meeting import (
    extend_timer,
    give_word,
    pause_timer,
    raise_hand,
    resume_timer,
    say_spoken,
    start_timer,
    stop_timer,
    take_hand_down,
)
from apps.debriefs.phases import UNDER_WAY
from apps.debriefs.views.gate import done, in_dialog, oob, room_of, to_room
from apps.debriefs.views.room import bar_context
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page

MORE = 5  # minutes
MY_VOICE = "debriefs/my_voice.html"

TIMER: dict[str, Callable[[Debrief, int, datetime], None]] = {
    "start": lambda debrief, minutes, at: start_timer(debrief, minutes=minutes, at=at),
    "more": lambda debrief, _minutes, at: extend_timer(debrief, minutes=MORE, at=at),
    "pause": lambda debrief, _minutes, at: pause_timer(debrief, at=at),
    "resume": lambda debrief, _minutes, at: resume_timer(debrief, at=at),
    "stop": lambda debrief, _minutes, _at: stop_timer(debrief),
}


@require_POST
def timer(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Start the shared timer (with `minutes`), give it five more, pause, go on or stop it."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if act := TIMER.get(request.POST.get("action", "")):
        act(debrief, _number(request.POST.get("minutes", "")), timezone.now())
    return _bar_again(request, debrief, ["timer"])


def _number(typed: str) -> int:
    """What is no number is 0, which is no length of time and nobody's."""
    return int(typed) if re.fullmatch(r"[0-9]{1,18}", typed) else 0


@require_POST
def word(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Give the word to somebody who has a hand up."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    rows = debrief.participations.select_related("person")
    one = get_object_or_404(rows, pk=_number(request.POST.get("whose", "")))
    one.debrief = debrief
    if not give_word(one):
        toast(request, _("%(name)s has taken the hand down.") % {"name": one.person.first_name})
    return _bar_again(request, debrief, ["hands"])


def _bar_again(request: MemberRequest, debrief: Debrief, regions: Sequence[str]) -> HttpResponse:
    """The bar, of which the page takes the parts that changed, and the shared regions; else back to the room."""
    if request.htmx.target != "bar":
        return to_room(debrief)
    html = render_to_string("debriefs/bar.html#bar", bar_context(request, debrief), request=request)
    return HttpResponse(html + "".join(oob(debrief, region) for region in regions))


@require_http_methods(["GET", "POST"])
def agenda(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """How long the meeting is, and how many minutes each phase has."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if debrief.phase not in UNDER_WAY:
        return to_room(debrief)
    posted = request.POST if request.method == "POST" else None
    form = AgendaForm(posted, initial=AgendaForm.initial_of(debrief), version=debrief.version)
    if form.is_valid() and form.saved_by(lambda: debrief.set_up(**form.cleaned_data), now=AgendaForm.initial_of):
        toast(request, _("The agenda is set."))
        return done(request, debrief, "stepper", regions=["stepper"])
    context = {
        "debrief": debrief, "form": form, "heading": _("Agenda"), "verb": _("Set the agenda"),
        "lead": _("A phase that is left empty gets its share of what the others leave."),
        "back": reverse("debriefs:detail", args=[debrief.pk]), "in_dialog": in_dialog(request),
    }  # fmt: skip
    return render_page(request, "debriefs/found.html", context, fragments=("modal-body",), status=form.status)


# Mine


@require_POST
def hand(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Raise my hand (`up=1`), or take it down."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    if request.POST.get("up"):
        raise_hand(debrief, request.user, at=timezone.now())
    else:
        take_hand_down(debrief, request.user)
    return _my_voice(request, debrief, ["hands"])


@require_POST
def spoken(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """I have had a word in this phase."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    say_spoken(debrief, request.user)
    return _my_voice(request, debrief)


@require_GET
def voice(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    return render_page(request, MY_VOICE, _mine(request, debrief), fragments=("my-voice",))


def _mine(request: MemberRequest, debrief: Debrief) -> dict[str, object]:
    return {"debrief": debrief, "participation": debrief.participations.get(person=request.user)}


def _my_voice(request: MemberRequest, debrief: Debrief, regions: Sequence[str] = ()) -> HttpResponse:
    if request.htmx.target != "my-voice":
        return to_room(debrief, "tray")
    html = render_to_string(f"{MY_VOICE}#my-voice", _mine(request, debrief), request=request)
    return HttpResponse(html + "".join(oob(debrief, region) for region in regions))
