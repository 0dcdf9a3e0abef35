"""The life of a step: every verb from every state, its history, and how two verdicts become one outcome."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.actions.models import LOOK_AGAIN_LATER, STEP_TRANSITIONS, Check, Outcome, State, Step
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, DUE_ON, LOOK_AGAIN_AT, LOOK_AGAIN_ON, a_step, done, worked

DebriefIn = Callable[..., Debrief]
LATER = LOOK_AGAIN_AT + timedelta(days=1)


@pytest.fixture
def step(debrief_in: DebriefIn) -> Step:
    """Bob's, and Alice looks at it too."""
    return a_step(debrief_in(Phase.REALIGN))


def step_in(state: State, step: Step) -> Step:
    bring = {
        State.OPEN: lambda: None,
        State.IN_PROGRESS: lambda: step.start(by=step.owner, at=AT),
        State.DONE: lambda: done(step),
        State.CHECKED: lambda: worked(step),
        State.DROPPED: lambda: step.drop(because="Not needed any more.", by=step.owner, at=AT),
    }
    bring[state]()
    assert step.state == state
    return step


def say(step: Step, by: User, verdict: str, **more: Any) -> None:
    step.check_it(verdict=verdict, note="", by=by, at=more.pop("at", LOOK_AGAIN_AT), **more)


VERBS: dict[str, Callable[[Step, User], None]] = {
    "start": lambda step, by: step.start(by=by, at=LATER),
    "finish": lambda step, by: step.finish(by=by, at=LATER),
    "reopen": lambda step, by: step.reopen(by=by, at=LATER),
    "drop": lambda step, by: step.drop(because="Not needed any more.", by=by, at=LATER),
    "block": lambda step, by: step.block(because="We wait for the supplier.", by=by, at=LATER),
    "help": lambda step, by: step.ask_for_help(by=by, at=LATER),
    "check": lambda step, by: step.check_it(verdict="worked", note="", by=by, at=LATER),
}
S = State
# state → verb → the state after it; None where the verb is refused.
LIFE: dict[State, dict[str, State | None]] = {
    S.OPEN: {"start": S.IN_PROGRESS, "finish": S.DONE, "reopen": S.OPEN, "drop": S.DROPPED,
             "block": S.OPEN, "help": S.OPEN, "check": None},
    S.IN_PROGRESS: {"start": S.IN_PROGRESS, "finish": S.DONE, "reopen": S.OPEN, "drop": S.DROPPED,
                    "block": S.IN_PROGRESS, "help": S.IN_PROGRESS, "check": None},
    S.DONE: {"start": S.IN_PROGRESS, "finish": S.DONE, "reopen": S.IN_PROGRESS, "drop": None,
             "block": None, "help": None, "check": S.DONE},
    S.CHECKED: {"start": S.IN_PROGRESS, "finish": None, "reopen": S.IN_PROGRESS, "drop": None,
                "block": None, "help": None, "check": None},
    S.DROPPED: {"start": None, "finish": None, "reopen": S.OPEN, "drop": S.DROPPED,
                "block": None, "help": None, "check": None},
}  # fmt: skip


def everything_of(step: Step) -> list[Any]:
    return [list(Step.objects.values()), list(step.history.values()), list(step.checks.values()),
            list(Debrief.objects.values("seq"))]  # fmt: skip


@pytest.mark.parametrize(("state", "verb"), [(state, verb) for state in State for verb in VERBS])
def test_every_verb_from_every_state(step: Step, state: State, verb: str) -> None:
    step_in(state, step)
    before, lines, after = everything_of(step), step.history.count(), LIFE[state][verb]
    if after is None:
        with pytest.raises(Refused):
            VERBS[verb](step, step.owner)
        assert everything_of(step) == before
        return
    VERBS[verb](step, step.owner)
    step.refresh_from_db()
    assert step.state == after
    told = after != state or verb in ("block", "help", "check")
    assert step.history.count() == lines + told
    if told and verb not in ("block", "help", "check"):
        last = step.history.last()
        assert (last.before, last.after, last.by, last.at) == (state, after, step.owner, LATER)
    if told:
        assert step.replan is True


def test_the_table_of_states_is_complete() -> None:
    assert set(STEP_TRANSITIONS) == set(State)
    moves = {
        (state, after) for state, verbs in LIFE.items() for after in verbs.values() if after and after != state
    } | {(State.DONE, State.CHECKED)}
    assert moves == {(here, there) for here, ways in STEP_TRANSITIONS.items() for there in ways}


def test_agreeing_writes_who_and_when(step: Step, alice: User, bob: User) -> None:
    assert (step.owner, step.second, step.agreed_by, step.state) == (bob, alice, alice, "open")
    assert [(line.what, line.by, line.at) for line in step.history.all()] == [("agreed", alice, AT)]


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_forms_make_one_step(debrief_in: DebriefIn) -> None:
    debrief, key = debrief_in(Phase.REALIGN), uuid.uuid4()
    assert set(at_once(lambda _n: a_step(debrief, key=key).pk, list(range(20)))) == {key}
    assert (Step.objects.count(), Step.objects.get().history.count()) == (1, 1)


def test_a_key_of_another_debrief_is_refused(debrief_in: DebriefIn) -> None:
    ours, theirs = debrief_in(Phase.REALIGN), debrief_in(Phase.REALIGN)
    taken = a_step(theirs)
    with pytest.raises(Refused, match="open the page again"):
        a_step(ours, key=taken.pk)
    assert Step.objects.get().debrief == theirs


@pytest.mark.parametrize("phase", [Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.LEARNED])
def test_steps_are_agreed_in_realign_and_after(debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    rows = Step.objects.count()
    with pytest.raises(WrongPhase, match=f"now in “{phase.label}”"):
        a_step(debrief, factor=None, strength=debrief.strengths.first())
    assert Step.objects.count() == rows


def test_a_step_lives_on_after_the_debrief_has_closed(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.LEARNED)
    step = debrief.steps.get()
    step.reopen(by=step.owner, at=LOOK_AGAIN_AT)
    assert Step.objects.get().state == "in_progress"


def test_a_reason_stands_while_it_is_true(step: Step, bob: User) -> None:
    step.block(because="We wait for the supplier.", by=bob, at=LATER)
    assert step.blocked_because == "We wait for the supplier."
    step.block(because="", by=bob, at=LATER)
    assert [line.what for line in step.history.all()] == ["agreed", "blocked", "unblocked"]
    step.block(because="Again.", by=bob, at=LATER)
    step.ask_for_help(by=bob, at=LATER)
    step.finish(by=bob, at=LATER)
    step.refresh_from_db()
    assert (step.blocked_because, step.needs_help, step.done_at) == ("", False, LATER)


def test_dropping_keeps_the_reason_and_taking_it_back_clears_it(step: Step, bob: User) -> None:
    step.drop(because="The supplier does it now.", by=bob, at=LATER)
    step.refresh_from_db()
    assert (step.dropped_because, step.settled_at) == ("The supplier does it now.", LATER)
    assert step.history.last().note == "The supplier does it now."
    step.reopen(by=bob, at=LATER)
    step.refresh_from_db()
    assert (step.state, step.dropped_because, step.settled_at) == ("open", "", None)


# Checking

W, P, N = Outcome.WORKED, Outcome.PARTLY, Outcome.DID_NOT_WORK


@pytest.mark.parametrize(
    ("owner_says", "second_says", "outcome"),
    [
        (W, W, W), (P, P, P), (N, N, N),
        (W, N, P), (N, W, P), (W, P, P), (P, W, P), (N, P, P), (P, N, P),
    ],
)  # fmt: skip
def test_two_verdicts_make_one_outcome(step: Step, owner_says: str, second_says: str, outcome: str) -> None:
    done(step)
    say(step, step.owner, owner_says)
    assert (step.state, step.outcome) == ("done", "")
    say(step, step.second, second_says)
    step.refresh_from_db()
    assert (step.state, step.outcome, step.settled_at) == ("checked", outcome, LOOK_AGAIN_AT)
    assert [(line.what, line.verdict) for line in step.history.all()[2:]] == [
        ("checked", owner_says), ("checked", second_says),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_both_at_the_same_instant_settle_it(step: Step) -> None:
    done(step)
    pairs = [(Step.objects.get(), person) for person in (step.owner, step.second)]
    at_once(lambda pair: say(pair[0], pair[1], W), pairs)
    assert (Step.objects.get().state, Step.objects.get().outcome) == ("checked", "worked")


def test_a_changed_mind_counts_last(step: Step) -> None:
    done(step)
    say(step, step.owner, N)
    say(step, step.owner, W)
    say(step, step.second, W)
    assert (step.outcome, step.checks.count()) == ("worked", 2)


def test_only_the_two_say_whether_it_worked(step: Step, dana: User, mia: User) -> None:
    done(step)
    for person in (dana, mia):
        with pytest.raises(Refused, match="The owner and the second person"):
            say(step, person, W)
    assert Check.objects.count() == 0


def test_before_the_date_it_is_too_soon(step: Step) -> None:
    done(step)
    with pytest.raises(Refused, match="It is too soon to say"):
        say(step, step.owner, W, at=LOOK_AGAIN_AT - timedelta(days=2))
    # The day before is allowed: somewhere the date has come already.
    say(step, step.owner, W, at=LOOK_AGAIN_AT - timedelta(days=1))
    assert Check.objects.count() == 1


def test_too_early_moves_the_date_for_both(step: Step) -> None:
    done(step)
    say(step, step.owner, W)
    say(step, step.second, Outcome.TOO_EARLY)
    step.refresh_from_db()
    assert (step.state, step.look_again_on) == ("done", LOOK_AGAIN_ON + LOOK_AGAIN_LATER)
    later = LOOK_AGAIN_AT + LOOK_AGAIN_LATER
    assert list(Step.objects.wanting_check_of(step.owner, later.date())) == [step]  # the first word has lapsed
    say(step, step.second, W, at=later)
    assert step.state == "done"
    say(step, step.owner, W, at=later)
    assert (step.state, step.outcome, step.checks.count()) == ("checked", "worked", 4)


def test_too_early_may_name_a_later_day_only(step: Step) -> None:
    done(step)
    for days in (-1, 0):
        with pytest.raises(Refused, match="Choose a day after"):
            say(step, step.owner, Outcome.TOO_EARLY, later=LOOK_AGAIN_ON + timedelta(days=days))
    say(step, step.owner, Outcome.TOO_EARLY, later=LOOK_AGAIN_ON + timedelta(days=3))
    assert Step.objects.get().look_again_on == LOOK_AGAIN_ON + timedelta(days=3)


def test_verdicts_from_before_the_second_try_do_not_count(step: Step) -> None:
    done(step)
    say(step, step.owner, N)
    say(step, step.second, N)
    step.start(by=step.owner, at=LOOK_AGAIN_AT)
    step.finish(by=step.owner, at=LOOK_AGAIN_AT)
    later = LOOK_AGAIN_AT + LOOK_AGAIN_LATER
    assert (step.outcome, step.look_again_on) == ("", later.date())
    say(step, step.owner, W, at=later)
    assert Step.objects.get().state == "done"
    say(step, step.second, W, at=later)
    assert Step.objects.get().outcome == "worked"


def test_a_step_with_a_new_owner_is_settled_by_the_two_it_has_now(step: Step, dana: User) -> None:
    done(step)
    say(step, step.owner, N)
    step.rewrite(by=step.second, at=LATER, owner=dana)
    say(step, dana, W)
    say(step, step.second, W)
    assert (step.state, step.outcome) == ("checked", "worked")


def test_a_moved_date_stays_in_the_history(step: Step, bob: User) -> None:
    step.rewrite(by=bob, at=LATER, due_on=DUE_ON + timedelta(days=2))
    step.refresh_from_db()
    assert step.due_on == DUE_ON + timedelta(days=2)
    last = step.history.last()
    assert (last.what, last.was_on, last.now_on) == ("moved", DUE_ON, DUE_ON + timedelta(days=2))


# Who sees it


@pytest.mark.parametrize("phase", [Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED])
def test_who_sees_a_step(people: dict[str, User], debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    step = debrief.steps.first() or a_step(debrief)
    sees = {name for name, person in people.items() if step in Step.objects.visible_to(person)}
    assert sees == {"alice", "bob", "dana", "eli", "farah", "mia"}


def test_after_a_step_back_the_manager_sees_none(debrief_in: DebriefIn, alice: User, mia: User) -> None:
    debrief = debrief_in(Phase.REALIGN)
    step = a_step(debrief)
    assert list(Step.objects.visible_to(mia)) == [step]
    debrief.move(Phase.RATIONALIZE, by=alice, at=AT)
    assert list(Step.objects.visible_to(mia)) == []


def test_an_owner_who_left_sees_it_no_more(step: Step, team: Team, bob: User) -> None:
    assert list(Step.objects.visible_to(bob)) == [step]
    team.remove(bob)
    assert list(Step.objects.visible_to(bob)) == []


def test_what_is_overdue_and_what_wants_a_check(step: Step, alice: User, bob: User, dana: User) -> None:
    assert list(Step.objects.overdue(DUE_ON)) == []
    assert list(Step.objects.overdue(DUE_ON + timedelta(days=1))) == [step]
    done(step)
    assert list(Step.objects.overdue(DUE_ON + timedelta(days=1))) == []
    wants = {
        person.display_name: [
            step in Step.objects.wanting_check_of(person, LOOK_AGAIN_ON + timedelta(days=n)) for n in (-1, 0)
        ]
        for person in (alice, bob, dana)
    }
    assert wants == {"Alice": [False, True], "Bob": [False, True], "Dana": [False, False]}
