"""When a letter is due: pure functions of what was promised and of a person's working week. No query, no clock."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.accounts.models import User
from apps.actions.models import UNFINISHED, Step
from apps.actions.models import State as StepState
from apps.debriefs.models import Debrief, OpenQuestion
from apps.debriefs.phases import Phase
from apps.follow_through.models import Kind

A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
DAYS_BEFORE_DUE = (3, 1)
BEFORE_THE_FOLLOW_UP = (Phase.REALIGN, Phase.FOLLOW_THROUGH)
MEETING_AHEAD = (Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN)
QUESTIONS_STAND = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH)

# What identifies a reminder of one subject: person, kind and the day it is about.
Key = tuple[int, str, date]


class Wanted(NamedTuple):
    """`local_date` is the day the reminder is about; `due_at` the working moment at which it leaves."""

    person_id: int
    kind: Kind
    local_date: date
    due_at: datetime

    @property
    def key(self) -> Key:
        return self.person_id, self.kind.value, self.local_date


class Rhythm(NamedTuple):
    """A person's working week, and until when they want to be left in peace."""

    zone: ZoneInfo
    start: time
    end: time
    workdays: frozenset[int]
    paused_until: date | None = None

    @classmethod
    def of(cls, person: User) -> "Rhythm":
        return cls(
            zone_of(person.time_zone), person.workday_start, person.workday_end, frozenset(person.workdays),
            person.reminders_paused_until,
        )  # fmt: skip

    def works_on(self, day: date) -> bool:
        return day.weekday() in self.workdays


@cache
def zone_of(name: str) -> ZoneInfo:
    """A name that a later tz database no longer knows must not stop anyone's letters."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local_date(at: datetime, rhythm: Rhythm) -> date:
    return at.astimezone(rhythm.zone).date()


def when(day: date, rhythm: Rhythm, *, back: bool = False) -> datetime:
    """The start of work on that day; on a free day that of the next working day, or with `back` of the last one."""
    while not rhythm.works_on(day):
        day += -A_DAY if back else A_DAY
    if rhythm.paused_until and day < rhythm.paused_until:
        return when(rhythm.paused_until, rhythm)
    # A wall time that daylight saving skips is read with the offset before the leap, so it exists and comes once.
    return datetime.combine(day, rhythm.start, tzinfo=rhythm.zone).astimezone(UTC)


def next_working_moment(at: datetime, rhythm: Rhythm) -> datetime:
    """`at` itself within working hours, else when work next begins."""
    here = at.astimezone(rhythm.zone)
    today = here.date()
    if rhythm.paused_until and today < rhythm.paused_until:
        return when(rhythm.paused_until, rhythm)
    if not rhythm.works_on(today) or here.time() < rhythm.start:
        return when(today, rhythm)
    return at if here.time() < rhythm.end else when(today + A_DAY, rhythm)


def wanted_of_step(
    step: Step, *, at: datetime, checked_by: Collection[int] = (), told: Collection[Key] = ()
) -> tuple[Wanted, ...]:
    """What the owner and the second person should hear about this step; `told` is what they have heard."""
    if step.debrief.phase == Phase.CANCELLED:
        return ()
    if step.state in UNFINISHED:
        return tuple(_until_done(step, at, told))
    if step.state == StepState.DONE:
        return tuple(_until_checked(step, checked_by))
    return ()


def _until_done(step: Step, at: datetime, told: Collection[Key]) -> Iterator[Wanted]:
    owner, rhythm = step.owner_id, Rhythm.of(step.owner)
    agreed_on = local_date(step.agreed_at, rhythm)
    yield Wanted(owner, Kind.ASSIGNED, agreed_on, next_working_moment(step.agreed_at, rhythm))
    days_before = [step.due_on - timedelta(days=days) for days in DAYS_BEFORE_DUE]
    # Around a weekend both would leave at the same moment: the later one speaks for both.
    for due_at, day in {when(day, rhythm, back=True): day for day in days_before}.items():
        yield Wanted(owner, Kind.BEFORE_DUE, day, due_at)
    yield Wanted(owner, Kind.DUE_TODAY, step.due_on, when(step.due_on, rhythm))
    day = _next_overdue(step, local_date(at, rhythm), told)
    yield Wanted(owner, Kind.OVERDUE, day, when(day, rhythm))


def _next_overdue(step: Step, today: date, told: Collection[Key]) -> date:
    """The day after the due date, then weekly: only the one that is next is planned."""
    day = step.due_on + A_DAY
    day += max(0, (today - day).days // 7) * A_WEEK
    while (step.owner_id, Kind.OVERDUE.value, day) in told:
        day += A_WEEK
    return day


def _until_checked(step: Step, checked_by: Collection[int]) -> Iterator[Wanted]:
    for person, kind in ((step.owner, Kind.LOOK_AGAIN), (step.second, Kind.CHECK_WANTED)):
        if person.pk in checked_by:
            continue
        rhythm = Rhythm.of(person)
        day = step.look_again_on
        if step.done_at:  # done late: asked on the day after, not on a day that is gone
            day = max(day, local_date(step.done_at, rhythm) + A_DAY)
        yield Wanted(person.pk, kind, day, when(day, rhythm))


class Guest(NamedTuple):
    """Someone who takes part in a debrief, and whether they have said "I am ready"."""

    person: User
    is_ready: bool


def wanted_of_debrief(
    debrief: Debrief, guests: Collection[Guest], *, at: datetime, opened: tuple[datetime, int] | None,
    told: Collection[Key] = (),
) -> tuple[Wanted, ...]:  # fmt: skip
    """What those who take part should hear; `opened` is when and by whom it was first opened for writing."""
    return tuple(
        wanted
        for guest in guests
        for wanted in (*_to_write(debrief, guest, at, opened, told), *_to_meet(debrief, guest.person, at))
    )


def _to_write(
    debrief: Debrief, guest: Guest, at: datetime, opened: tuple[datetime, int] | None, told: Collection[Key]
) -> Iterator[Wanted]:
    if debrief.phase != Phase.PREPARE or guest.is_ready:
        return
    person, rhythm = guest.person.pk, Rhythm.of(guest.person)
    if opened and opened[1] != person:  # whoever opened it knows
        yield Wanted(person, Kind.INVITED, local_date(opened[0], rhythm), next_working_moment(opened[0], rhythm))
    nudged = any(who == person and kind == Kind.PERSPECTIVE_WANTED for who, kind, _day in told)
    if debrief.perspectives_due_at and at < debrief.perspectives_due_at and not nudged:
        day = local_date(debrief.perspectives_due_at, rhythm) - A_DAY
        yield Wanted(person, Kind.PERSPECTIVE_WANTED, day, when(day, rhythm, back=True))


def _to_meet(debrief: Debrief, person: User, at: datetime) -> Iterator[Wanted]:
    rhythm = Rhythm.of(person)
    for kind, meets_at, phases in (
        (Kind.MEETING_TOMORROW, debrief.meeting_at, MEETING_AHEAD),
        (Kind.FOLLOW_UP, debrief.follow_up_at, BEFORE_THE_FOLLOW_UP),
    ):
        if meets_at and at < meets_at and debrief.phase in phases:
            day = local_date(meets_at, rhythm) - A_DAY
            yield Wanted(person.pk, kind, day, when(day, rhythm, back=True))


def wanted_of_question(question: OpenQuestion) -> tuple[Wanted, ...]:
    if question.answered_at or question.debrief.phase not in QUESTIONS_STAND:
        return ()
    due_at = when(question.due_on, Rhythm.of(question.owner))
    return (Wanted(question.owner_id, Kind.QUESTION_DUE, question.due_on, due_at),)
