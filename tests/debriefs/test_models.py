"""Setting up, and what the room writes down: once per form, in its phase, numbered for everyone."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from apps.accounts.models import User
from apps.debriefs.models import (
    Anonymity,
    Debrief,
    Draft,
    Factor,
    Lesson,
    OpenQuestion,
    ParkedIdea,
    Strength,
    Theme,
)
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, a_draft, a_factor, a_step, write
from tests.factories import debrief_in as a_debrief_in

DebriefIn = Callable[..., Debrief]
FOUND: dict[type, dict[str, Any]] = {
    Factor: {"title": "Nobody owned it", "kind": "unspoken"},
    Strength: {"title": "We rang at once"},
    OpenQuestion: {"text": "Since when?", "due_on": date(2026, 12, 1)},
    Lesson: {"text": "What nobody owns runs out."},
    ParkedIdea: {"text": "A second calendar"},
}
ALLOWED_IN = {
    Factor: {Phase.RATIONALIZE, Phase.REALIGN},
    Strength: {Phase.RATIONALIZE, Phase.REALIGN},
    OpenQuestion: {Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH},
    Lesson: {Phase.REALIGN, Phase.FOLLOW_THROUGH},
    ParkedIdea: {Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN},
}
REGION = {Factor: "factors", Strength: "strengths", OpenQuestion: "questions", Lesson: "lessons", ParkedIdea: "parking"}


def found(model: type, by: User) -> dict[str, Any]:
    return {**FOUND[model], **({"owner": by} if model is OpenQuestion else {})}


# Starting


def test_a_debrief_starts_with_its_prompts_and_the_room(team: Team, room: tuple[User, ...], mia: User) -> None:
    debrief = a_draft(team)
    assert (debrief.phase, debrief.facilitator, debrief.format_key) == ("draft", room[0], "three_rs")
    assert [(one.position, one.side) for one in debrief.prompts.all()] == [(1, "wrong"), (2, "right")]
    assert {one.person for one in debrief.participations.all()} == set(room)


@pytest.mark.django_db(transaction=True)
def test_the_same_start_form_twenty_times_makes_one_debrief(team: Team, room: tuple[User, ...], alice: User) -> None:
    key = uuid.uuid4()
    made = at_once(lambda _n: Debrief.start(team=team, by=alice, at=AT, form_key=key, title="Once").pk, list(range(20)))
    assert set(made) == set(Debrief.objects.values_list("pk", flat=True))
    assert len(set(made)) == 1
    assert Debrief.objects.get().prompts.count() == 2


def test_a_start_form_of_another_team_is_refused(team: Team, other_team: Team, alice: User, charlie: User) -> None:
    key = uuid.uuid4()
    Debrief.start(team=team, by=alice, at=AT, form_key=key, title="Ours")
    with pytest.raises(Refused, match="belongs to another team"):
        Debrief.start(team=other_team, by=charlie, at=AT, form_key=key, title="Theirs")
    assert list(Debrief.objects.values_list("team", "title")) == [(team.pk, "Ours")]


def test_a_format_changes_only_before_anyone_could_write(team: Team, room: tuple[User, ...], alice: User) -> None:
    debrief = a_draft(team)
    debrief.use_format("incident")
    assert debrief.format_key == "incident"
    debrief.move(Phase.PREPARE, by=alice, at=AT)
    write(debrief, room[1], "It was down.")
    with pytest.raises(WrongPhase):
        debrief.use_format("three_rs")
    debrief.move(Phase.DRAFT, by=alice, at=AT)
    with pytest.raises(Refused, match="already"):
        debrief.use_format("three_rs")
    assert Draft.objects.get().text == "It was down."


def test_who_was_asked_to_write_stays_ready_or_not(
    debrief: Debrief, room: tuple[User, ...], alice: User, bob: User, dana: User
) -> None:
    debrief.say_ready(bob, at=AT)
    debrief.set_people([alice, dana])
    assert {one.person for one in debrief.participations.all()} == set(room)


def test_setting_up_is_numbered(debrief: Debrief) -> None:
    seq = debrief.seq
    debrief.set_up(title="Another title", impact="300 people could not pay.")
    debrief.refresh_from_db()
    assert (debrief.title, debrief.impact, debrief.seq) == ("Another title", "300 people could not pay.", seq + 1)


@pytest.mark.parametrize(
    ("now", "wanted", "allowed"),
    [
        ("named", "choice", True), ("named", "anonymous", True), ("choice", "anonymous", True),
        ("anonymous", "choice", False), ("anonymous", "named", False), ("choice", "named", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.RECOGNIZE, "draft again", "draft in another window"])
def test_more_anonymous_never_less(
    debrief_in: DebriefIn, alice: User, phase: str, now: str, wanted: str, allowed: bool
) -> None:
    debrief = debrief_in(phase if phase in Phase.values else Phase.PREPARE, anonymity=now)
    if phase == "draft again":
        debrief.move(Phase.DRAFT, by=alice, at=AT)
    if phase == "draft in another window":
        debrief.phase, debrief.anonymity = Phase.DRAFT, wanted  # what that window still holds
    if allowed:
        debrief.set_up(anonymity=wanted)
    else:
        with pytest.raises(Refused, match="more anonymous, never less"):
            debrief.set_up(anonymity=wanted)
    assert Debrief.objects.get(pk=debrief.pk).anonymity == (wanted if allowed else now)


def test_a_first_draft_may_still_choose(team: Team, room: tuple[User, ...]) -> None:
    debrief = a_draft(team, anonymity=Anonymity.ANONYMOUS)
    debrief.set_up(anonymity=Anonymity.NAMED)
    assert Debrief.objects.get().anonymity == "named"


# What the room writes down


@pytest.mark.parametrize("model", FOUND, ids=lambda model: model.__name__)
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase != Phase.CANCELLED])
def test_each_thing_is_written_in_its_phases_only(debrief_in: DebriefIn, alice: User, phase: Phase, model: Any) -> None:
    debrief = debrief_in(phase)
    rows, seq = model.objects.count(), debrief.seq
    if phase in ALLOWED_IN[model]:
        model.write(debrief, uuid.uuid4(), **found(model, alice))
        assert model.objects.count() == rows + 1
        assert list(debrief.live_events.filter(seq__gt=seq).values_list("seq", "region")) == [(seq + 1, REGION[model])]
    else:
        with pytest.raises(WrongPhase, match=f"The debrief is now in “{phase.label}”"):
            model.write(debrief, uuid.uuid4(), **found(model, alice))
        assert (model.objects.count(), Debrief.objects.get(pk=debrief.pk).seq) == (rows, seq)


@pytest.mark.parametrize("model", FOUND, ids=lambda model: model.__name__)
@pytest.mark.django_db(transaction=True)
def test_twenty_equal_forms_make_one_row(debrief_in: DebriefIn, alice: User, model: Any) -> None:
    debrief = debrief_in(Phase.REALIGN)
    rows, seq, key = model.objects.count(), debrief.seq, uuid.uuid4()
    made = at_once(lambda one: model.write(one, key, **found(model, alice)).pk, [Debrief.objects.get()] * 20)
    debrief.refresh_from_db()
    assert (set(made), model.objects.count(), debrief.seq) == ({key}, rows + 1, seq + 1)


@pytest.mark.parametrize("model", FOUND, ids=lambda model: model.__name__)
def test_a_key_of_another_debrief_is_refused(debrief_in: DebriefIn, alice: User, model: Any) -> None:
    ours, theirs = debrief_in(Phase.REALIGN), debrief_in(Phase.REALIGN)
    taken = model.write(theirs, uuid.uuid4(), **found(model, alice))
    with pytest.raises(Refused, match="open the page again"):
        model.write(ours, taken.pk, **found(model, alice))
    assert model.objects.get(pk=taken.pk).debrief == theirs


def test_what_is_settled_is_neither_rewritten_nor_removed(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.FOLLOW_THROUGH)
    factor = debrief.factors.get()
    with pytest.raises(WrongPhase):
        factor.rewrite(title="Something else")
    with pytest.raises(WrongPhase):
        factor.remove()
    assert Factor.objects.get().title == "Nobody owned the renewal"


def test_a_factor_that_a_step_answers_is_not_removed(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN)
    factor = debrief.factors.get()
    a_step(debrief, factor=factor)
    with pytest.raises(Refused, match="step"):
        factor.remove()
    assert Factor.objects.get() == factor


def test_accepting_a_factor_and_taking_it_back(debrief_in: DebriefIn) -> None:
    factor = a_factor(debrief_in(Phase.REALIGN), title="Storms")
    factor.accept("They come once in ten years.")
    assert Factor.objects.get(title="Storms").accepted_because == "They come once in ten years."
    factor.accept("")
    assert Factor.objects.get(title="Storms").accepted_because == ""


def test_an_answer_to_a_question_names_who_and_when(debrief_in: DebriefIn, alice: User, bob: User) -> None:
    question = OpenQuestion.write(debrief_in(Phase.RECOGNIZE), uuid.uuid4(), **found(OpenQuestion, alice))
    question.give_answer("Since March.", by=bob, at=AT)
    question.refresh_from_db()
    assert (question.answer, question.answered_by, question.answered_at) == ("Since March.", bob, AT)


@pytest.mark.django_db(transaction=True)
def test_events_are_numbered_without_a_gap(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    seq = debrief.seq
    at_once(lambda n: Theme.create(Debrief.objects.get(pk=debrief.pk), uuid.uuid4(), name=f"{n}").pk, list(range(12)))
    numbers = list(debrief.live_events.filter(seq__gt=seq).order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(seq + 1, seq + 13))
    assert Debrief.objects.get(pk=debrief.pk).seq == seq + 12


def test_foreign_debriefs_stand_apart(other_team: Team, debrief: Debrief) -> None:
    """The factory walks for a team of one as well."""
    theirs = a_debrief_in(Phase.RECOGNIZE, team=other_team)
    assert (theirs.team, theirs.perspectives.count()) == (other_team, 0)
