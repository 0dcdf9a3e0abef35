"""The room: one page for all who take part, the same bytes for each, and the facilitator's bar beside it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.debriefs import board, checklist, permissions
from apps.debriefs.agenda import agenda_of, minutes_into, soak_day
from apps.debriefs.facilitation import PHASE_TEXT, SAY_ALOUD
from apps.debriefs.forms.analysis import LessonForm
from apps.debriefs.forms.meeting import ParkForm, ThemeForm, TimelineForm
from apps.debriefs.models import Debrief
from apps.debriefs.models.meeting import IN_THE_MEETING, hands_up, voices
from apps.debriefs.phases import LOOK_BACK, TRANSITIONS, WAY, Phase, next_phase, previous_phase
from apps.debriefs.views import desk, tray
from apps.debriefs.views.gate import room_of, to_room
from apps.debriefs.views.head import head_context
from apps.web.http import HttpRequest, MemberRequest, require, toast
from apps.web.render import render_page

# Minutes that the bar offers where no phase of the agenda says how many.
FOLLOW_UP_TALK = 30
# What the room shows in each phase; everything else is loaded by whoever it belongs to.
SHOWN: dict[str, tuple[str, ...]] = {
    Phase.RECOGNIZE: ("board", "timeline", "themes", "parking"),
    Phase.RATIONALIZE: ("focus", "themes", "factors", "strengths", "questions", "parking"),
    Phase.REALIGN: (
        "soak",
        "unanswered",
        "parking",
        "factors",
        "strengths",
        "questions",
        "lessons",
        "follow_up",
        "closing",
    ),
    Phase.FOLLOW_THROUGH: ("follow_up", "questions", "lessons", "closing", "factors", "strengths"),
    Phase.LEARNED: ("lessons", "factors", "strengths", "questions"),
}


@require_GET
def detail(request: MemberRequest, debrief_id: int) -> HttpResponse:
    debrief = room_of(request, debrief_id)
    if debrief.phase == Phase.DRAFT:
        return desk.draft(request, debrief)
    if debrief.phase == Phase.PREPARE:
        return tray.prepare(request, debrief)
    shown = _looked_at(request, debrief)
    # A projector shows what is shared, larger, and nothing that is somebody's own.
    is_projector = request.GET.get("view") == "projector"
    return render_page(request, "debriefs/room.html", room_context(debrief, shown) | {"is_projector": is_projector})


def room_context(debrief: Debrief, shown: str) -> dict[str, object]:
    """The page of one phase. Holds nothing that depends on who is looking."""
    return head_context(debrief, shown) | {
        "regions": {region: board.render(debrief, region) for region in SHOWN.get(shown, ())},
        "forms": {
            "theme": ThemeForm(auto_id="theme_%s"),
            "entry": TimelineForm(debrief=debrief, auto_id="entry_%s"),
            "park": ParkForm(auto_id="park_%s"),
            "lesson": LessonForm(auto_id="lesson_%s"),
        },
        "template": f"debriefs/phases/{shown}.html",
    }


def _today(debrief: Debrief, at: datetime) -> date:
    """On the debrief's own clock."""
    return timezone.localdate(at, ZoneInfo(debrief.time_zone))


def _looked_at(request: HttpRequest, debrief: Debrief) -> str:
    wanted = request.GET.get("phase", "")
    is_over = (
        wanted in LOOK_BACK and debrief.phase in WAY and WAY.index(Phase(wanted)) < WAY.index(Phase(debrief.phase))
    )
    return wanted if is_over else debrief.phase


@require_GET
def live(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """The address of the stream, behind the same gate. apps/debriefs/stream.py answers it; where only Django runs,
    204 tells the browser that there is none."""
    room_of(request, debrief_id)
    return HttpResponse(status=204)


@require_GET
def bar(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """The facilitator's bar; for everyone else nothing stands in its place."""
    debrief = room_of(request, debrief_id)
    if not permissions.can_run(request.user, debrief) and request.htmx:
        return HttpResponse("")
    require(permissions.can_run(request.user, debrief))
    return render_page(request, "debriefs/bar.html", bar_context(request, debrief), fragments=("bar",))


def bar_context(request: MemberRequest, debrief: Debrief) -> dict[str, object]:
    at = timezone.now()
    ahead, back = next_phase(Phase(debrief.phase)), previous_phase(Phase(debrief.phase))
    # Not can_reveal: a button that appears when the third person is ready would tell the moment. Pressing it asks.
    gates = {Phase.PREPARE: permissions.can_open}
    gate = gates.get(ahead, permissions.can_run) if ahead else None
    return {
        "debrief": debrief,
        "say": _to_say(debrief),
        "checks": checklist.checks(debrief, at=at),
        "unanswered": checklist.unanswered(debrief).said if debrief.phase == Phase.REALIGN else "",
        "ahead": ahead,
        "ahead_text": PHASE_TEXT[ahead].name if ahead else "",
        "may_go_on": gate(request.user, debrief) if gate else None,
        "is_reveal": ahead == Phase.RECOGNIZE,
        "is_publish": ahead == Phase.LEARNED,
        "back": back,
        "back_text": PHASE_TEXT[back].name if back else "",
        "can_cancel": Phase.CANCELLED in TRANSITIONS[Phase(debrief.phase)],
        "worries": debrief.worries.count() if permissions.can_read_worries(request.user, debrief) else 0,
        **(_running(debrief, at) if debrief.phase in IN_THE_MEETING else {}),
    }


def _running(debrief: Debrief, at: datetime) -> dict[str, object]:
    """What the facilitator steers by while the meeting runs. Of voices only the numbers, for nobody more."""
    planned = agenda_of(debrief).get(Phase(debrief.phase))
    move = debrief.moves.filter(to_phase=debrief.phase).last()
    spoken, people = voices(debrief)
    today = _today(debrief, at)
    return {
        "is_running": True,
        "left": board.clock(debrief.timer_left or 0),
        "planned": planned,
        "start_with": planned or FOLLOW_UP_TALK,
        "began": move.at if move else None,
        "used": minutes_into(move.at, at) if move and planned else None,
        "hands": list(hands_up(debrief)),
        "spoken": spoken,
        "quiet": people - spoken,
        "people": people,
        "soak_day": soak_day(today),
        "can_soak": debrief.phase == Phase.REALIGN,
        "rests": bool(debrief.soak_until and debrief.soak_until > today),
    }


def _to_say(debrief: Debrief) -> tuple[object, ...]:
    """Once the voting is closed nobody need be asked to vote."""
    lines = SAY_ALOUD.get(debrief.phase, ())
    return lines[1:] if debrief.phase == Phase.RATIONALIZE and debrief.voting_closed_at else lines


@require_http_methods(["GET", "POST"])
def move(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """Go to a neighbouring phase. A GET asks, for the one move that cannot be undone."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_run(request.user, debrief))
    if request.method == "GET":
        return render_page(request, "debriefs/reveal.html", {"debrief": debrief, **bar_context(request, debrief)})
    to, seen = request.POST.get("to", ""), request.POST.get("seen", "")
    if to not in Phase.values or to in (Phase.CANCELLED, Phase.LEARNED) or seen not in Phase.values:
        return to_room(debrief)
    if to == Phase.PREPARE and seen == Phase.DRAFT:
        require(permissions.can_open(request.user, debrief))
    if to == Phase.RECOGNIZE and seen == Phase.PREPARE:
        require(permissions.can_reveal(request.user, debrief))
        debrief.phase = seen  # the phase this person saw: if somebody was faster, the verb says who
        debrief.reveal(by=request.user, at=timezone.now())
    else:
        debrief.phase = seen
        debrief.move(Phase(to), by=request.user, at=timezone.now())
    toast(request, _("The debrief is now in “%(phase)s”.") % {"phase": Phase(to).label})
    return to_room(debrief)


@require_GET
def worries(request: MemberRequest, debrief_id: int) -> HttpResponse:
    """What people told the facilitator alone."""
    debrief = room_of(request, debrief_id)
    require(permissions.can_read_worries(request.user, debrief))
    context = {"debrief": debrief, "worries": debrief.worries.select_related("person").order_by("person__display_name")}
    return render_page(request, "debriefs/worries.html", context)
