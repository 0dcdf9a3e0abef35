"""A raised hand: whose it is, in which order, who gives the word, and that a new phase begins with none."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Anonymity, Debrief, LiveEvent, Participation
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.meeting import IN_THE_MEETING, give_word, hands_up, raise_hand, take_hand_down
from apps.debriefs.phases import Phase
from tests.factories import AT, a_person, join
from tests.people import Clients

DebriefIn = Callable[..., Debrief]


def url(debrief: Debrief, name: str) -> str:
    return f"/debriefs/{debrief.pk}/{name}/"


def up(debrief: Debrief) -> list[str]:
    return [str(one.person) for one in hands_up(debrief)]


def told_since(debrief: Debrief, seq: int) -> list[str]:
    return list(debrief.live_events.filter(seq__gt=seq).order_by("seq").values_list("region", flat=True))


@pytest.fixture
def recognize(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.RECOGNIZE)


def row_of(debrief: Debrief, person: User) -> Participation:
    return debrief.participations.select_related("debrief").get(person=person)


def test_hands_stand_in_the_order_in_which_they_went_up(recognize: Debrief, bob: User, dana: User, eli: User) -> None:
    for n, person in enumerate((eli, bob, dana)):
        raise_hand(recognize, person, at=AT + timedelta(seconds=n))
    assert up(recognize) == ["Eli", "Bob", "Dana"]
    take_hand_down(recognize, eli)
    raise_hand(recognize, eli, at=AT + timedelta(seconds=9))
    assert up(recognize) == ["Bob", "Dana", "Eli"]


def test_a_second_click_keeps_the_place_and_tells_nobody(recognize: Debrief, bob: User, dana: User) -> None:
    seq = recognize.seq
    raise_hand(recognize, bob, at=AT)
    raise_hand(recognize, dana, at=AT + timedelta(seconds=1))
    raise_hand(Debrief.objects.get(pk=recognize.pk), bob, at=AT + timedelta(seconds=2))
    assert (up(recognize), told_since(recognize, seq)) == (["Bob", "Dana"], ["hands", "hands"])
    take_hand_down(recognize, bob)
    take_hand_down(recognize, bob)
    assert told_since(recognize, seq) == ["hands"] * 3


def test_the_word_takes_the_hand_down_and_counts_as_heard(recognize: Debrief, bob: User) -> None:
    raise_hand(recognize, bob, at=AT)
    seq = Debrief.objects.get(pk=recognize.pk).seq
    bobs = row_of(recognize, bob)
    assert give_word(bobs) is True
    assert give_word(bobs) is False
    bobs.refresh_from_db()
    assert (bobs.hand_up_at, bobs.spoke_in, told_since(recognize, seq)) == (None, "recognize", ["hands", "voices"])


def test_a_hand_that_came_down_meanwhile_gets_no_word(recognize: Debrief, bob: User) -> None:
    raise_hand(recognize, bob, at=AT)
    bobs = row_of(recognize, bob)
    take_hand_down(recognize, bob)
    assert give_word(bobs) is False
    assert row_of(recognize, bob).spoke_in == ""


@pytest.mark.parametrize("phase", sorted(set(Phase) - set(IN_THE_MEETING)))
def test_outside_the_meeting_no_hand_goes_up(debrief_in: DebriefIn, bob: User, phase: Phase) -> None:
    debrief = debrief_in(phase)
    with pytest.raises(WrongPhase):
        raise_hand(debrief, bob, at=AT)
    assert up(debrief) == []


def test_hands_come_down_when_the_phase_moves(debrief_in: DebriefIn, alice: User, bob: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    raise_hand(debrief, bob, at=AT)
    debrief.move(Phase.RECOGNIZE, by=alice, at=AT)
    assert up(debrief) == []
    regions = dict(board.events(debrief, ["room"]))
    assert list(regions) == ["room", "timer", "hands"]
    assert "Bob" not in regions["hands"]


# While people write alone a hand must say nothing about who is there.


def test_before_the_reveal_of_an_anonymous_debrief_a_hand_makes_no_signal(
    clients: Clients, debrief_in: DebriefIn
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS)
    before = (LiveEvent.objects.count(), list(Participation.objects.order_by("pk").values()))
    for name in ("hand", "voice/had"):
        assert clients["bob"].post(url(debrief, name), {"up": "1"}).status_code == 409
    assert before == (LiveEvent.objects.count(), list(Participation.objects.order_by("pk").values()))
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").text
    for absent in ('id="hands"', 'id="timer"', 'id="my-voice"'):
        assert absent not in page
    for absent in ("have spoken", "bar-timer", "bar-word"):
        assert absent not in clients["alice"].get(url(debrief, "bar")).text


# The region


def test_the_region_names_who_has_a_hand_up_and_hides_while_nobody_has(
    recognize: Debrief, bob: User, dana: User
) -> None:
    assert str(board.render(recognize, "hands")).strip() == '<p id="hands" hidden></p>'
    raise_hand(recognize, dana, at=AT)
    raise_hand(recognize, bob, at=AT + timedelta(seconds=1))
    assert "<b>Hands:</b> Dana, Bob<" in board.render(recognize, "hands")


def test_two_of_one_first_name_are_told_apart(recognize: Debrief, bob: User, dana: User) -> None:
    for person, name in ((bob, "Kim Lee"), (dana, "Kim Novak")):
        person.display_name = name
        person.save(update_fields=["display_name"])
        raise_hand(recognize, person, at=AT)
    assert "<b>Hands:</b> Kim Lee, Kim Novak<" in board.render(recognize, "hands")


def test_everyone_gets_the_same_bytes(clients: Clients, recognize: Debrief, bob: User) -> None:
    raise_hand(recognize, bob, at=AT)

    def region(name: str) -> str:
        page = clients[name].get(f"/debriefs/{recognize.pk}/").text
        return page[page.index('<p id="hands"') : page.index('id="presence"')]

    assert region("alice") == region("bob") == region("dana")
    assert "Bob" in region("dana")


@pytest.mark.parametrize("hands", [1, 3])
def test_the_region_and_the_bar_cost_the_same_for_one_hand_and_for_three(
    clients: Clients, recognize: Debrief, bob: User, dana: User, eli: User, hands: int
) -> None:
    for person in (bob, dana, eli)[:hands]:
        raise_hand(recognize, person, at=AT)
    recognize.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        board.render(recognize, "hands")
    assert len(asked) == 1
    clients["alice"].get(url(recognize, "bar"))
    with CaptureQueriesContext(connection) as asked:
        clients["alice"].get(url(recognize, "bar"))
    assert len(asked) == 11


# The pages


def test_i_raise_my_hand_and_take_it_down_in_my_tray(clients: Clients, recognize: Debrief) -> None:
    tray = clients["bob"].get(url(recognize, "tray")).text
    assert (tray.count("Raise a hand"), tray.count("Take my hand down")) == (1, 0)
    answer = clients["bob"].post(url(recognize, "hand"), {"up": "1"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="my-voice")
    assert (answer.text.count("Take my hand down"), answer.text.count("Raise a hand")) == (1, 0)
    assert 'id="hands" hx-swap-oob="true"' in answer.text
    assert up(recognize) == ["Bob"]
    plain = clients["bob"].post(url(recognize, "hand"))
    assert (plain.status_code, plain.headers["Location"]) == (302, f"/debriefs/{recognize.pk}/#tray")
    assert up(recognize) == []


def test_only_while_my_hand_is_up_do_i_ask_again_for_my_voice(clients: Clients, recognize: Debrief, bob: User) -> None:
    asks_again = 'hx-trigger="live:hands from:body'
    assert asks_again not in clients["bob"].get(url(recognize, "voice")).text
    raise_hand(recognize, bob, at=AT)
    assert asks_again in clients["bob"].get(url(recognize, "voice")).text


def test_the_bar_gives_the_word_to_the_first(clients: Clients, recognize: Debrief, bob: User, dana: User) -> None:
    raise_hand(recognize, dana, at=AT)
    raise_hand(recognize, bob, at=AT + timedelta(seconds=1))
    bar = clients["alice"].get(url(recognize, "bar")).text
    assert (bar.count("Give Dana the word"), bar.count("Give Bob the word")) == (1, 0)
    danas = row_of(recognize, dana).pk
    assert f'name="whose" value="{danas}"' in bar
    answer = clients["alice"].post(
        url(recognize, "word"), {"whose": danas}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="bar"
    )
    assert (answer.text.count("Give Bob the word"), up(recognize)) == (1, ["Bob"])
    assert 'id="hands" hx-swap-oob="true"' in answer.text


def test_who_was_too_late_reads_that_the_hand_is_down(clients: Clients, recognize: Debrief, bob: User) -> None:
    sent = {"whose": row_of(recognize, bob).pk}
    page = clients["alice"].post(url(recognize, "word"), sent, follow=True).text
    assert "Bob has taken the hand down." in page
    assert row_of(recognize, bob).spoke_in == ""


@pytest.mark.parametrize("whose", ["", "x", "-1", "²", "9" * 30, "0"])
def test_nobody_in_particular_is_not_found(clients: Clients, recognize: Debrief, whose: str) -> None:
    assert clients["alice"].post(url(recognize, "word"), {"whose": whose}).status_code == 404


def test_who_only_facilitates_raises_no_hand(clients: Clients, debrief_in: DebriefIn, team, alice: User) -> None:  # type: ignore[no-untyped-def]
    zora = join(team, a_person("Zora"))
    clients.people["zora"] = zora
    debrief = debrief_in(Phase.RECOGNIZE)
    debrief.participations.filter(person=zora).delete()
    debrief.set_up(facilitator=zora)
    assert clients["zora"].post(url(debrief, "hand"), {"up": "1"}).status_code == 403
    assert 'id="my-voice"' not in clients["zora"].get(url(debrief, "tray")).text
    assert up(debrief) == []
