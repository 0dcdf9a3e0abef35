"""My letters: what is planned, which I want, and how to have fewer."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.core import signing

from apps.accounts.models import User
from apps.actions.models import Step
from apps.follow_through import emails, planning
from apps.follow_through.models import Kind, Reminder
from tests import factories
from tests.factories import AT
from tests.follow_through.conftest import planned
from tests.people import Clients

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning() -> object:
    with time_machine.travel(AT, tick=False) as stopped:
        yield stopped


def link(person: User, *kinds: Kind) -> str:
    token = emails.token_for(person, [Reminder(person=person, kind=kind) for kind in kinds])
    return f"/reminders/unsubscribe/{token}/"


# Preferences


def test_the_page_shows_what_is_planned_for_me_and_nobody_else(step: Step, clients: Clients) -> None:
    planning.plan(at=AT)
    mine = clients["bob"].get("/reminders/")
    assert [str(row.kind) for row in mine.context["page_obj"]] == [
        "assigned", "before_due", "due_today", "overdue",
    ]  # fmt: skip
    assert b"Renew certificates by a job" in mine.content
    others = clients["dana"].get("/reminders/")
    assert list(others.context["page_obj"]) == []
    assert b"Renew certificates by a job" not in others.content


def test_the_page_asks_a_visitor_to_sign_in(clients: Clients) -> None:
    answer = clients["nobody"].get("/reminders/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/reminders/")


def test_the_list_is_paged_and_costs_the_same_for_one_and_for_many(
    step: Step, clients: Clients, django_assert_max_num_queries: Callable[..., object]
) -> None:
    clients["bob"].get("/reminders/")
    for n in range(6):
        factories.a_step(step.debrief, title=f"Another {n}")
    planning.plan(at=AT)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        answer = clients["bob"].get("/reminders/?page=2")
    assert answer.context["page_obj"].number == 2
    assert len(answer.context["page_obj"]) == 10


def test_what_is_unticked_is_not_written(step: Step, bob: User, clients: Clients) -> None:
    wanted = [kind.value for kind in Kind if kind not in (Kind.OVERDUE, Kind.BEFORE_DUE)]
    answer = clients["bob"].post("/reminders/", {"kinds": wanted, "paused_until": ""})
    assert (answer.status_code, answer["Location"]) == (302, "/reminders/")
    bob.refresh_from_db()
    assert bob.muted_kinds == ["before_due", "overdue"]
    planning.plan(at=AT)
    assert [row[1] for row in planned()] == ["assigned", "due_today"]


def test_a_holiday_holds_the_letters(step: Step, bob: User, clients: Clients) -> None:
    kinds = [kind.value for kind in Kind]
    clients["bob"].post("/reminders/", {"kinds": kinds, "paused_until": "2026-11-30"})
    bob.refresh_from_db()
    assert (bob.reminders_paused_until, bob.muted_kinds) == (date(2026, 11, 30), [])
    planning.plan(at=AT)
    assert {row[3] for row in planned()} == {"2026-11-30 09:00"}


@pytest.mark.parametrize("day", ["2026-11-09", "2020-01-01", "soon"])
def test_a_holiday_that_is_over_is_told_at_the_field(bob: User, clients: Clients, day: str) -> None:
    answer = clients["bob"].post("/reminders/", {"kinds": ["overdue"], "paused_until": day})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["paused_until"]
    bob.refresh_from_db()
    assert (bob.reminders_paused_until, bob.muted_kinds, bob.replan) == (None, [], False)


# Snooze


@pytest.mark.parametrize(("days", "expected"), [("1", "2026-11-10"), ("3", "2026-11-12"), ("7", "2026-11-16")])
def test_a_snooze_moves_my_next_reminder(step: Step, clients: Clients, days: str, expected: str) -> None:
    planning.plan(at=AT)
    answer = clients["bob"].post(
        f"/reminders/steps/{step.pk}/snooze/", {"days": days}, headers={"referer": "http://testserver/steps/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/steps/")
    assert planned()[0] == ("Bob", "assigned", "2026-11-09", f"{expected} 09:00")
    Step.objects.update(replan=True)
    planning.plan(at=AT)
    assert planned()[0] == ("Bob", "assigned", "2026-11-09", f"{expected} 09:00")


@pytest.mark.parametrize(
    ("person", "status"),
    [("bob", 302), ("alice", 302), ("dana", 403), ("mia", 403), ("adam", 404), ("charlie", 404), ("eve", 404)],
)
def test_only_those_who_are_reminded_snooze(step: Step, clients: Clients, person: str, status: int) -> None:
    planning.plan(at=AT)
    before = planned()
    assert clients[person].post(f"/reminders/steps/{step.pk}/snooze/", {"days": "7"}).status_code == status
    assert (planned() != before) == (person == "bob")


@pytest.mark.parametrize("days", ["", "2", "-1", "10000", "x"])
def test_a_snooze_of_another_length_is_refused(step: Step, clients: Clients, days: str) -> None:
    planning.plan(at=AT)
    before = planned()
    assert clients["bob"].post(f"/reminders/steps/{step.pk}/snooze/", {"days": days}).status_code == 404
    assert planned() == before


def test_a_link_cannot_snooze(step: Step, clients: Clients) -> None:
    assert clients["bob"].get(f"/reminders/steps/{step.pk}/snooze/").status_code == 405


# Unsubscribe


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_link_changes_nothing(bob: User, clients: Clients, method: str) -> None:
    answer = getattr(clients["nobody"], method)(link(bob, Kind.OVERDUE))
    assert answer.status_code == 200
    bob.refresh_from_db()
    assert (bob.muted_kinds, bob.reminders_paused_until, bob.replan) == ([], None, False)


def test_the_mail_programs_own_button_stops_every_reminder_without_login_or_token(bob: User, clients: Clients) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(link(bob, Kind.OVERDUE), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    bob.refresh_from_db()
    assert (bob.muted_kinds, bob.replan) == (sorted(Kind.values), True)


def test_a_person_can_stop_only_this_kind_or_pause(bob: User, clients: Clients) -> None:
    clients["nobody"].post(link(bob, Kind.OVERDUE, Kind.DUE_TODAY), {"stop": "these"})
    bob.refresh_from_db()
    assert (bob.muted_kinds, bob.reminders_paused_until) == (["due_today", "overdue"], None)
    clients["nobody"].post(link(bob, Kind.OVERDUE), {"stop": "pause"})
    bob.refresh_from_db()
    assert (bob.muted_kinds, bob.reminders_paused_until) == (
        ["due_today", "overdue"], AT.date() + timedelta(days=14),
    )  # fmt: skip


def test_a_forged_link_opens_nothing(bob: User, clients: Clients) -> None:
    elsewhere = signing.dumps([bob.pk, ["overdue"]], salt="another")
    for token in (elsewhere, "nonsense", link(bob, Kind.OVERDUE).split("/")[3][:-2] + "xx"):
        for method in ("get", "post"):
            assert getattr(clients["nobody"], method)(f"/reminders/unsubscribe/{token}/").status_code == 404
    bob.refresh_from_db()
    assert bob.muted_kinds == []


def test_the_links_page_names_nobody_but_the_address_it_was_sent_to(step: Step, bob: User, clients: Clients) -> None:
    page = clients["nobody"].get(link(bob, Kind.OVERDUE)).content.decode()
    assert "bob@example.org" in page
    assert "Renew certificates" not in page
