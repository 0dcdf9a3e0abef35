"""The close of the meeting, as far as it is somebody's own: my line, my two answers, and what who runs it may do."""

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.debriefs import permissions
from apps.debriefs.forms.closing import LineForm, TwoQuestionsForm
from apps.debriefs.models import ClosingLine, ClosingTally, Debrief
from apps.debriefs.models.closing import CLOSING
from apps.debriefs.views.gate import oob, room_of, to_room
from apps.web.http import MemberRequest, require, toast
from apps.web.render import render_page

TEMPLATE = "debriefs/closing.html"
PARTS = ("my-closing", "my-line", "my-answers", "closing-run")


@require_GET
def mine(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_take_part(request.user, debrief))
    return render_page(request, TEMPLATE, _context(request, debrief), fragments=PARTS)


@require_POST
def say_line(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    form = _line_form(request, debrief, request.POST)
    if not form.is_valid():
        return _answer(request, debrief, "my-line", {"line_form": form}, status=422)
    ClosingLine.say(debrief, form.cleaned_data["text"], by=request.user)
    return _answer(request, debrief, "my-line", {"line_saved": True})


@require_POST
def answer_two(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Counts both answers. What it says afterwards does not depend on what they were."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_have_cards(request.user, debrief))
    form = TwoQuestionsForm(request.POST)
    if not form.is_valid():
        return _answer(request, debrief, "my-answers", {"answers_form": form}, status=422)
    if ClosingTally.count(debrief, by=request.user, **form.answers):
        toast(request, _("Counted, thank you."))
    else:
        toast(request, _("You had answered before; what you said then stays, and is counted once."))
    return _answer(request, debrief, "my-answers", {})


@require_POST
def show_tally(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    ClosingTally.show(debrief, at=timezone.now())
    return _answer(request, debrief, "closing-run", {})


def _answer(
    request: MemberRequest, debrief: Debrief, part: str, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The part that was sent and, where it was taken, the region beside it; back to the room for a plain browser."""
    context = _context(request, debrief) | more
    if request.htmx.target == part:
        html = render_to_string(f"{TEMPLATE}#{part}", context, request=request)
        return HttpResponse(html + (oob(debrief, "closing") if status == 200 else ""), status=status)
    return to_room(debrief, "close") if status == 200 else render_page(request, TEMPLATE, context, status=status)


def _context(request: MemberRequest, debrief: Debrief) -> dict[str, Any]:
    participation = debrief.participations.filter(person=request.user).first()
    return {
        "debrief": debrief,
        "is_open": debrief.phase in CLOSING,
        "takes_part": bool(permissions.can_have_cards(request.user, debrief)),
        "runs_it": bool(permissions.can_run(request.user, debrief)),
        "has_answered": bool(participation and participation.has_closed),
        "line_form": _line_form(request, debrief),
        "answers_form": TwoQuestionsForm(),
    }


def _line_form(request: MemberRequest, debrief: Debrief, data: Any = None) -> LineForm:
    said = debrief.closing_lines.filter(person=request.user).first()
    return LineForm(data, draft_key=f"{debrief.pk}:line", initial={"text": said.text if said else ""})
