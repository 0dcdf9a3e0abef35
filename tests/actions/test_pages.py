"""Who sees which page of steps, and what stands on it."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief
from apps.teams.models import Role, Team
from tests.factories import AT, DUE_ON, LOOK_AGAIN_AT, LOOK_AGAIN_ON, a_person, a_step, done, join
from tests.people import Clients

TODAY = AT.date()
DAY = timedelta(days=1)
Queries = Any


def main_of(response: Any) -> str:
    """The page without its frame, which holds a name and a token."""
    found = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)
    assert found
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", found[0])


# Access

PEOPLE = ("alice", "bob", "dana", "mia", "adam", "charlie", "eve", "nobody")


@pytest.mark.parametrize(
    ("page", "statuses"),
    [
        ("/steps/", (200, 200, 200, 200, 200, 200, 200, 302)),
        ("/steps/team/{team}/", (200, 200, 200, 200, 404, 404, 404, 302)),
        ("/steps/debrief/{debrief}/", (200, 200, 200, 404, 404, 404, 404, 302)),
        ("/steps/debrief/{debrief}/new/?factor={factor}", (200, 200, 200, 404, 404, 404, 404, 302)),
        ("/steps/{step}/", (200, 200, 200, 200, 404, 404, 404, 302)),
        ("/steps/{step}/edit/", (200, 200, 403, 403, 404, 404, 404, 302)),
    ],
)
def test_who_sees_which_page(clients: Clients, step: Step, page: str, statuses: tuple[int, ...]) -> None:
    names = {"team": step.debrief.team.slug, "debrief": step.debrief_id, "factor": step.factor_id, "step": step.pk}
    url = page.format(**names)
    assert dict(zip(PEOPLE, statuses, strict=True)) == {who: clients[who].get(url).status_code for who in PEOPLE}


def test_a_step_of_another_team_is_as_absent_as_none(clients: Clients, step: Step) -> None:
    foreign = clients["charlie"].get(f"/steps/{step.pk}/")
    random = clients["charlie"].get(f"/steps/{uuid.uuid4()}/")
    assert (foreign.status_code, main_of(foreign)) == (404, main_of(random))


def test_an_owner_outside_the_room_sees_the_step_but_no_way_into_the_room(
    clients: Clients, realign: Debrief, team: Team, people: dict[str, User], alice: User
) -> None:
    people["gus"] = gus = join(team, a_person("Gus"))
    step = a_step(realign, owner=gus, second=alice)
    page = main_of(clients["gus"].get(f"/steps/{step.pk}/"))
    assert f"/debriefs/{realign.pk}/" not in page
    assert escape(realign.title) in page


# What a manager reads


def test_a_manager_reads_the_promise_and_no_word_of_the_room(
    clients: Clients, step: Step, bob: User, alice: User, on: Callable[..., None]
) -> None:
    step.block(because="A signature is missing", by=bob, at=AT)
    step.unblock(by=bob, at=AT)
    done(step)
    step.check_it(verdict="worked", note="Between us: hardly", by=bob, at=LOOK_AGAIN_AT)
    on(LOOK_AGAIN_AT)
    page = main_of(clients["mia"].get(f"/steps/{step.pk}/"))
    assert escape(step.title) in page
    assert step.success_signal in page
    assert "A signature is missing" in page
    assert "The owner’s word: worked" in page
    assert step.factor
    assert step.factor.title in page
    assert step.factor.chain[0] not in page
    assert "Between us" not in page
    assert f'href="/debriefs/{step.debrief_id}/"' not in page
    assert f'href="/debriefs/{step.debrief_id}/summary/"' in page
    assert "<form" not in page
    room = main_of(clients["dana"].get(f"/steps/{step.pk}/"))
    assert "Between us: hardly" in room
    assert f'href="/debriefs/{step.debrief_id}/"' in room


@pytest.mark.parametrize(("phase", "seen"), [("realign", True), ("follow_through", True)])
def test_a_manager_sees_steps_from_realign_on(
    clients: Clients, debrief_in: Callable[..., Debrief], phase: str, seen: bool
) -> None:
    step = a_step(debrief_in(phase), title="Ring the bank")
    assert ("Ring the bank" in main_of(clients["mia"].get(f"/steps/team/{step.debrief.team.slug}/"))) is seen


def test_a_manager_cannot_sort_a_team_by_person(clients: Clients, step: Step, bob: User) -> None:
    url = f"/steps/team/{step.debrief.team.slug}/"
    assert 'name="owner"' in main_of(clients["dana"].get(url))
    assert 'name="owner"' not in main_of(clients["mia"].get(url))
    assert step.title in main_of(clients["mia"].get(f"{url}?owner={bob.pk + 100}"))


# My steps


def titles_by_section(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    section, page = "", page.split("<details>", maxsplit=1)[0]
    for head, title in re.findall(r'<h2 id="(\w+)">|<h3[^>]*><a href="/steps/[^"]+">([^<]+)</a>', page):
        if head:
            section = head
        else:
            found.setdefault(section, []).append(title)
    return found


def test_my_steps_stand_by_when_they_want_me(clients: Clients, realign: Debrief, bob: User, dana: User) -> None:
    """It is Monday: Sunday is this week, next Monday is later."""
    for title, days in [("today", 0), ("sunday", 6), ("monday", 7), ("tomorrow", 1)]:
        a_step(realign, owner=bob, title=title, due_on=TODAY + days * DAY)
    a_step(realign, owner=bob, title="late", due_on=TODAY - 3 * DAY)
    done(a_step(realign, owner=bob, title="done"))
    done(a_step(realign, owner=dana, second=bob, title="as second", look_again_on=LOOK_AGAIN_ON + DAY))
    a_step(realign, owner=dana, second=bob, title="not yet mine to check")
    a_step(realign, owner=dana, title="somebody else’s")
    a_step(realign, owner=bob, title="dropped").drop(because="No longer so", by=bob, at=AT)
    page = main_of(clients["bob"].get("/steps/"))
    assert titles_by_section(page) == {
        "today": ["late", "today"],
        "week": ["tomorrow", "sunday"],
        "later": ["monday"],
        "check": ["done", "as second"],
    }
    settled = page.split("Dropped and checked, 1")[1]
    assert re.findall(r"<h3.*?>(\w+)</a>", settled) == ["dropped"]
    assert "Two for today, two later this week." in page
    assert "3 days over" in page


def test_today_is_the_persons_own(clients: Clients, realign: Debrief, bob: User, on: Callable[..., None]) -> None:
    """At eleven in the evening in London it is tomorrow in Tokyo."""
    bob.change_rhythm(time_zone="Asia/Tokyo")
    a_step(realign, owner=bob, title="tomorrow’s", due_on=TODAY + DAY)
    on(AT.replace(hour=14))
    assert titles_by_section(main_of(clients["bob"].get("/steps/"))) == {"week": ["tomorrow’s"]}
    on(AT.replace(hour=23))
    assert titles_by_section(main_of(clients["bob"].get("/steps/"))) == {"today": ["tomorrow’s"]}


def test_a_long_section_is_bounded_and_has_pages(clients: Clients, realign: Debrief, bob: User) -> None:
    for n in range(27):
        a_step(realign, owner=bob, title=f"step {n:02}", due_on=DUE_ON + n * DAY, look_again_on=DUE_ON + 90 * DAY)
    a_step(realign, owner=bob, title="today’s", due_on=TODAY)
    sections = titles_by_section(main_of(clients["bob"].get("/steps/")))
    assert sections == {"today": ["today’s"], "later": [f"step {n:02}" for n in range(20)]}
    page = main_of(clients["bob"].get("/steps/?show=later&page=2"))
    assert re.findall(r">(step \d\d)<", page) == ["step 25", "step 26"]
    assert "Page 2 of 2" in page


def test_a_cancelled_debrief_wants_nothing(clients: Clients, realign: Debrief, bob: User, alice: User) -> None:
    a_step(realign, owner=bob, title="Ring the bank")
    realign.cancel(because="It was another team’s", by=alice, at=AT)
    assert "Ring the bank" not in main_of(clients["bob"].get("/steps/"))


def test_somebody_without_steps_learns_where_they_come_from(clients: Clients) -> None:
    page = main_of(clients["bob"].get("/steps/"))
    assert "No step is yours yet" in page


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("url", "queries"),
    [("/steps/", 6), ("/steps/?show=later", 5), ("/steps/team/payments/", 8), ("/steps/debrief/{debrief}/", 6)],
)
def test_the_number_of_queries_does_not_grow(
    clients: Clients, realign: Debrief, bob: User, alice: User, count: int, url: str, queries: int,
    django_assert_num_queries: Queries,
) -> None:  # fmt: skip
    for n in range(count):
        a_step(realign, owner=bob, second=alice, title=f"open {n}")
        if "show" not in url:
            done(a_step(realign, owner=bob, second=alice, title=f"done {n}"))
    client = clients["bob"]
    with django_assert_num_queries(queries):
        client.get(url.format(debrief=realign.pk))


# The team's


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"fix", "spread", "late", "stuck", "done"}),
        ("state=overdue", {"late"}),
        ("state=blocked", {"stuck"}),
        ("state=done", {"done"}),
        ("state=unfinished", {"fix", "spread", "late", "stuck"}),
        ("kind=spread", {"spread"}),
        ("owner={dana}", {"spread"}),
        ("owner={dana}&kind=fix", set()),
        ("state=nonsense&kind=&owner=0&page=99", {"fix", "spread", "late", "stuck", "done"}),
    ],
)
def test_the_teams_steps_are_narrowed_by_the_address(
    clients: Clients, realign: Debrief, bob: User, dana: User, query: str, titles: set[str]
) -> None:
    a_step(realign, owner=bob, title="fix")
    a_step(realign, owner=dana, title="spread", kind="spread", strength=realign.strengths.get())
    a_step(realign, owner=bob, title="late", due_on=TODAY - DAY)
    a_step(realign, owner=bob, title="stuck").block(because="No key", by=bob, at=AT)
    done(a_step(realign, owner=bob, title="done"))
    page = main_of(clients["bob"].get(f"/steps/team/payments/?{query.format(dana=dana.pk)}"))
    assert set(re.findall(r'<h3[^>]*><a href="/steps/[^"]+">([^<]+)</a>', page)) == titles


def test_the_list_alone_comes_to_htmx(clients: Clients, step: Step, htmx: Callable[..., Any]) -> None:
    response = clients["bob"].get("/steps/team/payments/?kind=fix", **htmx("found"))
    text = response.content.decode().strip()
    assert text.startswith('<section class="stack under-search" id="found"')
    assert "<main" not in text
    assert "HX-Target" in response["Vary"]


# A debrief's


def test_what_the_room_shares_is_the_same_for_everyone(
    clients: Clients, step: Step, htmx: Callable[..., Any], alice: User
) -> None:
    alice.change_rhythm(time_zone="Pacific/Auckland")
    url = f"/steps/debrief/{step.debrief_id}/"
    seen = {clients[who].get(url, **htmx("steps")).content for who in ("alice", "bob", "dana")}
    assert len(seen) == 1
    text = seen.pop().decode()
    assert 'id="steps"' in text
    assert "csrf" not in text
    assert "<form" not in text


def test_each_factor_and_strength_holds_its_answer(clients: Clients, realign: Debrief, bob: User) -> None:
    a_step(realign, owner=bob, title="Renew by itself")
    url = f"/steps/debrief/{realign.pk}/"
    page = main_of(clients["bob"].get(url))
    assert "1 of 2 are answered" in page
    factor, rest = page.split("Strengths, and our answers")
    assert "Renew by itself" in factor
    assert "Renew by itself" not in rest
    assert "The step for it is still missing." in rest
    realign.strengths.get().give_answer("keep")
    assert "2 of 2 are answered" in main_of(clients["bob"].get(url))


def test_a_debrief_before_realign_offers_no_new_step(clients: Clients, debrief_in: Callable[..., Debrief]) -> None:
    debrief = debrief_in("rationalize")
    assert "/new/" not in main_of(clients["bob"].get(f"/steps/debrief/{debrief.pk}/"))


# One step


def test_the_history_tells_what_happened(
    clients: Clients, step: Step, bob: User, dana: User, on: Callable[..., None]
) -> None:
    step.start(by=bob, at=AT + timedelta(minutes=1))
    step.rewrite(by=bob, at=AT + timedelta(minutes=2), due_on=DUE_ON + DAY)
    step.rewrite(by=bob, at=AT + timedelta(minutes=3), owner=dana)
    step.ask_for_help(by=dana, at=AT + timedelta(minutes=4))
    done(step, AT + timedelta(minutes=5))
    for person in (step.owner, step.second):
        step.check_it(verdict="worked", note="", by=person, at=LOOK_AGAIN_AT)
    on(LOOK_AGAIN_AT)
    page = main_of(clients["bob"].get(f"/steps/{step.pk}/"))
    lines = [re.sub(r"\s+", " ", line) for line in re.findall(r"<li>.*?<p>(.*?) <span", page, re.DOTALL)]
    assert lines == [
        "Agreed; Alice wrote it down",
        "Bob began",
        "Bob moved the due date from 23 November to 24 November",
        "Bob handed it over from Bob to Dana",
        "Dana asked for help",
        "Dana finished it",
        "The owner’s word: worked",
        "The second person’s word: worked",
    ]


def test_an_owner_who_has_left_is_said_plainly(clients: Clients, step: Step, team: Team, bob: User) -> None:
    team.remove(bob)
    url = f"/steps/{step.pk}/"
    page = main_of(clients["alice"].get(url))
    assert "<b>Bob has left the team.</b>" in page
    assert f'href="{url}edit/#id_owner"' in page
    member = main_of(clients["dana"].get(url))
    assert "<b>Bob has left the team.</b>" in member
    assert "Hand it over" not in member
    assert clients["bob"].get(url).status_code == 404
    assert step.title not in main_of(clients["bob"].get("/steps/"))
    assert step.title not in main_of(clients["bob"].get("/steps/?show=later"))


def test_what_people_wrote_is_text(clients: Clients, realign: Debrief, bob: User) -> None:
    nasty = "<script>alert(1)</script>{{ 7*7 }}"
    step = a_step(realign, owner=bob, title=nasty, success_signal=nasty, due_on=TODAY)
    step.block(because=nasty, by=bob, at=AT)
    for url in ("/steps/", f"/steps/{step.pk}/", "/steps/team/payments/", f"/steps/debrief/{realign.pk}/", "/"):
        page = clients["bob"].get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_a_manager_who_owns_a_step_still_does_it(
    clients: Clients, step: Step, team: Team, bob: User, people: dict[str, User]
) -> None:
    team.change_role(bob, Role.MANAGER)
    assert "Something is in the way" in main_of(clients["bob"].get(f"/steps/{step.pk}/"))
