"""The manager's page: promises counted and listed, and no word of the room."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.debriefs.models import Debrief, OpenQuestion
from apps.insights.dashboard import Counts, dashboard_of
from apps.teams.models import Organization, Role, Team
from tests.factories import AT, LOOK_AGAIN_AT, a_person, a_step, done, join
from tests.factories import debrief_in as a_debrief_in
from tests.people import Clients

DAY = timedelta(days=1)
TODAY = AT.date()
URL = "/follow-through/"


def main_of(response: Any) -> str:
    found = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert found
    return found[0]


def titles(page: str) -> list[str]:
    listed = page.split('id="promised"')[1]
    return re.findall(r'<h3><a href="/steps/[^"]+">([^<]+)</a>', listed)


@pytest.fixture
def promises(debrief_in: Callable[..., Debrief], bob: User, dana: User, alice: User) -> Debrief:
    """One step in every state that the page counts."""
    debrief = debrief_in("realign")
    who = {"owner": bob, "second": alice}
    a_step(debrief, title="open", **who)
    a_step(debrief, title="late by three days", due_on=TODAY - 3 * DAY, **who)
    a_step(debrief, title="late by a month", due_on=TODAY - 30 * DAY, **who).start(by=bob, at=AT)
    a_step(debrief, title="stuck", **who).block(because="A signature is missing", by=bob, at=AT)
    a_step(debrief, title="dropped", **who).drop(because="No longer so", by=bob, at=AT)
    done(a_step(debrief, title="done in time", **who))
    done(a_step(debrief, title="done late", due_on=TODAY - DAY, **who))
    for verdict in ("worked", "worked", "partly", "did_not_work"):
        step = done(a_step(debrief, title=verdict, **who))
        for person in (bob, alice):
            step.check_it(verdict=verdict, note="Between us", by=person, at=LOOK_AGAIN_AT)
    return debrief


@pytest.mark.parametrize(
    ("who", "status"),
    [("mia", 200), ("alice", 404), ("bob", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_the_page_exists_for_managers_only(clients: Clients, who: str, status: int) -> None:
    assert clients[who].get(URL).status_code == status


@pytest.mark.parametrize(
    ("who", "status"),
    [("mia", 200), ("alice", 200), ("bob", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_leaders_may_see_what_managers_see(clients: Clients, who: str, status: int) -> None:
    assert clients[who].get(f"{URL}payments/").status_code == status


def test_the_figures_count_steps(promises: Debrief, team: Team) -> None:
    assert dashboard_of([team], {}, TODAY, 1).all == Counts(
        promised=10, kept=5, kept_late=1, overdue=2, open=3, in_progress=1, done=2, checked=4, worked=2, partly=1,
        did_not_work=1, dropped=1, ages=[1, 0, 0, 1],
    )  # fmt: skip


def test_the_page_says_them_in_words_and_tables(clients: Clients, promises: Debrief) -> None:
    page = re.sub(r"\s+", " ", main_of(clients["mia"].get(URL)))
    assert "Of 10 steps that were promised, 5 were kept on time." in page
    assert "Kept late: 1. Past their date: 2. Waiting for a check: 2. Of 4 checked steps, 2 worked" in page
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page)
    figures = [(label, [int(n) for n in re.findall(r"<td[^>]*>(\d+)<", cells)]) for label, cells in rows]
    assert figures == [
        ("Payments", [3, 1, 2, 4]),
        ("Payments", [5, 1, 2]),
        ("Payments", [2, 1, 1]),
        ("under a week", [1]),
        ("1 to 2 weeks", [0]),
        ("2 to 4 weeks", [0]),
        ("over 4 weeks", [1]),
    ]
    assert page.count('<svg class="chart" viewBox') >= 4


def test_where_help_would_count(clients: Clients, promises: Debrief) -> None:
    page = main_of(clients["mia"].get(URL)).split('id="promises"')[0]
    offered = re.findall(r'<h3><a href="/steps/[^"]+">([^<]+)</a>', page)
    assert offered == ["stuck", "late by a month"]
    assert "A signature is missing" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=overdue", {"late by three days", "late by a month"}),
        ("state=blocked", {"stuck"}),
        ("state=open", {"open", "late by three days", "stuck"}),
        ("state=in_progress", {"late by a month"}),
        ("state=done", {"done in time", "done late"}),
        ("state=worked", {"worked"}),
        ("state=partly", {"partly"}),
        ("state=did_not_work", {"did_not_work"}),
        ("state=dropped", {"dropped"}),
        ("state=nonsense&owner=1&page=7", {"open", "late by three days", "late by a month", "stuck", "dropped",
                                           "done in time", "done late", "worked", "partly", "did_not_work"}),
    ],
)  # fmt: skip
def test_the_steps_behind_a_figure(clients: Clients, promises: Debrief, query: str, expected: set[str]) -> None:
    assert set(titles(main_of(clients["mia"].get(f"{URL}?{query}")))) == expected


def test_what_waits_is_listed_before_what_is_settled(clients: Clients, promises: Debrief) -> None:
    listed = titles(main_of(clients["mia"].get(URL)))
    assert listed[:3] == ["late by a month", "late by three days", "done late"]
    assert set(listed[-5:]) == {"dropped", "worked", "partly", "did_not_work"}


def test_the_list_alone_comes_to_htmx(clients: Clients, promises: Debrief, htmx: Callable[..., Any]) -> None:
    text = clients["mia"].get(f"{URL}?state=blocked", **htmx("promised")).content.decode().strip()
    assert text.startswith('<div class="stack tight" id="promised">')
    assert "<main" not in text


CANDID = "what-nobody-may-read"


def test_no_word_of_the_room_reaches_a_manager(
    clients: Clients, debrief_in: Callable[..., Debrief], bob: User, alice: User, dana: User, room: tuple[User, ...]
) -> None:
    cards = [(person, side, f"{CANDID}-card") for person in room for side in ("wrong", "right")]
    debrief = debrief_in(
        "realign", cards=cards, title="Title", happened=f"{CANDID}-happened", expected=f"{CANDID}-expected",
        opening_statement=f"{CANDID}-opening",
    )  # fmt: skip
    debrief.factors.get().rewrite(chain=[f"{CANDID}-chain"], assumption=f"{CANDID}-assumption")
    debrief.themes.update(name=f"{CANDID}-theme")
    OpenQuestion.write(debrief, uuid.uuid4(), text=f"{CANDID}-question", owner=dana, due_on=TODAY)
    step = done(a_step(debrief, owner=bob, second=alice))
    for person in (bob, alice):
        step.check_it(verdict="partly", note=f"{CANDID}-note", by=person, at=LOOK_AGAIN_AT)
    pages = ("/", "/steps/", "/steps/team/payments/", f"/steps/{step.pk}/", URL, f"{URL}payments/", "/library/")
    for url in pages:
        response = clients["mia"].get(url)
        assert (url, response.status_code, CANDID in response.content.decode()) == (url, 200, False)
    for url in (f"/steps/debrief/{debrief.pk}/", f"/debriefs/{debrief.pk}/"):
        assert clients["mia"].get(url).status_code == 404


def test_before_realign_a_manager_sees_nothing_of_a_debrief(
    clients: Clients, debrief_in: Callable[..., Debrief]
) -> None:
    debrief_in("rationalize", title="Still being talked about")
    page = main_of(clients["mia"].get(URL))
    assert "Steps come at the end of a debrief" in page
    assert "Still being talked about" not in page


def test_view_as_manager_is_the_managers_page_and_a_banner(clients: Clients, promises: Debrief) -> None:
    leaders, managers = (main_of(clients[who].get(f"{URL}payments/")) for who in ("alice", "mia"))
    banner = re.search(r'<div class="notice">.*?View as manager\..*?</div></div>', leaders, re.DOTALL)
    assert banner
    assert leaders.replace(banner[0], "").split() == managers.split()


def test_a_manager_of_two_teams_sees_both_and_no_third(
    clients: Clients, promises: Debrief, organization: Organization, mia: User
) -> None:
    gus = a_person("Gus")
    for name in ("Bakery", "Garden"):
        team = organization.create_team(name=name, by=gus, at=AT)
        join(team, a_person(f"Helper {name}"))
        a_step(a_debrief_in("realign", team=team, by=gus), title=f"for the {name}")
        if name == "Bakery":
            join(team, mia, Role.MANAGER)
    page = main_of(clients["mia"].get(URL))
    assert "for the Bakery" in page
    assert "for the Garden" not in page
    assert titles(main_of(clients["mia"].get(f"{URL}?team=bakery"))) == ["for the Bakery"]
    assert "for the Garden" not in main_of(clients["mia"].get(f"{URL}?team=garden"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(
    clients: Clients, organization: Organization, team: Team, mia: User, alice: User, count: int,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    for n in range(count):
        team = organization.create_team(name=f"Team {n}", by=alice, at=AT)
        join(team, mia, Role.MANAGER)
        join(team, a_person(f"Helper {n}"))
        debrief = a_debrief_in("realign", team=team, by=alice)
        for _ in range(count):
            a_step(debrief, due_on=TODAY - 20 * DAY)
    client = clients["mia"]
    with django_assert_num_queries(7):
        client.get(URL)


def test_no_figure_is_about_people(clients: Clients, promises: Debrief) -> None:
    """Names stand beside promises; nothing adds up by name, and nothing can be filtered by name."""
    page = main_of(clients["mia"].get(URL))
    assert 'name="owner"' not in page
    headings = re.findall(r"<t[hr][^>]*scope=[^>]*>([^<]+)<", page)
    assert not {"Bob", "Alice", "Dana"} & set(headings)
