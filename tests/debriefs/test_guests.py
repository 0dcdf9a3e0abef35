"""Guests: people without an account who write by a link. What they may, what nobody sees, and what nothing keeps."""

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils.module_loading import import_string

from apps.accounts.models import User
from apps.debriefs.models import Anonymity, Debrief, Draft, GuestLink, LiveEvent, Perspective
from apps.debriefs.models import guests as guests_module
from apps.debriefs.models.guests import Guest, cards_by_guests
from apps.debriefs.models.perspectives import WhoWrites, hash_of, save_draft
from apps.debriefs.phases import Phase
from apps.debriefs.views import guests as guest_views
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.debriefs.test_anonymous_writing import what_all_others_get
from tests.factories import AT, prompt_of, write
from tests.people import Clients
from tests.test_access import writes

DebriefIn = Callable[..., Debrief]
NOW = AT + timedelta(minutes=1)
WEEK = AT + timedelta(days=7)
CANARY = "The fire door was wedged open with a chair."
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def one_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def a_link(debrief: Debrief, *, at: datetime = AT, until: datetime = WEEK) -> str:
    return GuestLink.make(debrief, by=debrief.created_by, at=at, until=until)


class Browser:
    """A guest's: opens the page as a guest does, then sends forms with the token from it, as a real one must."""

    def __init__(self, token: str) -> None:
        self.at = f"/guests/{token}/"
        self.client = Client(enforce_csrf_checks=True)
        self.csrf = ""
        self.page = self.look()

    def look(self) -> str:
        response = self.client.get(self.at)
        body = response.content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body)
        self.csrf = found[1] if found else self.csrf
        return body

    def send(
        self, debrief: Debrief, text: str, *, headers: Any = None, side: str = "wrong", **more: Any
    ) -> HttpResponse:
        form = {
            "key": str(uuid.uuid4()), "new_key": str(uuid.uuid4()), "prompt": prompt_of(debrief, side).pk, "text": text,
            "csrfmiddlewaretoken": self.csrf, **more,
        }  # fmt: skip
        return self.client.post(f"{self.at}write/", form, headers=headers)

    def forget(self, key: Any) -> HttpResponse:
        return self.client.post(f"{self.at}write/forget/", {"key": str(key), "csrfmiddlewaretoken": self.csrf})

    def secrets(self) -> list[str]:
        return sorted(name for name, one in self.client.cookies.items() if name.startswith("card-") and one.value)


@pytest.fixture
def anonymous(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])


@pytest.fixture
def named(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.PREPARE, cards=[])


@pytest.fixture
def guest(anonymous: Debrief) -> Browser:
    return Browser(a_link(anonymous))


# The link


def test_the_leader_sees_the_link_once(clients: Clients, anonymous: Debrief) -> None:
    at = f"/debriefs/{anonymous.pk}/guests/"
    assert "/guests/" not in clients["alice"].get(at).content.decode().replace(at, "")
    made = clients["alice"].post(at, {"until": "3"})
    [token] = set(re.findall(rf'value="{settings.BASE_URL}/guests/([\w-]+)/"', made.content.decode()))
    assert len(token) >= 22
    link = GuestLink.objects.get()
    assert (link.token_hash, link.expires_at, link.created_by) == (
        hash_of(token), NOW + timedelta(days=3), clients.people["alice"],
    )  # fmt: skip
    again = clients["alice"].get(at)
    assert (token in again.content.decode(), "A link is open" in again.content.decode()) == (False, True)
    assert Client().get(f"/guests/{token}/").status_code == 200


@pytest.mark.parametrize("days", ["1", "3", "7", "14"])
def test_how_long_it_stays_open(clients: Clients, named: Debrief, days: str) -> None:
    clients["alice"].post(f"/debriefs/{named.pk}/guests/", {"until": days})
    assert GuestLink.objects.get().expires_at == NOW + timedelta(days=int(days))


def test_as_long_as_everyone_writes_is_offered_first(clients: Clients, named: Debrief) -> None:
    at, due = f"/debriefs/{named.pk}/guests/", AT + timedelta(days=2)
    assert re.findall(r'value="(\w+)"[^>]*\bchecked', clients["alice"].get(at).content.decode()) == ["7"]
    assert clients["alice"].post(at, {"until": "deadline"}).status_code == 422
    named.set_up(perspectives_due_at=due)
    assert re.findall(r'value="(\w+)"[^>]*\bchecked', clients["alice"].get(at).content.decode()) == ["deadline"]
    clients["alice"].post(at, {"until": "deadline"})
    assert GuestLink.objects.get().expires_at == due
    assert clients["alice"].post(at, {"until": "400"}).status_code == 422


def test_a_new_link_ends_the_one_before(named: Debrief) -> None:
    first, second = a_link(named), a_link(named, at=NOW)
    assert [Client().get(f"/guests/{token}/").status_code for token in (first, second)] == [404, 200]
    assert GuestLink.objects.filter(revoked_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_made_at_once_leave_one_open(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.PREPARE, cards=[])
    tokens = at_once(a_link, [Debrief.objects.get(pk=debrief.pk) for _ in range(6)])
    assert sorted(Client().get(f"/guests/{token}/").status_code for token in tokens) == [200, 404, 404, 404, 404, 404]


def test_ended_it_opens_nothing_and_what_came_in_stays(clients: Clients, anonymous: Debrief, guest: Browser) -> None:
    assert guest.send(anonymous, CANARY).status_code == 302
    assert clients["alice"].post(f"/debriefs/{anonymous.pk}/guests/end/").status_code == 302
    response = guest.send(anonymous, "One more thing, said at length")
    assert (response.status_code, "One more thing, said at length" in response.content.decode()) == (404, True)
    assert list(anonymous.drafts.values_list("text", flat=True)) == [CANARY]


@pytest.mark.parametrize("phase", [Phase.DRAFT, Phase.RATIONALIZE, Phase.REALIGN])
def test_it_is_made_while_people_write(clients: Clients, debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    assert clients["alice"].post(f"/debriefs/{debrief.pk}/guests/", {"until": "7"}).status_code == 409
    assert not GuestLink.objects.exists()


def ended(debrief: Debrief) -> str:
    token = a_link(debrief)
    GuestLink.end(debrief, at=AT)
    return token


DEAD = {
    "ended": ended,
    "run out": lambda debrief: a_link(debrief, until=AT + timedelta(seconds=59)),
    "unknown": lambda _debrief: "x" * 22,
    "short": lambda _debrief: "x",
}


def test_whatever_it_was_that_opens_nothing_the_answer_is_the_same(debrief_in: DebriefIn) -> None:
    """A29: page, form and fragment; a cancelled debrief and one taken back to its draft too."""
    seen = {}
    for name, make in DEAD.items():
        seen[name] = answers_of(make(debrief_in(Phase.PREPARE, cards=[])))
    for name in ("cancelled", "draft", "archived"):
        debrief = debrief_in(Phase.PREPARE, cards=[])
        token = a_link(debrief)
        if name == "cancelled":
            debrief.cancel(because="No.", by=debrief.created_by, at=AT)
        elif name == "draft":
            debrief.move(Phase.DRAFT, by=debrief.created_by, at=AT)
        else:
            debrief.team.archive(by=debrief.created_by, at=AT)
        seen[name] = answers_of(token)
    assert {name for name, answers in seen.items() if answers != seen["unknown"]} == set()
    assert [status for status, _body, _headers in seen["unknown"]] == [404, 404, 404]


def answers_of(token: str) -> list[tuple[int, bytes, dict[str, str]]]:
    at = f"/guests/{token}/"
    got = [Client().get(at), Client().post(f"{at}write/", {"text": "a b"}), Client().get(at, headers=HX)]
    return [(one.status_code, one.content, dict(one.headers)) for one in got]


# What a guest sees


def test_the_page_says_who_asks_what_happened_and_what_is_promised(guest: Browser) -> None:
    for words in (
        "Payments", "The payment page stood still", "Alice from Payments asks", "From 10:02 to 10:49 nobody could pay.",
        "The certificate is renewed by itself.", "Nothing to hide, nothing to dress up", "Your cards are anonymous.",
        "Whoever gave you the link knows that you have it.", "What went wrong", "What went right",
    ):  # fmt: skip
        assert words in guest.page
    assert 'name="name"' not in guest.page


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.FOLLOW_THROUGH])
@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS])
def test_a_guest_sees_nobody_and_nothing_of_the_room(
    debrief_in: DebriefIn, alice: User, bob: User, phase: Phase, anonymity: str
) -> None:
    """A20: no card, no name but the one who asks, no number, no stream."""
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[(bob, "wrong", CANARY)])
    token = a_link(debrief)
    page = Browser(token).look() if phase == Phase.PREPARE else later_page(debrief, alice, token, phase)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    names = ("Bob", "Dana", "Eli", "Farah", "Mia", "Adam", "@example.org")
    assert [one for one in (CANARY, *names, "data-live", "/debriefs/", "are ready") if one in page] == []
    assert re.findall(r"\b\d+ (?:of|cards|people|here)\b", words) == []


def later_page(debrief: Debrief, alice: User, token: str, phase: Phase) -> str:
    for person in [one.person for one in debrief.participations.select_related("person")]:
        debrief.say_ready(person, at=AT)
    debrief.reveal(by=alice, at=AT)
    for to in (Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH):
        if debrief.phase == phase:
            break
        debrief.move(to, by=alice, at=AT)
    return Browser(token).look()


def test_one_guest_sees_nothing_of_another(anonymous: Debrief) -> None:
    token = a_link(anonymous)
    first, second = Browser(token), Browser(token)
    first.send(anonymous, CANARY)
    assert (CANARY in first.look(), CANARY in second.look()) == (True, False)


def test_what_a_member_has_written_is_none_of_a_guests_cards(anonymous: Debrief, bob: User) -> None:
    """Not even with the member's own cookie: the seal holds the person."""
    card = write(anonymous, bob, CANARY, is_anonymous=True)
    guest = Browser(a_link(anonymous))
    guest.client.cookies[f"card-{card.key}"] = str(card.secret)
    assert CANARY not in guest.look()
    assert guest.send(anonymous, "Not theirs to change", key=str(card.key)).status_code == 409
    guest.forget(card.key)
    assert anonymous.drafts.get().text == CANARY


def test_after_the_reveal_the_page_thanks_and_says_what_comes(anonymous: Debrief, guest: Browser, alice: User) -> None:
    guest.send(anonymous, CANARY)
    guest.send(anonymous, "Only begun", autosave="1")
    anonymous.reveal(by=alice, at=AT)
    page = guest.look()
    assert "The cards have been shown to the team. Thank you." in page
    assert "Alice can tell you what came of it." in page
    assert (CANARY in page, "Only begun" in page) == (False, True)
    assert len(guest.secrets()) == 1
    anonymous.move(Phase.RATIONALIZE, by=alice, at=AT)
    page = guest.look()
    assert ("<textarea" in page, "was not shown to anyone" in page) == (False, True)
    assert guest.send(anonymous, "Far too late, sadly").status_code == 409


# What a guest writes


def test_a_guests_card_is_a_draft_that_points_at_nobody(anonymous: Debrief, guest: Browser) -> None:
    assert guest.send(anonymous, CANARY).status_code == 302
    draft = anonymous.drafts.get()
    assert (draft.text, draft.author, draft.guest_name, draft.written_at, draft.is_kept) == (
        CANARY,
        None,
        "",
        None,
        True,
    )
    [name] = guest.secrets()
    cookie = guest.client.cookies[name]
    assert (name, cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"card-{draft.pk}", guest.at, True, "Lax")


def test_a_guest_changes_and_removes_it_until_the_reveal(anonymous: Debrief, guest: Browser) -> None:
    key = str(uuid.uuid4())
    guest.send(anonymous, "First words", key=key)
    assert guest.send(anonymous, "Better words", key=key).status_code == 302
    assert list(anonymous.drafts.values_list("text", flat=True)) == ["Better words"]
    other = Browser(a_link(anonymous, at=NOW))
    other.forget(key)
    assert anonymous.drafts.count() == 1


def test_a_guest_removes_a_card(anonymous: Debrief, guest: Browser) -> None:
    key = uuid.uuid4()
    guest.send(anonymous, CANARY, key=str(key))
    assert guest.forget(key).status_code == 302
    assert (anonymous.drafts.count(), guest.secrets()) == (0, [])
    assert guest.forget("no key").status_code == 302


def test_typing_is_saved_and_emptying_forgets(anonymous: Debrief, guest: Browser) -> None:
    key = str(uuid.uuid4())
    saved = guest.send(anonymous, "Half a thought", key=key, autosave="1", headers=HX)
    assert (saved.status_code, "Draft saved" in saved.content.decode()) == (200, True)
    assert (anonymous.drafts.get().is_kept, "Half a thought" in guest.look()) == (False, True)
    assert guest.send(anonymous, " ", key=key, autosave="1").status_code == 204
    assert (anonymous.drafts.count(), guest.secrets()) == (0, [])


def test_too_long_a_text_is_kept_on_the_page_with_the_limit(anonymous: Debrief, guest: Browser) -> None:
    response = guest.send(anonymous, "a word " * 300)
    page = response.content.decode()
    assert (response.status_code, page.count("a word " * 299), anonymous.drafts.count()) == (422, 1, 0)
    assert "A card holds 2000 characters" in page.replace(",", "")


def test_over_htmx_the_composer_comes_back_fresh_and_the_card_beside_it(anonymous: Debrief, guest: Browser) -> None:
    target = f"composer-{prompt_of(anonymous).pk}"
    response = guest.send(anonymous, CANARY, headers={**HX, "HX-Target": target})
    body = response.content.decode()
    assert (response.status_code, body.count("<form id=")) == (200, 1)
    assert body.count(CANARY) == 2  # on the card and in its edit form, not in the composer
    assert 'id="my-cards"' in body
    assert "<html" not in body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("anonymity", Anonymity.values)
def test_the_same_form_many_times_makes_one_card(debrief_in: DebriefIn, anonymity: str) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[])
    guest, key = Browser(a_link(debrief)), str(uuid.uuid4())
    answers = at_once(lambda _n: guest.send(debrief, CANARY, key=key, name="Ann").status_code, list(range(10)))
    assert set(answers) == {302}
    assert debrief.drafts.count() == 1


# With a name


def test_a_named_card_says_that_it_is_a_guests(clients: Clients, named: Debrief, alice: User) -> None:
    guest = Browser(a_link(named))
    assert "Each card carries the name you write on it." in guest.page
    refused = guest.send(named, CANARY)
    assert (refused.status_code, CANARY in refused.content.decode(), named.drafts.count()) == (422, True, 0)
    assert "In this debrief every card carries a name." in refused.content.decode()
    assert guest.send(named, CANARY, name="  Ann\u202e  Lee ").status_code == 302
    draft = named.drafts.get()
    assert (draft.guest_name, draft.author, draft.written_at, bool(draft.secret_hash)) == ("Ann Lee", None, None, True)
    # The name is offered for the next card.
    assert 'value="Ann Lee"' in guest.look()
    named.reveal(by=alice, at=AT)
    board = clients["bob"].get(f"/debriefs/{named.pk}/").content.decode()
    assert "Ann Lee, a guest" in board
    card = Perspective.objects.get(text=CANARY)
    assert (card.author, card.guest_name, card.written_at, card.is_anonymous) == (None, "Ann Lee", None, False)


def test_a_name_is_text_on_the_board(clients: Clients, named: Debrief, alice: User) -> None:
    Browser(a_link(named)).send(named, CANARY, name="<b>&{{ x }}")
    named.reveal(by=alice, at=AT)
    assert "&lt;b&gt;&amp;{{ x }}, a guest" in clients["bob"].get(f"/debriefs/{named.pk}/").content.decode()


def test_while_there_is_no_name_nothing_is_saved_and_the_page_says_so(named: Debrief) -> None:
    response = Browser(a_link(named)).send(named, "Half a thought", autosave="1", headers=HX)
    assert (response.status_code, "saved once there is a name" in response.content.decode()) == (202, True)
    assert named.drafts.count() == 0


def test_card_by_card_with_a_name_or_without(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.CHOICE, cards=[])
    guest, key = Browser(a_link(debrief)), str(uuid.uuid4())
    # While typing nothing is kept by name, whatever stands in the name's box.
    guest.send(debrief, "Half a thought", key=key, name="Ann", autosave="1")
    assert list(debrief.drafts.values_list("guest_name", "is_anonymous")) == [("", True)]
    assert guest.send(debrief, "A whole thought", key=key).status_code == 422
    guest.send(debrief, "A whole thought", key=key, name="Ann")
    assert list(debrief.drafts.values_list("text", "guest_name", "is_kept")) == [("A whole thought", "Ann", True)]
    guest.look()
    assert len(guest.secrets()) == 1
    named_key = str(debrief.drafts.get().pk)
    guest.send(debrief, "A whole thought", key=named_key, name="Ann", without_name="on")
    assert list(debrief.drafts.values_list("guest_name", "is_anonymous", "is_kept")) == [("", True, True)]
    assert str(debrief.drafts.get().pk) != named_key


@pytest.mark.parametrize("name", [{"name": "Ann"}, {}])
def test_where_no_card_has_a_name_none_is_taken(anonymous: Debrief, guest: Browser, name: dict[str, str]) -> None:
    guest.send(anonymous, CANARY, without_name="", **name)
    assert list(anonymous.drafts.values_list("guest_name", "is_anonymous")) == [("", True)]


def test_a_debrief_that_becomes_anonymous_forgets_the_names(named: Debrief, alice: User) -> None:
    guest = Browser(a_link(named))
    guest.send(named, CANARY, name="Ann")
    named.set_up(anonymity=Anonymity.ANONYMOUS)
    named.reveal(by=alice, at=AT)
    card = named.perspectives.get()
    assert (card.is_anonymous, card.author, card.guest_name, card.written_at) == (True, None, "", None)


def test_names_leave_the_board_with_those_of_members(clients: Clients, named: Debrief, alice: User) -> None:
    Browser(a_link(named)).send(named, CANARY, name="Ann")
    named.reveal(by=alice, at=AT)
    named.set_up(anonymity=Anonymity.ANONYMOUS)
    assert set(named.perspectives.values_list("guest_name", "is_anonymous")) == {("", True)}
    assert "Ann" not in clients["bob"].get(f"/debriefs/{named.pk}/").content.decode()


@pytest.mark.parametrize(
    "what", [{"guest_name": "Ann"}, {"is_anonymous": False}, {"is_anonymous": False, "guest_name": "Ann", "secret_hash": ""}]
)  # fmt: skip
def test_the_database_refuses_half_a_guest(anonymous: Debrief, guest: Browser, what: dict[str, Any]) -> None:
    guest.send(anonymous, CANARY)
    with pytest.raises(IntegrityError, match="draft_anonymous_holds_no_person"), transaction.atomic():
        anonymous.drafts.update(**what)


# After the reveal


def test_late_named_cards_go_on_the_board_live(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    guest, key = Browser(a_link(debrief)), str(uuid.uuid4())
    for _ in range(2):  # the same form twice
        sent = guest.send(debrief, CANARY, key=key, name="Ann")
    assert (sent.status_code, sent["Location"]) == (302, f"{guest.at}?sent#sent")
    card = Perspective.objects.get(text=CANARY)
    assert (str(card.pk), card.guest_name) == (key, "Ann")
    assert LiveEvent.objects.filter(debrief=debrief, region=f"card-{card.position}").count() == 1
    assert guest.send(debrief, "Other words now", key=key, name="Ann").status_code == 422
    assert guest.send(debrief, CANARY, key=key, name="Zoe").status_code == 409
    assert "Thank you. Your card is on the board." in guest.client.get(f"{guest.at}?sent").content.decode()


def test_late_anonymous_cards_wait_for_three_with_everyone_elses(
    clients: Clients, debrief_in: DebriefIn, bob: User
) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.ANONYMOUS, cards=[])
    token = a_link(debrief)
    first, second, seq = Browser(token), Browser(token), Debrief.objects.get(pk=debrief.pk).seq
    write(debrief, bob, "A member's", is_anonymous=True)
    first.send(debrief, CANARY)
    assert "waits for company" in first.look()
    assert (debrief.perspectives.count(), Debrief.objects.get(pk=debrief.pk).seq) == (0, seq)
    assert CANARY not in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    second.send(debrief, "A third")
    assert debrief.perspectives.count() == 3
    assert CANARY in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()


def test_guests_open_no_reveal_and_are_not_counted(clients: Clients, anonymous: Debrief) -> None:
    token = a_link(anonymous)
    for n in range(5):
        Browser(token).send(anonymous, f"Words of guest {n}")
    refused = clients["alice"].post(f"/debriefs/{anonymous.pk}/move/", {"to": "recognize", "seen": "prepare"})
    assert refused.status_code == 403
    assert anonymous.ready_count(NOW + timedelta(days=1)) == 0


# What nobody notices, and nothing keeps


@pytest.mark.parametrize("anonymity", [Anonymity.NAMED, Anonymity.ANONYMOUS])
def test_nothing_anybody_else_gets_changes(clients: Clients, debrief_in: DebriefIn, anonymity: str) -> None:
    """A5, A8, A20: also the leader's page of the link holds no number that moves."""
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity)
    guest = Browser(a_link(debrief))
    leaders = f"/debriefs/{debrief.pk}/guests/"

    def told() -> Any:
        page = re.sub(
            r'(csrfmiddlewaretoken" value=|X-CSRFToken\W+)"?\w+', "", clients["alice"].get(leaders).content.decode()
        )
        return (
            what_all_others_get(clients, debrief),
            page,
            Debrief.objects.values("seq").get(),
            LiveEvent.objects.count(),
        )

    before = told()
    assert guest.send(debrief, CANARY, name="Ann").status_code == 302
    assert guest.send(debrief, "Half a thought", name="Ann", autosave="1").status_code == 200
    assert told() == before


def test_it_writes_one_table(anonymous: Debrief, guest: Browser) -> None:
    with writes() as changed:
        guest.send(anonymous, CANARY)
        guest.send(anonymous, CANARY, autosave="1")
    assert {re.split(r"[ \"]+", one)[2] for one in changed if one.startswith("INSERT")} == {"debriefs_draft"}
    assert [one for one in changed if "debriefs_draft" not in one] == []


def test_a_guest_gets_no_account_no_session_and_no_other_cookie(anonymous: Debrief, guest: Browser) -> None:
    people = User.objects.count()
    guest.send(anonymous, CANARY)
    guest.look()
    kinds = {re.sub(r"-.*", "", name) for name in guest.client.cookies}
    assert (kinds, Session.objects.count(), User.objects.count()) == ({"csrftoken", "card", "seed"}, 0, people)


def test_the_whole_database_holds_no_token_and_no_secret(anonymous: Debrief) -> None:
    token = a_link(anonymous)
    guest = Browser(token)
    guest.send(anonymous, CANARY)
    held = [guest.client.cookies[name].value for name in guest.secrets()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(name)} t")  # noqa: S608
            found += [name for (row,) in cursor.fetchall() for what in (token, *held) if what in row]
    assert (found, len(held)) == ([], 1)


def test_the_cache_holds_a_link_a_minute_and_a_hash_and_no_card(anonymous: Debrief) -> None:
    """A14: what is counted is no card, and names no browser that could be found beside one."""
    link_token = a_link(anonymous)
    guest = Browser(link_token)
    guest.send(anonymous, CANARY)
    minute, link = int(NOW.timestamp()) // 60, GuestLink.objects.get()
    keys = [key for key in cache._cache if ":rate:" in key]
    shape = rf":1:rate:guests:{link.pk}(:[0-9a-f]{{20}})?:{minute}"
    assert [key for key in keys if not re.fullmatch(shape, key)] == []
    assert sorted(cache.get(key.removeprefix(":1:")) for key in keys) == [1, 1]
    assert [
        one for one in (guest.client.cookies["csrftoken"].value, str(anonymous.drafts.get().pk)) if one in "".join(keys)
    ] == []


@contextmanager
def the_log() -> Iterator[list[str]]:
    """Each line as the server writes it: the formatter of the settings, on everything."""
    lines: list[str] = []
    made = settings.LOGGING["formatters"]["line"]
    formatter = import_string("structlog.stdlib.ProcessorFormatter")(**{k: v for k, v in made.items() if k != "()"})

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep(level=logging.DEBUG)
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("crash", [False, True])
def test_no_log_line_holds_the_token_or_the_words(
    clients: Clients, anonymous: Debrief, monkeypatch: pytest.MonkeyPatch, crash: bool
) -> None:
    with the_log() as lines:
        made = clients["alice"].post(f"/debriefs/{anonymous.pk}/guests/", {"until": "7"})
        token = re.findall(r"/guests/([\w-]{20,})/", made.content.decode())[0]
        guest = Browser(token)
        guest.client.raise_request_exception = False
        if crash:
            monkeypatch.setattr("apps.debriefs.models.perspectives.save_draft", lambda *_args, **_more: 1 / 0)
        statuses = [guest.send(anonymous, CANARY).status_code]
        guest.csrf = "x"
        statuses.append(guest.send(anonymous, CANARY).status_code)
        GuestLink.end(anonymous, at=NOW)
        statuses.append(guest.client.get(guest.at).status_code)
    assert statuses == [500 if crash else 302, 403, 404]
    told = "\n".join(lines)
    assert (token in told, CANARY in told) == (False, False)
    assert told.count("/guests/…/") >= 4


# How much, how fast


@pytest.mark.django_db(transaction=True)
def test_two_hundred_people_on_one_link_behind_one_address(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    token = a_link(debrief)

    def act(start: int) -> list[int]:
        answers = []
        for n in range(start, start + 10):
            guest = Browser(token)
            answers += [guest.send(debrief, f"Card {n}", autosave="1", key=str(uuid.UUID(int=n))).status_code]
            answers += [guest.send(debrief, f"Card {n}", key=str(uuid.UUID(int=n))).status_code]
            answers += [int(f"Card {n}" in guest.look())]
        return answers

    answers = [one for many in at_once(act, list(range(1, 201, 10))) for one in many]
    assert {status: answers.count(status) for status in set(answers)} == {200: 200, 302: 200, 1: 200}
    assert set(debrief.drafts.values_list("text", flat=True)) == {f"Card {n}" for n in range(1, 201)}
    assert set(debrief.drafts.values_list("author", "guest_name", "written_at", "is_kept")) == {(None, "", None, True)}


def test_the_reveal_shuffles_guests_cards_with_the_rest(anonymous: Debrief, alice: User, bob: User) -> None:
    """By chance the guests would stand in one row in two runs of a hundred million."""
    token = a_link(anonymous)
    for n in range(15):
        Browser(token).send(anonymous, f"guest {n}")
        write(anonymous, bob, f"member {n}", is_anonymous=True)
    anonymous.reveal(by=alice, at=AT)
    order = [text.split()[0] for text in anonymous.perspectives.values_list("text", flat=True)]
    assert len(order) == 30
    assert sum(a != b for a, b in pairwise(order)) > 2
    assert set(anonymous.perspectives.values_list("author", "guest_name", "written_at", "is_anonymous")) == {
        (None, "", None, True)
    }


def test_one_browser_that_hurries_waits_and_keeps_its_words(
    anonymous: Debrief, guest: Browser, monkeypatch: Any
) -> None:
    monkeypatch.setattr(guest_views, "BY_BROWSER", 3)
    key = str(uuid.uuid4())
    forged = [
        {"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}", "X-Real-IP": f"10.0.0.{n}"} for n in range(5)
    ]
    answers = [guest.send(anonymous, f"Written in haste, {n}", key=key, headers=forged[n]) for n in range(5)]
    assert [one.status_code for one in answers] == [302, 302, 302, 429, 429]
    page = answers[4].content.decode()
    assert ("Written in haste, 4" in page, "send it again in a minute" in page) == (True, True)
    assert anonymous.drafts.get().text == "Written in haste, 2"
    fragment = guest.send(anonymous, "And on", autosave="1", headers=HX)
    assert (fragment.status_code, "stays in this tab" in fragment.content.decode()) == (429, True)
    # Another browser, and this one a minute later, go on.
    assert Browser(guest.at.split("/")[2]).send(anonymous, CANARY).status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert guest.send(anonymous, "Written at leisure", key=key).status_code == 302


def test_a_link_that_is_flooded_waits_for_all(anonymous: Debrief, monkeypatch: Any) -> None:
    monkeypatch.setattr(guest_views, "BY_LINK", 4)
    token = a_link(anonymous)
    assert [Browser(token).send(anonymous, f"Card {n}").status_code for n in range(6)] == [302] * 4 + [429] * 2


def test_a_full_debrief_says_so_and_lets_change_what_is_there(
    anonymous: Debrief, guest: Browser, monkeypatch: Any
) -> None:
    monkeypatch.setattr(guests_module, "CARDS_MAX", 2)
    keys = [str(uuid.uuid4()) for _ in range(3)]
    answers = [guest.send(anonymous, f"Words for card {n}", key=key) for n, key in enumerate(keys)]
    assert [one.status_code for one in answers] == [302, 302, 409]
    assert "holds as many cards as it can" in answers[2].content.decode()
    assert "Words for card 2" in answers[2].content.decode()
    assert guest.send(anonymous, "Better words", key=keys[0]).status_code == 302
    assert sorted(anonymous.drafts.values_list("text", flat=True)) == ["Better words", "Words for card 1"]


# What the leader is told


def test_a_number_only_where_it_tells_nothing(
    named: Debrief, anonymous: Debrief, clients: Clients, alice: User
) -> None:
    for debrief in (named, anonymous):
        guest = Browser(a_link(debrief))
        guest.send(debrief, CANARY, name="Ann")
        assert cards_by_guests(debrief) is None
        debrief.reveal(by=alice, at=AT)
    assert (cards_by_guests(named), cards_by_guests(anonymous)) == (1, None)
    pages = [clients["alice"].get(f"/debriefs/{one.pk}/guests/").content.decode() for one in (named, anonymous)]
    assert ["by a guest is on the board" in page for page in pages] == [True, False]


def test_who_takes_part_is_shown_the_way_to_the_own_tray(clients: Clients, named: Debrief) -> None:
    at = f"/guests/{a_link(named)}/"
    told = {
        name: "Write in your own tray" in clients[name].get(at).content.decode()
        for name in ("bob", "charlie", "nobody")
    }
    assert told == {"bob": True, "charlie": False, "nobody": False}


# The writer, without a page


def test_a_guest_is_a_writer_like_any_other(named: Debrief) -> None:
    a_link(named)
    link = GuestLink.objects.get()
    key, prompt = uuid.uuid4(), prompt_of(named)
    ann = Guest(link, {}, "Ann")
    secret = save_draft(named, key, prompt=prompt, text="x", is_anonymous=False, keep=True, writer=ann, at=AT)
    assert secret
    held = {key: secret}
    assert Guest(link, held).drafts(named).get().pk == key
    assert not Guest(GuestLink(pk=link.pk + 1), held).drafts(named).exists()
    assert not WhoWrites(link.created_by, held).drafts(named).exists()
    assert not Guest(link, {key: "another"}).drafts(named).exists()
    with pytest.raises(Refused):
        save_draft(
            named, key, prompt=prompt, text="y", is_anonymous=False, keep=True, writer=Guest(link, {}, "Ann"), at=AT
        )
    assert list(Draft.objects.values_list("text", flat=True)) == ["x"]
