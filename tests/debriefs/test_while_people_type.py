"""F17: the phase moves on while twenty people type. Every word is saved, on the board, or handed back to its writer."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.debriefs.models import Anonymity, Debrief, Draft, Perspective
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests import factories
from tests.at_once import at_once
from tests.factories import AT, a_person, join, prompt_of

TWENTY = 20


@pytest.fixture
def crowd(team: Team, alice: User) -> list[User]:
    return [join(team, a_person(f"Writer {n}")) for n in range(TWENTY)]


def typing(debrief: Debrief, person: User) -> tuple[Client, dict[str, Any]]:
    """A browser with the page open, and a card that has been saved while it was typed."""
    client = Client(raise_request_exception=False)
    client.force_login(person)
    client.get(f"/debriefs/{debrief.pk}/")
    card = {
        "key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": prompt_of(debrief).pk,
        "text": f"{person}: the first half",
    }  # fmt: skip
    assert client.post(f"/debriefs/{debrief.pk}/write/", {**card, "autosave": "1"}).status_code == 200
    return client, card


def kept() -> set[str]:
    return {*Draft.objects.values_list("text", flat=True), *Perspective.objects.values_list("text", flat=True)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [{}, {"autosave": "1"}])
@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS, Anonymity.CHOICE])
def test_a_reveal_in_the_middle_of_twenty_sentences(
    team: Team, crowd: list[User], anonymity: str, how: dict[str, str]
) -> None:
    debrief = factories.debrief_in(Phase.PREPARE, team=team, anonymity=anonymity, cards=[])
    writers = [typing(debrief, person) for person in crowd]
    leader = debrief.facilitator

    def act(n: int) -> HttpResponse | None:
        if n == TWENTY:
            Debrief.objects.get(pk=debrief.pk).reveal(by=leader, at=AT)
            return None
        client, card = writers[n]
        sent = {**card, **how, "text": f"{crowd[n]}: the first half, and the second"}
        return client.post(f"/debriefs/{debrief.pk}/write/", sent)

    answers = at_once(act, range(TWENTY + 1))[:TWENTY]
    for n, answer in enumerate(answers):
        words = f"{crowd[n]}: the first half, and the second"
        handed_back = answer.status_code == 409 and words in answer.content.decode()
        assert answer.status_code in (200, 302, 409)
        assert words in kept() or (handed_back and f"{crowd[n]}: the first half" in kept()), answer.status_code
    # Who was refused sends it once more, from the same page.
    for n, (client, card) in enumerate(writers):
        if answers[n].status_code == 409:
            again = client.post(f"/debriefs/{debrief.pk}/write/", {**card, "text": f"{crowd[n]}: once more"})
            assert again.status_code == 302
    texts = [*Draft.objects.values_list("text", flat=True), *Perspective.objects.values_list("text", flat=True)]
    assert sorted(text.partition(":")[0] for text in texts) == sorted(str(person) for person in crowd)


@pytest.mark.django_db(transaction=True)
def test_the_board_closes_in_the_middle_of_twenty_sentences(team: Team, crowd: list[User]) -> None:
    debrief = factories.debrief_in(Phase.PREPARE, team=team, cards=[])
    writers = [typing(debrief, person) for person in crowd]
    debrief.reveal(by=debrief.facilitator, at=AT)

    def act(n: int) -> HttpResponse | None:
        if n == TWENTY:
            Debrief.objects.get(pk=debrief.pk).move(Phase.RATIONALIZE, by=debrief.facilitator, at=AT)
            return None
        client, card = writers[n]
        return client.post(f"/debriefs/{debrief.pk}/write/", {**card, "text": f"{crowd[n]}: all of it"})

    answers = at_once(act, range(TWENTY + 1))[:TWENTY]
    for n, answer in enumerate(answers):
        words = f"{crowd[n]}: all of it"
        if answer.status_code == 302:
            assert Perspective.objects.filter(text=words).count() == 1
            continue
        # Too late: the words come back, and what was saved while typing is still in the tray, where one reads it.
        assert (answer.status_code, words in answer.content.decode()) == (409, True)
        tray = writers[n][0].get(f"/debriefs/{debrief.pk}/tray/").content.decode()
        assert (f"{crowd[n]}: the first half" in tray, "was not shown to anyone" in tray) == (True, True)
    assert {answer.status_code for answer in answers} <= {302, 409}
