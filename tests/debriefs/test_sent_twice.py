"""F15: fifty equal forms in the same instant make one row and fifty equal answers; with other words none is dropped."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import (
    Anonymity,
    Debrief,
    Draft,
    Factor,
    Lesson,
    OpenQuestion,
    ParkedIdea,
    Perspective,
    Strength,
    Theme,
    TimelineEntry,
)
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests import factories
from tests.at_once import at_once
from tests.factories import prompt_of
from tests.people import Clients

FIFTY = 50
DebriefIn = Callable[..., Debrief]
Sends = Callable[[dict[str, Any]], HttpResponse]


def a_browser(person: User, *pages: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    for page in pages:
        client.get(page)
    return client


def sends(browser: Client, url: str) -> Sends:
    """Each time as from the same browser as it was at first: no answer has reached it yet."""
    as_it_was = {name: one.value for name, one in browser.cookies.items()}

    def send(form: dict[str, Any]) -> HttpResponse:
        client = Client(raise_request_exception=False)
        client.cookies.load(as_it_was)
        return client.post(url, form)

    return send


def fifty(send: Sends, form: dict[str, Any]) -> set[tuple[int, str]]:
    answers = at_once(send, [form] * FIFTY)
    return {(one.status_code, one.headers.get("Location", "")) for one in answers}


def forms_of(team: Team, bob: User) -> dict[str, tuple[str, dict[str, Any], str, type[Model]]]:
    """What → where it is sent, what it says, the field whose words would be other ones, and what it makes."""
    at = timezone.now() - timedelta(days=1)
    board, late = (
        factories.debrief_in(phase, team=team, cards=[], at=at) for phase in (Phase.RECOGNIZE, Phase.REALIGN)
    )
    day = timezone.localdate() + timedelta(days=7)
    room, after = f"/debriefs/{board.pk}", f"/debriefs/{late.pk}"
    step = {
        "title": "Renew it", "kind": "fix", "owner": bob.pk, "second": late.facilitator_id, "due_on": day,
        "look_again_on": day, "success_signal": "Two people see it.",
    }  # fmt: skip
    card = {"prompt": prompt_of(board).pk, "text": "The list was old.", "new_key": uuid.uuid4()}
    return {
        "card": (f"{room}/write/", card, "text", Perspective),
        "theme": (f"{room}/themes/add/", {"name": "Tools"}, "name", Theme),
        "entry": (f"{room}/timeline/add/", {"happened_at": "2026-11-06T10:02", "text": "It rang."}, "text", TimelineEntry),
        "idea": (f"{room}/parking/add/", {"text": "Two calendars"}, "text", ParkedIdea),
        "factor": (f"{after}/factors/new/", {"title": "Nobody owned it", "kind": "unspoken"}, "title", Factor),
        "strength": (f"{after}/strengths/new/", {"title": "They rang everyone"}, "title", Strength),
        "question": (f"{after}/questions/new/", {"text": "Since when?", "owner": bob.pk, "due_on": day}, "text", OpenQuestion),
        "lesson": (f"{after}/lessons/add/", {"text": "What nobody owns runs out."}, "text", Lesson),
        "step": (f"/steps/debrief/{late.pk}/new/?factor={late.factors.get().pk}", step, "title", Step),
        "debrief": ("/debriefs/new/", {"team": team.pk, "title": "It rained", "format_key": "three_rs"}, "title", Debrief),
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_fifty_equal_forms_are_one_row_and_equal_answers(team: Team, room: tuple[User, ...]) -> None:
    alice, bob = room[:2]
    told = {}
    for what, (url, form, _field, model) in forms_of(team, bob).items():
        before = model._default_manager.count()
        answers = fifty(sends(a_browser(alice if what == "debrief" else bob), url), {**form, "key": uuid.uuid4()})
        told[what] = ({status for status, _location in answers}, len(answers), model._default_manager.count() - before)
    assert told == dict.fromkeys(told, ({302}, 1, 1))


@pytest.mark.django_db(transaction=True)
def test_the_same_form_with_other_words_gives_them_back(team: Team, room: tuple[User, ...]) -> None:
    alice, bob = room[:2]
    told = {}
    for what, (url, form, field, model) in forms_of(team, bob).items():
        client, sent = a_browser(alice if what == "debrief" else bob), {**form, "key": uuid.uuid4()}
        client.post(url, sent)
        before = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
        answer = client.post(url, {**sent, field: "Something else, said later"})
        same = list(model._default_manager.order_by("pk").values_list("pk", flat=True)) == before
        told[what] = (answer.status_code, "Something else, said later" in answer.content.decode(), same)
    assert told == dict.fromkeys(told, (422, True, True))


# Cards without a name: the answer brings the secret, and here none has arrived yet


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("autosave", [{}, {"autosave": "1"}])
@pytest.mark.parametrize(("phase", "opened"), [(Phase.PREPARE, ""), (Phase.RECOGNIZE, "tray/")])
@pytest.mark.parametrize("anonymity", [Anonymity.ANONYMOUS, Anonymity.CHOICE])
def test_fifty_equal_cards_without_a_name_are_one(
    team: Team, room: tuple[User, ...], phase: Phase, opened: str, anonymity: str, autosave: dict[str, str]
) -> None:
    debrief = factories.debrief_in(phase, team=team, anonymity=anonymity, cards=[])
    browser = a_browser(room[1], f"/debriefs/{debrief.pk}/{opened}")
    card = {
        "key": uuid.uuid4(), "new_key": uuid.uuid4(), "prompt": prompt_of(debrief).pk, "text": "I was asleep.",
        "without_name": "on", **autosave,
    }  # fmt: skip
    answers = at_once(sends(browser, f"/debriefs/{debrief.pk}/write/"), [card] * FIFTY)
    told = {(one.status_code, *(one.cookies[name].value for name in one.cookies)) for one in answers}
    assert (len(told), {one[0] for one in told}) == (1, {200 if autosave else 302})
    [draft] = Draft.objects.all()
    assert (draft.text, draft.author, draft.is_kept) == ("I was asleep.", None, not autosave)
    # Any of the fifty answers opens it.
    browser.cookies.update(answers[-1].cookies)
    assert "I was asleep." in browser.get(f"/debriefs/{debrief.pk}/tray/").content.decode()


def test_a_card_whose_answer_was_lost_is_sent_again_with_other_words(clients: Clients, debrief_in: DebriefIn) -> None:
    """The train came out of the tunnel: the server has the card, the browser does not know it."""
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    page = f"/debriefs/{debrief.pk}/"
    clients["bob"].get(page)
    send = sends(clients["bob"], f"{page}write/")
    card = {"key": uuid.uuid4(), "new_key": uuid.uuid4(), "prompt": prompt_of(debrief).pk}
    assert send({**card, "text": "Half of", "autosave": "1"}).status_code == 200
    again = send({**card, "text": "All of it"})
    assert (again.status_code, [(one.text, one.is_kept) for one in Draft.objects.all()]) == (302, [("All of it", True)])
    assert f"card-{card['key']}" in again.cookies


def test_the_seed_is_everyones_and_opens_nothing_for_anyone_else(clients: Clients, debrief_in: DebriefIn) -> None:
    """It says nothing about who has written, and the next person at the same computer has no use for it."""
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    page = f"/debriefs/{debrief.pk}/"
    seeds = {name: clients[name].get(page).cookies["seed-of-cards"] for name in ("bob", "dana", "eli")}
    assert {(one["path"], one["httponly"], one["samesite"]) for one in seeds.values()} == {(page, True, "Lax")}
    assert len({one.value for one in seeds.values()}) == 3
    card = {"key": uuid.uuid4(), "new_key": uuid.uuid4(), "prompt": prompt_of(debrief).pk, "text": "Bob’s"}
    clients["bob"].post(f"{page}write/", card)
    thief = clients["dana"]
    thief.cookies["seed-of-cards"] = seeds["bob"].value
    assert thief.post(f"{page}write/", {**card, "text": "Not hers"}).status_code == 409
    assert "Bob’s" not in thief.get(page).content.decode()
    assert Draft.objects.get().text == "Bob’s"


def test_a_seed_goes_when_nobody_can_be_anonymous_or_write(clients: Clients, debrief_in: DebriefIn) -> None:
    named, over = debrief_in(Phase.PREPARE), debrief_in(Phase.RATIONALIZE, anonymity=Anonymity.ANONYMOUS)
    assert "seed-of-cards" not in clients["bob"].get(f"/debriefs/{named.pk}/").cookies
    clients["bob"].cookies["seed-of-cards"] = "old"
    assert clients["bob"].get(f"/debriefs/{over.pk}/tray/").cookies["seed-of-cards"]["max-age"] == 0


# Where names are the writer's choice


def test_what_is_only_being_typed_has_no_name(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    page, bob = f"/debriefs/{debrief.pk}/", clients["bob"]
    card = {"key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": prompt_of(debrief).pk}
    bob.get(page)
    for text in ("I", "I was", "I was asleep."):
        assert bob.post(f"{page}write/", {**card, "text": text, "autosave": "1"}).status_code == 200
        [typed] = Draft.objects.all()
        assert (typed.text, typed.is_anonymous, typed.author, typed.written_at) == (text, True, None, None)
    assert "I was asleep.</textarea>" in bob.get(page).content.decode()
    assert bob.post(f"{page}write/", {**card, "text": "I was asleep."}).status_code == 302
    [kept] = Draft.objects.all()
    assert (kept.author, str(kept.pk), kept.secret_hash) == (clients.people["bob"], card["new_key"], "")
    # A save that was still under way neither takes the name off nor makes another row.
    bob.post(f"{page}write/", {**card, "text": "I was asleep.", "autosave": "1"})
    [same] = Draft.objects.all()
    assert (same.pk, same.author, same.is_kept) == (kept.pk, kept.author, True)


def test_a_name_put_on_after_the_reveal_leads_to_no_earlier_row(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.CHOICE, cards=[])
    page, bob = f"/debriefs/{debrief.pk}/", clients["bob"]
    card = {
        "key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": prompt_of(debrief).pk, "text": "The list was old.",
    }  # fmt: skip
    bob.post(f"{page}write/", {**card, "without_name": "on"})
    for _again in range(2):
        assert bob.post(f"{page}write/", card).status_code == 302
    assert [str(one.pk) for one in Perspective.objects.all()] == [card["new_key"]]
    assert Draft.objects.count() == 0
