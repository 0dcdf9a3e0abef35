"""Steps as a person reads them: what each row says and offers, in a constant number of queries. Read-only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, Q, Value, When, Window
from django.db.models.fields import CharField
from django.db.models.functions import RowNumber
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import SETTLED, UNFINISHED, Check, State, Step, StepQuerySet
from apps.debriefs.models import Debrief, Factor, Strength
from apps.teams.models import ROOM_ROLES, Membership, Role

A_PAGE = 25
A_SECTION = 20
# What still waits, by its date; then what is settled, the last first.
WAITING_FIRST = (F("settled_at").desc(nulls_first=True), "due_on", "pk")


@dataclass(frozen=True)
class Row:
    """One step for one reader: the answers a template would otherwise have to work out."""

    step: Step
    icon: str
    is_mine: bool
    is_second: bool
    may_work: bool
    wants_my_check: bool
    my_verdict: str
    waits_for: User | None
    days_over: int
    is_today: bool

    @property
    def is_unfinished(self) -> bool:
        return self.step.state in UNFINISHED

    @property
    def is_settled(self) -> bool:
        return self.step.state in SETTLED

    @property
    def dom_id(self) -> str:
        return f"step-{self.step.pk}"

    @property
    def weeks_over(self) -> int:
        """Shown from two weeks on; before that, days are easier to picture."""
        return self.days_over // 7 if self.days_over >= 14 else 0


def rows_for(steps: Iterable[Step], reader: User, today: date, roles: Mapping[int, str] | None = None) -> list[Row]:
    """Rows of steps loaded `with_people`; two queries more, however many they are (one if the roles are known)."""
    steps = list(steps)
    checks: dict[Any, dict[int, str]] = {}
    done = {step.pk: step.look_again_on for step in steps if step.state == State.DONE}
    if done:
        for check in Check.objects.filter(step__in=done):
            if check.look_again_on == done[check.step_id]:
                checks.setdefault(check.step_id, {})[check.by_id] = check.verdict
    if roles is None:
        roles = roles_of(reader) if steps else {}
    return [_row(step, reader, today, roles, checks.get(step.pk, {})) for step in steps]


def roles_of(reader: User) -> dict[int, str]:
    """What this person is in which team."""
    return dict(Membership.objects.filter(person=reader).values_list("team_id", "role"))


def row_of(step: Step, reader: User, today: date) -> Row:
    return rows_for([step], reader, today)[0]


def _row(step: Step, reader: User, today: date, roles: Mapping[int, str], said: dict[int, str]) -> Row:
    mine, second = step.owner_id == reader.pk, step.second_id == reader.pk
    role = roles.get(step.debrief.team_id)
    runs_it = role == Role.LEADER or (role in ROOM_ROLES and step.debrief.facilitator_id == reader.pk)
    open_ = step.state in UNFINISHED
    goes_on = step.debrief.team.archived_at is None
    looking = goes_on and step.state == State.DONE and step.look_again_on <= today
    return Row(
        step=step,
        icon=icon_of(step, today),
        is_mine=mine,
        is_second=second,
        may_work=goes_on and (mine or runs_it),
        wants_my_check=looking and (mine or second) and reader.pk not in said,
        my_verdict=said.get(reader.pk, ""),
        waits_for=_missing(step, said) if step.state == State.DONE else None,
        days_over=(today - step.due_on).days if open_ and step.due_on < today else 0,
        is_today=open_ and step.due_on == today,
    )


def _missing(step: Step, said: dict[int, str]) -> User | None:
    """Whose word is still wanted, once the other has spoken."""
    if not said:
        return None
    return step.second if step.owner_id in said else step.owner


def icon_of(step: Step, today: date) -> str:
    """The state that a reader wants to know first: what is in the way says more than "open"."""
    if step.state in UNFINISHED:
        if step.blocked_because:
            return "blocked"
        if step.needs_help:
            return "needs_help"
    if step.state == State.DONE and step.look_again_on <= today:
        return "look_again"
    return step.outcome or step.state


# My steps


@dataclass(frozen=True)
class Section:
    key: str
    rows: Sequence[Row]
    total: int

    @property
    def title(self) -> Any:
        return SECTIONS[self.key]

    @property
    def has_more(self) -> bool:
        return self.total > len(self.rows)


SECTIONS = {
    "today": _("Today"),
    "week": _("This week"),
    "later": _("Later"),
    "check": _("Waiting for a check"),
    "settled": _("Dropped and checked"),
}


def end_of_week(today: date) -> date:
    return today + timedelta(days=6 - today.weekday())


def _in_sections(reader: User, today: date) -> StepQuerySet:
    """My steps, and those on which my word is wanted, each with the section it stands in."""
    unfinished = Q(state__in=UNFINISHED)
    section = Case(
        When(unfinished & Q(due_on__lte=today), then=Value("today")),
        When(unfinished & Q(due_on__lte=end_of_week(today)), then=Value("week")),
        When(unfinished, then=Value("later")),
        When(state=State.DONE, then=Value("check")),
        default=Value("settled"),
        output_field=CharField(),
    )
    steps = Step.objects.held_by(reader).promised()
    return steps.filter(Q(owner=reader) | Q(second=reader, state=State.DONE)).annotate(section=section)


def my_sections(reader: User, today: date) -> list[Section]:
    """The five sections, each bounded, in one query for the steps and two for what their rows say."""
    place = Window(RowNumber(), partition_by=F("section"), order_by=_order())
    total = Window(Count("pk"), partition_by=F("section"))
    steps = _in_sections(reader, today).with_people().annotate(place=place, total=total).filter(place__lte=A_SECTION)
    found: dict[str, list[Row]] = {}
    totals: dict[str, int] = {}
    for row in rows_for(steps.order_by("place"), reader, today):
        found.setdefault(row.step.section, []).append(row)
        totals[row.step.section] = row.step.total
    return [Section(key, found.get(key, []), totals.get(key, 0)) for key in SECTIONS]


def lead(sections: Sequence[Section]) -> str:
    """The day in a sentence."""
    count = {section.key: section.total for section in sections}
    wanted = sum(row.wants_my_check for section in sections for row in section.rows)
    said = [
        ngettext("%(n)s for today", "%(n)s for today", count["today"]) % {"n": in_words(count["today"])},
        ngettext("%(n)s later this week", "%(n)s later this week", count["week"]) % {"n": in_words(count["week"])},
        ngettext("%(n)s wants your word", "%(n)s want your word", wanted) % {"n": in_words(wanted)},
    ]
    parts = [part for part, n in zip(said, (count["today"], count["week"], wanted), strict=True) if n]
    if not parts:
        return gettext("Nothing needs you this week.")
    return f"{capfirst(', '.join(parts))}."


def in_words(n: int) -> str:
    """Small numbers read better as words."""
    words = (gettext("none"), gettext("one"), gettext("two"), gettext("three"), gettext("four"), gettext("five"))
    return words[n] if n < len(words) else str(n)


def one_section(reader: User, today: date, key: str, page: Any) -> tuple[Page, list[Row]]:
    """A section that is too long for the page of all, leaf by leaf."""
    steps = _in_sections(reader, today).filter(section=key).with_people().order_by(*_order())
    leaf = Paginator(steps, A_PAGE).get_page(page)
    return leaf, rows_for(leaf.object_list, reader, today)


def _order() -> list[Any]:
    """What is open by its date, what waits by its look-again date, what is settled by when, the last first."""
    when = Case(When(state=State.DONE, then=F("look_again_on")), default=F("due_on"))
    return [F("settled_at").desc(nulls_first=True), when.asc(), F("pk").asc()]


# A team's steps

STATES = {
    "unfinished": _("not done yet"),
    "overdue": _("past their date"),
    "blocked": _("blocked, or wanting help"),
    State.OPEN: _("open"),
    State.IN_PROGRESS: _("in progress"),
    State.DONE: _("waiting for a check"),
    State.CHECKED: _("checked"),
    State.DROPPED: _("dropped"),
}


def narrowed(steps: StepQuerySet, chosen: Mapping[str, str], today: date) -> StepQuerySet:
    """By state, kind and owner, each if it was chosen."""
    steps = in_state(steps, chosen.get("state", ""), today)
    names = {"kind": "kind", "owner": "owner_id"}
    return steps.filter(**{field: chosen[name] for name, field in names.items() if name in chosen})


def in_state(steps: StepQuerySet, state: str, today: date) -> StepQuerySet:
    """Narrowed to one of STATES; all of them without one."""
    if state == "unfinished":
        return steps.unfinished()
    if state == "overdue":
        return steps.overdue(today)
    if state == "blocked":
        return steps.unfinished().filter(~Q(blocked_because="") | Q(needs_help=True))
    return steps.filter(state=state) if state else steps


# A debrief's steps, each under what it answers


@dataclass(frozen=True)
class Answer:
    """A factor or a strength, and what the team does about it. Nothing in it depends on who looks."""

    found: Factor | Strength
    side: str
    steps: Sequence[tuple[Step, str]]

    @property
    def is_open(self) -> bool:
        """Neither a step nor a word yet: no acceptance, no keep."""
        said = self.found.accepted_because if isinstance(self.found, Factor) else self.found.answer == "keep"
        return not said and not any(step.state != State.DROPPED for step, _icon in self.steps)


@dataclass(frozen=True)
class Answers:
    factors: Sequence[Answer]
    strengths: Sequence[Answer]
    today: date

    @property
    def promised(self) -> int:
        """Steps that stand; a dropped one is no promise any more."""
        return sum(step.state != State.DROPPED for step in self._steps)

    @property
    def checked(self) -> int:
        return sum(step.state == State.CHECKED for step in self._steps)

    @property
    def _steps(self) -> Iterable[Step]:
        return (step for answer in (*self.factors, *self.strengths) for step, _icon in answer.steps)

    @property
    def total(self) -> int:
        return len(self.factors) + len(self.strengths)

    @property
    def answered(self) -> int:
        return sum(not answer.is_open for answer in (*self.factors, *self.strengths))


def answers_of(debrief: Debrief, today: date) -> Answers:
    """Three queries: factors, strengths, and all their steps."""
    steps: dict[Any, list[tuple[Step, str]]] = {}
    for step in debrief.steps.with_people().order_by("due_on", "pk"):
        steps.setdefault(step.factor_id or step.strength_id, []).append((step, icon_of(step, today)))
    return Answers(
        [Answer(one, "wrong", steps.get(one.pk, [])) for one in debrief.factors.select_related("theme")],
        [Answer(one, "right", steps.get(one.pk, [])) for one in debrief.strengths.select_related("theme")],
        today,
    )
