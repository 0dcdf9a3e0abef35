"""What waits for whom, and what comes first."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.debriefs.models import Audience, Debrief, Lesson, OpenQuestion
from apps.insights.home import home_of
from apps.teams.models import Organization, Role, Team
from tests.factories import AT, LOOK_AGAIN_AT, a_person, a_step, done, join, worked
from tests.factories import debrief_in as a_debrief_in
from tests.people import Clients

DAY = timedelta(days=1)
TODAY = AT.date()


def said(response: Any) -> str:
    found = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def kinds(user: User, at: Any = AT) -> list[str]:
    home = home_of(user, at)
    return [one.kind for one in ([home.next] if home.next else []) + list(home.then)]


def ask(debrief: Debrief, owner: User, days: int) -> OpenQuestion:
    return OpenQuestion.write(
        debrief, uuid.uuid4(), text="How many renewals are due?", owner=owner, due_on=TODAY + days * DAY
    )


def test_a_visitor_is_asked_to_sign_in(clients: Clients) -> None:
    response = clients["nobody"].get("/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/")


@pytest.mark.parametrize(
    ("zone", "hour", "greeting"),
    [
        ("Europe/London", 4, "Good evening, Bob."),
        ("Europe/London", 5, "Good morning, Bob."),
        ("Europe/London", 11, "Good morning, Bob."),
        ("Europe/London", 12, "Good afternoon, Bob."),
        ("Europe/London", 18, "Good evening, Bob."),
        ("Asia/Tokyo", 9, "Good evening, Bob."),
        ("America/New_York", 12, "Good morning, Bob."),
    ],
)
def test_the_greeting_goes_by_the_persons_own_clock(
    clients: Clients, bob: User, on: Callable[..., None], zone: str, hour: int, greeting: str
) -> None:
    bob.change_rhythm(time_zone=zone)
    on(AT.replace(hour=hour))
    assert greeting in said(clients["bob"].get("/"))


def test_somebody_without_a_team_finds_two_ways_on(clients: Clients) -> None:
    response = clients["adam"].get("/")
    assert "You are not in a team yet" in said(response)
    assert 'href="/teams/new/"' in response.content.decode()


def test_a_quiet_day_says_so(clients: Clients, debrief_in: Any) -> None:
    assert "A quiet day" in said(clients["bob"].get("/"))
    assert "Start a debrief" not in said(clients["bob"].get("/"))
    assert "Start a debrief" in said(clients["alice"].get("/"))


def test_writing_comes_before_the_meeting_the_meeting_before_promises(
    debrief_in: Callable[..., Debrief], bob: User, alice: User
) -> None:
    realign = debrief_in("realign")
    ask(realign, bob, days=0)
    done(a_step(realign, owner=alice, second=bob, title="checked", look_again_on=TODAY, due_on=TODAY))
    a_step(realign, owner=bob, title="due", due_on=TODAY)
    debrief_in("recognize", meeting_at=AT + timedelta(hours=5))
    assert kinds(bob) == ["meeting", "step", "check", "question"]
    prepare = debrief_in("prepare", meeting_at=AT + DAY)
    assert kinds(bob) == ["write", "meeting", "step", "check", "question"]
    prepare.say_ready(bob, at=AT)
    assert kinds(bob) == ["meeting", "step", "check", "question"]


def test_what_is_due_today_comes_before_what_is_due_this_week(debrief_in: Callable[..., Debrief], bob: User) -> None:
    realign = debrief_in("realign")
    a_step(realign, owner=bob, title="thursday", due_on=TODAY + 3 * DAY)
    ask(realign, bob, days=0)
    a_step(realign, owner=bob, title="next month", due_on=TODAY + 30 * DAY, look_again_on=TODAY + 60 * DAY)
    home = home_of(bob, AT)
    assert home.next
    assert home.next.kind == "question"
    assert [one.row and one.row.step.title for one in home.then] == ["thursday"]


def test_other_peoples_things_do_not_wait_for_me(debrief_in: Callable[..., Debrief], bob: User, dana: User) -> None:
    realign = debrief_in("realign")
    a_step(realign, owner=dana, title="hers", due_on=TODAY)
    ask(realign, dana, days=0)
    assert kinds(bob) == []


def test_a_look_again_date_asks_both_until_each_has_spoken(
    debrief_in: Callable[..., Debrief], bob: User, alice: User, dana: User
) -> None:
    step = done(a_step(debrief_in("realign"), owner=bob, second=alice))
    assert [kinds(one, LOOK_AGAIN_AT - DAY) for one in (bob, alice)] == [[], []]
    assert [kinds(one, LOOK_AGAIN_AT) for one in (bob, alice, dana)] == [["check"], ["check"], []]
    step.check_it(verdict="worked", note="", by=bob, at=LOOK_AGAIN_AT)
    assert [kinds(one, LOOK_AGAIN_AT) for one in (bob, alice)] == [[], ["check"]]


def test_writing_shows_how_many_are_ready_and_never_who(
    clients: Clients, debrief_in: Callable[..., Debrief], dana: User, eli: User
) -> None:
    debrief = debrief_in("prepare", meeting_at=AT + DAY)
    for person in (dana, eli):
        debrief.say_ready(person, at=AT)
    page = said(clients["bob"].get("/"))
    assert "2 of 5 are ready." in page
    assert "The meeting is tomorrow at 09:00" in page
    assert "Dana" not in page
    assert "Eli" not in page


def test_the_anonymous_count_moves_at_fixed_times_only(
    debrief_in: Callable[..., Debrief], bob: User, dana: User
) -> None:
    debrief = debrief_in("prepare", anonymity="anonymous")
    debrief.say_ready(dana, at=AT)
    home = home_of(bob, AT)
    assert home.next
    assert home.next.debrief
    assert home.next.debrief.ready == 0


def test_a_manager_is_told_nothing_of_the_room(clients: Clients, debrief_in: Callable[..., Debrief]) -> None:
    debrief = debrief_in("prepare", meeting_at=AT + timedelta(hours=2))
    page = said(clients["mia"].get("/"))
    assert "A quiet day" in page
    assert debrief.title not in page


def test_under_way_says_how_far(clients: Clients, debrief_in: Callable[..., Debrief]) -> None:
    debrief_in("prepare", title="The lift stopped")
    debrief_in("draft", title="The lamp fell")
    debrief_in("follow_through", title="The rain came")
    debrief_in("learned", title="The end")
    page = said(clients["alice"].get("/"))
    assert "The lift stopped Prepare, phase 1 of 6" in page
    assert "The lamp fell Draft, not yet open" in page
    assert "The rain came Follow through, 0 of 1 step checked" in page
    assert "The end" not in page
    assert "The lamp fell" not in said(clients["bob"].get("/"))


def test_a_neighbours_lesson_is_one_that_was_shared_with_me(
    clients: Clients, organization: Organization, charlie: User, on: Callable[..., None], other_team: Team
) -> None:
    gus = a_person("Gus")
    kitchen = organization.create_team(name="Kitchen", by=gus, at=AT)
    for team, audience, text in [
        (kitchen, Audience.TEAM, "Kept at home."),
        (kitchen, Audience.ORGANIZATION, "Ask who is newer."),
        (other_team, Audience.ORGANIZATION, "From far away."),
    ]:
        leader = gus if team == kitchen else charlie
        join(team, a_person("Helper", email=f"{uuid.uuid4()}@example.org"))
        shared = a_debrief_in("follow_through", team=team, by=leader)
        for step in shared.steps.all():
            worked(step)
        Lesson.write(shared, uuid.uuid4(), text=text)
        shared.publish(by=leader, at=LOOK_AGAIN_AT, closing_statement="", audience=audience)
    on(LOOK_AGAIN_AT)
    page = said(clients["bob"].get("/"))
    assert "“Ask who is newer.”" in page
    assert "A lesson of Kitchen." in page
    assert "Kept at home." not in page
    assert "From far away." not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(
    clients: Clients, debrief_in: Callable[..., Debrief], bob: User, alice: User, count: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for _ in range(count):
        debrief = debrief_in("realign", follow_up_at=AT)
        debrief_in("prepare")
        ask(debrief, bob, days=1)
        a_step(debrief, owner=bob, due_on=TODAY)
        done(a_step(debrief, owner=alice, second=bob, due_on=TODAY, look_again_on=TODAY))
    client = clients["bob"]
    with django_assert_num_queries(8):
        client.get("/")


def test_done_on_the_card_leads_back_home(clients: Clients, debrief_in: Callable[..., Debrief], bob: User) -> None:
    step = a_step(debrief_in("realign"), owner=bob, due_on=TODAY)
    page = clients["bob"].get("/").content.decode()
    assert f'action="/steps/{step.pk}/finish/"' in page
    assert clients["bob"].post(f"/steps/{step.pk}/finish/", {"next": "/"})["Location"] == "/"
    assert "A quiet day" in said(clients["bob"].get("/"))


def test_a_manager_only_team_is_a_team(clients: Clients, team: Team, mia: User) -> None:
    assert team.role_of(mia) == Role.MANAGER
    assert "You are not in a team yet" not in said(clients["mia"].get("/"))


def test_a_manager_sees_at_a_glance_how_the_promises_of_their_teams_stand(clients, debrief_in, bob, alice):
    debrief = debrief_in("follow_through")
    a_step(debrief, owner=bob, second=alice).ask_for_help(by=bob, at=AT)
    with time_machine.travel(AT, tick=False):
        seen = clients["mia"].get("/").context["home"].managed
    standing = sum(step.is_unfinished for step in debrief.steps.all())
    assert [(one.name, one.standing, one.overdue, one.help_wanted) for one in seen] == [("Payments", standing, 0, 1)]
    with time_machine.travel(AT, tick=False):
        assert clients["bob"].get("/").context["home"].managed == []
