"""Balance of voices: how many have had a word in this phase, and never who."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.meeting import IN_THE_MEETING, say_spoken, voices
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests.factories import AT, a_person, join
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
EVERYONE = ("Alice", "Bob", "Dana", "Eli", "Farah")


def url(debrief: Debrief, name: str) -> str:
    return f"/debriefs/{debrief.pk}/{name}/"


@pytest.fixture
def recognize(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.RECOGNIZE)


def test_a_click_of_its_own_counts_once(recognize: Debrief, bob: User) -> None:
    seq = recognize.seq
    assert voices(recognize) == (0, 5)
    say_spoken(recognize, bob)
    say_spoken(Debrief.objects.get(pk=recognize.pk), bob)
    assert voices(recognize) == (1, 5)
    assert list(recognize.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == ["voices"]


def test_a_new_phase_begins_at_none(recognize: Debrief, alice: User, bob: User) -> None:
    say_spoken(recognize, bob)
    recognize.move(Phase.RATIONALIZE, by=alice, at=AT)
    assert voices(recognize) == (0, 5)
    say_spoken(recognize, bob)
    assert voices(recognize) == (1, 5)


def test_who_only_facilitates_and_who_has_left_are_not_counted(recognize: Debrief, team: Team, eli: User) -> None:
    recognize.set_up(facilitator=join(team, a_person("Zora")))
    say_spoken(recognize, eli)
    assert voices(recognize) == (1, 5)
    team.remove(eli)
    assert voices(recognize) == (0, 4)


@pytest.mark.parametrize("phase", sorted(set(Phase) - set(IN_THE_MEETING)))
def test_outside_the_meeting_nothing_is_counted(debrief_in: DebriefIn, bob: User, phase: Phase) -> None:
    debrief = debrief_in(phase)
    with pytest.raises(WrongPhase):
        say_spoken(debrief, bob)
    assert set(debrief.participations.values_list("spoke_in", flat=True)) <= {""}


def test_the_bar_shows_numbers_and_no_name(clients: Clients, recognize: Debrief, bob: User, dana: User) -> None:
    say_spoken(recognize, bob)
    say_spoken(recognize, dana)
    bar = clients["alice"].get(url(recognize, "bar"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="bar").text
    assert "2 of 5 have spoken; 3 have not" in bar
    assert [name for name in EVERYONE if name in bar] == []


def test_whoever_spoke_the_bar_is_the_same(clients: Clients, debrief_in: DebriefIn, bob: User, farah: User) -> None:
    def bar(who: User) -> str:
        debrief = debrief_in(Phase.RECOGNIZE)
        say_spoken(debrief, who)
        page = clients["alice"].get(url(debrief, "bar"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="bar").text
        return page[page.index('<p class="small facts">') : page.index('<details class="more"')]

    assert bar(bob) == bar(farah)


def test_when_all_have_spoken_it_says_so(clients: Clients, recognize: Debrief, room: tuple[User, ...]) -> None:
    for person in room:
        say_spoken(recognize, person)
    assert "all 5 have spoken" in clients["alice"].get(url(recognize, "bar")).text


def test_nobody_else_sees_that_i_have_spoken(clients: Clients, recognize: Debrief) -> None:
    """The page, the tray and the voice of everyone else are as they were, byte for byte but for tokens."""

    def seen(name: str) -> list[str]:
        texts = [clients[name].get(address).text for address in (url(recognize, "voice"), url(recognize, "tray"))]
        return [text[text.index('id="my-voice"') :][:200] for text in texts]

    before = {name: seen(name) for name in ("dana", "eli")}
    answer = clients["bob"].post(url(recognize, "voice/had"), HTTP_HX_REQUEST="true", HTTP_HX_TARGET="my-voice")
    assert "You have had a word in this part." in answer.text
    assert {name: seen(name) for name in ("dana", "eli")} == before
    for name in ("dana", "eli"):
        page = clients[name].get(f"/debriefs/{recognize.pk}/").text
        assert "have spoken" not in page
        assert clients[name].get(url(recognize, "bar")).status_code == 403
