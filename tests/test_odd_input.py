"""What no page offers and somebody sends anyway: it gets a sentence, and every page still opens afterwards."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, TeamFormat, Vote
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests.access_table import World
from tests.factories import AT, DUE_ON
from tests.people import Clients
from tests.test_access import ask

# At both ends of the calendar a time zone leads out of it; PostgreSQL keeps what Python then cannot read.
ENDS = ["0001-01-01T00:00", "9999-12-31T23:59", "1899-12-31T23:59", "2101-01-01T00:00"]


@pytest.fixture(autouse=True)
def one_monday() -> Iterator[None]:
    with time_machine.travel(AT + timedelta(minutes=1), tick=False):
        yield


def is_refused(response: HttpResponse) -> bool:
    return response.status_code == 422 and "cannot be right. Choose one from 1900 to 2100." in response.content.decode()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
@pytest.mark.parametrize("when", ENDS)
def test_a_date_at_the_end_of_the_calendar_is_a_slip(clients: Clients, debrief_in: Any, when: str, zone: str) -> None:
    clients.people["alice"].change_rhythm(time_zone=zone)
    debrief = debrief_in(Phase.RECOGNIZE)
    alice, at = clients["alice"], f"/debriefs/{debrief.pk}"
    entry = {"key": uuid.uuid4(), "text": "The alarm rang", "happened_at": when}
    assert is_refused(alice.post(f"{at}/timeline/add/", entry))
    everyone = list(debrief.participations.values_list("person_id", flat=True))
    for name in ("started_at", "ended_at", "meeting_at", "perspectives_due_at", "follow_up_at"):
        form = {
            "title": "T", "anonymity": "named", "facilitator": debrief.facilitator_id, "people": everyone, name: when,
        }  # fmt: skip
        assert is_refused(alice.post(f"{at}/setup/", form)), name
    day = when[:10]
    question = {"key": uuid.uuid4(), "text": "Since when?", "owner": debrief.facilitator_id, "due_on": day}
    assert is_refused(alice.post(f"{at}/questions/new/", question))
    assert is_refused(alice.post(f"{at}/dates/", {"soak_until": day}))
    assert is_refused(alice.post("/reminders/", {"paused_until": day}))
    assert alice.get(f"{at}/").status_code == 200


def test_a_step_has_no_such_date(clients: Clients, debrief_in: Any, bob: User, alice: User) -> None:
    debrief = debrief_in(Phase.REALIGN)
    url = f"{reverse('actions:new', args=[debrief.pk])}?factor={debrief.factors.first().pk}"
    step = {
        "key": uuid.uuid4(), "title": "Renew it", "kind": "fix", "owner": bob.pk, "second": alice.pk,
        "success_signal": "Two people see it.", "due_on": "9999-12-31",
    }  # fmt: skip
    assert is_refused(clients["alice"].post(url, step))
    assert is_refused(clients["alice"].post(url, {**step, "due_on": DUE_ON, "look_again_on": "0001-01-01"}))
    assert not Step.objects.filter(debrief=debrief).exists()


def test_a_way_back_that_is_no_address_is_none(clients: Clients, debrief_in: Any) -> None:
    debrief = debrief_in(Phase.FOLLOW_THROUGH)
    step = debrief.steps.get()
    for back in ("foo", "actions:mine", "//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"):
        for verb in ("start", "reopen"):
            response = clients["bob"].post(reverse(f"actions:{verb}", args=[step.pk]), {"next": back})
            assert (response.status_code, response["Location"]) == (302, f"/steps/{step.pk}/")


def test_words_without_spaces_come_back_too(clients: Clients, debrief_in: Any) -> None:
    debrief = debrief_in(Phase.REALIGN)
    words = "リストが古くて誰も気づかなかった"
    form = {"key": uuid.uuid4(), "new_key": uuid.uuid4(), "prompt": debrief.prompts.first().pk, "text": words}
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/write/", form)
    assert response.status_code == 409
    html = response.content.decode()
    assert words in html
    assert html.count("<textarea readonly") == 1  # and not the keys


def test_a_format_that_went_does_not_change_a_draft(clients: Clients, team: Team, alice: User) -> None:
    own = TeamFormat.copy_of("incident", team=team, name="Ours")
    debrief = Debrief.start(team=team, by=alice, at=AT, title="T", format_key=f"team:{own.pk}")
    prompts = list(debrief.prompts.values_list("title", flat=True))
    key = f"team:{own.pk}"
    own.delete()
    page = clients["alice"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert f'<option value="{key}" selected>' in page
    form = {
        "title": "T2",
        "anonymity": "named",
        "facilitator": alice.pk,
        "people": [alice.pk],
        "format_key": key,
        "version": debrief.version,
    }
    assert clients["alice"].post(f"/debriefs/{debrief.pk}/setup/", form).status_code == 302
    debrief.refresh_from_db()
    assert (debrief.title, list(debrief.prompts.values_list("title", flat=True))) == ("T2", prompts)


def test_twelve_long_tags_can_be_saved_as_they_came(clients: Clients, team: Team, alice: User) -> None:
    tags = [f"{n:02}" + "x" * 38 for n in range(12)]
    debrief = Debrief.start(team=team, by=alice, at=AT, title="T", tags=tags)
    form = {
        "title": "T", "anonymity": "named", "facilitator": alice.pk, "people": [alice.pk], "format_key": "three_rs", "version": 1,
        "tags": ", ".join(tags),
    }  # fmt: skip
    assert clients["alice"].post(f"/debriefs/{debrief.pk}/setup/", form).status_code == 302
    debrief.refresh_from_db()
    assert debrief.tags == tags


# An archived team is read, not written


def test_an_archived_team_takes_no_word(clients: Clients, team: Team, debrief_in: Any, alice: User) -> None:
    voting, kept = debrief_in(Phase.RATIONALIZE, voting="open"), debrief_in(Phase.FOLLOW_THROUGH)
    step, theme = kept.steps.get(), voting.themes.first()
    before = Vote.objects.count()
    team.archive(by=alice, at=AT)
    writes: list[tuple[str, dict[str, Any]]] = [
        (f"/debriefs/{voting.pk}/vote/", {"theme": theme.pk, "direction": "minus"}),
        (f"/debriefs/{voting.pk}/voting/", {"action": "close"}),
        *((reverse(f"actions:{verb}", args=[step.pk]), {"because": "b", "verdict": "worked"})
          for verb in ("start", "finish", "drop", "block", "unblock", "help", "reopen", "edit", "check")),
        (f"/debriefs/formats/{team.slug}/copy/", {"copy_of": "incident", "name": "Ours"}),
    ]  # fmt: skip
    for url, data in writes:
        response = clients["bob" if "/formats/" not in url and "voting/" not in url else "alice"].post(url, data)
        assert (url, response.status_code, "has been archived" in response.content.decode()) == (url, 403, True)
    step.refresh_from_db()
    assert (Vote.objects.count(), step.state, TeamFormat.objects.count()) == (before, "open", 0)
    assert "Start" not in clients["bob"].get(reverse("actions:detail", args=[step.pk])).content.decode()


# Every page, asked oddly

ODD = ("\x00", "9" * 5000, "-1", "²", "'%s", "\u202e\U0001f600")
NAMES = ("page", "team", "which", "title", "phase", "seq", "from", "factor", "strength", "theme", "show", "state", "kind",
         "owner", "q", "tag", "next", "organization", "admins", "invited", "archived")  # fmt: skip


@pytest.mark.parametrize("world", ["recognize", "realign", "follow_through"], indirect=True)
def test_no_question_breaks_a_page(world: World) -> None:
    broken = []
    client = world.clients["alice"]
    for name, row in world.rows():
        if row.get is None:
            continue
        url = reverse(name, kwargs=row.kwargs(world))
        for odd in ODD:
            status = ask(client, "get", url, dict.fromkeys(NAMES, odd)).status_code
            if status >= 500:
                broken.append((name, odd[:10], status))
    assert broken == []


def test_a_title_with_a_nul_is_like_one_without(clients: Clients, debrief_in: Any) -> None:
    """What is typed is looked up as it comes; PostgreSQL knows no NUL."""
    debrief_in(Phase.RECOGNIZE)
    for typed in ("The payment page", "The payment\x00 page\x00"):
        found = clients["bob"].get("/debriefs/similar/", {"title": typed})
        assert "The payment page stood still" in found.content.decode()


@pytest.fixture
def world(request: pytest.FixtureRequest, people: dict[str, User]) -> World:
    return World.build(request.param, people)


@pytest.mark.parametrize("path", ["/debriefs/{}/", "/teams/organizations/{}/", "/debriefs/formats/payments/{}/"])
def test_an_endless_number_is_nobodys(client: Client, clients: Clients, path: str) -> None:
    for number in ("9" * 19, "9" * 30, "9" * 5000):
        assert clients["alice"].get(path.format(number)).status_code == 404
