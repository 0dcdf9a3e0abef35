"""What waits for one person, the most urgent first. Read-only, and a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.actions.models import UNFINISHED, Step
from apps.actions.rows import Row, in_words, roles_of, rows_for
from apps.debriefs.models import Debrief, Lesson, OpenQuestion, Participation
from apps.debriefs.phases import MANAGERS_SEE_STEPS, WAY, Phase
from apps.teams.models import Role, Team

# How much of each kind is read; the page of steps and the list of debriefs hold the rest.
AT_MOST = 12
UNDER_WAY_AT_MOST = 6
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """One thing that waits; `kind` is write, meeting, check, step or question, and decides how it is drawn."""

    kind: str
    when: date
    debrief: Debrief | None = None
    row: Row | None = None
    question: OpenQuestion | None = None


@dataclass(frozen=True)
class UnderWay:
    debrief: Debrief
    number: int
    of: int
    steps: int
    checked: int


@dataclass(frozen=True)
class Managed:
    """What a manager wants to know at a glance: counts of steps, never of people."""

    name: str
    standing: int
    overdue: int
    help_wanted: int


@dataclass(frozen=True)
class Home:
    hour: int
    today: date
    teams: int
    leads: bool
    next: Waiting | None
    then: Sequence[Waiting] = field(default_factory=tuple)
    under_way: Sequence[UnderWay] = field(default_factory=tuple)
    lesson: Lesson | None = None
    managed: Sequence[Managed] = field(default_factory=tuple)

    @property
    def waiting(self) -> int:
        return len(self.then) + (self.next is not None)

    @property
    def waiting_in_words(self) -> str:
        return in_words(self.waiting)

    @property
    def part_of_day(self) -> str:
        if 5 <= self.hour < 12:
            return "morning"
        return "afternoon" if 12 <= self.hour < 18 else "evening"


def home_of(user: User, at: datetime) -> Home:
    local = timezone.localtime(at)
    today = local.date()
    roles = roles_of(user)
    if not roles:
        return Home(local.hour, today, 0, False, None)
    debriefs = _debriefs(user, at)
    waiting = [
        *_writing(debriefs, at),
        *_meetings(debriefs, today),
        *_steps(user, roles, today),
        *_questions(user, today),
    ]
    waiting.sort(key=lambda one: _urgency(one, today))
    return Home(
        local.hour,
        today,
        len(roles),
        Role.LEADER in roles.values(),
        waiting[0] if waiting else None,
        waiting[1:],
        [_stands(debrief) for debrief in debriefs[:UNDER_WAY_AT_MOST]],
        _lesson_from_elsewhere(user, roles),
        _managed(roles, today),
    )


def _urgency(one: Waiting, today: date) -> tuple[Any, ...]:
    """A meeting today waits for nobody; writing and meeting come before promises, and a promise goes by its date."""
    ranks = {"write": 0, "meeting": 1, "step": 2, "check": 3, "question": 4}
    return (one.when > today and one.kind != "write", ranks[one.kind], one.when)


def _debriefs(user: User, at: datetime) -> list[Debrief]:
    """Under way and visible to me, the nearest meeting first; how many are ready is what everyone sees."""
    ready = Count("participations", filter=Q(participations__ready_from__lte=at), distinct=True)
    me = Participation.objects.filter(debrief=OuterRef("pk"), person=user)
    found = Debrief.objects.visible_to(user).under_way().select_related("team").filter(team__archived_at=None)
    return list(
        found.annotate(
            ready=ready,
            people=Count("participations", distinct=True),
            step_count=Count("steps", filter=~Q(steps__state="dropped"), distinct=True),
            checked_count=Count("steps", filter=Q(steps__state="checked"), distinct=True),
            takes_part=Exists(me),
            i_am_ready=Exists(me.exclude(ready_from=None)),
        ).order_by("meeting_at", "-created_at")[: 2 * AT_MOST]
    )


def _writing(debriefs: Sequence[Debrief], at: datetime) -> list[Waiting]:
    wanted = [one for one in debriefs if one.phase == Phase.PREPARE and one.takes_part and not one.i_am_ready]
    return [
        Waiting("write", timezone.localdate(one.perspectives_due_at or one.meeting_at or at), one) for one in wanted
    ]


def _meetings(debriefs: Sequence[Debrief], today: date) -> list[Waiting]:
    """Today's: the first meeting, unless it is long over, and the follow-up."""
    found = []
    for one in debriefs:
        waiting_to_write = one.phase == Phase.PREPARE and one.takes_part and not one.i_am_ready
        moment = one.follow_up_at if one.phase == Phase.FOLLOW_THROUGH else one.meeting_at
        if moment and timezone.localdate(moment) == today and one.phase != Phase.DRAFT and not waiting_to_write:
            found.append(Waiting("meeting", today, one))
    return found


def _steps(user: User, roles: dict[int, str], today: date) -> list[Waiting]:
    """Mine that are due within a week, and those that want my word."""
    due = Q(owner=user, state__in=UNFINISHED, due_on__lte=today + SOON)
    checks = Q(pk__in=Step.objects.wanting_check_of(user, today).values("pk"))
    found = Step.objects.held_by(user).promised().filter(due | checks).with_people().order_by("due_on", "pk")[:AT_MOST]
    rows = rows_for(found, user, today, roles)
    return [
        Waiting("check", row.step.look_again_on, row=row) if row.wants_my_check
        else Waiting("step", row.step.due_on, row=row)
        for row in rows
    ]  # fmt: skip


def _questions(user: User, today: date) -> list[Waiting]:
    room = Debrief.objects.visible_to(user).under_way()
    open_ = OpenQuestion.objects.filter(owner=user, answered_at=None, due_on__lte=today + SOON, debrief__in=room)
    return [Waiting("question", one.due_on, question=one) for one in open_.select_related("debrief")[:AT_MOST]]


def _stands(debrief: Debrief) -> UnderWay:
    way: list[Phase] = [phase for phase in WAY if phase != Phase.DRAFT]
    number = way.index(Phase(debrief.phase)) + 1 if debrief.phase in way else 0
    return UnderWay(debrief, number, len(way), debrief.step_count, debrief.checked_count)


def _managed(roles: dict[int, str], today: date) -> list[Managed]:
    """One query, and none for who manages no team."""
    mine = [team for team, role in roles.items() if role == Role.MANAGER]
    if not mine:
        return []
    standing = Q(debriefs__steps__state__in=UNFINISHED, debriefs__phase__in=MANAGERS_SEE_STEPS)
    teams = (
        Team.objects.active()
        .filter(pk__in=mine)
        .annotate(
            standing=Count("debriefs__steps", filter=standing),
            overdue=Count("debriefs__steps", filter=standing & Q(debriefs__steps__due_on__lt=today)),
            help_wanted=Count("debriefs__steps", filter=standing & Q(debriefs__steps__needs_help=True)),
        )
    )
    return [Managed(one.name, one.standing, one.overdue, one.help_wanted) for one in teams.order_by("name")]


def _lesson_from_elsewhere(user: User, roles: dict[int, str]) -> Lesson | None:
    """The newest lesson that a team I am not in has shared with me."""
    shared = Debrief.objects.summary_visible_to(user).published().exclude(team__in=list(roles))
    lessons = Lesson.objects.filter(debrief__in=shared).select_related("debrief__team")
    return lessons.order_by("-debrief__published_at", "written_at", "pk").first()
