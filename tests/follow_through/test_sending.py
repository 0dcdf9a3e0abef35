"""From rows to letters through a real SMTP server: once, never stale, and nothing lost when something breaks."""

import smtplib
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from apps.accounts.models import User
from apps.actions.models import Outcome, Step
from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from apps.follow_through import emails, planning, sending
from apps.follow_through.models import DOUBT, LEASE, Kind, Letter, LetterQuerySet, Reminder, State, retry_failed
from apps.teams.models import Team
from tests import factories
from tests.at_once import at_once
from tests.factories import AT
from tests.follow_through.conftest import PostOffice, SetClock, planned

pytestmark = pytest.mark.django_db

Sweep = Callable[[], dict[str, int]]
DUE = datetime.fromisoformat("2026-11-23T09:00+00:00")


def told(letter: Letter) -> list[str]:
    return sorted(letter.reminders.filter(state=State.SENT).values_list("kind", flat=True))


# The way it should go


def test_an_agreed_step_becomes_a_letter_in_the_owners_mailbox(
    step: Step, sweep: Sweep, post_office: PostOffice
) -> None:
    assert sweep() == {"sent": 1}
    [message] = post_office.kept
    letter = Letter.objects.get()
    assert message["To"] == "bob@example.org"
    assert message["Subject"] == "A step for you: Renew certificates by a job"
    assert message["Message-ID"] == f"<{letter.message_id}@testserver>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = f"http://testserver/steps/{step.pk}/"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert link in part.get_content()
        assert "The next renewal is seen by two people." in part.get_content()
    assert (letter.state, letter.attempts, letter.sent_at, letter.lease_until) == ("sent", 1, AT, None)
    assert told(letter) == ["assigned"]


def test_nothing_due_sends_nothing_and_a_second_ring_nothing_more(
    step: Step, sweep: Sweep, post_office: PostOffice
) -> None:
    sweep()
    assert sweep() == {}
    assert len(post_office.kept) == 1


def test_a_step_through_its_whole_life_gets_these_letters_and_no_others(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    for day in range(24):
        for hour in (-1, 0, 4):
            clock.move(AT + timedelta(days=day, hours=hour))
            sweep()
    done_at = clock.move(minutes=1)
    factories.done(step, at=done_at)
    for day in range(10):
        clock.move(done_at.replace(hour=9) + timedelta(days=day))
        sweep()
    assert [(letter.person.first_name, f"{letter.sent_at:%m-%d %H:%M}", told(letter)) for letter in
            Letter.objects.order_by("sent_at", "person_id")] == [
        ("Bob", "11-09 09:00", ["assigned"]),
        ("Bob", "11-20 09:00", ["before_due"]),
        ("Bob", "11-23 09:00", ["due_today"]),
        ("Bob", "11-24 09:00", ["overdue"]),
        ("Bob", "12-01 09:00", ["overdue"]),
        ("Alice", "12-07 09:01", ["check_wanted"]),
        ("Bob", "12-07 09:01", ["look_again"]),
    ]  # fmt: skip
    assert len(post_office.kept) == 7


def test_everything_due_for_one_person_travels_in_one_letter(step: Step, sweep: Sweep, post_office: PostOffice) -> None:
    for n in range(3):
        factories.a_step(step.debrief, title=f"Another {n}")
    assert sweep() == {"sent": 1}
    assert "and 3 more" in post_office.kept[0]["Subject"]
    assert told(Letter.objects.get()) == ["assigned"] * 4


def test_one_letter_a_day_but_the_first_new_step_does_not_wait(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    clock.move(DUE)
    Reminder.objects.all().delete()
    planning.plan(at=AT)
    Reminder.objects.filter(kind=Kind.ASSIGNED).update(state=State.SENT)
    assert sweep() == {"sent": 1}  # the morning's
    for minutes, title in ((60, "First news"), (90, "Second news")):
        factories.a_step(
            step.debrief, title=title, at=clock.move(DUE + timedelta(minutes=minutes)), due_on=date(2026, 12, 4),
        )  # fmt: skip
        sweep()
    assert [message["Subject"] for message in post_office.kept] == [
        "It is due today, 23 November: Renew certificates by a job",
        "A step for you: First news",
    ]
    assert ("Bob", "assigned", "2026-11-23", "2026-11-24 09:00") in planned()
    clock.move(DUE + timedelta(days=1))
    sweep()
    assert [(letter.local_date.day, letter.slot) for letter in Letter.objects.order_by("pk")] == [
        (23, 0), (23, 1), (24, 0),
    ]  # fmt: skip
    assert told(Letter.objects.latest("pk")) == ["assigned", "overdue"]


def test_what_comes_late_waits_for_working_hours(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    clock.move(AT.replace(hour=22))
    assert sweep() == {}
    clock.move(AT.replace(day=10, hour=8, minute=59))
    assert sweep() == {}
    clock.move(AT.replace(day=10, hour=9))
    assert sweep() == {"sent": 1}


def test_a_snooze_moves_the_letter(step: Step, bob: User, sweep: Sweep, clock: SetClock) -> None:
    for _day in range(15):  # until the letter of the due day has been sent
        sweep()
        clock.move(days=1)
    clock.move(DUE + timedelta(hours=1))
    until = DUE + timedelta(days=3)
    assert Reminder.objects.snooze(step, person=bob, until=until) == until
    Step.objects.update(replan=True)
    clock.move(DUE + timedelta(days=2))
    assert sweep() == {}
    clock.move(until)
    assert sweep() == {"sent": 1}
    sweep()
    assert planned() == [("Bob", "overdue", "2026-12-01", "2026-12-01 09:00")]


# What has changed between the plan and the letter


STALE: dict[str, Callable[[Step, Team], object]] = {
    "done": lambda step, team: factories.done(step),
    "moved": lambda step, team: step.rewrite(
        by=step.owner, at=AT, due_on=date(2026, 12, 1), look_again_on=date(2026, 12, 14)
    ),
    "dropped": lambda step, team: step.drop(because="No longer needed.", by=step.owner, at=AT),
    "left": lambda step, team: team.remove(step.owner),
    "archived": lambda step, team: team.archive(by=step.second, at=AT),
    "cancelled": lambda step, team: step.debrief.cancel(because="A false alarm.", by=step.second, at=AT),
    "muted": lambda step, team: step.owner.change_rhythm(muted_kinds=["due_today"]),
    "handed over": lambda step, team: step.rewrite(by=step.owner, at=AT, owner=team.in_the_room().last()),
}


@pytest.mark.parametrize("change", STALE)
def test_a_change_after_the_planning_leaves_no_stale_letter(
    step: Step, team: Team, clock: SetClock, post_office: PostOffice, change: str
) -> None:
    """The letter is written and claimed already when the change comes."""
    planning.plan(at=AT)
    Reminder.objects.exclude(kind=Kind.DUE_TODAY).delete()
    clock.move(DUE)
    sending.gather(at=DUE)
    STALE[change](step, team)
    assert dict(sending.send_due(clock=clock)) == {"empty": 1}
    assert post_office.kept == []
    assert [row.state for row in Reminder.objects.filter(kind=Kind.DUE_TODAY)] == ["cancelled"]


@pytest.mark.parametrize("looks_again", [True, False], ids=["as it is", "the control, which does not look again"])
def test_a_change_while_the_letter_before_it_is_written(
    step: Step, dana: User, sweep: Sweep, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch, looks_again: bool
) -> None:
    """Letters are judged many at a time; the flag of a later change makes the worker judge again."""
    theirs = {step.owner: step, dana: factories.a_step(step.debrief, owner=dana)}
    write, written = emails.letter, []

    def finish_the_others_first(letter: Letter, reminders: Any, *, at: datetime) -> Any:
        written.append(letter.person)
        for person, one in theirs.items():
            if person not in written:
                factories.done(one)
        return write(letter, reminders, at=at)

    monkeypatch.setattr(emails, "letter", finish_the_others_first)
    if not looks_again:
        monkeypatch.setattr(sending.Judge, "told_in", _judged_once)
    assert sweep() == ({"sent": 1, "empty": 1} if looks_again else {"sent": 2})


def _judged_once(judge: sending.Judge, letter: Letter, at: datetime) -> list[Reminder]:
    if judge.judged_at is None:
        judge._judge_all(at)
    return judge.found[letter.pk]


def test_without_the_second_look_the_stale_letter_would_leave(
    step: Step, clock: SetClock, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the test above guards against does happen when the look is taken away."""
    monkeypatch.setattr(sending, "still_wanted", lambda reminders, at: list(reminders))
    planning.plan(at=AT)
    Reminder.objects.exclude(kind=Kind.DUE_TODAY).delete()
    clock.move(DUE)
    sending.gather(at=DUE)
    factories.done(step)
    assert dict(sending.send_due(clock=clock)) == {"sent": 1}


def test_a_meeting_that_is_over_is_not_announced(
    debrief_in: Callable[..., Debrief], clock: SetClock, post_office: PostOffice
) -> None:
    debrief_in(Phase.RECOGNIZE, meeting_at=AT + timedelta(days=1))
    planning.plan(at=AT - timedelta(days=3))
    Reminder.objects.filter(kind=Kind.MEETING_TOMORROW).update(due_at=AT)
    sending.gather(at=AT)
    clock.move(AT + timedelta(days=1, minutes=1))
    assert dict(sending.send_due(clock=clock)) == {"empty": 5}


def test_a_dropped_letter_does_not_use_up_the_day(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    planning.plan(at=AT)
    Reminder.objects.exclude(kind=Kind.DUE_TODAY).delete()
    clock.move(DUE)
    sending.gather(at=DUE)
    factories.done(step)
    sending.send_due(clock=clock)
    step.reopen(by=step.owner, at=DUE)
    step.rewrite(by=step.owner, at=DUE, due_on=date(2026, 11, 24))
    clock.move(hours=1)
    assert sweep() == {"sent": 1}


# When the mail server says no, or nothing


def test_a_temporary_no_is_tried_again_later_with_the_same_message_id(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    post_office.answers = ["451 try later", "452 full"]
    assert sweep() == {"put off": 1}
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.due_at, letter.data_at) == (
        "waiting", 1, AT + timedelta(minutes=4), None,
    )  # fmt: skip
    clock.move(minutes=3)
    assert sweep() == {}
    clock.move(minutes=1)
    assert sweep() == {"put off": 1}
    clock.move(minutes=16)
    assert sweep() == {"sent": 1}
    assert post_office.message_ids == [f"<{letter.message_id}@testserver>"]


def test_five_temporary_noes_are_given_up_and_listed_and_can_be_brought_back(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    post_office.answers = ["451 try later"] * 5
    for _try in range(5):
        sweep()
        clock.move(Letter.objects.get().due_at)
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ("failed", 5)
    assert [row.state for row in Reminder.objects.filter(kind=Kind.ASSIGNED)] == ["failed"]
    assert timedelta(hours=1) < clock() - AT < timedelta(hours=6)
    call_command("reminders_status")
    printed = capsys.readouterr().out
    assert "failed: 1" in printed
    assert f"failed letter {letter.pk} of 2026-11-09, tries 5: SMTPDataError" in printed
    assert retry_failed(at=clock()) == 1
    assert sweep() == {"sent": 1}


@pytest.mark.parametrize("answer", ["550 no such mailbox", "552 too big"])
def test_a_final_no_is_given_up_at_once_and_does_not_stop_the_others(
    step: Step, dana: User, sweep: Sweep, post_office: PostOffice, answer: str
) -> None:
    factories.a_step(step.debrief, owner=dana)
    post_office.recipients_refused = {"bob@example.org": answer}
    assert sweep() == {"failed": 1, "sent": 1}
    assert Letter.objects.get(person=step.owner).state == "failed"
    assert [message["To"] for message in post_office.kept] == ["dana@example.org"]


def test_a_server_that_cannot_be_reached_costs_nobody_a_try(
    step: Step, sweep: Sweep, clock: SetClock, settings: Any, post_office: PostOffice
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _minute in range(60):
        assert sweep() == {"unreachable": 1}
        clock.move(minutes=1)
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.lease_until) == ("waiting", 0, None)
    settings.EMAIL_PORT = port
    assert sweep() == {"sent": 1}
    assert len(post_office.kept) == 1


def test_silence_after_the_body_is_a_doubt_and_leaves_once_more_with_the_same_message_id(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice
) -> None:
    post_office.hang_up_after_keeping = 1  # it has the letter, and we cannot know
    assert sweep() == {"uncertain": 1}
    letter = Letter.objects.get()
    assert (letter.state, letter.due_at) == ("uncertain", AT + DOUBT)
    assert [row.state for row in letter.reminders.all()] == ["waiting"]
    clock.move(minutes=9)
    assert sweep() == {}
    clock.move(minutes=1)
    assert sweep() == {"sent": 1}
    assert sweep() == {}
    assert post_office.message_ids == [f"<{letter.message_id}@testserver>"] * 2


def test_one_letter_that_cannot_be_written_does_not_stop_the_others(
    step: Step, dana: User, sweep: Sweep, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.a_step(step.debrief, owner=dana)
    write = emails.letter

    def trip(letter: Letter, reminders: Any, *, at: datetime) -> Any:
        if letter.person == step.owner:
            raise ValueError("a poisoned row")
        return write(letter, reminders, at=at)

    monkeypatch.setattr(emails, "letter", trip)
    assert sweep() == {"put off": 1, "sent": 1}
    poisoned = Letter.objects.get(person=step.owner)
    assert (poisoned.state, poisoned.attempts, poisoned.last_error) == ("waiting", 1, "ValueError: a poisoned row")


# When a worker ends in the middle


class Killed(BaseException):
    """kill -9: nothing after it runs, no handler sees it."""


def test_a_worker_that_ends_before_the_body_leaves_is_replaced_when_its_lease_is_over(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Letter, "hand_over", _killed)
    with pytest.raises(Killed):
        sweep()
    monkeypatch.undo()
    clock.move(AT + LEASE - timedelta(seconds=1))
    assert sweep() == {}  # for all anyone knows it is still at work
    clock.move(AT + LEASE)
    assert sweep() == {"sent": 1}
    assert len(post_office.kept) == 1


def test_a_worker_that_ends_after_the_body_left_leaves_a_doubt(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Letter, "mark_sent", _killed)
    with pytest.raises(Killed):
        sweep()
    monkeypatch.undo()
    letter = Letter.objects.get()
    assert (letter.state, letter.data_at) == ("waiting", AT)
    clock.move(AT + LEASE)
    assert sweep() == {}
    letter.refresh_from_db()
    assert (letter.state, letter.due_at) == ("uncertain", AT + LEASE + DOUBT)
    clock.move(AT + LEASE + DOUBT)
    assert sweep() == {"sent": 1}
    assert post_office.message_ids == [f"<{letter.message_id}@testserver>"] * 2


def test_a_worker_that_ends_each_time_is_given_up_and_listed(
    step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Letter, "mark_sent", _killed)
    for _try in range(5):
        with pytest.raises(Killed):
            sweep()
        clock.move(clock() + LEASE)
        sweep()
        clock.move(clock() + DOUBT)
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ("failed", 5)
    assert sending.status(at=clock())["failed"] == 1


def test_a_worker_that_slept_through_its_lease_neither_sends_nor_marks(
    step: Step, clock: SetClock, post_office: PostOffice
) -> None:
    planning.plan(at=AT)
    sending.gather(at=AT)
    [slow] = Letter.objects.claim(at=AT, limit=1)
    clock.move(AT + LEASE)
    [quick] = Letter.objects.claim(at=clock(), limit=1)
    assert slow.begin(at=clock()) is False
    assert quick.begin(at=clock()) is True
    assert slow.hand_over(at=clock()) is False
    slow.put_off("too late", at=clock())
    quick.refresh_from_db()
    assert (quick.last_error, quick.attempts) == ("", 1)


def _killed(*args: Any, **kwargs: Any) -> Any:
    raise Killed


# Many at once


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @pytest.fixture
    def steps(self, debrief_in: Callable[..., Debrief], room: tuple[User, ...]) -> list[Step]:
        debrief = debrief_in("realign")
        planning.plan(at=AT)
        Reminder.objects.all().delete()
        return [
            factories.a_step(debrief, owner=owner, second=room[0] if owner != room[0] else room[1], title=f"Step {n}")
            for n in range(4)
            for owner in room
        ]

    def test_eight_sweeps_send_each_letter_once(self, steps: list[Step], sweep: Sweep, post_office: PostOffice) -> None:
        counts = at_once(lambda _n: sweep(), range(8))
        sweep()
        assert sum(count.get("sent", 0) for count in counts) == 5
        assert len(set(post_office.message_ids)) == len(post_office.kept) == 5
        assert Reminder.objects.filter(state=State.SENT, kind=Kind.ASSIGNED).count() == len(steps)
        assert Reminder.objects.filter(kind=Kind.ASSIGNED).count() == len(steps)

    def test_without_the_claim_two_sweeps_send_twice(
        self, steps: list[Step], clock: SetClock, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control: a sender that only looks for what is due, meeting another at the same moment."""
        planning.plan(at=AT)
        sending.gather(at=AT)
        seen = threading.Barrier(2)

        def only_look(letters: LetterQuerySet, *, at: datetime, limit: int) -> list[Letter]:
            due = list(letters.due(at)[:limit])
            seen.wait(timeout=20)
            return due

        monkeypatch.setattr(LetterQuerySet, "claim", only_look)

        def begin_together(letter: Letter, *, at: datetime) -> bool:
            seen.wait(timeout=20)
            return True

        monkeypatch.setattr(Letter, "begin", begin_together)
        monkeypatch.setattr(Letter, "hand_over", lambda letter, at: True)
        rounds = iter([False, False, True, True])
        lock = threading.Lock()

        def enough() -> bool:
            with lock:
                return next(rounds, True)

        at_once(lambda _n: sending.send_due(clock=clock, enough=enough), range(2))
        assert len(post_office.kept) > 5
        assert len(set(post_office.message_ids)) == 5

    def test_a_person_whose_day_is_being_filled_is_passed_over(self, steps: list[Step], clock: SetClock) -> None:
        planning.plan(at=AT)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=steps[0].owner_id)
            at_once(lambda _n: sending.gather(at=AT), range(1))
        assert Letter.objects.filter(person=steps[0].owner).count() == 0
        assert Letter.objects.count() == 4

    def test_planners_at_the_same_moment_double_nothing(self, steps: list[Step]) -> None:
        at_once(lambda _n: planning.plan(at=AT), range(4))
        planning.plan(at=AT)
        assert Reminder.objects.filter(step__isnull=False).count() == 4 * len(steps)

    def test_a_change_during_the_planning_is_planned_by_the_next_ring(
        self, steps: list[Step], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The change waits for the planner's lock and sets the flag that the planner has just cleared."""
        one = steps[0]
        write, changing = planning._write, threading.Event()
        threads: list[threading.Thread] = []

        def finish() -> None:
            from django.db import connection

            changing.set()
            try:
                factories.done(Step.objects.get(pk=one.pk))
            finally:
                connection.close()

        def write_while_it_changes(*args: Any) -> None:
            if not threads:
                threads.append(threading.Thread(target=finish))
                threads[0].start()
                changing.wait(timeout=10)
            write(*args)

        monkeypatch.setattr(planning, "_write", write_while_it_changes)
        planning.plan(at=AT)
        threads[0].join(timeout=20)
        monkeypatch.undo()
        planning.plan(at=AT)
        assert {row[1] for row in planned(step=one)} == {"look_again", "check_wanted"}


def test_the_sweep_is_what_celery_rings_and_the_command_does_the_same(
    step: Step, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    from apps.follow_through import tasks

    monkeypatch.setattr(tasks, "database_clock", lambda: AT)
    monkeypatch.setattr(tasks.plan_and_gather, "__defaults__", (lambda: AT,))
    monkeypatch.setattr(sending.send_due, "__kwdefaults__", {"clock": lambda: AT, "enough": lambda: False})
    call_command("drain_reminders")
    assert capsys.readouterr().out == "planned: 1, sent: 1\n"
    assert [message.to for message in mail.outbox] == [["bob@example.org"]]
    factories.a_step(step.debrief, owner=factories.join(step.debrief.team, factories.a_person("Gus")))
    tasks.sweep()
    assert [message.to for message in mail.outbox] == [["bob@example.org"], ["gus@example.org"]]


def test_the_databases_clock_is_an_aware_moment_that_goes_forward() -> None:
    first, second = sending.database_clock(), sending.database_clock()
    assert first < second
    assert first.utcoffset() == timedelta(0)


def test_what_a_server_may_answer_is_told_apart() -> None:
    assert sending._code_of(smtplib.SMTPRecipientsRefused({"a@example.org": (452, b"full")})) == 452
    assert sending._code_of(smtplib.SMTPSenderRefused(421, b"bye", "us")) == 421
    assert sending._code_of(smtplib.SMTPServerDisconnected("gone")) is None
    assert sending._code_of(TimeoutError()) is None


def test_too_early_brings_the_letter_again(step: Step, sweep: Sweep, clock: SetClock, post_office: PostOffice) -> None:
    factories.done(step)
    clock.move(datetime.fromisoformat("2026-12-07T09:00+00:00"))
    assert sweep() == {"sent": 2}
    step.check_it(verdict=Outcome.TOO_EARLY, note="", by=step.second, at=clock(), later=date(2026, 12, 21))
    clock.move(datetime.fromisoformat("2026-12-21T09:00+00:00"))
    assert sweep() == {"sent": 2}
    assert [message["Subject"] for message in post_office.kept[:2]] == ["Did it work? Renew certificates by a job"] * 2
