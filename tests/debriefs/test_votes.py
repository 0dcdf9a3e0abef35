"""Dots on themes: a budget that holds whatever races, blind until they are counted; and themes that lose no card."""

import threading
import uuid
from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Debrief, LiveEvent, Participation, Theme, Vote
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.themes import cast_vote, leave_voting, take_vote_back, vote_after_all
from apps.debriefs.phases import Phase
from apps.teams.models import Membership, Role
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, a_factor, a_strength

DebriefIn = Callable[..., Debrief]


def themes_of(debrief: Debrief) -> list[Theme]:
    return list(debrief.themes.all())


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_parallel_votes_three_count(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    one, other = themes_of(debrief)
    answers: list[object] = []
    for _ in range(5):
        answers += at_once(lambda theme: cast_vote(theme, by=bob), [one, other] * 10)
    assert [answer for answer in answers if answer is None] == [None] * 3
    assert {str(answer) for answer in answers if answer} == {
        "All your dots are used. Take one back from another theme first."
    }
    assert sorted(Vote.objects.values_list("voter", "number")) == [(bob.pk, n) for n in (1, 2, 3)]


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_counts_first_and_writes_then_breaks_the_budget(debrief_in: DebriefIn, bob: User) -> None:
    """The broken control of the test above: all have counted before the first of them writes."""
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    theme, counted = themes_of(debrief)[0], threading.Barrier(10)

    def count_then_write(number: int) -> None:
        used = Vote.objects.filter(debrief=debrief, voter=bob).count()
        counted.wait(timeout=20)
        if used >= debrief.votes_each:
            raise Refused("All your dots are used.")
        Vote.objects.create(debrief=debrief, theme=theme, voter=bob, number=number)

    assert at_once(count_then_write, range(1, 11)) == [None] * 10
    assert Vote.objects.filter(voter=bob).count() == 10 != debrief.votes_each


@pytest.mark.django_db(transaction=True)
def test_totals_equal_the_rows_however_close_the_end(debrief_in: DebriefIn, room: tuple[User, ...]) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    one, other = themes_of(debrief)

    def act(n: int) -> None:
        if n == 7:
            Debrief.objects.get(pk=debrief.pk).close_voting(at=AT)
        else:
            cast_vote((one, other)[n % 2], by=room[n % 5])

    at_once(act, list(range(15)))
    assert {theme.pk: theme.dots for theme in debrief.themes.all()} == {
        theme.pk: Vote.objects.filter(theme=theme).count() for theme in (one, other)
    }


def test_the_budget_is_the_debriefs(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, votes_each=2)
    debrief.open_voting(at=AT)
    one, other = themes_of(debrief)
    for theme in (one, other):
        cast_vote(theme, by=bob)
    with pytest.raises(Refused, match="All your dots are used"):
        cast_vote(one, by=bob)
    cast_vote(one, by=dana)
    assert Vote.objects.filter(voter=bob).count() == 2


def test_a_dot_taken_back_can_be_put_elsewhere(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    one, other = themes_of(debrief)
    cast_vote(one, by=dana)
    for _ in range(3):
        cast_vote(one, by=bob)
    take_vote_back(one, by=bob)
    take_vote_back(other, by=bob)  # there is none: nothing happens, and Dana's stays
    cast_vote(other, by=bob)
    assert sorted(Vote.objects.filter(voter=bob).values_list("theme__name", flat=True)) == sorted(
        [one.name, one.name, other.name]
    )
    assert Vote.objects.filter(voter=dana).count() == 1


@pytest.mark.parametrize(
    ("voting", "why"), [("", "Voting has not opened yet."), ("closed", "Voting has closed; the totals stand.")]
)
def test_no_dot_before_and_none_after(debrief_in: DebriefIn, bob: User, voting: str, why: str) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting=voting)
    theme, rows = themes_of(debrief)[0], Vote.objects.count()
    for act in (cast_vote, take_vote_back):
        with pytest.raises(Refused, match=why):
            act(theme, by=bob)
    assert Vote.objects.count() == rows


@pytest.mark.parametrize("phase", [Phase.REALIGN, Phase.FOLLOW_THROUGH])
def test_no_dot_in_a_later_phase(debrief_in: DebriefIn, bob: User, phase: Phase) -> None:
    debrief = debrief_in(phase)
    with pytest.raises(WrongPhase, match=f"now in “{phase.label}”"):
        cast_vote(themes_of(debrief)[0], by=bob)


def test_totals_are_there_only_after_the_end(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="open")
    assert [theme.dots for theme in themes_of(debrief)] == [None, None]
    debrief.close_voting(at=AT)
    assert sorted(theme.dots or 0 for theme in themes_of(debrief)) == [2, 3]
    assert (debrief.voting_is_open, debrief.voting_closed_at) == (False, AT)


def test_closing_twice_counts_once(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="closed")
    seq = debrief.seq
    debrief.close_voting(at=AT.replace(year=2027))
    assert (debrief.voting_closed_at, Debrief.objects.get(pk=debrief.pk).seq) == (AT, seq)


def test_voting_asks_for_a_theme(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.themes.all().delete()
    with pytest.raises(Refused, match="There is no theme to put a dot on"):
        debrief.open_voting(at=AT)


# How many have voted: a small line of its own, and nothing about with how many dots


def told(debrief: Debrief, since: int) -> list[str]:
    return list(
        LiveEvent.objects.filter(debrief=debrief, seq__gt=since).order_by("seq").values_list("region", flat=True)
    )


def counted(debrief: Debrief) -> str:
    return board.render(Debrief.objects.get(pk=debrief.pk), "voted").split(" have voted")[0].split(">")[-1]


def test_only_the_first_dot_is_told(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    one, other = themes_of(debrief)
    debrief.refresh_from_db()
    seq = debrief.seq
    cast_vote(one, by=bob)
    assert told(debrief, seq) == ["voted"]
    for theme in (other, one):
        cast_vote(theme, by=bob)
    take_vote_back(one, by=bob)
    take_vote_back(one, by=bob)
    cast_vote(one, by=bob)  # number 1 again, and no first dot
    assert told(debrief, seq) == ["voted"]
    for theme in (one, other):
        take_vote_back(theme, by=bob)
    assert told(debrief, seq) == ["voted", "voted"]
    assert list(dict(board.events(debrief, ["voted"]))) == ["voted"]


def test_opening_and_closing_reach_themes_focus_and_trays(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    seq = debrief.seq
    debrief.open_voting(at=AT)
    debrief.open_voting(at=AT)  # open already: nothing to tell
    debrief.close_voting(at=AT)
    assert told(debrief, seq) == ["voting", "voting"]
    assert set(dict(board.events(debrief, ["voting"]))) == {"themes", "focus", "tray"}


def test_who_abstains_is_no_longer_waited_for(debrief_in: DebriefIn, alice: User, bob: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    theme = themes_of(debrief)[0]
    for person in (alice, bob):
        cast_vote(theme, by=person)
    assert counted(debrief) == "2 of 5"
    debrief.refresh_from_db()
    seq = debrief.seq
    leave_voting(debrief, by=alice)
    leave_voting(debrief, by=alice)
    assert (counted(debrief), told(debrief, seq)) == ("1 of 4", ["voted"])
    assert list(Vote.objects.values_list("voter", flat=True)) == [bob.pk]
    with pytest.raises(Refused, match="You leave the voting to the others"):
        cast_vote(theme, by=alice)
    vote_after_all(debrief, by=alice)
    assert (counted(debrief), told(debrief, seq)) == ("1 of 5", ["voted", "voted"])
    cast_vote(theme, by=alice)
    assert counted(debrief) == "2 of 5"


@pytest.mark.django_db(transaction=True)
def test_nobody_abstains_and_votes_whatever_races(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    theme = themes_of(debrief)[0]
    acts = [lambda: cast_vote(theme, by=alice)] * 3 + [lambda: leave_voting(debrief, by=alice)]
    at_once(lambda act: act(), acts)
    assert Participation.objects.get(debrief=debrief, person=alice).abstains is True
    assert not Vote.objects.filter(voter=alice).exists()


@pytest.mark.parametrize("act", [leave_voting, vote_after_all])
def test_after_the_close_nobody_leaves_and_nobody_joins(
    debrief_in: DebriefIn, alice: User, act: Callable[..., None]
) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="closed")
    rows = Vote.objects.count()
    with pytest.raises(Refused, match="Voting has closed"):
        act(debrief, by=alice)
    assert (Vote.objects.count(), Participation.objects.filter(abstains=True).count()) == (rows, 0)


def test_a_manager_is_not_counted_though_once_a_participant(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.open_voting(at=AT)
    cast_vote(themes_of(debrief)[0], by=bob)
    Membership.objects.filter(team=debrief.team, person=bob).update(role=Role.MANAGER)
    debrief.team.remove(dana)
    assert counted(debrief) == "0 of 3"
    debrief.close_voting(at=AT)
    assert [theme.dots for theme in debrief.themes.all()] == [1, 0]  # what was put stays put


# Themes


def test_merging_loses_no_card_no_dot_and_no_finding(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="closed")
    one, other = themes_of(debrief)
    factor, strength = a_factor(debrief, theme=one), a_strength(debrief, theme=one)
    dots = sum(theme.dots or 0 for theme in (one, other))
    debrief.move(Phase.RECOGNIZE, by=alice, at=AT)
    one.merge_into(other)
    other.refresh_from_db()
    factor.refresh_from_db()
    strength.refresh_from_db()
    assert (other.perspectives.count(), debrief.perspectives.count(), debrief.themes.count()) == (4, 4, 1)
    assert (other.dots, other.votes.count(), factor.theme, strength.theme) == (dots, dots, other, other)


def test_removing_a_theme_leaves_its_cards(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.move(Phase.RECOGNIZE, by=alice, at=AT)
    texts = set(debrief.perspectives.values_list("text", flat=True))
    for theme in themes_of(debrief):
        theme.remove()
    assert set(debrief.perspectives.values_list("text", "theme")) == {(text, None) for text in texts}


def test_themes_of_two_debriefs_do_not_merge(debrief_in: DebriefIn) -> None:
    ours, theirs = debrief_in(Phase.RATIONALIZE), debrief_in(Phase.RATIONALIZE)
    with pytest.raises(Refused, match="another theme of this debrief"):
        themes_of(ours)[0].merge_into(themes_of(theirs)[0])
    with pytest.raises(Refused, match="another theme of this debrief"):
        themes_of(ours)[0].merge_into(themes_of(ours)[0])
    assert (ours.themes.count(), theirs.themes.count()) == (2, 2)


def test_a_theme_is_made_once_per_form_and_in_its_place(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    key = uuid.uuid4()
    made = {Theme.create(debrief, key, name="Handovers").pk for _ in range(3)}
    Theme.create(debrief, uuid.uuid4(), name="Tools")
    assert made == {key}
    assert [(theme.name, theme.position) for theme in themes_of(debrief)] == [("Handovers", 1), ("Tools", 2)]


def test_grouping_is_over_when_voting_is_near(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    one, other = themes_of(debrief)
    card = debrief.perspectives.first()
    for act in (
        lambda: Theme.create(debrief, uuid.uuid4(), name="Late"),
        lambda: one.merge_into(other),
        one.remove,
        lambda: card.move_to(one),
    ):
        with pytest.raises(WrongPhase):
            act()
    assert debrief.themes.count() == 2
    one.rename("Certificates")  # a better word is welcome for as long as it is talked about
    assert Theme.objects.get(pk=one.pk).name == "Certificates"
