"""The minutes of each phase: by their shares, or as the leader chose, and always adding up."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.agenda import SHARES, agenda_of, soak_day, spread
from apps.debriefs.forms.setup import SetupForm
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import AGENDAS
from apps.debriefs.phases import Phase
from tests.people import Clients

DebriefIn = Callable[..., Debrief]


@pytest.mark.parametrize(
    ("total", "minutes"), [(30, [15, 10, 5]), (45, [25, 10, 10]), (60, [35, 15, 10]), (90, [50, 25, 15])]
)
def test_each_length_has_its_minutes(total: int, minutes: list[int]) -> None:
    assert list(spread(total, {}).values()) == minutes
    assert list(spread(total, {})) == ["recognize", "rationalize", "realign"]


@pytest.mark.parametrize("total", [total for total, _name in AGENDAS])
@pytest.mark.parametrize("phase", SHARES)
def test_what_was_chosen_stays_and_the_rest_adds_up(total: int, phase: str) -> None:
    for minutes in range(1, total - 1):
        spread_out = spread(total, {phase: minutes})
        assert (spread_out[phase], sum(spread_out.values())) == (minutes, total)
        assert min(spread_out.values()) >= 1


def test_all_chosen_is_all_kept() -> None:
    assert spread(60, {"recognize": 20, "rationalize": 20, "realign": 20, "learned": 5}) == {
        "recognize": 20, "rationalize": 20, "realign": 20,
    }  # fmt: skip


def url(debrief: Debrief, name: str = "") -> str:
    return f"/debriefs/{debrief.pk}/{name}"


def agenda(debrief: Debrief) -> tuple[int, dict[str, int]]:
    return Debrief.objects.values_list("agenda_minutes", "agenda").get(pk=debrief.pk)


def test_the_stepper_shows_the_minutes_of_the_meeting(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    page = clients["bob"].get(url(debrief)).text
    stepper = page[page.index('<nav class="stepper"') :].split("</nav>")[0]
    assert re.findall(r"\d+ min", stepper) == ["35 min", "15 min", "10 min"]


def test_once_the_meeting_is_over_its_minutes_are_gone(clients: Clients, debrief_in: DebriefIn) -> None:
    assert not re.search(r"\d+ min", board.render(debrief_in(Phase.FOLLOW_THROUGH), "stepper"))


def test_the_leader_changes_the_agenda_and_everyone_sees_it(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    seq = debrief.seq
    sent = {"agenda_minutes": "45", "minutes_recognize": "20", "version": debrief.version}
    assert clients["alice"].post(url(debrief, "agenda/"), sent).status_code == 302
    debrief.refresh_from_db()
    assert agenda(debrief) == (45, {"recognize": 20})
    assert list(agenda_of(debrief).values()) == [20, 15, 10]
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == ["head"]
    assert "stepper" in dict(board.events(debrief, ["head"]))
    assert "Start 20 minutes" in clients["alice"].get(url(debrief, "bar/")).text


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"minutes_recognize": "50", "minutes_rationalize": "20"}, "would have 70 minutes, and the meeting 60"),
        ({"minutes_recognize": "50", "minutes_rationalize": "10"}, "would have 60 minutes, and the meeting 60"),
        (
            {"minutes_recognize": "10", "minutes_rationalize": "10", "minutes_realign": "10"},
            "have 30 minutes, and the meeting 60",
        ),
        ({"minutes_recognize": "0"}, "greater than or equal to 1"),
        ({"minutes_recognize": "many"}, "Enter a whole number"),
        ({"agenda_minutes": "50"}, "50 is not one of the available choices"),
    ],
)
def test_what_does_not_add_up_is_refused_and_kept_in_the_form(
    clients: Clients, debrief_in: DebriefIn, sent: dict[str, str], why: str
) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    form = {"agenda_minutes": "60", "version": debrief.version, **sent}
    answer = clients["alice"].post(url(debrief, "agenda/"), form)
    assert (answer.status_code, agenda(debrief)) == (422, (60, {}))
    assert why in answer.text
    if number := sent.get("minutes_recognize"):
        assert f'value="{number}"' in answer.text


def test_a_debrief_that_is_closed_has_no_agenda_to_change(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.LEARNED)
    sent = {"agenda_minutes": "30", "version": debrief.version}
    assert clients["alice"].post(url(debrief, "agenda/"), sent).status_code == 302
    assert agenda(debrief) == (60, {})


def test_the_set_up_form_holds_the_agenda_too(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.DRAFT)
    data = as_posted(SetupForm(debrief=debrief).initial) | {
        "agenda_minutes": "90", "minutes_realign": "30", "version": str(debrief.version),
    }  # fmt: skip
    form = SetupForm(data, debrief=debrief)
    assert form.errors == {}
    form.save_into(debrief, by=alice)
    assert agenda(debrief) == (90, {"realign": 30})
    assert list(agenda_of(debrief).values()) == [40, 20, 30]


def test_a_set_up_form_without_the_agenda_leaves_it_as_it_is(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.DRAFT)
    debrief.set_up(agenda_minutes=30, agenda={"realign": 10})
    initial = SetupForm(debrief=debrief).initial
    data = as_posted({name: value for name, value in initial.items() if "minutes" not in name})
    data["version"] = str(debrief.version)
    form = SetupForm(data, debrief=debrief)
    assert form.errors == {}
    form.save_into(debrief, by=alice)
    assert agenda(debrief) == (30, {"realign": 10})


def as_posted(initial: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value
        for name, value in initial.items()
        if value is not None
    }


@pytest.mark.parametrize(("minutes", "said"), [(0, "0 of 35"), (22.9, "22 of 35"), (41, "41 of 35"), (241, "")])
def test_the_bar_says_how_far_we_are(
    clients: Clients, debrief_in: DebriefIn, alice: User, minutes: float, said: str
) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    began = timezone.now() - timedelta(minutes=minutes, seconds=1)
    debrief.moves.filter(to_phase=Phase.RECOGNIZE).update(at=began)
    bar = clients["alice"].get(url(debrief, "bar/")).text
    assert re.findall(r">(\d+ of \d+) minutes used<", bar) == ([said] if said else [])


# Soak


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 11, 9), date(2026, 11, 11)),  # Monday
        (date(2026, 11, 12), date(2026, 11, 16)),  # Thursday
        (date(2026, 11, 13), date(2026, 11, 17)),
        (date(2026, 11, 14), date(2026, 11, 17)),
        (date(2026, 11, 15), date(2026, 11, 17)),  # Sunday
    ],
)
def test_two_working_days_on(today: date, until: date) -> None:
    assert soak_day(today) == until


def test_realign_and_its_bar_offer_to_let_it_soak(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN)
    day = soak_day(timezone.localdate())
    said = f"{day:%A} {day.day} {day:%B}"
    link = f'href="/debriefs/{debrief.pk}/dates/?soak=1"'
    page, bar = clients["bob"].get(url(debrief)).text, clients["alice"].get(url(debrief, "bar/")).text
    assert (page.count(link), bar.count(link), said in bar) == (1, 1, True)
    assert link in dict(board.events(debrief, ["head"]))["soak"]  # whatever else changes, the offer stays
    assert f'value="{day}"' in clients["alice"].get(url(debrief, "dates/?soak=1")).text
    assert f'value="{day}"' not in clients["alice"].get(url(debrief, "dates/")).text


def test_while_it_soaks_the_page_says_that_ideas_are_parked(clients: Clients, debrief_in: DebriefIn) -> None:
    day = soak_day(timezone.localdate())
    debrief = debrief_in(Phase.REALIGN, soak_until=day)
    page = clients["bob"].get(url(debrief)).text
    assert "The ideas rest until" in page
    assert "?soak=1" not in page
    assert "the ideas rest until" in clients["alice"].get(url(debrief, "bar/")).text
    assert "soak" in dict(board.events(debrief, ["head"]))


def test_once_the_day_has_come_the_page_is_silent_about_it(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN, soak_until=timezone.localdate())
    page = clients["bob"].get(url(debrief)).text
    assert ("The ideas rest" in page, "?soak=1" in page, page.count('id="soak"')) == (False, False, 1)
    assert "soak=1" not in clients["alice"].get(url(debrief, "bar/")).text
