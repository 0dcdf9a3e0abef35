"""Closing and publishing, and the page that may leave the room."""

import uuid
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.debriefs.models import Debrief, Lesson, OpenQuestion
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.phases import Phase
from apps.debriefs.way import way_of
from apps.teams.models import Team
from apps.web import markdown
from apps.web.verdict import Refused
from tests import factories
from tests.factories import AT, DUE_ON, LOOK_AGAIN_AT, a_person, join
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db
SAID = {"closing_statement": "I got this wrong, and here is what I have learned.", "audience": "team"}


@pytest.fixture(autouse=True)
def the_day_we_look_again() -> object:
    with time_machine.travel(LOOK_AGAIN_AT, tick=False) as clock:
        yield clock


@pytest.fixture
def settled(debrief_in: DebriefIn) -> Debrief:
    """In Follow through, each step checked, one lesson."""
    debrief = debrief_in("follow_through")
    for step in debrief.steps.all():
        factories.worked(step)
    Lesson.write(debrief, uuid.uuid4(), text="What nobody owns runs out.")
    return debrief


# Publishing


def test_who_runs_it_publishes(clients: Clients, settled: Debrief) -> None:
    response = clients["alice"].post(f"/debriefs/{settled.pk}/publish/", SAID)
    assert response["Location"] == f"/debriefs/{settled.pk}/summary/"
    settled.refresh_from_db()
    assert (settled.phase, settled.published_at, settled.audience) == ("learned", LOOK_AGAIN_AT, "team")
    assert settled.closing_statement == SAID["closing_statement"]


@pytest.mark.parametrize(
    ("who", "status"), [("bob", 403), ("mia", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)]
)
def test_nobody_else_publishes(clients: Clients, settled: Debrief, who: str, status: int) -> None:
    assert clients[who].get(f"/debriefs/{settled.pk}/publish/").status_code == status
    response = clients[who].post(f"/debriefs/{settled.pk}/publish/", SAID)
    assert response.status_code == status
    if status == 403:
        assert "The facilitator and the team’s leaders do this." in response.content.decode()
    settled.refresh_from_db()
    assert settled.phase == "follow_through"


def test_an_unchecked_step_keeps_the_debrief_open(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("follow_through")
    Lesson.write(debrief, uuid.uuid4(), text="A lesson.")
    step = debrief.steps.get()
    sentence = "1 step is not checked yet. A debrief closes when each step is checked, or dropped with a reason."
    page = clients["alice"].get(f"/debriefs/{debrief.pk}/publish/").content.decode()
    assert sentence in page
    assert step.title in page
    assert 'name="audience"' not in page
    response = clients["alice"].post(f"/debriefs/{debrief.pk}/publish/", SAID)
    assert response.status_code == 409
    assert sentence in response.content.decode()
    assert SAID["closing_statement"] in response.content.decode()
    debrief.refresh_from_db()
    assert (debrief.phase, debrief.published_at, debrief.closing_statement) == ("follow_through", None, "")


def test_a_dropped_step_lets_it_close(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in("follow_through")
    Lesson.write(debrief, uuid.uuid4(), text="A lesson.")
    debrief.steps.get().drop(because="The old system goes away.", by=alice, at=AT)
    debrief.publish(by=alice, at=LOOK_AGAIN_AT, closing_statement="", audience="team")
    assert Debrief.objects.get(pk=debrief.pk).phase == "learned"


def test_without_a_lesson_nothing_is_published(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in("follow_through")
    factories.worked(debrief.steps.get())
    with pytest.raises(Refused, match="No lesson is written down yet."):
        debrief.publish(by=alice, at=LOOK_AGAIN_AT, closing_statement="", audience="team")
    assert Debrief.objects.get(pk=debrief.pk).phase == "follow_through"


def test_an_odd_audience_gets_a_sentence_and_keeps_the_words(clients: Clients, settled: Debrief) -> None:
    response = clients["alice"].post(f"/debriefs/{settled.pk}/publish/", {**SAID, "audience": ""})
    assert response.status_code == 422
    assert response.context["form"].errors == {"audience": ["Choose who can read it."]}
    assert SAID["closing_statement"] in response.content.decode()
    settled.refresh_from_db()
    assert settled.phase == "follow_through"


def test_the_second_click_reads_who_was_faster(settled: Debrief, alice: User) -> None:
    seen = Debrief.objects.get(pk=settled.pk)
    settled.publish(by=alice, at=LOOK_AGAIN_AT, **SAID)
    with pytest.raises(WrongPhase, match="Alice has just moved the debrief to “Learned”."):
        seen.publish(by=alice, at=LOOK_AGAIN_AT, **{**SAID, "audience": "organization"})
    assert Debrief.objects.get(pk=settled.pk).audience == "team"


def test_no_other_door_leads_into_learned(clients: Clients, debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in("follow_through")
    with pytest.raises(Refused):
        debrief.move(Phase.LEARNED, by=alice, at=AT)
    clients["alice"].post(f"/debriefs/{debrief.pk}/move/", {"to": "learned", "seen": "follow_through"})
    debrief.refresh_from_db()
    assert debrief.phase == "follow_through"


def test_the_page_says_what_leaves_the_room_and_what_stays(clients: Clients, settled: Debrief) -> None:
    page = clients["alice"].get(f"/debriefs/{settled.pk}/publish/").content.decode()
    for sentence in ("1 lesson", "1 factor, its kind and its assumption", "every card, with or without a name"):
        assert sentence in page
    assert "What Bob saw." not in page


@pytest.mark.parametrize("phase", ["realign", "learned"])
def test_publishing_belongs_to_follow_through(clients: Clients, debrief_in: DebriefIn, phase: str) -> None:
    debrief = debrief_in(phase)
    response = clients["alice"].get(f"/debriefs/{debrief.pk}/publish/")
    assert response.status_code == 409
    assert "A debrief is published from Follow through" in response.content.decode()


# The summary


@pytest.fixture
def zoe(team: Team) -> User:
    """In the organization, in another team."""
    other = team.organization.create_team(name="Ward 6", by=a_person("Yann"), at=AT)
    return join(other, a_person("Zoe"))


@pytest.mark.parametrize("audience", ["team", "organization"])
@pytest.mark.parametrize(
    ("who", "team_sees", "organization_sees"),
    [("alice", 200, 200), ("bob", 200, 200), ("mia", 200, 200), ("zoe", 404, 200), ("charlie", 404, 404),
     ("eve", 404, 404), ("nobody", 302, 302)],
)  # fmt: skip
def test_who_reads_a_published_summary(
    clients: Clients, settled: Debrief, zoe: User, audience: str, who: str, team_sees: int, organization_sees: int
) -> None:
    clients.people["zoe"] = zoe
    settled.publish(by=clients.people["alice"], at=LOOK_AGAIN_AT, **{**SAID, "audience": audience})
    response = clients[who].get(f"/debriefs/{settled.pk}/summary/")
    assert response.status_code == (team_sees if audience == "team" else organization_sees)


@pytest.mark.parametrize(
    ("phase", "who", "status"),
    [
        ("prepare", "bob", 404), ("recognize", "bob", 200), ("recognize", "mia", 404), ("rationalize", "mia", 404),
        ("realign", "mia", 200), ("follow_through", "mia", 200), ("follow_through", "charlie", 404),
    ],
)  # fmt: skip
def test_who_reads_a_summary_before_it_is_published(
    clients: Clients, debrief_in: DebriefIn, phase: str, who: str, status: int
) -> None:
    debrief = debrief_in(phase)
    response = clients[who].get(f"/debriefs/{debrief.pk}/summary/")
    assert response.status_code == status
    if status == 200:
        assert "This is how the summary looks today." in response.content.decode()


def test_opened_again_it_is_a_draft_once_more(clients: Clients, settled: Debrief, zoe: User) -> None:
    clients.people["zoe"] = zoe
    settled.publish(by=clients.people["alice"], at=LOOK_AGAIN_AT, **{**SAID, "audience": "organization"})
    assert clients["zoe"].get(f"/debriefs/{settled.pk}/summary/").status_code == 200
    settled.move(Phase.FOLLOW_THROUGH, by=clients.people["alice"], at=LOOK_AGAIN_AT)
    assert clients["zoe"].get(f"/debriefs/{settled.pk}/summary/").status_code == 404
    assert "not published yet" in clients["bob"].get(f"/debriefs/{settled.pk}/summary/").content.decode()


def test_it_tells_what_happened_and_whether_it_worked(clients: Clients, debrief_in: DebriefIn, dana: User) -> None:
    debrief = debrief_in("follow_through", impact="**4,312** households", happened="It ran _twice_.")
    factories.worked(debrief.steps.get())
    question = OpenQuestion.write(debrief, uuid.uuid4(), text="Since when?", owner=dana, due_on=DUE_ON)
    OpenQuestion.write(debrief, uuid.uuid4(), text="Who else?", owner=dana, due_on=DUE_ON)
    question.give_answer("Since March.", by=dana, at=AT)
    Lesson.write(debrief, uuid.uuid4(), text="What nobody owns runs out.")
    debrief.publish(by=debrief.facilitator, at=LOOK_AGAIN_AT, **SAID)
    page = clients["mia"].get(f"/debriefs/{debrief.pk}/summary/").content.decode()
    for told in (
        "<strong>4,312</strong> households", "It ran <em>twice</em>.", "What nobody owns runs out.",
        "Nobody owned the renewal", "The front desk rang everyone", "Renew certificates by a job that tells us",
        "worked", "Since when?", "Since March.", "I got this wrong, and here is what I have learned.",
        "published 7 December 2026 for the team",
    ):  # fmt: skip
        assert told in page
    assert "Who else?" not in page


def test_it_holds_no_card_no_chain_and_no_name(clients: Clients, debrief_in: DebriefIn, bob: User) -> None:
    secret = "What only one of us saw"
    debrief = debrief_in(
        "learned", anonymity="choice", cards=[(bob, "wrong", secret), (bob, "right", f"{secret}, too")]
    )
    for who in ("alice", "bob", "mia"):
        page = clients[who].get(f"/debriefs/{debrief.pk}/summary/").content.decode()
        body = page[page.index("<main") : page.index("</main>")]
        assert secret not in body
        assert "It had always renewed itself." not in body  # the chain stays in the room
        assert not [name for name in ("Alice", "Bob", "Dana", "Eli", "Farah") if name in body]


def test_a_summary_costs_the_same_however_much_it_holds(clients: Clients, debrief_in: DebriefIn) -> None:
    counts = []
    for n in (1, 4):
        debrief = debrief_in("realign")
        for more in range(n):
            factor = factories.a_factor(debrief, title=f"Factor {more}")
            factories.a_step(debrief, factor=factor, title=f"Step {more}")
            factories.a_strength(debrief, title=f"Strength {more}")
            Lesson.write(debrief, uuid.uuid4(), text=f"Lesson {more}")
        clients["bob"].get(f"/debriefs/{debrief.pk}/summary/")
        with CaptureQueriesContext(connection) as queries:
            clients["bob"].get(f"/debriefs/{debrief.pk}/summary/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


# The way since


def test_the_way_grows_with_what_is_kept(debrief_in: DebriefIn) -> None:
    debrief = debrief_in("follow_through")
    way = way_of(debrief)
    assert [str(knot.words) for knot in way.knots] == ["6 Nov: it happened", "9 Nov: debrief"]
    factories.worked(debrief.steps.get())
    way = way_of(Debrief.objects.get(pk=debrief.pk))
    assert [str(knot.words) for knot in way.knots] == [
        "6 Nov: it happened", "9 Nov: debrief", "9 Nov: first step kept", "7 Dec: 1 of 1 worked",
    ]  # fmt: skip
    assert way.caption == "How far the team has come: 3 days from the event to the first kept step."


def test_without_a_beginning_there_is_no_way_to_draw(debrief_in: DebriefIn) -> None:
    assert way_of(debrief_in("follow_through", started_at=None, ended_at=None)) is None


# The phases' own pages


def test_follow_through_begins_with_results(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("follow_through")
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    order = [page.index(mark) for mark in ("/steps/debrief/", 'id="questions"', 'id="lessons"', "/publish/")]
    assert order == sorted(order)


def test_learned_leads_to_the_summary(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("learned")
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert "Thank you, all of you." in page
    assert "What nobody owns runs out." in page
    assert f'href="/debriefs/{debrief.pk}/summary/"' in page


# Markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title", "<h3>Title</h3>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("[here](https://example.org)", '<p><a href="https://example.org" rel="nofollow noopener noreferrer">here</a></p>\n'),
        ("https://example.org/a", '<p><a href="https://example.org/a" rel="nofollow noopener noreferrer">https://example.org/a</a></p>\n'),
        ("look at config.py", "<p>look at config.py</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("![a graph](https://example.org/x.png)", "<p>a graph</p>\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_markdown_is_rendered_and_harmless(text: str, html: str) -> None:
    assert str(markdown.render(text)) == html


def test_a_table_scrolls_in_its_own_frame_and_carries_no_style() -> None:
    html = markdown.render("| a | b |\n|--:|---|\n| 1 | 2 |")
    assert html.startswith('<div class="scroll-x" tabindex="0"><table>')
    assert "style" not in html
