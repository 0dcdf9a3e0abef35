"""Writing without a name, seen from outside: what others get, what the server writes down, what it logs."""

import logging
import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from tests.factories import AT
from tests.people import Clients
from tests.test_access import undone, writes

DebriefIn = Callable[..., Debrief]
CANARY = "The fire door was wedged open with a chair."


@pytest.fixture(autouse=True)
def one_monday() -> None:
    with time_machine.travel(AT + timedelta(minutes=1), tick=False):
        yield


def send(clients: Clients, debrief: Debrief, person: str, text: str = CANARY, **more: str) -> HttpResponse:
    form = {
        "key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": debrief.prompts.first().pk, "text": text, **more,
    }  # fmt: skip
    return clients[person].post(f"/debriefs/{debrief.pk}/write/", form)


def pages(debrief: Debrief) -> list[str]:
    at = f"/debriefs/{debrief.pk}"
    return [
        "/", "/debriefs/", "/library/", "/steps/", "/follow-through/", f"{at}/", f"{at}/tray/", f"{at}/bar/",
        f"{at}/live/", f"{at}/worries/", f"{at}/summary/", f"{at}/setup/",
    ]  # fmt: skip


def without_tokens(response: HttpResponse) -> str:
    """Tokens, nonces and the keys of fresh forms are new in every answer."""
    body = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken\W+)"?[\w]+', "", response.content.decode())
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "KEY", body)


def what_all_others_get(clients: Clients, debrief: Debrief) -> dict[tuple[str, str], str]:
    others = ("alice", "dana", "mia", "adam", "charlie")
    return {(name, page): without_tokens(clients[name].get(page)) for name in others for page in pages(debrief)}


def test_nothing_anybody_else_gets_changes(clients: Clients, debrief_in: DebriefIn) -> None:
    """A5, A8, A20: to save, to change and to let go of a card is seen by its writer alone."""
    debrief = debrief_in(Phase.PREPARE, anonymity="anonymous")
    before = what_all_others_get(clients, debrief)
    assert send(clients, debrief, "bob").status_code == 302
    assert send(clients, debrief, "bob", autosave="1").status_code == 200
    clients["bob"].post(f"/debriefs/{debrief.pk}/ready/")
    after = what_all_others_get(clients, debrief)
    assert [where for where in before if before[where] != after[where]] == []
    assert CANARY in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()


def test_a_named_card_in_writing_is_in_no_page_of_anyone_else(clients: Clients, debrief: Debrief) -> None:
    send(clients, debrief, "bob")
    assert [where for where, body in what_all_others_get(clients, debrief).items() if CANARY in body] == []


@pytest.mark.parametrize("autosave", [{}, {"autosave": "1"}])
@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.RECOGNIZE])
def test_it_writes_one_table(clients: Clients, debrief_in: DebriefIn, phase: Phase, autosave: dict[str, str]) -> None:
    debrief = debrief_in(phase, anonymity="anonymous")
    clients["bob"].get("/")
    with undone(), writes() as changed:
        send(clients, debrief, "bob", **autosave)
    assert {re.split(r"[ \"]+", one)[2] for one in changed if one.startswith("INSERT")} == {"debriefs_draft"}
    assert [one for one in changed if "debriefs_draft" not in one] == []


def test_no_session_is_touched(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity="anonymous")
    before = (dict(clients["bob"].session), clients["bob"].session.session_key)
    response = send(clients, debrief, "bob")
    assert "sessionid" not in response.cookies
    assert (dict(clients["bob"].session), clients["bob"].session.session_key) == before


@pytest.mark.parametrize("crash", [False, True])
def test_no_log_line_holds_the_words_or_the_writer(
    clients: Clients, debrief_in: DebriefIn, bob: User, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch, crash: bool,
) -> None:  # fmt: skip
    """A14: also when the server fails in the middle of it."""
    debrief = debrief_in(Phase.PREPARE, anonymity="anonymous")
    clients["bob"].raise_request_exception = False
    if crash:
        monkeypatch.setattr("apps.debriefs.models.perspectives.save_draft", lambda *_args, **_more: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        response = send(clients, debrief, "bob")
    assert response.status_code == (500 if crash else 302)
    lines = "\n".join(f"{one.getMessage()} {one.exc_text or ''} {one.exc_info}" for one in caplog.records)
    session = clients["bob"].session.session_key
    told = [what for what in (CANARY, bob.email, "Bob", str(session)) if what in lines]
    assert told == []


@pytest.mark.parametrize("phase", [Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH])
def test_who_wrote_it_sees_the_same_room(clients: Clients, debrief_in: DebriefIn, phase: Phase) -> None:
    """A7: after the reveal the page is the same for the writer, for another member and for one who wrote nothing."""
    debrief = debrief_in(phase, anonymity="anonymous", cards=[(clients.people["bob"], "wrong", CANARY)])
    seen = {}
    for name in ("bob", "dana", "eli"):
        body = without_tokens(clients[name].get(f"/debriefs/{debrief.pk}/"))
        body = body.replace(f'data-person="{clients.people[name].pk}"', "")
        # Who is looking stands in the account menu; the three names are made alike wherever they stand.
        for one in ("bob", "dana", "eli"):
            person = clients.people[one]
            for trait in (person.email, person.display_name, person.initials):
                body = re.sub(rf"\b{re.escape(trait)}\b", "ME", body)
        seen[name] = body
    assert (CANARY in seen["bob"]) == (phase == Phase.RECOGNIZE)
    assert seen["bob"] == seen["dana"] == seen["eli"]


def test_no_role_gets_the_name(clients: Clients, debrief_in: DebriefIn, people: dict[str, User]) -> None:
    """A1, A4, A17: a writer whose every trait is a canary; nobody's board holds one, nor any time."""
    people["bob"].change_rhythm(display_name="Canarius Quillfeather")
    debrief = debrief_in(Phase.RECOGNIZE, anonymity="anonymous")
    traits = ("Canarius", "Quillfeather", people["bob"].email, "CQ", "<time")
    seen = {}
    for name in ("alice", "dana", "mia", "adam"):
        body = clients[name].get(f"/debriefs/{debrief.pk}/").content.decode()
        page = body.partition('<section id="board"')[2].partition('<section id="timeline"')[0]
        seen[name] = page.count("What Canarius saw.")
        assert [trait for trait in traits if trait in page.replace("What Canarius saw.", "")] == []
    assert seen == {"alice": 1, "dana": 1, "mia": 0, "adam": 0}
