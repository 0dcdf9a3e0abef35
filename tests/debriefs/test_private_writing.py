"""What must stay with the writer on the everyday paths: a shared computer, a second thought, a page left open."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.debriefs.models import Anonymity, CheckIn, Debrief, Draft, Perspective, Worry
from apps.debriefs.models.debrief import READY_COUNT_STEP
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests import factories
from tests.factories import AT, prompt_of
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def one_monday() -> Iterator[None]:
    with time_machine.travel(AT + timedelta(minutes=1), tick=False):
        yield


def send(client: Client, debrief: Debrief, text: str, **more: Any) -> HttpResponse:
    form = {"key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": prompt_of(debrief).pk, "text": text}
    return client.post(f"/debriefs/{debrief.pk}/write/", {**form, **more})


def room(client: Client, debrief: Debrief, path: str = "") -> str:
    return client.get(f"/debriefs/{debrief.pk}/{path}").content.decode()


def test_the_next_person_at_the_same_computer_opens_nothing(
    clients: Clients, debrief_in: DebriefIn, bob: User, dana: User
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    key, shared = str(uuid.uuid4()), Client()
    shared.force_login(bob)
    send(shared, debrief, "I was asleep at the desk.", key=key)
    shared.get("/")
    secrets = {name: morsel.value for name, morsel in shared.cookies.items() if name.startswith("card-")}
    shared.force_login(dana)
    assert "asleep" not in room(shared, debrief)
    assert send(shared, debrief, "Not hers to change.", key=key).status_code == 409
    shared.post(f"/debriefs/{debrief.pk}/write/forget/", {"key": key})
    assert Draft.objects.get().text == "I was asleep at the desk."
    # It still opens for who wrote it there.
    shared.cookies.load(secrets)
    shared.force_login(bob)
    assert "asleep" in room(shared, debrief)


def test_putting_the_name_on_a_waiting_card_leaves_no_twin_without_it(clients: Clients, debrief_in: DebriefIn) -> None:
    """Both on the board, they would tell who wrote the one without a name."""
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.CHOICE, cards=[])
    key = str(uuid.uuid4())
    send(clients["bob"], debrief, "The list was old.", key=key, without_name="on")
    assert Draft.objects.count() == 1
    send(clients["bob"], debrief, "The list was old.", key=key)
    assert list(Perspective.objects.values_list("text", "author")) == [("The list was old.", clients.people["bob"].pk)]
    assert Draft.objects.count() == 0


@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS])
def test_what_was_begun_before_the_reveal_is_still_there_to_send(
    clients: Clients, debrief_in: DebriefIn, alice: User, anonymity: str
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[])
    key = str(uuid.uuid4())
    send(clients["bob"], debrief, "Half a thought", key=key, autosave="1")
    debrief.reveal(by=alice, at=AT)
    tray = room(clients["bob"], debrief, "tray/")
    assert "Half a thought" in tray
    assert "begun before the reveal, shown to nobody" in tray
    assert "Half a thought" not in room(clients["dana"], debrief, "tray/") + room(clients["bob"], debrief)
    assert send(clients["bob"], debrief, "A whole thought", key=key).status_code == 302
    words = [*Perspective.objects.values_list("text", flat=True), *Draft.objects.values_list("text", flat=True)]
    assert words == ["A whole thought"]


@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS])
def test_who_empties_the_box_leaves_no_draft(clients: Clients, debrief_in: DebriefIn, anonymity: str) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[])
    key = str(uuid.uuid4())
    send(clients["bob"], debrief, "Too much said", key=key, autosave="1")
    assert send(clients["dana"], debrief, "", key=key, autosave="1").status_code == 204
    assert Draft.objects.get().text == "Too much said"
    assert send(clients["bob"], debrief, "  ", key=key, autosave="1").status_code == 204
    assert Draft.objects.count() == 0
    assert send(clients["bob"], debrief, "Another beginning", key=key, autosave="1").status_code == 200
    # A card that was kept is taken out with its own button only.
    send(clients["bob"], debrief, "Kept", key=key)
    send(clients["bob"], debrief, "", key=key, autosave="1")
    assert Draft.objects.get().text == "Kept"


def test_who_only_runs_it_puts_no_card_anywhere(clients: Clients, team: Team, people: dict[str, User]) -> None:
    writers = [people[name] for name in ("bob", "dana", "eli", "farah")]
    for phase in (Phase.PREPARE, Phase.RECOGNIZE):
        debrief = factories.debrief_in(phase, team=team, people=writers, cards=[])
        assert send(clients["alice"], debrief, "From the chair.").status_code == 403
    assert (Draft.objects.count(), Perspective.objects.count()) == (0, 0)


@pytest.mark.parametrize("anonymity", [Anonymity.CHOICE, Anonymity.ANONYMOUS])
def test_the_third_who_gets_ready_changes_no_page_at_once(
    clients: Clients, debrief_in: DebriefIn, anonymity: str
) -> None:
    """A8: the bar neither: a button that appears would tell the moment."""
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity)
    for name in ("bob", "dana"):
        clients[name].post(f"/debriefs/{debrief.pk}/ready/")

    def told() -> list[tuple[bool, str]]:
        pages = [room(clients["alice"], debrief, path) for path in ("", "bar/", "move/")]
        return [("Reveal the cards" in page, page.partition(" are ready")[0][-6:]) for page in pages]

    before = told()
    clients["eli"].post(f"/debriefs/{debrief.pk}/ready/")
    assert told() == before
    with time_machine.travel(AT + READY_COUNT_STEP, tick=False):
        assert "3 of 5 are ready" in room(clients["alice"], debrief)


@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS])
def test_taking_people_off_the_list_does_not_tell_who_is_ready(
    clients: Clients, debrief_in: DebriefIn, alice: User, bob: User, dana: User, anonymity: str
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity)
    debrief.say_ready(bob, at=AT)
    everyone = {one.person_id for one in debrief.participations.all()}
    for left_out in (bob, dana):
        form = {
            "title": debrief.title, "anonymity": anonymity, "facilitator": alice.pk,
            "people": list(everyone - {left_out.pk}),
        }  # fmt: skip
        response = clients["alice"].post(f"/debriefs/{debrief.pk}/setup/", form)
        assert response.status_code == 422
        assert f"Who has been asked to write stays: {left_out}." in response.content.decode()
        assert {one.person_id for one in debrief.participations.all()} == everyone
    # In the draft, anybody can be left out.
    debrief.move(Phase.DRAFT, by=alice, at=AT)
    debrief.set_people([alice, dana])
    assert {one.person for one in debrief.participations.all()} == {alice, dana}


def test_check_in_and_worry_belong_before_the_meeting(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    said = clients["bob"].post(f"/debriefs/{debrief.pk}/worry/", {"text": "That it gets loud"})
    assert (said.status_code, "That it gets loud" in said.content.decode()) == (409, True)
    assert clients["bob"].post(f"/debriefs/{debrief.pk}/check-in/", {"weight": "3"}).status_code == 409
    assert (Worry.objects.count(), CheckIn.objects.count()) == (0, 0)
