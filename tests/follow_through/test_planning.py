"""From a change to reminder rows: which, for whom, about which day, leaving when."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.actions.models import Outcome, Step
from apps.debriefs.models import Debrief, OpenQuestion
from apps.debriefs.phases import Phase
from apps.follow_through import calendar, planning
from apps.follow_through.models import Kind, Reminder, State
from apps.teams.models import Role, Team
from tests import factories
from tests.factories import AT
from tests.follow_through.conftest import planned

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


UNTIL_DONE = [
    ("Bob", "assigned", "2026-11-09", "2026-11-09 09:00"),
    ("Bob", "before_due", "2026-11-22", "2026-11-20 09:00"),  # a Sunday: told on Friday, for three days before too
    ("Bob", "due_today", "2026-11-23", "2026-11-23 09:00"),
    ("Bob", "overdue", "2026-11-24", "2026-11-24 09:00"),
]
UNTIL_CHECKED = [
    ("Alice", "check_wanted", "2026-12-07", "2026-12-07 09:00"),
    ("Bob", "look_again", "2026-12-07", "2026-12-07 09:00"),
]


def test_an_agreed_step_is_planned_until_it_is_done(step: Step) -> None:
    assert planning.plan(at=AT) == 1
    assert planned() == UNTIL_DONE
    assert not Step.objects.filter(replan=True).exists()


def test_planning_again_changes_nothing(step: Step) -> None:
    planning.plan(at=AT)
    before = list(Reminder.objects.order_by("pk").values())
    Step.objects.update(replan=True)
    planning.plan(at=AT)
    assert list(Reminder.objects.order_by("pk").values()) == before


def test_a_done_step_waits_for_its_two_checks_and_a_reopened_one_for_its_date(step: Step) -> None:
    planning.plan(at=AT)
    factories.done(step, at=at("2026-11-16T12:00"))
    planning.plan(at=at("2026-11-16T12:01"))
    assert planned() == UNTIL_CHECKED
    step.reopen(by=step.owner, at=at("2026-11-16T12:02"))
    planning.plan(at=at("2026-11-16T12:03"))
    # "Assigned" waited unsent, it is back too; a real one would have left a week ago.
    assert planned()[1:] == UNTIL_DONE[1:]


def test_a_step_done_after_its_look_again_day_is_asked_about_the_day_after(step: Step) -> None:
    factories.done(step, at=at("2026-12-10T15:00"))
    planning.plan(at=at("2026-12-10T15:01"))
    assert [row[1:] for row in planned()] == [
        ("check_wanted", "2026-12-11", "2026-12-11 09:00"),
        ("look_again", "2026-12-11", "2026-12-11 09:00"),
    ]


def test_a_verdict_that_was_given_is_not_asked_for(step: Step, alice: User) -> None:
    factories.done(step)
    step.check_it(verdict=Outcome.WORKED, note="", by=alice, at=at("2026-12-06T10:00"))
    planning.plan(at=at("2026-12-06T10:01"))
    assert planned() == [UNTIL_CHECKED[1]]


def test_too_early_asks_both_again_on_the_new_date(step: Step, alice: User) -> None:
    factories.done(step)
    step.check_it(verdict=Outcome.WORKED, note="", by=step.owner, at=at("2026-12-07T10:00"))
    step.check_it(verdict=Outcome.TOO_EARLY, note="", by=alice, at=at("2026-12-07T11:00"), later=date(2026, 12, 21))
    planning.plan(at=at("2026-12-07T11:01"))
    assert [row[:3] for row in planned()] == [
        ("Alice", "check_wanted", "2026-12-21"), ("Bob", "look_again", "2026-12-21"),
    ]  # fmt: skip


def test_a_moved_date_moves_what_is_planned(step: Step) -> None:
    planning.plan(at=AT)
    step.rewrite(by=step.owner, at=AT, due_on=date(2026, 11, 25))
    planning.plan(at=AT)
    assert planned() == [
        UNTIL_DONE[0],
        ("Bob", "before_due", "2026-11-22", "2026-11-20 09:00"),
        ("Bob", "before_due", "2026-11-24", "2026-11-24 09:00"),
        ("Bob", "due_today", "2026-11-25", "2026-11-25 09:00"),
        ("Bob", "overdue", "2026-11-26", "2026-11-26 09:00"),
    ]


def test_a_handed_over_step_is_news_to_its_new_owner_even_weeks_later(step: Step, dana: User) -> None:
    planning.plan(at=AT)
    Reminder.objects.filter(kind=Kind.ASSIGNED).update(state=State.SENT)
    later = at("2026-11-18T10:00")
    step.rewrite(by=step.owner, at=later, owner=dana)
    planning.plan(at=later)
    assert {row[0] for row in planned()} == {"Dana"}
    assert [row[1] for row in planned()] == ["assigned", "before_due", "due_today", "overdue"]


def test_overdue_is_planned_one_at_a_time_and_weekly(step: Step) -> None:
    planning.plan(at=AT)
    Reminder.objects.update(state=State.SENT)
    for told_at, following in (
        ("2026-11-24T09:01", ("overdue", "2026-12-01", "2026-12-01 09:00")),
        ("2026-12-01T09:01", ("overdue", "2026-12-08", "2026-12-08 09:00")),
    ):
        Step.objects.update(replan=True)
        planning.plan(at=at(told_at))
        assert [row[1:] for row in planned()] == [following]
        Reminder.objects.update(state=State.SENT)


def test_after_a_long_silence_only_the_last_missed_reminder_is_made(step: Step) -> None:
    """Nobody planned for four weeks: one letter says it all, not five."""
    planning.plan(at=at("2026-12-09T12:00"))
    assert planned() == [("Bob", "overdue", "2026-12-08", "2026-12-08 09:00")]


def test_a_muted_kind_is_not_planned_and_comes_back_when_wanted_again(step: Step, bob: User) -> None:
    planning.plan(at=AT)
    bob.change_rhythm(muted_kinds=["before_due", "overdue"])
    planning.plan(at=AT)
    assert planned() == [UNTIL_DONE[0], UNTIL_DONE[2]]
    bob.change_rhythm(muted_kinds=[])
    planning.plan(at=AT)
    assert planned() == UNTIL_DONE


def test_another_zone_and_week_move_what_waits_and_double_nothing(step: Step, bob: User) -> None:
    planning.plan(at=AT)
    Reminder.objects.filter(kind=Kind.ASSIGNED).update(state=State.SENT)
    bob.change_rhythm(time_zone="Asia/Kathmandu", workdays=[1, 2, 3, 4, 5])
    planning.plan(at=AT)
    assert planned() == [
        ("Bob", "before_due", "2026-11-20", "2026-11-20 03:15"),
        ("Bob", "before_due", "2026-11-22", "2026-11-21 03:15"),
        ("Bob", "due_today", "2026-11-23", "2026-11-24 03:15"),  # Monday is free now
        ("Bob", "overdue", "2026-11-24", "2026-11-24 03:15"),
    ]
    assert Reminder.objects.filter(kind=Kind.ASSIGNED).count() == 1


def test_a_pause_moves_everything_to_the_day_after_it(step: Step, bob: User) -> None:
    bob.change_rhythm(reminders_paused_until=date(2026, 11, 26))
    planning.plan(at=AT)
    assert {row[3] for row in planned()} == {"2026-11-26 09:00"}


@pytest.mark.parametrize("ending", ["left", "archived", "cancelled", "gone"])
def test_nothing_is_planned_for_who_is_out(step: Step, bob: User, team: Team, alice: User, ending: str) -> None:
    planning.plan(at=AT)
    {
        "left": lambda: team.remove(bob),
        "archived": lambda: team.archive(by=alice, at=AT),
        "cancelled": lambda: step.debrief.cancel(because="A false alarm.", by=alice, at=AT),
        "gone": lambda: User.objects.filter(pk=bob.pk).update(is_active=False),
    }[ending]()
    Step.objects.update(replan=True)
    planning.plan(at=AT)
    planning.plan(at=AT)
    assert planned() == []


def test_leaving_and_archiving_replan_by_themselves(step: Step, bob: User, team: Team, alice: User) -> None:
    planning.plan(at=AT)
    team.remove(bob)
    planning.plan(at=AT)
    assert planned() == []
    factories.join(team, bob)
    User.objects.filter(pk=bob.pk).update(replan=True)
    planning.plan(at=AT)
    assert planned() == UNTIL_DONE
    team.archive(by=alice, at=AT)
    planning.plan(at=AT)
    assert planned() == []
    team.restore()
    planning.plan(at=AT)
    assert planned() == UNTIL_DONE


def test_a_cancelled_debrief_takes_the_reminders_of_its_steps_along(step: Step, alice: User) -> None:
    planning.plan(at=AT)
    step.debrief.cancel(because="A false alarm.", by=alice, at=AT)
    planning.plan(at=AT)
    assert planned() == []


def test_a_debrief_invites_nudges_and_announces(debrief_in: Callable[..., Debrief], room: tuple[User, ...]) -> None:
    debrief_in(
        Phase.PREPARE, perspectives_due_at=at("2026-11-12T16:00"), meeting_at=at("2026-11-16T10:00"),
    )  # fmt: skip
    planning.plan(at=AT)
    members = ["Bob", "Dana", "Eli", "Farah"]
    assert planned(kind=Kind.INVITED) == [(who, "invited", "2026-11-09", "2026-11-09 09:00") for who in members]
    everyone = ["Alice", *members]
    assert planned(kind=Kind.PERSPECTIVE_WANTED) == [
        (who, "perspective_wanted", "2026-11-11", "2026-11-11 09:00") for who in everyone
    ]
    # The meeting is on Monday, so Friday is when people can still look forward to it.
    assert planned(kind=Kind.MEETING_TOMORROW) == [
        (who, "meeting_tomorrow", "2026-11-15", "2026-11-13 09:00") for who in everyone
    ]


def test_whoever_is_ready_is_not_nudged(debrief_in: Callable[..., Debrief], bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, perspectives_due_at=at("2026-11-12T16:00"))
    planning.plan(at=AT)
    debrief.say_ready(bob, at=AT)
    planning.plan(at=AT)
    assert [row[0] for row in planned(kind=Kind.PERSPECTIVE_WANTED)] == ["Alice", "Dana", "Eli", "Farah"]
    assert [row[0] for row in planned(kind=Kind.INVITED)] == ["Dana", "Eli", "Farah"]


def test_nobody_is_nudged_twice_even_when_the_deadline_moves(debrief_in: Callable[..., Debrief]) -> None:
    debrief = debrief_in(Phase.PREPARE, perspectives_due_at=at("2026-11-12T16:00"))
    planning.plan(at=AT)
    Reminder.objects.update(state=State.SENT)
    debrief.set_up(perspectives_due_at=at("2026-11-19T16:00"))
    planning.plan(at=AT)
    assert planned() == []


def test_who_is_added_later_is_invited_too_and_nobody_a_second_time(
    debrief_in: Callable[..., Debrief], team: Team, room: tuple[User, ...]
) -> None:
    debrief = debrief_in(Phase.PREPARE)
    planning.plan(at=AT)
    Reminder.objects.update(state=State.SENT)
    gus = factories.join(team, factories.a_person("Gus"))
    debrief.set_people([*room, gus])
    planning.plan(at=AT + timedelta(days=9))
    assert [row[:2] for row in planned()] == [("Gus", "invited")]


def test_the_reveal_ends_the_writing_letters(debrief_in: Callable[..., Debrief]) -> None:
    debrief_in(Phase.RECOGNIZE, perspectives_due_at=at("2026-11-12T16:00"), meeting_at=at("2026-11-16T10:00"))
    planning.plan(at=AT)
    assert {row[1] for row in planned()} == {"meeting_tomorrow"}


def test_the_follow_up_meeting_is_announced_the_working_day_before(debrief_in: Callable[..., Debrief]) -> None:
    debrief_in(Phase.FOLLOW_THROUGH, follow_up_at=at("2026-12-08T10:00"))
    planning.plan(at=AT)
    assert {row[1:] for row in planned(kind=Kind.FOLLOW_UP)} == {("follow_up", "2026-12-07", "2026-12-07 09:00")}
    assert len(planned(kind=Kind.FOLLOW_UP)) == 5


def test_an_open_question_is_asked_for_on_its_day_until_it_is_answered(step: Step, dana: User) -> None:
    question = OpenQuestion.write(step.debrief, uuid.uuid4(), text="Since when?", owner=dana, due_on=date(2026, 11, 28))
    planning.plan(at=AT)
    assert planned(kind=Kind.QUESTION_DUE) == [("Dana", "question_due", "2026-11-28", "2026-11-30 09:00")]
    question.give_answer("Since May.", by=dana, at=AT)
    planning.plan(at=AT)
    assert planned(kind=Kind.QUESTION_DUE) == []


def test_a_manager_hears_of_a_step_they_own_but_of_no_debrief(
    debrief_in: Callable[..., Debrief], team: Team, bob: User
) -> None:
    debrief = debrief_in(Phase.FOLLOW_THROUGH, follow_up_at=at("2026-12-08T10:00"))
    assert debrief.steps.get().owner == bob
    team.change_role(bob, Role.MANAGER)
    planning.plan(at=AT)
    assert {row[1] for row in planned(person=bob)} == {"assigned", "before_due", "due_today", "overdue"}


def test_one_row_that_cannot_be_planned_does_not_stop_the_others(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    other = factories.a_step(step.debrief, title="Another")
    judge = calendar.wanted_of_step

    def trip(one: Step, **more: Any) -> object:
        if one.pk == step.pk:
            raise ValueError("a poisoned row")
        return judge(one, **more)

    monkeypatch.setattr(calendar, "wanted_of_step", trip)
    planning.plan(at=AT)
    assert len(planned(step=other)) == 4
    assert list(Step.objects.filter(replan=True)) == [step]
    monkeypatch.undo()
    planning.plan(at=AT)
    assert len(planned(step=step)) == 4


def test_the_cost_of_planning_does_not_grow_with_the_steps(
    step: Step, django_assert_num_queries: Callable[..., object], django_assert_max_num_queries: Callable[..., object]
) -> None:
    with django_assert_max_num_queries(40) as one:  # type: ignore[attr-defined]
        planning.plan(at=AT)
    for n in range(10):
        factories.a_step(step.debrief, title=f"Step {n}")
    with django_assert_max_num_queries(len(one.captured_queries)):  # type: ignore[attr-defined]
        planning.plan(at=AT)
