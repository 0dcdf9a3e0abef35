"""What belongs together belongs to one debrief: the database refuses it even when every view forgets to ask (A24)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, Draft, Factor, Perspective, Prompt, Strength, Theme, TimelineEntry, Vote
from apps.debriefs.phases import Phase
from tests import factories
from tests.factories import AT

DebriefIn = Callable[..., Debrief]


def an_entry(debrief: Debrief) -> TimelineEntry:
    return TimelineEntry.objects.create(debrief=debrief, happened_at=AT, text="The alarm rang.")


# (the child's table, its column, how the child comes to be in ours, the parent in theirs)
LINKS: list[tuple[str, str, Callable[[Debrief], Any], Callable[[Debrief], Any]]] = [
    ("debriefs_perspective", "prompt_id", lambda d: d.perspectives.first(), lambda d: d.prompts.first()),
    ("debriefs_perspective", "theme_id", lambda d: d.perspectives.first(), lambda d: d.themes.first()),
    ("debriefs_vote", "theme_id", lambda d: d.votes.first(), lambda d: d.themes.first()),
    ("debriefs_factor", "theme_id", lambda d: d.factors.first(), lambda d: d.themes.first()),
    ("debriefs_strength", "theme_id", lambda d: d.strengths.first(), lambda d: d.themes.first()),
    ("debriefs_timelineentry", "beside_id", an_entry, an_entry),
    ("actions_step", "factor_id", lambda d: d.steps.first(), lambda d: d.factors.first()),
]


@pytest.mark.parametrize(("table", "column", "child_of", "parent_of"), LINKS, ids=[f"{a}.{b}" for a, b, *_ in LINKS])
def test_a_child_of_another_debrief_cannot_be_stored(
    debrief_in: DebriefIn, table: str, column: str, child_of: Any, parent_of: Any
) -> None:
    ours, theirs = debrief_in(Phase.FOLLOW_THROUGH), debrief_in(Phase.FOLLOW_THROUGH)
    child, parent, own = child_of(ours), parent_of(theirs), parent_of(ours)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [own.pk, child.pk])  # noqa: S608
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="same_debrief"), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [parent.pk, child.pk])  # noqa: S608


def test_a_draft_under_a_foreign_prompt_cannot_be_stored(debrief_in: DebriefIn) -> None:
    ours, theirs = debrief_in(Phase.PREPARE), debrief_in(Phase.PREPARE)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="debriefs_draft_prompt_id_same_debrief"), transaction.atomic():
            ours.drafts.update(prompt=theirs.prompts.first())


def test_a_step_for_a_foreign_strength_cannot_be_stored(debrief_in: DebriefIn) -> None:
    ours, theirs = debrief_in(Phase.FOLLOW_THROUGH), debrief_in(Phase.FOLLOW_THROUGH)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="actions_step_strength_id_same_debrief"), transaction.atomic():
            ours.steps.update(factor=None, strength=theirs.strengths.first())


def test_a_child_does_not_move_house_alone(debrief_in: DebriefIn) -> None:
    ours, theirs = debrief_in(Phase.FOLLOW_THROUGH), debrief_in(Phase.FOLLOW_THROUGH)
    for children in (ours.perspectives, ours.votes, ours.steps):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(IntegrityError), transaction.atomic():
                children.update(debrief=theirs)


@pytest.mark.django_db
def test_every_pair_of_tables_that_share_a_debrief_is_linked_by_it() -> None:
    """A new foreign key between two children of a debrief needs its composite twin: this finds the one without."""
    children = {Draft, Perspective, Theme, Vote, Factor, Strength, TimelineEntry, Prompt, Step}
    wanted = {
        (model._meta.db_table, field.column)
        for model in children
        for field in model._meta.concrete_fields
        if field.related_model in children
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY(conkey) AND a.attname <> 'debrief_id'"
            " WHERE contype = 'f' AND array_length(conkey, 1) = 2"
        )
        assert set(cursor.fetchall()) == wanted


REFUSED_BY_THE_DATABASE: list[tuple[str, type, dict[str, Any]]] = [
    ("debrief_phase_is_known", Debrief, {"phase": "elsewhere"}),
    ("debrief_anonymity_is_known", Debrief, {"anonymity": "half"}),
    ("debrief_audience_is_known", Debrief, {"audience": "the world"}),
    ("debrief_has_a_title", Debrief, {"title": ""}),
    ("debrief_event_runs_forward", Debrief, {"started_at": AT, "ended_at": AT.replace(year=2025)}),
    ("debrief_votes_each", Debrief, {"votes_each": 0}),
    ("debrief_voting_opens_before_it_closes", Debrief, {"voting_opened_at": None}),
    ("perspective_has_text", Perspective, {"text": ""}),
    ("theme_has_a_name", Theme, {"name": ""}),
    ("vote_number_in_range", Vote, {"number": 11}),
    ("factor_kind_is_known", Factor, {"kind": "human error"}),
    ("factor_has_a_title", Factor, {"title": ""}),
    ("strength_has_a_title", Strength, {"title": ""}),
    ("prompt_side_is_known", Prompt, {"side": "blame"}),
    ("step_kind_is_known", Step, {"kind": "punish"}),
    ("step_state_is_known|step_done_has_a_moment", Step, {"state": "forgotten"}),
    ("step_says_what_and_how", Step, {"success_signal": ""}),
    ("step_answers_one_thing", Step, {"factor": None}),
    ("step_looks_again_after_due", Step, {"look_again_on": AT.date()}),
    ("step_done_has_a_moment", Step, {"state": "done"}),
    ("step_outcome_when_checked", Step, {"outcome": "worked"}),
    ("step_dropped_with_a_reason", Step, {"dropped_because": "a reason without the state"}),
]


@pytest.mark.parametrize(("name", "model", "fields"), REFUSED_BY_THE_DATABASE, ids=lambda value: str(value)[:40])
def test_the_database_keeps_the_promise(debrief_in: DebriefIn, name: str, model: Any, fields: dict[str, Any]) -> None:
    debrief_in(Phase.FOLLOW_THROUGH)
    one = model.objects.first()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.filter(pk=one.pk).update(**fields)


def test_the_second_is_not_the_owner(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.REALIGN)
    with pytest.raises(IntegrityError, match="step_second_is_not_the_owner"), transaction.atomic():
        factories.a_step(debrief, owner=bob, second=bob)
    assert Step.objects.count() == 0


def test_a_team_with_debriefs_stays(debrief: Debrief) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM teams_team WHERE id = %s", [debrief.team_id])
