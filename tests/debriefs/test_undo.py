"""The way back of a change: everything as it was, once, for its own person, or nothing at all and a sentence."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.serializers import serialize

from apps.accounts.models import User
from apps.debriefs.models import (
    Debrief,
    Factor,
    Lesson,
    OpenQuestion,
    ParkedIdea,
    Strength,
    Theme,
    TimelineEntry,
    Undo,
    Vote,
)
from apps.debriefs.models.timeline import drop_entry, write_entry
from apps.debriefs.models.undo import forget_the_past, undo_of, way_back
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused
from tests import factories
from tests.factories import AT, DUE_ON

DebriefIn = Callable[..., Debrief]
TABLES = (Theme, Vote, Factor, Strength, OpenQuestion, Lesson, ParkedIdea, TimelineEntry)


@pytest.fixture
def board(debrief_in: DebriefIn) -> Debrief:
    """Back in Recognize after a vote: two themes hold cards, dots and findings, and one is talked about."""
    debrief = debrief_in(Phase.REALIGN)
    one, two = debrief.themes.all()
    Factor.objects.filter(debrief=debrief).update(theme=one)
    Strength.objects.filter(debrief=debrief).update(theme=two)
    Debrief.objects.filter(pk=debrief.pk).update(focus=one)
    for phase in (Phase.RATIONALIZE, Phase.RECOGNIZE):
        debrief.move(phase, by=debrief.created_by, at=AT)
    return debrief


def everything(debrief: Debrief) -> list[str]:
    """Each row of the room, with all its fields."""
    rows = [serialize("json", table.objects.filter(debrief=debrief).order_by("pk")) for table in TABLES]
    cards = debrief.perspectives.order_by("pk").values_list("pk", "theme", "text")
    return [*rows, str(list(cards)), str(Debrief.objects.values_list("focus").get(pk=debrief.pk))]


def change(debrief: Debrief, verb: Callable[[], Any], *touched: Any) -> Undo:
    with way_back(debrief, *touched, at=AT) as undo:
        verb()
    return undo


def verbs_on(board: Debrief) -> dict[str, tuple[Callable[[], Any], tuple[Any, ...]]]:
    one, two = board.themes.select_related("debrief")
    card = board.perspectives.select_related("debrief").first()
    cards = list(one.perspectives.values_list("pk", flat=True))
    return {
        "merge": (lambda: one.merge_into(two), (one, two)),
        "remove a theme": (one.remove, (one,)),
        "split": (lambda: one.split(uuid.uuid4(), name="New", cards=cards[:1]), (one, board.themes.all())),
        "move": (lambda: card.move_to(None), (card,)),
        "a theme around it": (
            lambda: (card.move_to(None), Theme.around(card)),
            (card, board.themes.all()),
        ),
    }


VERBS = ("merge", "remove a theme", "split", "move", "a theme around it")


@pytest.mark.parametrize("name", VERBS)
def test_undo_restores_every_row_and_its_id(board: Debrief, name: str) -> None:
    before = everything(board)
    verb, touched = verbs_on(board)[name]
    undo = change(board, verb, *touched)
    assert everything(board) != before
    undo.bring_back()
    assert everything(board) == before


def things_of(debrief_in: DebriefIn) -> dict[str, Any]:
    debrief = debrief_in(Phase.REALIGN)
    owner = debrief.created_by
    return {
        "factor": factories.a_factor(debrief, "Another one"),
        "strength": debrief.strengths.get(),
        "question": OpenQuestion.write(debrief, uuid.uuid4(), text="Since when?", owner=owner, due_on=DUE_ON),
        "lesson": Lesson.write(debrief, uuid.uuid4(), text="Ask early.\nReally."),
        "idea": ParkedIdea.write(debrief, uuid.uuid4(), text="Two calendars"),
    }


@pytest.mark.parametrize("name", ["factor", "strength", "question", "lesson", "idea"])
def test_what_was_removed_comes_back_with_its_id_and_its_moment(debrief_in: DebriefIn, name: str) -> None:
    thing = things_of(debrief_in)[name]
    debrief, key = thing.debrief, thing.pk
    before = everything(debrief)
    undo = change(debrief, thing.remove, thing)
    assert not type(thing).objects.filter(pk=key).exists()
    assert undo.regions == [type(thing).region]
    undo.bring_back()
    assert everything(debrief) == before


def test_a_timeline_entry_comes_back_with_the_accounts_beside_it(board: Debrief) -> None:
    entry = write_entry(board, key=uuid.uuid4(), happened_at=AT, text="It stopped.", source="log", is_event=True)
    write_entry(board, key=uuid.uuid4(), happened_at=AT, text="It slowed down.", source="Bo", beside=str(entry.pk))
    before = everything(board)
    undo = change(board, lambda: drop_entry(board, entry), TimelineEntry.objects.get(pk=entry.pk))
    assert [one.beside for one in board.timeline.all()] == [None]
    undo.bring_back()
    assert everything(board) == before


def test_an_undo_is_numbered_and_told_like_any_change(board: Debrief) -> None:
    card = board.perspectives.select_related("debrief").first()
    undo = change(board, lambda: card.move_to(None), card)
    seq = Debrief.objects.get(pk=board.pk).seq
    undo.bring_back()
    told = board.live_events.filter(seq__gt=seq).order_by("seq").values_list("region", flat=True)
    assert list(told) == [f"card-{card.position}", "themes"]


def test_an_undo_is_used_once(board: Debrief) -> None:
    card = board.perspectives.select_related("debrief").first()
    undo = change(board, lambda: card.move_to(None), card)
    undo.bring_back()
    card.move_to(None)
    after = everything(board)
    with pytest.raises(Refused, match="too late"):
        undo.bring_back()
    assert everything(board) == after


def test_an_undo_is_over_after_a_minute(board: Debrief, alice: User) -> None:
    card = board.perspectives.select_related("debrief").first()
    undo = change(board, lambda: card.move_to(None), card)
    token = undo.token(alice)
    assert undo_of(board, token, by=alice, at=AT + timedelta(seconds=60)) == undo
    with pytest.raises(Refused, match="too late"):
        undo_of(board, token, by=alice, at=AT + timedelta(seconds=61))


def test_an_undo_is_of_one_person_in_one_debrief(board: Debrief, debrief_in: DebriefIn, alice: User, bob: User) -> None:
    card = board.perspectives.select_related("debrief").first()
    token = change(board, lambda: card.move_to(None), card).token(alice)
    other = debrief_in(Phase.RECOGNIZE)
    asked = [(board, token, bob), (other, token, alice), (board, f"x{token}", alice), (board, "no-token", alice)]
    assert [undo_of(debrief, one, by=person, at=AT) for debrief, one, person in asked] == [None] * 4


def test_the_words_that_were_removed_are_not_kept(board: Debrief) -> None:
    idea = ParkedIdea.write(board, uuid.uuid4(), text="Two calendars")
    change(board, idea.remove, ParkedIdea.objects.get(pk=idea.pk))
    forget_the_past(AT + timedelta(seconds=60))
    assert Undo.objects.count() == 1
    forget_the_past(AT + timedelta(seconds=61))
    assert Undo.objects.count() == 0


# Others have gone on from there


def test_a_card_that_somebody_moved_on_stays_where_it_is_now(board: Debrief) -> None:
    one, two = board.themes.select_related("debrief")
    cards = list(one.perspectives.select_related("debrief"))
    undo = change(board, one.remove, one)
    cards[0].move_to(two)
    after = everything(board)
    with pytest.raises(Refused, match="gone on from there"):
        undo.bring_back()
    assert everything(board) == after
    assert Undo.objects.filter(pk=undo.pk).exists()


def test_no_card_goes_back_to_a_theme_that_went(board: Debrief) -> None:
    one, two = board.themes.select_related("debrief")
    card = one.perspectives.select_related("debrief").first()
    undo = change(board, lambda: card.move_to(two), card)
    Theme.objects.get(pk=one.pk).remove()
    after = everything(board)
    with pytest.raises(Refused, match="gone on from there"):
        undo.bring_back()
    assert everything(board) == after


def test_a_new_theme_that_others_use_by_now_stays(board: Debrief) -> None:
    one, two = board.themes.select_related("debrief")
    mine, theirs = (
        one.perspectives.select_related("debrief").first(),
        two.perspectives.select_related("debrief").first(),
    )
    undo = change(board, lambda: (mine.move_to(None), Theme.around(mine)), mine, board.themes.all())
    theirs.move_to(Theme.objects.get(perspectives=mine))
    after = everything(board)
    with pytest.raises(Refused, match="gone on from there"):
        undo.bring_back()
    assert everything(board) == after


def test_a_row_that_came_back_by_its_form_is_not_doubled(board: Debrief) -> None:
    key = uuid.uuid4()
    idea = ParkedIdea.write(board, key, text="Two calendars")
    undo = change(board, idea.remove, ParkedIdea.objects.get(pk=key))
    ParkedIdea.write(board, key, text="Two calendars")
    with pytest.raises(Refused, match="gone on from there"):
        undo.bring_back()
    assert board.parked_ideas.count() == 1


def test_what_was_done_in_another_phase_stays_done(board: Debrief) -> None:
    one, two = board.themes.select_related("debrief")
    undo = change(board, lambda: one.merge_into(two), one, two)
    board.move(Phase.RATIONALIZE, by=board.created_by, at=AT)
    after = everything(board)
    with pytest.raises(Refused, match="is now in “Rationalize”"):
        undo.bring_back()
    assert everything(board) == after


def test_a_change_that_is_refused_leaves_no_way_back(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.FOLLOW_THROUGH)
    factor = debrief.factors.first()
    with pytest.raises(Refused):
        change(debrief, factor.remove, factor)
    assert (Undo.objects.count(), debrief.factors.count()) == (0, 1)
