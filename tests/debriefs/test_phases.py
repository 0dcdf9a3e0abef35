"""The way a debrief goes: the table, both ends of every edge, and two people who move it at the same instant."""

import uuid
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.debriefs.management.commands.phases_page import page
from apps.debriefs.models import Debrief, Lesson, Perspective, PhaseMove
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.phases import (
    BEFORE_REVEAL,
    ON_THE_BOARD,
    TRANSITIONS,
    WAY,
    Phase,
    Sees,
    next_phase,
    previous_phase,
    sees,
)
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, worked, write

DebriefIn = Callable[..., Debrief]
EDGES = [(here, there) for here in Phase for there in Phase if there in TRANSITIONS[here]]
NO_EDGES = [(here, there) for here in Phase for there in Phase if there not in TRANSITIONS[here]]


def test_the_table_names_every_phase() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert {to for edges in TRANSITIONS.values() for to in edges} == set(Phase)


def test_one_step_forward_and_at_most_one_back() -> None:
    forward = {here: next_phase(here) for here in WAY}
    assert forward == dict(zip(WAY, (*WAY[1:], None), strict=True))
    back = {here: previous_phase(here) for here in Phase}
    assert back == {
        Phase.DRAFT: None,
        Phase.PREPARE: Phase.DRAFT,
        Phase.RECOGNIZE: None,  # what was shown cannot be unseen
        Phase.RATIONALIZE: Phase.RECOGNIZE,
        Phase.REALIGN: Phase.RATIONALIZE,
        Phase.FOLLOW_THROUGH: Phase.REALIGN,
        Phase.LEARNED: Phase.FOLLOW_THROUGH,
        Phase.CANCELLED: None,
    }


def test_cancelling_ends_with_the_first_promises() -> None:
    assert {here for here in Phase if Phase.CANCELLED in TRANSITIONS[here]} == {
        Phase.DRAFT, Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN,
    }  # fmt: skip
    assert TRANSITIONS[Phase.CANCELLED] == ()


def test_no_way_leads_back_over_the_reveal() -> None:
    assert [edge for edge in EDGES if edge[0] in ON_THE_BOARD and edge[1] in BEFORE_REVEAL] == []


def test_what_is_seen_in_each_phase() -> None:
    assert {phase: sees(phase) for phase in Phase} == {
        Phase.DRAFT: Sees.NOTHING,
        Phase.PREPARE: Sees.OWN,
        Phase.RECOGNIZE: Sees.BOARD,
        Phase.RATIONALIZE: Sees.BOARD,
        Phase.REALIGN: Sees.BOARD,
        Phase.FOLLOW_THROUGH: Sees.BOARD,
        Phase.LEARNED: Sees.BOARD,
        Phase.CANCELLED: Sees.NOTHING,
    }


def keep_every_promise(debrief: Debrief) -> None:
    for step in debrief.steps.all():
        worked(step)
    Lesson.write(debrief, uuid.uuid4(), text="What nobody owns runs out.")


def go(debrief: Debrief, to: Phase, by: User) -> None:
    """By the verb that people use for this move."""
    if to == Phase.RECOGNIZE and debrief.phase == Phase.PREPARE:
        debrief.reveal(by=by, at=AT)
    elif to == Phase.LEARNED:
        if debrief.phase == Phase.FOLLOW_THROUGH:
            keep_every_promise(debrief)
        debrief.publish(by=by, at=AT, closing_statement="Thank you.", audience="team")
    elif to == Phase.CANCELLED:
        debrief.cancel(because="A false alarm.", by=by, at=AT)
    else:
        debrief.move(to, by=by, at=AT)


@pytest.mark.parametrize(("here", "there"), EDGES)
def test_every_edge_can_be_gone(debrief_in: DebriefIn, alice: User, here: Phase, there: Phase) -> None:
    debrief = debrief_in(here)
    moves_before = debrief.moves.count()
    go(debrief, there, alice)
    assert Debrief.objects.get(pk=debrief.pk).phase == there
    assert debrief.moves.count() == moves_before + 1
    last = debrief.moves.last()
    assert (last.from_phase, last.to_phase, last.by, last.at) == (here, there, alice, AT)


@pytest.mark.parametrize("here", Phase)
def test_no_other_edge_can(debrief_in: DebriefIn, alice: User, here: Phase) -> None:
    debrief = debrief_in(here)
    before = (debrief.seq, debrief.moves.count(), debrief.replan)
    for there in [there for place, there in NO_EDGES if place == here]:
        with pytest.raises(WrongPhase, match=f"From “{here.label}” the debrief cannot go to “{there.label}”"):
            go(debrief, there, alice)
        assert debrief.phase == here
    debrief.refresh_from_db()
    assert (debrief.phase, *before) == (here, debrief.seq, debrief.moves.count(), debrief.replan)


def test_a_move_is_told_to_the_room_once(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    seq = debrief.seq
    debrief.move(Phase.REALIGN, by=alice, at=AT)
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("seq", "region")) == [(seq + 1, "room")]


def test_who_comes_second_reads_who_was_faster(debrief: Debrief, alice: User, bob: User) -> None:
    seen_by_alice, seen_by_bob = Debrief.objects.get(pk=debrief.pk), Debrief.objects.get(pk=debrief.pk)
    seen_by_bob.move(Phase.DRAFT, by=bob, at=AT)
    with pytest.raises(WrongPhase, match=r"Bob has just moved the debrief to “Draft”. Nothing of yours is lost."):
        seen_by_alice.reveal(by=alice, at=AT)
    assert seen_by_alice.phase == Phase.DRAFT
    assert (Perspective.objects.count(), debrief.drafts.count()) == (0, 4)


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_reveal_at_once_one_does(debrief: Debrief, alice: User) -> None:
    seen = [Debrief.objects.get(pk=debrief.pk) for _ in range(8)]
    answers = at_once(lambda one: one.reveal(by=alice, at=AT), seen)
    assert [str(answer) for answer in answers if answer is not None] == [
        "Alice has just moved the debrief to “Recognize”. Nothing of yours is lost."
    ] * 7
    assert PhaseMove.objects.filter(debrief=debrief, to_phase=Phase.RECOGNIZE).count() == 1
    assert Perspective.objects.filter(debrief=debrief).count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_different_moves_at_once_cannot_both_win(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.REALIGN)
    ways = [(Debrief.objects.get(), to) for to in (Phase.FOLLOW_THROUGH, Phase.RATIONALIZE) for _ in range(4)]
    answers = at_once(lambda way: way[0].move(way[1], by=alice, at=AT), ways)
    assert [answer for answer in answers if answer is None] == [None]
    assert debrief.moves.filter(from_phase=Phase.REALIGN).count() == 1


def test_moves_that_ask_for_more_have_verbs_of_their_own(debrief_in: DebriefIn, alice: User) -> None:
    for here, there in ((Phase.PREPARE, Phase.RECOGNIZE), (Phase.DRAFT, Phase.CANCELLED)):
        debrief = debrief_in(here)
        with pytest.raises(Refused):
            debrief.move(there, by=alice, at=AT)
        assert Debrief.objects.get(pk=debrief.pk).phase == here


def test_a_debrief_with_an_open_promise_does_not_close(debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in(Phase.FOLLOW_THROUGH)
    with pytest.raises(Refused, match="1 step is not checked yet"):
        debrief.publish(by=alice, at=AT, closing_statement="Thank you.", audience="team")
    for step in debrief.steps.all():
        step.drop(because="The supplier does it now.", by=alice, at=AT)
    with pytest.raises(Refused, match="No lesson is written down yet"):
        debrief.publish(by=alice, at=AT, closing_statement="Thank you.", audience="team")
    assert (Debrief.objects.get().phase, debrief.moves.filter(to_phase="learned").count()) == ("follow_through", 0)


@pytest.mark.parametrize("phase", ["draft", "prepare"])
def test_the_database_refuses_to_unsee(debrief_in: DebriefIn, phase: str) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    with pytest.raises(IntegrityError, match="debrief_reveal_stays"), transaction.atomic():
        Debrief.objects.filter(pk=debrief.pk).update(phase=phase)


def test_back_to_the_draft_and_forth_loses_no_card(debrief: Debrief, alice: User, bob: User) -> None:
    debrief.move(Phase.DRAFT, by=alice, at=AT)
    with pytest.raises(WrongPhase):
        write(debrief, bob, "One more")
    debrief.move(Phase.PREPARE, by=alice, at=AT)
    write(debrief, bob, "One more")
    assert debrief.drafts.count() == 5


def test_the_page_of_phases_is_current() -> None:
    call_command("phases_page", check=True)


def test_the_page_names_every_phase_and_edge() -> None:
    text = page()
    assert [phase for phase in Phase if f"| {phase.label} |" not in text] == []
    assert [edge for edge in EDGES if f"{edge[0].value} --> {edge[1].value}" not in text] == []
    assert text.count(" --> ") == len(EDGES) + 3
