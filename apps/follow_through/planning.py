"""From what was promised to reminder rows: the reader of the outbox that the `replan` flags are.

A flag is written in the transaction of the change it tells of. Here it is taken together with the row's lock, and
cleared in the transaction that writes the reminders: a change that comes meanwhile waits, and sets it again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import models, transaction
from django.db.models import Max, Q

from apps.accounts.models import User
from apps.actions.models import Step, StepChange
from apps.debriefs.models import Debrief, OpenQuestion, PhaseMove
from apps.debriefs.phases import Phase
from apps.follow_through import calendar
from apps.follow_through.calendar import Guest, Key, Wanted
from apps.follow_through.models import NEWS, Kind, Reminder, State
from apps.teams.models import ROOM_ROLES, Membership, Role

log = structlog.get_logger(__name__)

BATCH = 100
# A step agreed (or handed over) longer ago than this is no news; its dates will speak for themselves.
NEWS_LIFE = timedelta(days=7)

Rows = dict[Any, dict[Key, Reminder]]  # of each subject
Plan = dict[Any, dict[Key, Wanted]]
Members = Mapping[tuple[int, int], Role]  # (team, person) → role


def plan(*, at: datetime) -> int:
    """Make and cancel reminders for everything flagged; says how many subjects were looked at."""
    flag_for_people()
    return _each_batch(Debrief, plan_debriefs, at) + _each_batch(Step, plan_steps, at)


def flag_for_people() -> None:
    """Someone's hours, zone, preferences or teams changed: all that is planned for them is planned anew."""
    with transaction.atomic():
        flagged = User.objects.filter(replan=True).select_for_update(skip_locked=True, no_key=True)
        people = list(flagged.values_list("pk", flat=True))
        if not people:
            return
        Step.objects.unsettled().filter(Q(owner__in=people) | Q(second__in=people), replan=False).update(replan=True)
        theirs = Q(participations__person__in=people) | Q(questions__owner__in=people)
        debriefs = Debrief.objects.under_way().filter(theirs).values("pk")
        Debrief.objects.filter(pk__in=debriefs, replan=False).update(replan=True)
        User.objects.filter(pk__in=people).update(replan=False)


def _each_batch(model: type[models.Model], plan_some: Callable[[list[Any], datetime], None], at: datetime) -> int:
    looked_at, last = 0, None
    while True:
        flagged = model._default_manager.filter(replan=True, **({"pk__gt": last} if last else {}))
        pks = list(flagged.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not pks:
            return looked_at
        last = pks[-1]
        looked_at += len(pks)
        _without_the_poisoned(pks, plan_some, at)


def _without_the_poisoned(pks: list[Any], plan_some: Callable[[list[Any], datetime], None], at: datetime) -> None:
    """One row that cannot be planned stays flagged and is logged; the others go on."""
    try:
        with transaction.atomic():
            plan_some(pks, at)
    except Exception:
        if len(pks) == 1:
            log.exception("reminder_not_planned", subject=str(pks[0]))
            return
        for pk in pks:
            _without_the_poisoned([pk], plan_some, at)


def _taken(model: type[models.Model], pks: list[Any]) -> list[Any]:
    """Those still flagged, locked and with the flag cleared; what another planner holds is left to it."""
    flagged = model._default_manager.filter(pk__in=pks, replan=True)
    locked = flagged.select_for_update(of=("self",), skip_locked=True, no_key=True)
    taken = [pk for (pk,) in locked.values_list("pk")]
    model._default_manager.filter(pk__in=taken).update(replan=False)
    return taken


def plan_steps(pks: list[Any], at: datetime) -> None:
    taken = _taken(Step, pks)
    steps = _steps(taken)
    rows = _rows("step", taken)
    changes = StepChange.objects.filter(step__in=taken).order_by().values_list("step").annotate(Max("at"))
    since = {step.pk: step.agreed_at for step in steps} | dict(changes)
    _write("step", rows, wanted_by_steps(steps, rows, at), since, at)


def plan_debriefs(pks: list[Any], at: datetime) -> None:
    taken = _taken(Debrief, pks)
    debriefs = _debriefs(taken)
    since = _since(debriefs)
    rows = _rows("debrief", taken)
    _write("debrief", rows, wanted_by_debriefs(debriefs, rows, at), since, at)
    questions = _questions(OpenQuestion.objects.filter(debrief__in=taken))
    asked = _rows("question", [question.pk for question in questions])
    question_since = {question.pk: since[question.debrief_id] for question in questions}
    _write("question", asked, wanted_by_questions(questions), question_since, at)
    off = [debrief.pk for debrief in debriefs if debrief.phase == Phase.CANCELLED]
    # Never wait for a step's lock while holding its debrief's; who holds it is changing it, and flags it.
    steps = Step.objects.filter(debrief__in=off).select_for_update(skip_locked=True, no_key=True)
    Step.objects.filter(pk__in=[step.pk for step in steps]).update(replan=True)


def still_wanted(reminders: Iterable[Reminder], *, at: datetime) -> list[Reminder]:
    """Of these waiting reminders, those that hold now; the others are cancelled and their subject planned anew."""
    reminders = list(reminders)
    wanted: dict[tuple[str, Any], dict[Key, Wanted]] = {}
    for name, judge in JUDGES.items():
        if pks := list({pk for one in reminders if (pk := getattr(one, f"{name}_id"))}):
            judged = judge(pks, _rows(name, pks), at)
            wanted.update({(name, pk): keys for pk, keys in judged.items()})
    good = [one for one in reminders if _holds(one, wanted.get(_subject(one), {}), at)]
    _forget([one for one in reminders if one not in good])
    return good


def _holds(reminder: Reminder, wanted: Mapping[Key, Wanted], at: datetime) -> bool:
    if reminder.key in wanted:
        return True
    # Last week's overdue may go out this week: it says the same.
    return reminder.kind == Kind.OVERDUE and any(
        key[:2] == reminder.key[:2] and one.due_at <= at for key, one in wanted.items()
    )


def _subject(reminder: Reminder) -> tuple[str, Any]:
    for name in ("step", "debrief"):
        if pk := getattr(reminder, f"{name}_id"):
            return name, pk
    return "question", reminder.question_id


def _forget(stale: list[Reminder]) -> None:
    if not stale:
        return
    Step.objects.filter(pk__in=[one.step_id for one in stale if one.step_id]).update(replan=True)
    Reminder.objects.filter(pk__in=[one.pk for one in stale]).waiting().update(state=State.CANCELLED)


# What is needed to judge many subjects in few queries


def _steps(pks: list[Any]) -> list[Step]:
    steps = Step.objects.filter(pk__in=pks).select_related("owner", "second", "debrief__team")
    return list(steps.prefetch_related("checks"))


def _debriefs(pks: list[Any]) -> list[Debrief]:
    debriefs = Debrief.objects.filter(pk__in=pks).select_related("team")
    return list(debriefs.prefetch_related("participations__person"))


def _questions(questions: models.QuerySet[OpenQuestion]) -> list[OpenQuestion]:
    return list(questions.select_related("owner", "debrief__team"))


def _rows(name: str, pks: list[Any]) -> Rows:
    rows: Rows = {pk: {} for pk in pks}
    for reminder in Reminder.objects.filter(**{f"{name}__in": pks}):
        rows[getattr(reminder, f"{name}_id")][reminder.key] = reminder
    return rows


def _members(teams: Iterable[int]) -> Members:
    memberships = Membership.objects.filter(team__in=set(teams), team__archived_at=None)
    return {(team, person): Role(role) for team, person, role in memberships.values_list("team", "person", "role")}


def _since(debriefs: list[Debrief]) -> dict[int, datetime]:
    moves = PhaseMove.objects.filter(debrief__in=debriefs).order_by().values_list("debrief").annotate(Max("at"))
    return {debrief.pk: debrief.created_at for debrief in debriefs} | dict(moves)


def _told(rows: Mapping[Key, Reminder]) -> set[Key]:
    return {key for key, row in rows.items() if row.state == State.SENT}


def _hears(person: User, kind: Kind) -> bool:
    return person.is_active and kind not in person.muted_kinds


# The judgement: the same for the planner and for the worker who is about to send


def wanted_by_steps(steps: list[Step], rows: Rows, at: datetime) -> Plan:
    members = _members(step.debrief.team_id for step in steps)
    wanted: Plan = {}
    for step in steps:
        people = {step.owner_id: step.owner, step.second_id: step.second}
        checked_by = [check.by_id for check in step.checks.all() if check.look_again_on == step.look_again_on]
        wanted[step.pk] = {
            one.key: one
            for one in calendar.wanted_of_step(step, at=at, checked_by=checked_by, told=_told(rows[step.pk]))
            if (step.debrief.team_id, one.person_id) in members and _hears(people[one.person_id], one.kind)
        }
    return wanted


def wanted_by_debriefs(debriefs: list[Debrief], rows: Rows, at: datetime) -> Plan:
    members = _members(debrief.team_id for debrief in debriefs)
    openings: dict[int, tuple[datetime, int]] = {}
    moves = PhaseMove.objects.filter(debrief__in=debriefs, to_phase=Phase.PREPARE).order_by("pk")
    for debrief_id, moved_at, by in moves.values_list("debrief", "at", "by"):
        openings.setdefault(debrief_id, (moved_at, by))
    wanted: Plan = {}
    for debrief in debriefs:
        guests = [
            Guest(one.person, one.ready_from is not None)
            for one in debrief.participations.all()
            if members.get((debrief.team_id, one.person_id)) in ROOM_ROLES
        ]
        people = {guest.person.pk: guest.person for guest in guests}
        opened, told = openings.get(debrief.pk), _told(rows[debrief.pk])
        wanted[debrief.pk] = {
            one.key: one
            for one in calendar.wanted_of_debrief(debrief, guests, at=at, opened=opened, told=told)
            if _hears(people[one.person_id], one.kind)
        }
    return wanted


def wanted_by_questions(questions: list[OpenQuestion]) -> Plan:
    members = _members(question.debrief.team_id for question in questions)
    return {
        question.pk: {
            one.key: one
            for one in calendar.wanted_of_question(question)
            if members.get((question.debrief.team_id, one.person_id)) in ROOM_ROLES and _hears(question.owner, one.kind)
        }
        for question in questions
    }


JUDGES: dict[str, Callable[[list[Any], Rows, datetime], Plan]] = {
    "step": lambda pks, rows, at: wanted_by_steps(_steps(pks), rows, at),
    "debrief": lambda pks, rows, at: wanted_by_debriefs(_debriefs(pks), rows, at),
    "question": lambda pks, _rows, _at: wanted_by_questions(_questions(OpenQuestion.objects.filter(pk__in=pks))),
}

# Writing what was decided


def _write(name: str, rows: Rows, plan: Plan, since: Mapping[Any, datetime], at: datetime) -> None:
    """Rows that another transaction has meanwhile sent or put in a letter are left alone by the WHERE clauses."""
    stale, new = [], []
    for pk, wanted in plan.items():
        there = rows[pk]
        stale += [row.pk for key, row in there.items() if row.state == State.WAITING and key not in wanted]
        worth = _worth_making(wanted.values(), since[pk], at)
        for key, one in wanted.items():
            row = there.get(key)
            if row is None and one in worth:
                new.append(Reminder(**{f"{name}_id": pk}, **one._asdict()))
            elif row and row.state == State.CANCELLED and one in worth:
                mine = Reminder.objects.filter(pk=row.pk, state=State.CANCELLED)
                mine.update(state=State.WAITING, letter=None, moved_to=None, due_at=one.due_at)
            elif row and row.state == State.WAITING and row.due_at != (due_at := row.moved_to or one.due_at):
                Reminder.objects.unlettered().filter(pk=row.pk).update(due_at=due_at)
    Reminder.objects.filter(pk__in=stale).waiting().update(state=State.CANCELLED)
    Reminder.objects.bulk_create(new, ignore_conflicts=True)


def _worth_making(wanted: Iterable[Wanted], since: datetime, at: datetime) -> set[Wanted]:
    """What lies ahead, what is news, and of what is behind us only the last: it says all that still matters.

    Behind us means that nobody planned for a while; what was past already when the promise was made (`since`)
    is nothing that was missed.
    """
    worth: set[Wanted] = set()
    missed: defaultdict[int, list[Wanted]] = defaultdict(list)
    for one in wanted:
        if one.kind in NEWS:
            fresh = one.kind == Kind.INVITED or max(one.due_at, since) > at - NEWS_LIFE
            worth.update([one] if fresh else [])
        elif one.due_at > at:
            worth.add(one)
        elif one.due_at >= since:
            missed[one.person_id].append(one)
    return worth | {max(late, key=lambda one: one.due_at) for late in missed.values()}
