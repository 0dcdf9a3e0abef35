"""Realign: what still waits for an answer is listed until it has one, and empties live."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.debriefs import board, checklist
from apps.debriefs.models import Debrief, ParkedIdea
from apps.debriefs.phases import Phase
from tests.factories import AT, a_factor, a_step, a_strength
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db


@pytest.fixture
def debrief(debrief_in: DebriefIn) -> Debrief:
    """One factor that waits; one strength that is to be amplified and has no step; one without a word."""
    made = debrief_in("rationalize", voting="closed")
    a_factor(made, "Nobody owned the renewal")
    a_strength(made, "The front desk rang everyone")
    a_strength(made, "The list was there", answer="")
    made.move(Phase.REALIGN, by=made.created_by, at=AT)
    return Debrief.objects.get(pk=made.pk)


@pytest.fixture
def htmx() -> Callable[[str], dict[str, Any]]:
    return lambda target: {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": target}


def waiting(debrief: Debrief) -> list[str]:
    left = checklist.unanswered(debrief)
    return [found.title for found in (*left.factors, *left.strengths)]


def region(debrief: Debrief) -> str:
    return str(board.render(Debrief.objects.get(pk=debrief.pk), "unanswered"))


def test_what_waits_stands_at_the_top_with_the_way_to_answer_it(clients: Clients, debrief: Debrief) -> None:
    html = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert html.index("Still waiting for an answer") < html.index("Factors, and our answers")
    factor, strength = debrief.factors.get(), debrief.strengths.get(answer="")
    links = region(debrief)
    assert "1 factor and 1 strength still wait for an answer." in links
    for url in (
        f"/steps/debrief/{debrief.pk}/new/?factor={factor.pk}",
        f"/debriefs/{debrief.pk}/factors/{factor.pk}/accept/",
        f"/debriefs/{debrief.pk}/strengths/{strength.pk}/answer/",
    ):
        assert f'href="{url}" data-modal' in links


def test_the_list_is_the_same_for_everyone(clients: Clients, debrief: Debrief) -> None:
    found = {clients[who].get(f"/debriefs/{debrief.pk}/").context["regions"]["unanswered"] for who in ("alice", "bob")}
    [html] = found
    assert not [word for word in ("csrf", "<input", "<textarea", "<form") if word in html]


def test_each_answer_takes_its_line_off_the_list(clients: Clients, debrief: Debrief, bob: User) -> None:
    factor, strength = debrief.factors.get(), debrief.strengths.get(answer="")
    assert waiting(debrief) == [factor.title, strength.title]
    factor.accept("It happens once in ten years.")
    assert waiting(debrief) == [strength.title]
    factor.accept("")  # taken back
    assert waiting(debrief) == [factor.title, strength.title]
    step = a_step(debrief, owner=bob)
    assert waiting(debrief) == [strength.title]
    strength.give_answer("keep")
    assert waiting(debrief) == []
    step.drop(because="The job is gone.", by=bob, at=AT)
    assert waiting(debrief) == [factor.title]


def test_a_step_is_an_answer_to_a_strength_too(debrief: Debrief) -> None:
    a_step(debrief, strength=debrief.strengths.get(answer=""), kind="spread")
    assert waiting(debrief) == ["Nobody owned the renewal"]
    assert "2 of 2 answered" in board.render(Debrief.objects.get(pk=debrief.pk), "strengths")


def test_what_is_to_grow_without_a_step_is_named_and_not_counted(debrief: Debrief) -> None:
    amplified = debrief.strengths.get(answer="amplify")
    debrief.factors.get().accept("It is rare.")
    debrief.strengths.get(answer="").give_answer("keep")
    html = region(debrief)
    assert "Everything has an answer" in html
    assert f'id="without-step-{amplified.pk}"' in html
    a_step(debrief, strength=amplified, kind="amplify")
    assert "without-step" not in region(debrief)


def test_where_nothing_was_found_nothing_is_said(debrief_in: DebriefIn) -> None:
    bare = debrief_in("rationalize", voting="closed")
    bare.move(Phase.REALIGN, by=bare.created_by, at=AT)
    assert region(bare).strip() == '<section id="unanswered" hidden></section>'


@pytest.mark.parametrize("what", ["a step", "accepted", "answered", "a new factor"])
def test_the_list_is_drawn_anew_for_every_open_page(debrief: Debrief, what: str) -> None:
    seq = debrief.seq
    if what == "a step":
        a_step(debrief)
    elif what == "accepted":
        debrief.factors.get().accept("It is rare.")
    elif what == "answered":
        debrief.strengths.get(answer="").give_answer("keep")
    else:
        a_factor(debrief, "How fast we spoke")
    fresh = Debrief.objects.get(pk=debrief.pk)
    told = dict(board.events(fresh, list(fresh.live_events.filter(seq__gt=seq).values_list("region", flat=True))))
    drawn = told["unanswered"]
    assert drawn == f"event: unanswered\ndata: {region(debrief).replace(chr(10), f'{chr(10)}data: ')}\n\n"


def test_a_step_redraws_what_it_answers_and_pokes_the_list_of_steps(debrief: Debrief) -> None:
    told = dict(board.events(debrief, ["steps"]))
    assert list(told) == ["steps", "factors", "strengths", "unanswered"]
    assert told["steps"] == "event: steps\ndata: \n\n"


@pytest.mark.parametrize("phase", ["follow_through", "learned"])
def test_the_list_of_steps_is_asked_for_again_when_one_has_changed(
    clients: Clients, debrief_in: DebriefIn, phase: str
) -> None:
    debrief = debrief_in(phase)
    html = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    asks = f'hx-get="/steps/debrief/{debrief.pk}/" hx-trigger="load, live:steps from:body" hx-target="#steps"'
    assert html.count(asks) == 1


def test_drawing_it_costs_the_same_for_many(
    debrief: Debrief, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for n in range(6):
        a_step(debrief, factor=a_factor(debrief, f"Factor {n}"))
        a_strength(debrief, f"Strength {n}", answer="")
    with django_assert_max_num_queries(4):
        html = board.render(Debrief(pk=debrief.pk, seq=debrief.seq, phase=debrief.phase), "unanswered")
    assert "1 factor and 7 strengths still wait for an answer." in html


# In the dialog


def test_accepting_and_answering_close_the_dialog_and_bring_the_room_along(
    clients: Clients, debrief: Debrief, htmx: Callable[[str], dict[str, Any]]
) -> None:
    factor, strength = debrief.factors.get(), debrief.strengths.get(answer="")
    for url, said, regions in (
        (f"factors/{factor.pk}/accept/", {"because": "It is rare."}, ("factors", "unanswered")),
        (f"strengths/{strength.pk}/answer/", {"answer": "spread"}, ("strengths", "unanswered")),
    ):
        here = f"/debriefs/{debrief.pk}/{url}"
        form = clients["bob"].get(here, **htmx("modal-body"))
        assert form.content.decode().strip().startswith('<div id="modal-body"')
        version = form.context["form"]["version"].value()
        answer = clients["bob"].post(here, {**said, "version": version}, **htmx("modal-body"))
        assert (answer.status_code, answer["HX-Trigger"]) == (200, "realign:done")
        html = answer.content.decode()
        assert [html.count(f'id="{region}" hx-swap-oob="true"') for region in regions] == [1, 1]
    assert waiting(debrief) == []


def test_without_script_it_is_a_page_and_leads_back(clients: Clients, debrief: Debrief) -> None:
    factor = debrief.factors.get()
    here = f"/debriefs/{debrief.pk}/factors/{factor.pk}/accept/"
    form = clients["bob"].get(here)
    assert f'hx-post="{here}"' not in form.content.decode()
    said = {"because": "It is rare.", "version": form.context["form"]["version"].value()}
    assert clients["bob"].post(here, said)["Location"] == f"/debriefs/{debrief.pk}/#factor-{factor.pk}"


# Before moving on


def test_the_bar_says_what_is_left_and_the_way_on_stays_open(clients: Clients, debrief: Debrief) -> None:
    bar = clients["alice"].get(f"/debriefs/{debrief.pk}/bar/").content.decode()
    assert "1 factor and 1 strength still wait for an answer. You can go on all the same." in bar
    move = clients["alice"].post(f"/debriefs/{debrief.pk}/move/", {"to": "follow_through", "seen": "realign"})
    debrief.refresh_from_db()
    assert (move.status_code, debrief.phase) == (302, "follow_through")


def test_the_bar_is_silent_once_all_is_answered(clients: Clients, debrief: Debrief) -> None:
    debrief.factors.get().accept("It is rare.")
    debrief.strengths.get(answer="").give_answer("keep")
    assert "wait for an answer" not in clients["alice"].get(f"/debriefs/{debrief.pk}/bar/").content.decode()


def test_the_checklist_ticks_what_is_answered(debrief: Debrief) -> None:
    def ticked() -> dict[str, bool | None]:
        facts = {one.item.key: one.done for one in checklist.checks(debrief, at=AT)}
        return {key: facts[key] for key in ("factors_answered", "strengths_answered")}

    assert ticked() == {"factors_answered": False, "strengths_answered": False}
    debrief.factors.get().accept("It is rare.")
    assert ticked() == {"factors_answered": True, "strengths_answered": False}
    debrief.strengths.get(answer="").give_answer("spread")
    assert ticked() == {"factors_answered": True, "strengths_answered": True}


def test_what_is_left_in_words(debrief: Debrief) -> None:
    assert checklist.unanswered(debrief).said == "1 factor and 1 strength still wait for an answer."
    debrief.strengths.get(answer="").give_answer("keep")
    assert checklist.unanswered(debrief).said == "1 factor still waits for an answer."
    a_factor(debrief, "How fast we spoke")
    assert checklist.unanswered(debrief).said == "2 factors still wait for an answer."


# The follow-up date


@pytest.fixture
def monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.mark.usefixtures("monday")
def test_a_day_for_the_follow_up_is_proposed_and_set_from_the_close(
    clients: Clients, debrief: Debrief, htmx: Callable[[str], dict[str, Any]]
) -> None:
    debrief.set_up(meeting_at=AT, time_zone="Europe/London")
    here = f"/debriefs/{debrief.pk}/dates/"
    assert f'href="{here}" data-modal' in clients["alice"].get(f"/debriefs/{debrief.pk}/closing/").content.decode()
    assert here not in clients["bob"].get(f"/debriefs/{debrief.pk}/closing/").content.decode()
    form = clients["alice"].get(here, **htmx("modal-body")).context["form"]
    assert form["follow_up_at"].value().astimezone(UTC) == datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    seq = Debrief.objects.get(pk=debrief.pk).seq
    said = {"follow_up_at": "2026-12-07T10:00", "version": form["version"].value()}
    answer = clients["alice"].post(here, said, **htmx("modal-body"))
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "realign:done")
    fresh = Debrief.objects.get(pk=debrief.pk)
    told = list(fresh.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    assert "Monday 7 December 2026" in dict(board.events(fresh, told))["follow_up"]


@pytest.mark.usefixtures("monday")
def test_a_meeting_long_ago_proposes_a_day_that_lies_ahead(clients: Clients, debrief: Debrief) -> None:
    debrief.set_up(meeting_at=AT - timedelta(weeks=9))
    form = clients["alice"].get(f"/debriefs/{debrief.pk}/dates/").context["form"]
    assert form["follow_up_at"].value().astimezone(UTC) == AT + timedelta(weeks=3)


@pytest.mark.usefixtures("monday")
def test_a_day_that_is_set_is_not_proposed_away(clients: Clients, debrief: Debrief) -> None:
    debrief.set_up(follow_up_at=AT + timedelta(days=3))
    form = clients["alice"].get(f"/debriefs/{debrief.pk}/dates/").context["form"]
    assert form["follow_up_at"].value().astimezone(UTC) == AT + timedelta(days=3)


def test_an_idea_in_the_parking_lot_offers_to_become_a_step_in_realign_only(debrief_in: DebriefIn) -> None:
    shown = {}
    for phase in ("recognize", "realign"):
        debrief = debrief_in(phase)
        idea = ParkedIdea.write(debrief, uuid.uuid4(), text="Two calendars")
        html = board.render(debrief, "parking")
        shown[phase] = f"/steps/debrief/{debrief.pk}/new/?idea={idea.pk}" in html
    assert shown == {"recognize": False, "realign": True}
