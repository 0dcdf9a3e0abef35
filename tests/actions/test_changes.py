"""One click each: who may, what it changes, where one stands afterwards, and the way back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages

from apps.accounts.models import User
from apps.actions.models import State, Step
from tests.factories import AT, LOOK_AGAIN_AT, done
from tests.people import Clients

VERBS = ("start", "finish", "reopen", "drop", "block", "unblock", "help", "check")
PEOPLE = ("alice", "bob", "dana", "mia", "adam", "charlie", "eve", "nobody")
OWNER_AND_LEADER = (302, 302, 403, 403, 404, 404, 404, 302)
BECAUSE = {"because": "A signature is missing"}


def said(response: Any) -> list[tuple[str, str]]:
    return [(str(message), message.extra_tags) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("reopen", "check")])
def test_the_owner_and_who_leads_change_a_step(clients: Clients, step: Step, verb: str) -> None:
    for who, status in zip(PEOPLE, OWNER_AND_LEADER, strict=True):
        before = step.history.count()
        response = clients[who].post(f"/steps/{step.pk}/{verb}/", BECAUSE)
        assert (who, response.status_code) == (who, status)
        if who not in ("alice", "bob"):
            assert step.history.count() == before


@pytest.mark.parametrize(("who", "status"), [("alice", 302), ("bob", 302), ("dana", 403), ("mia", 403), ("eve", 404)])
def test_the_two_who_hold_it_say_whether_it_worked(
    clients: Clients, step: Step, on: Callable[..., None], who: str, status: int
) -> None:
    done(step)
    on(LOOK_AGAIN_AT)
    response = clients[who].post(f"/steps/{step.pk}/check/", {"verdict": "worked"})
    assert (response.status_code, step.checks.count()) == (status, int(status == 302))


@pytest.mark.parametrize("verb", VERBS)
def test_a_link_changes_nothing(clients: Clients, step: Step, verb: str) -> None:
    assert clients["bob"].get(f"/steps/{step.pk}/{verb}/").status_code == 405
    assert step.history.count() == 1


@pytest.mark.parametrize(
    ("clicks", "state", "told"),
    [
        (["start"], State.IN_PROGRESS, ("Begun.", "reopen")),
        (["start", "reopen"], State.OPEN, ("It is open again.", "")),
        (["finish"], State.DONE, ("Done. We look again on 7 December.", "reopen")),
        (["finish", "reopen"], State.IN_PROGRESS, ("It is open again.", "")),
        (["drop"], State.DROPPED, ("Dropped. The reason stays with it.", "reopen")),
        (["drop", "reopen"], State.OPEN, ("It is open again.", "")),
        (["block"], State.OPEN, ("Good to know. Your team sees what is in the way.", "unblock")),
        (["block", "unblock"], State.OPEN, ("It moves again.", "")),
        (["help"], State.OPEN, ("Your team sees that you would like help.", "unblock")),
        (["help", "unblock"], State.OPEN, ("It moves again.", "")),
    ],
)
def test_each_click_is_said_and_offers_its_reverse(
    clients: Clients, step: Step, clicks: list[str], state: State, told: tuple[str, str]
) -> None:
    client = clients["bob"]
    for verb in clicks:
        response = client.post(f"/steps/{step.pk}/{verb}/", {**BECAUSE, "next": "/steps/"})
    step.refresh_from_db()
    sentence, undo = told
    tag = f"undo=/steps/{step.pk}/{undo}/?next=%2Fsteps%2F" if undo else ""
    assert (step.state, response["Location"]) == (state, "/steps/")
    assert said(response)[-1] == (sentence, tag)
    if "unblock" in clicks:
        assert (step.blocked_because, step.needs_help) == ("", False)


def test_undo_leads_back_to_where_the_click_was(clients: Clients, step: Step) -> None:
    clients["bob"].post(f"/steps/{step.pk}/finish/", {"next": "/steps/"})
    assert clients["bob"].post(f"/steps/{step.pk}/reopen/?next=%2Fsteps%2F")["Location"] == "/steps/"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil", ""])
def test_the_way_back_never_leaves_the_site(clients: Clients, step: Step, elsewhere: str) -> None:
    response = clients["bob"].post(f"/steps/{step.pk}/finish/", {"next": elsewhere})
    assert response["Location"] == f"/steps/{step.pk}/"


def test_htmx_gets_the_row_as_it_now_is(clients: Clients, step: Step, htmx: Callable[..., Any]) -> None:
    response = clients["bob"].post(f"/steps/{step.pk}/finish/", {"next": "/steps/"}, **htmx(f"step-{step.pk}"))
    row, toasts = response.content.decode().split("</li>")
    assert row.strip().startswith(f'<li class="step" id="step-{step.pk}">')
    assert 'aria-label="done"' in row
    assert "/finish/" not in row
    assert "Done. We look again on 7 December." in toasts
    assert f'action="/steps/{step.pk}/reopen/?next=%2Fsteps%2F"' in toasts


@pytest.mark.parametrize("verb", ["drop", "block"])
@pytest.mark.parametrize("because", ["", " ", "x" * 501])
def test_a_reason_is_asked_for_at_the_field(clients: Clients, step: Step, verb: str, because: str) -> None:
    response = clients["bob"].post(f"/steps/{step.pk}/{verb}/", {"because": because})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{verb}_because_error"' in page
    assert because.strip() in page
    assert step.history.count() == 1


def test_both_words_make_the_verdict(clients: Clients, step: Step, on: Callable[..., None]) -> None:
    done(step)
    on(LOOK_AGAIN_AT)
    first = clients["bob"].post(f"/steps/{step.pk}/check/", {"verdict": "worked", "note": "Twice, in fact"})
    second = clients["alice"].post(f"/steps/{step.pk}/check/", {"verdict": "partly"})
    step.refresh_from_db()
    assert (step.state, step.outcome) == (State.CHECKED, "partly")
    assert said(first)[-1][0] == "Thank you. Now one more word is wanted, from the other person."
    assert said(second)[-1][0] == "Thank you. Both of you have spoken: partly."


def test_too_early_moves_the_date(clients: Clients, step: Step, on: Callable[..., None]) -> None:
    done(step)
    on(LOOK_AGAIN_AT)
    response = clients["bob"].post(f"/steps/{step.pk}/check/", {"verdict": "too_early"})
    step.refresh_from_db()
    assert step.look_again_on == (LOOK_AGAIN_AT + timedelta(days=14)).date()
    assert said(response)[-1][0] == "Thank you. We look again on 21 December."


@pytest.mark.parametrize("verdict", ["", "splendid"])
def test_a_verdict_that_is_none_is_not_taken(
    clients: Clients, step: Step, on: Callable[..., None], verdict: str
) -> None:
    done(step)
    on(LOOK_AGAIN_AT)
    assert clients["bob"].post(f"/steps/{step.pk}/check/", {"verdict": verdict}).status_code == 422
    assert step.checks.count() == 0


def test_a_check_before_its_day_is_refused_with_the_day(clients: Clients, step: Step) -> None:
    done(step)
    response = clients["bob"].post(f"/steps/{step.pk}/check/", {"verdict": "worked"})
    assert response.status_code == 409
    assert "It is too soon to say: the look-again date is 7 December 2026." in response.content.decode()


def test_two_clicks_at_once_say_what_happened(clients: Clients, step: Step, bob: User) -> None:
    """The page still shows Done, and somebody has dropped the step meanwhile."""
    step.drop(because="No longer so", by=bob, at=AT)
    response = clients["alice"].post(f"/steps/{step.pk}/finish/")
    assert response.status_code == 409
    assert "This step is now dropped, so it cannot become done." in response.content.decode()


def test_what_did_not_work_can_begin_anew(clients: Clients, step: Step, on: Callable[..., None]) -> None:
    done(step)
    for person in (step.owner, step.second):
        step.check_it(verdict="did_not_work", note="", by=person, at=LOOK_AGAIN_AT)
    on(LOOK_AGAIN_AT)
    page = clients["bob"].get(f"/steps/{step.pk}/").content.decode()
    assert "A detour, no dead end" in page
    form = clients["bob"].get(f"/steps/debrief/{step.debrief_id}/new/?from={step.pk}").content.decode()
    assert f'value="{step.title}"' in form
    assert f'<option value="{step.owner_id}" selected>Bob</option>' in form
    clients["bob"].post(f"/steps/{step.pk}/reopen/")
    step.refresh_from_db()
    assert (step.state, step.outcome) == (State.IN_PROGRESS, "")
