"""The one shared timer: who runs it, what it does at its soft end, and that a new phase begins without one."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.meeting import (
    IN_THE_MEETING,
    LONGEST,
    extend_timer,
    pause_timer,
    resume_timer,
    start_timer,
    stop_timer,
)
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused
from tests.factories import AT
from tests.people import Clients

DebriefIn = Callable[..., Debrief]


def after(minutes: float = 0, seconds: float = 0):  # type: ignore[no-untyped-def]
    return AT + timedelta(minutes=minutes, seconds=seconds)


def stands(debrief: Debrief) -> tuple[object, object]:
    """(ends at, seconds left) as the database has them."""
    return Debrief.objects.values_list("timer_ends_at", "timer_left").get(pk=debrief.pk)


@pytest.fixture
def recognize(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.RECOGNIZE)


def told_since(debrief: Debrief, seq: int) -> list[str]:
    return list(debrief.live_events.filter(seq__gt=seq).order_by("seq").values_list("region", flat=True))


def test_it_starts_pauses_goes_on_and_stops(recognize: Debrief) -> None:
    seq = recognize.seq
    start_timer(recognize, minutes=35, at=AT)
    assert stands(recognize) == (after(35), None)
    pause_timer(recognize, at=after(10))
    assert stands(recognize) == (None, 25 * 60)
    resume_timer(recognize, at=after(30))
    assert stands(recognize) == (after(55), None)
    stop_timer(recognize)
    assert stands(recognize) == (None, None)
    assert told_since(recognize, seq) == ["timer"] * 4


def test_starting_anew_takes_the_place_of_what_ran_or_rested(recognize: Debrief) -> None:
    start_timer(recognize, minutes=35, at=AT)
    start_timer(recognize, minutes=10, at=after(5))
    assert stands(recognize) == (after(15), None)
    pause_timer(recognize, at=after(6))
    start_timer(recognize, minutes=4, at=after(7))
    assert stands(recognize) == (after(11), None)


def test_more_minutes_are_added_to_what_is_left(recognize: Debrief) -> None:
    start_timer(recognize, minutes=10, at=AT)
    extend_timer(recognize, minutes=5, at=after(9))
    assert stands(recognize) == (after(15), None)
    pause_timer(recognize, at=after(12))
    extend_timer(recognize, minutes=5, at=after(20))
    assert stands(recognize) == (None, 8 * 60)


def test_after_the_soft_end_more_minutes_count_from_now(recognize: Debrief) -> None:
    start_timer(recognize, minutes=10, at=AT)
    extend_timer(recognize, minutes=5, at=after(12))
    assert stands(recognize) == (after(17), None)


def test_however_often_one_asks_it_is_never_more_than_the_longest(recognize: Debrief) -> None:
    start_timer(recognize, minutes=LONGEST, at=AT)
    extend_timer(recognize, minutes=LONGEST, at=AT)
    assert stands(recognize) == (after(LONGEST), None)
    pause_timer(recognize, at=AT)
    extend_timer(recognize, minutes=5, at=AT)
    assert stands(recognize) == (None, LONGEST * 60)


@pytest.mark.parametrize("minutes", [0, -1, LONGEST + 1])
def test_other_minutes_are_refused_and_nothing_changes(recognize: Debrief, minutes: int) -> None:
    seq = recognize.seq
    for verb in (start_timer, extend_timer):
        with pytest.raises(Refused, match=r"A timer runs for 1 to 180 minutes."):
            verb(recognize, minutes=minutes, at=AT)
    assert (stands(recognize), told_since(recognize, seq)) == ((None, None), [])


def test_a_second_click_changes_nothing_and_tells_nobody(recognize: Debrief) -> None:
    start_timer(recognize, minutes=10, at=AT)
    seq = recognize.seq
    late = Debrief.objects.get(pk=recognize.pk)  # a second window, which has not heard of the first click
    pause_timer(recognize, at=after(4))
    pause_timer(late, at=after(5))
    assert stands(recognize) == (None, 6 * 60)
    resume_timer(recognize, at=after(6))
    resume_timer(late, at=after(7))
    assert stands(recognize) == (after(12), None)
    stop_timer(recognize)
    stop_timer(late)
    assert told_since(recognize, seq) == ["timer"] * 3


def test_a_timer_that_has_run_out_has_nothing_to_pause(recognize: Debrief) -> None:
    start_timer(recognize, minutes=10, at=AT)
    pause_timer(recognize, at=after(10))
    assert stands(recognize) == (after(10), None)


def test_what_is_left_is_never_rounded_down_to_nothing(recognize: Debrief) -> None:
    start_timer(recognize, minutes=10, at=AT)
    pause_timer(recognize, at=after(9, seconds=59.6))
    assert stands(recognize) == (None, 1)


def test_without_a_timer_there_is_nothing_to_extend(recognize: Debrief) -> None:
    with pytest.raises(Refused, match=r"There is no timer now"):
        extend_timer(recognize, minutes=5, at=AT)
    assert stands(recognize) == (None, None)


@pytest.mark.parametrize("phase", sorted(set(Phase) - set(IN_THE_MEETING)))
def test_outside_the_meeting_there_is_no_timer(debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    with pytest.raises(WrongPhase):
        start_timer(debrief, minutes=5, at=AT)
    assert stands(debrief) == (None, None)


@pytest.mark.parametrize("rests", [False, True])
@pytest.mark.parametrize("to", [Phase.REALIGN, Phase.RECOGNIZE])
def test_a_move_stops_the_timer(debrief_in: DebriefIn, alice: User, to: Phase, rests: bool) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    start_timer(debrief, minutes=15, at=AT)
    if rests:
        pause_timer(debrief, at=AT)
    debrief.move(to, by=alice, at=AT)
    assert (debrief.timer_ends_at, debrief.timer_left) == stands(debrief) == (None, None)


def test_a_move_that_comes_too_late_leaves_the_timer_of_the_new_phase(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    late = Debrief.objects.get(pk=debrief.pk)
    debrief.move(Phase.REALIGN, by=alice, at=AT)
    start_timer(debrief, minutes=10, at=AT)
    with pytest.raises(WrongPhase):
        late.move(Phase.RECOGNIZE, by=alice, at=AT)
    assert stands(debrief) == (after(10), None)


# The pages


def url(debrief: Debrief, name: str = "") -> str:
    return f"/debriefs/{debrief.pk}/{name}"


def region(page: str) -> str:
    start = page.index('<div id="timer"')
    return page[start : page.index("</div>", start)]


def test_the_region_says_until_when_on_the_debriefs_own_clock(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, time_zone="Asia/Tokyo")
    assert str(board.render(debrief, "timer")).strip() == '<div id="timer" hidden></div>'
    start_timer(debrief, minutes=35, at=AT)
    running = board.render(debrief, "timer")
    assert ">until 18:35</time>" in running
    assert 'data-ends="2026-11-09T18:35:00+09:00"' in running
    pause_timer(debrief, at=after(22, seconds=20))
    assert '<time datetime="PT760S">12:40</time>' in board.render(debrief, "timer")


def test_everyone_gets_the_same_bytes_however_late_they_come(clients: Clients, recognize: Debrief) -> None:
    start_timer(recognize, minutes=35, at=timezone.now())
    seen = [region(clients[name].get(url(recognize)).text) for name in ("alice", "bob", "dana")]
    assert seen == [seen[0]] * 3
    assert "data-ends" in seen[0]
    assert "csrf" not in seen[0]


def test_the_bar_offers_the_minutes_of_the_phase_and_then_what_a_timer_can_do(
    clients: Clients, recognize: Debrief
) -> None:
    def buttons() -> list[str]:
        bar = clients["alice"].get(url(recognize, "bar/")).text
        form = bar[bar.index('id="bar-now"') :].split("</form>")[0]
        return re.findall(r'name="action" value="(\w+)"', form)

    assert "Start 35 minutes" in clients["alice"].get(url(recognize, "bar/")).text
    assert buttons() == ["start"]
    clients["alice"].post(url(recognize, "timer/"), {"action": "start", "minutes": "35"})
    assert buttons() == ["pause", "more", "stop"]
    clients["alice"].post(url(recognize, "timer/"), {"action": "pause"})
    assert buttons() == ["resume", "more", "stop"]
    left = stands(recognize)[1]
    clients["alice"].post(url(recognize, "timer/"), {"action": "more"})
    assert stands(recognize) == (None, left + 5 * 60)  # type: ignore[operator]
    clients["alice"].post(url(recognize, "timer/"), {"action": "resume"})
    clients["alice"].post(url(recognize, "timer/"), {"action": "stop"})
    assert (stands(recognize), buttons()) == ((None, None), ["start"])


def test_whoever_pressed_gets_the_bar_and_the_timer_without_a_reload(clients: Clients, recognize: Debrief) -> None:
    answer = clients["alice"].post(
        url(recognize, "timer/"), {"action": "start", "minutes": "35"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="bar"
    )
    assert (answer.status_code, answer.text.count('id="bar"')) == (200, 1)
    assert 'id="timer" hx-swap-oob="true"' in answer.text
    assert answer.text.count("Five more minutes") == 1


@pytest.mark.parametrize("minutes", ["", "0", "181", "-5", "½", "1e2", "9" * 5000])
def test_what_is_no_length_is_said_in_a_sentence(clients: Clients, recognize: Debrief, minutes: str) -> None:
    answer = clients["alice"].post(url(recognize, "timer/"), {"action": "start", "minutes": minutes})
    assert (answer.status_code, stands(recognize)) == (409, (None, None))
    assert "A timer runs for 1 to 180 minutes." in answer.text


def test_an_unknown_wish_changes_nothing(clients: Clients, recognize: Debrief) -> None:
    assert clients["alice"].post(url(recognize, "timer/"), {"action": "explode"}).status_code == 302
    assert stands(recognize) == (None, None)


@pytest.mark.parametrize(("person", "status"), [("alice", 302), ("bob", 403), ("mia", 404), ("charlie", 404)])
def test_who_runs_the_debrief_runs_the_timer(clients: Clients, recognize: Debrief, person: str, status: int) -> None:
    answer = clients[person].post(url(recognize, "timer/"), {"action": "start", "minutes": "35"})
    assert answer.status_code == status
    assert (stands(recognize) == (None, None)) == (person != "alice")


def test_a_phase_looked_back_at_has_no_timer(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    start_timer(debrief, minutes=15, at=AT)
    assert 'id="timer"' not in clients["bob"].get(url(debrief, "?phase=recognize")).text
