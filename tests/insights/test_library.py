"""What has been learned, found again: by words, by team, by tag; and only by those with whom it was shared."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.debriefs.models import Audience, Debrief, Lesson
from apps.insights.library import END, HIT, marked
from apps.teams.models import Organization, Team
from tests.factories import AT, LOOK_AGAIN_AT, a_person, debrief_in, join, worked
from tests.people import Clients

URL = "/library/"


@pytest.fixture
def publish(team: Team, room: tuple[User, ...], alice: User) -> Callable[..., Debrief]:
    """`publish("Title", "A lesson.", tags=[…], audience=…)`: a debrief that has closed."""

    def published(
        title: str, *lessons: str, audience: str = Audience.TEAM, of: Team = team, by: User = alice, **fields: Any
    ) -> Debrief:
        debrief = debrief_in("follow_through", team=of, by=by, title=title, **fields)
        for step in debrief.steps.all():
            worked(step)
        for text in lessons or ("It can be looked up.",):
            Lesson.write(debrief, uuid.uuid4(), text=text)
        debrief.publish(by=by, at=LOOK_AGAIN_AT, closing_statement="", audience=audience)
        return debrief

    return published


def titles(response: Any) -> list[str]:
    found = re.findall(r'<h2 class="library-title"[^>]*><a[^>]*>(.*?)</a>', response.content.decode())
    return [re.sub(r"</?mark>", "", title) for title in found]


def test_an_empty_library_says_what_will_come(clients: Clients, debrief_in: Callable[..., Debrief]) -> None:
    debrief_in("follow_through", title="Not published yet")
    page = clients["bob"].get(URL).content.decode()
    assert "The first lesson will stand here" in page
    assert "Not published yet" not in page


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("bob", ["for all", "for us"]),
        ("mia", ["for all", "for us"]),
        ("gus", ["for all"]),
        ("charlie", []),
        ("adam", ["for all"]),
        ("eve", []),
    ],
)
def test_who_reads_what(
    clients: Clients, publish: Callable[..., Debrief], organization: Organization, people: dict[str, User],
    who: str, seen: list[str],
) -> None:  # fmt: skip
    people["gus"] = gus = a_person("Gus")
    organization.create_team(name="Bakery", by=gus, at=AT)
    publish("for us")
    publish("for all", audience=Audience.ORGANIZATION)
    assert sorted(titles(clients[who].get(URL))) == seen


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cable", ["Two cable plans"]),
        ("plan", ["Two cable plans", "The kitchen lift"]),
        ("newer", ["Two cable plans"]),
        ('"corner costs nothing"', ["Two cable plans"]),
        ('"nothing costs"', []),
        ("plan -cable", ["The kitchen lift"]),
        ("cable or lift", ["The kitchen lift", "Two cable plans"]),
        ("elephants", []),
        ("the", []),
        ("' OR 1=1 --", []),
        ("((!&|", []),
        ("   ", ["The kitchen lift", "Two cable plans"]),
    ],
)
def test_search_by_words(clients: Clients, publish: Callable[..., Debrief], words: str, found: list[str]) -> None:
    publish("Two cable plans", "Nobody could see which one was newer.", "A date in the corner costs nothing.")
    publish("The kitchen lift", "A plan that nobody rehearses is a hope.")
    shown = titles(clients["bob"].get(URL, {"q": words}))
    assert (shown if words == "plan" else sorted(shown)) == found
    page = clients["bob"].get(URL, {"q": words}).content.decode()
    assert ("Nothing answers to these words yet" in page) == (not found)


def test_hits_are_marked_and_stand_first(clients: Clients, publish: Callable[..., Debrief]) -> None:
    publish("Two cable plans", "One.", "Two.", "Three.", "Ask which plan is newer.")
    page = clients["bob"].get(URL, {"q": "plan"}).content.decode()
    assert "Two cable <mark>plans</mark>" in page
    lessons = re.findall(r"<blockquote>(.*?)</blockquote>", page)
    assert lessons[0] == "Ask which <mark>plan</mark> is newer."
    assert len(lessons) == 3
    assert "and 1 more lesson" in page


def test_a_hit_is_text_whatever_was_written(clients: Clients, publish: Callable[..., Debrief]) -> None:
    publish("<b>bold</b> plan", f'<img src=x onerror="alert(1)"> plan {HIT}{END} & co')
    page = clients["bob"].get(URL, {"q": "plan"}).content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt; <mark>plan</mark>" in page
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; <mark>plan</mark>" in page
    assert "<img" not in page
    assert HIT not in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"a {HIT}plan{END}", "a <mark>plan</mark>"),
        (f"{END}{HIT}", ""),
        (f"{HIT}{HIT}x{END}", "<mark>x</mark>"),
        (f"{HIT}<i>{END}", "<mark>&lt;i&gt;</mark>"),
        ("</mark><script>", "&lt;/mark&gt;&lt;script&gt;"),
    ],
)
def test_marking_leaves_no_tag_open(text: str, html: str) -> None:
    assert marked(text) == html


def test_words_that_cannot_be_searched_are_said_at_the_field(clients: Clients, publish: Callable[..., Debrief]) -> None:
    publish("Two cable plans")
    for words in ("a\x00b", "x" * 201):
        response = clients["bob"].get(URL, {"q": words})
        assert (response.status_code, titles(response)) == (200, ["Two cable plans"])
        assert 'aria-invalid="true"' in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tag": "power"}, ["cables", "lift"]),
        ({"tag": ["power", "rain"]}, ["cables", "lift", "tent"]),
        ({"tag": "rain", "q": "cables"}, []),
        ({"team": "bakery"}, ["lift"]),
        ({"team": "bakery", "tag": "rain"}, []),
        ({"tag": "nonsense", "team": "nonsense"}, ["cables", "lift", "tent"]),
    ],
)
def test_filters(
    clients: Clients, publish: Callable[..., Debrief], organization: Organization, bob: User, query: Any,
    found: list[str],
) -> None:  # fmt: skip
    gus = a_person("Gus")
    bakery = organization.create_team(name="Bakery", by=gus, at=AT)
    join(bakery, bob)
    publish("cables", tags=["power", "festival"])
    publish("tent", tags=["rain"])
    publish("lift", tags=["power"], of=bakery, by=gus)
    assert sorted(titles(clients["bob"].get(URL, query))) == found


def test_filters_offer_what_is_there(clients: Clients, publish: Callable[..., Debrief]) -> None:
    publish("cables", tags=["power", "festival"])
    publish("lift", tags=["power"])
    page = clients["bob"].get(URL).content.decode()
    offered = re.findall(r'name="(team|tag)" value="(\w+)"[^>]*><span>[^<]*</span><span class="number">(\d)', page)
    assert offered == [("team", "payments", "2"), ("tag", "power", "2"), ("tag", "festival", "1")]


def test_the_results_alone_come_to_htmx(
    clients: Clients, publish: Callable[..., Debrief], htmx: Callable[..., Any]
) -> None:
    publish("cables")
    text = clients["bob"].get(URL, {"q": "cables"}, **htmx("results")).content.decode().strip()
    assert text.startswith('<div id="results">')
    assert "<main" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(
    clients: Clients, publish: Callable[..., Debrief], count: int, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        publish(f"plan {n}", "One.", "Two.", tags=["power"])
    client = clients["bob"]
    with django_assert_num_queries(7):
        client.get(URL, {"q": "plan"})
