from collections import Counter

import pytest

from apps.debriefs.formats import FORMATS
from apps.demo.content import ADMINS, DEBRIEFS, LOGINS, PEOPLE, TEAMS
from apps.demo.shapes import Debrief

KNOWN = {person.key for person in PEOPLE}
ROLES = {team.key: team.roles for team in TEAMS}
WAY = ("prepare", "recognize", "rationalize", "realign", "follow_through", "learned")
REVEALED = [one for one in DEBRIEFS if one.phase in WAY[1:]]
ANALYSED = [one for one in DEBRIEFS if one.phase in WAY[2:]]
WITH_STEPS = [one for one in DEBRIEFS if one.phase in WAY[3:]]
SETTLED = [one for one in DEBRIEFS if one.phase in WAY[4:]]

each_debrief = pytest.mark.parametrize("debrief", DEBRIEFS, ids=lambda one: one.key)


def in_the_room(debrief: Debrief) -> set[str]:
    return {person for person, role in ROLES[debrief.team].items() if role != "manager"}


def sides(debrief: Debrief) -> Counter:
    side_of = {prompt.key: prompt.side for prompt in FORMATS[debrief.format].prompts}
    return Counter(side_of[card.prompt] for card in (*debrief.cards, *debrief.late_cards))


def test_every_phase_and_every_way_of_signing_is_shown():
    assert Counter(one.phase for one in DEBRIEFS) == {
        "draft": 1,
        "prepare": 1,
        "recognize": 1,
        "rationalize": 1,
        "realign": 1,
        "follow_through": 2,
        "learned": 2,
        "cancelled": 1,
    }
    assert {one.anonymity for one in DEBRIEFS} == {"named", "anonymous", "choice"}
    assert {one.format for one in DEBRIEFS} == set(FORMATS)
    assert {one.audience for one in DEBRIEFS if one.phase == "learned"} == {"team", "organization"}


def test_the_people_and_their_three_logins():
    assert len(KNOWN) == len({person.email for person in PEOPLE}) == len(PEOPLE)
    assert set().union(*ROLES.values()) | set(ADMINS) == KNOWN
    assert all(6 <= len([role for role in roles.values() if role != "manager"]) <= 8 for roles in ROLES.values())
    assert all(Counter(roles.values())["leader"] == 1 for roles in ROLES.values())
    by_email = {person.email: person.key for person in PEOPLE}
    assert [(role, ROLES["payments"][by_email[email]]) for role, email, _ in LOGINS] == [
        ("leader", "leader"),
        ("member", "member"),
        ("manager", "manager"),
    ]
    # The manager of two teams leads the third.
    assert [roles["samuel"] for roles in ROLES.values()] == ["manager", "manager", "leader"]


@each_debrief
def test_everyone_named_was_in_the_room(debrief):
    named = {debrief.created_by, debrief.facilitator, debrief.opening_by, *debrief.ready, *debrief.votes}
    named |= {card.by for card in (*debrief.cards, *debrief.late_cards)}
    named |= {person for person, *_ in (*debrief.check_ins, *debrief.worries, *debrief.parked)}
    named |= {question.owner for question in debrief.questions}
    named |= {person for step in debrief.steps for person in (step.owner, step.second)}
    named |= {change.by for step in debrief.steps for change in step.changes}
    assert named - {""} <= in_the_room(debrief)


@each_debrief
def test_anonymous_where_it_is_promised(debrief):
    writers = {bool(card.by) for card in debrief.cards}
    allowed = {"named": {True}, "anonymous": {False}, "choice": {True, False}}[debrief.anonymity]
    assert writers <= allowed
    # After the reveal, cards without a name wait for a batch of three; the demo has none that would be stuck.
    assert all(card.by for card in debrief.late_cards)
    if debrief.anonymity != "named":
        assert len(debrief.ready) >= 3


@pytest.mark.parametrize("debrief", REVEALED, ids=lambda one: one.key)
def test_both_sides_of_the_board_are_well_filled(debrief):
    count = sides(debrief)
    assert 5 <= count["wrong"] <= 9
    assert 5 <= count["right"] <= 9
    assert any(entry.beside for entry in debrief.timeline)
    assert [entry.when for entry in debrief.timeline] == sorted(entry.when for entry in debrief.timeline)
    assert debrief.timeline[0].when < debrief.started
    assert sum(entry.is_event for entry in debrief.timeline) == 1
    used = {card.theme for card in (*debrief.cards, *debrief.late_cards)} - {""}
    assert used == set(debrief.themes)


@pytest.mark.parametrize("debrief", ANALYSED, ids=lambda one: one.key)
def test_the_reasons_are_found(debrief):
    assert debrief.voting == "closed"
    assert all(len(dots) == 3 and set(dots) <= set(debrief.themes) for dots in debrief.votes.values())
    assert {factor.kind for factor in debrief.factors} == {"tactical_misstep", "unspoken", "unforeseeable"}
    assert all(2 <= len(factor.chain) <= 4 and factor.assumption for factor in debrief.factors)
    assert {found.theme for found in (*debrief.factors, *debrief.strengths)} <= set(debrief.themes)
    assert debrief.strengths
    assert all((question.answered is None) == (not question.answer) for question in debrief.questions)


@pytest.mark.parametrize("debrief", WITH_STEPS, ids=lambda one: one.key)
def test_steps_answer_something_and_can_be_checked(debrief):
    factors, strengths = {one.key for one in debrief.factors}, {one.key for one in debrief.strengths}
    assert {one.answer for one in debrief.strengths} <= {"keep", "amplify", "spread"}
    for step in debrief.steps:
        assert step.answers in (factors if step.kind == "fix" else strengths)
        assert step.owner != step.second
        assert step.look_again >= step.due
        agreed = step.agreed or debrief.began["realign"]
        days = [agreed, *(change.day for change in step.changes), 0]
        assert days == sorted(days)
        checks = [change for change in step.changes if change.verb == "check"]
        assert all(change.by in (step.owner, step.second) and change.day >= step.look_again for change in checks)
        assert all(change.note for change in step.changes if change.verb in ("block", "drop"))


def is_settled(step) -> bool:
    verbs = Counter(change.verb for change in step.changes)
    return verbs["drop"] == 1 or verbs["check"] == 2


@pytest.mark.parametrize("debrief", SETTLED, ids=lambda one: one.key)
def test_what_was_decided_is_whole(debrief):
    answered = {step.answers for step in debrief.steps}
    assert not [one.key for one in debrief.strengths if one.answer != "keep" and one.key not in answered]
    assert not [one.key for one in debrief.factors if not one.accepted_because and one.key not in answered]
    if debrief.phase == "learned":
        assert all(is_settled(step) for step in debrief.steps)
        assert all(question.answer for question in debrief.questions)
        assert debrief.lessons
        assert "here is what I have learned" in debrief.closing


def test_steps_are_due_yesterday_today_next_week_and_later():
    open_ones = [step for one in DEBRIEFS for step in one.steps if not is_settled(step)]
    assert {-1, 0, 7, 14} <= {step.due for step in open_ones}
    changes = [change for one in DEBRIEFS for step in one.steps for change in step.changes]
    assert {change.verb for change in changes} == {"start", "finish", "block", "ask_for_help", "drop", "check"}
    assert {change.verdict for change in changes} - {""} == {"worked", "partly", "did_not_work"}


@each_debrief
def test_days_run_forward(debrief):
    steps_of_time = [debrief.started[0], debrief.ended[0], debrief.opened, *debrief.began.values(), 0]
    assert steps_of_time == sorted(steps_of_time)
    assert debrief.started <= debrief.ended
    expected = {"draft": (), "cancelled": ("prepare", "cancelled")}
    walked = expected.get(debrief.phase) or (WAY[: WAY.index(debrief.phase) + 1] if debrief.phase in WAY else ())
    assert tuple(debrief.began) == walked
    if "recognize" in debrief.began:
        assert debrief.meeting[0] == debrief.began["recognize"]


@each_debrief
def test_texts_fit_their_fields(debrief):
    assert len(debrief.title) <= 200
    assert len(debrief.cancelled_because) <= 300
    assert all(len(tag) <= 40 for tag in debrief.tags)
    assert all(len(theme) <= 120 for theme in debrief.themes)
    assert all(len(link) <= 500 for factor in debrief.factors for link in (*factor.chain, factor.accepted_because))
    assert all(len(found.title) <= 200 for found in (*debrief.factors, *debrief.strengths, *debrief.steps))
    assert all(len(question.text) <= 500 for question in debrief.questions)
    assert all(len(lesson) <= 500 for lesson in debrief.lessons)
