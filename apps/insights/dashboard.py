"""What a manager sees of the teams' promises: counted steps and their list, never a word said in the room. Read-only.

Every figure counts steps, none counts people: no participation, no ratio by person, no list by owner. So a team of
three needs no smaller page than a team of thirty, and subtracting one figure from another finds nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import UNFINISHED, Outcome, State, Step, StepQuerySet
from apps.actions.rows import WAITING_FIRST
from apps.teams.models import Role, Team
from apps.web.charts import Chart, Part, bars

A_PAGE = 20
AWAY = timedelta(days=1)

# What is counted, by name: the key is also the value of the filter `state`.
OPEN = Q(state=State.OPEN)
IN_PROGRESS = Q(state=State.IN_PROGRESS)
DONE = Q(state=State.DONE)
WORKED, PARTLY, DID_NOT = Q(outcome=Outcome.WORKED), Q(outcome=Outcome.PARTLY), Q(outcome=Outcome.DID_NOT_WORK)
DROPPED = Q(state=State.DROPPED)
UNDONE = Q(state__in=UNFINISHED)
STUCK = UNDONE & (~Q(blocked_because="") | Q(needs_help=True))
NOT_BLOCKED = ExpressionWrapper(Q(blocked_because=""), BooleanField())

FILTERS = {
    "overdue": _("past their date"),
    "blocked": _("blocked, or wanting help"),
    "open": _("open"),
    "in_progress": _("in progress"),
    "done": _("waiting for a check"),
    "worked": _("worked"),
    "partly": _("partly"),
    "did_not_work": _("did not work"),
    "dropped": _("dropped"),
}


@dataclass(frozen=True)
class Counts:
    """The steps of one team, or of all of them together."""

    promised: int
    kept: int
    kept_late: int
    overdue: int
    open: int
    in_progress: int
    done: int
    checked: int
    worked: int
    partly: int
    did_not_work: int
    dropped: int
    ages: Sequence[int]


@dataclass(frozen=True)
class OpenStep:
    """A step as a line of the list: what was promised, and how it stands."""

    step: Step
    icon: str
    days_over: int

    @property
    def weeks_over(self) -> int:
        return self.days_over // 7 if self.days_over >= 14 else 0


@dataclass(frozen=True)
class Dashboard:
    teams: Sequence[Team]
    all: Counts
    by_team: Mapping[int, Counts]
    charts: Sequence[Chart]
    help_wanted: Sequence[OpenStep]
    page: Page
    steps: Sequence[OpenStep]


AGES = (
    (_("under a week"), 1, 7),
    (_("1 to 2 weeks"), 7, 14),
    (_("2 to 4 weeks"), 14, 28),
    (_("over 4 weeks"), 28, 100_000),
)


def managed_by(user: User) -> list[Team]:
    return list(Team.objects.active().with_role(user, Role.MANAGER).select_related("organization").order_by("name"))


def dashboard_of(teams: Sequence[Team], chosen: Mapping[str, str], today: date, page: Any) -> Dashboard:
    """Four queries, whatever the number of teams and steps: figures, where help counts, the list and its length."""
    steps = Step.objects.shown_to_managers_of(teams)
    by_team = _counts(steps, today)
    every = _added(by_team.values())
    leaf = Paginator(_listed(steps, chosen, today), A_PAGE).get_page(page)
    return Dashboard(
        teams=teams,
        all=every,
        by_team={team.pk: by_team.get(team.pk, NONE) for team in teams},
        charts=_charts(teams, by_team, every),
        help_wanted=[_line(step, today) for step in _help_wanted(steps, today)],
        page=leaf,
        steps=[_line(step, today) for step in leaf.object_list],
    )


def _counts(steps: StepQuerySet, today: date) -> dict[int, Counts]:
    overdue = UNDONE & Q(due_on__lt=today)
    kept = Q(state__in=(State.DONE, State.CHECKED))
    in_time = kept & Q(done_at__date__lte=F("due_on"))
    figures = {
        "promised": ~DROPPED, "kept": in_time, "kept_late": kept & ~Q(done_at__date__lte=F("due_on")),
        "overdue": overdue, "open": OPEN, "in_progress": IN_PROGRESS, "done": DONE, "checked": Q(state=State.CHECKED),
        "worked": WORKED, "partly": PARTLY, "did_not_work": DID_NOT, "dropped": DROPPED,
    }  # fmt: skip
    ages = {
        f"age_{n}": overdue & Q(due_on__lte=today - AWAY * least, due_on__gt=today - AWAY * most)
        for n, (_label, least, most) in enumerate(AGES)
    }
    counted = {name: Count("pk", filter=rule) for name, rule in {**figures, **ages}.items()}
    found = steps.order_by().values("debrief__team_id").annotate(**counted)
    return {
        row["debrief__team_id"]: Counts(**{name: row[name] for name in figures}, ages=[row[name] for name in ages])
        for row in found
    }


NAMES = [name for name in Counts.__dataclass_fields__ if name != "ages"]
NONE = Counts(**dict.fromkeys(NAMES, 0), ages=[0] * len(AGES))


def _added(several: Any) -> Counts:
    several = [NONE, *several]
    sums = {name: sum(getattr(one, name) for one in several) for name in NAMES}
    return Counts(**sums, ages=[sum(ages) for ages in zip(*(one.ages for one in several), strict=True)])


def _charts(teams: Sequence[Team], by_team: Mapping[int, Counts], every: Counts) -> list[Chart]:
    """Only those that have something to show."""

    def rows(*names: str) -> list[tuple[str, list[int]]]:
        return [(team.name, [getattr(by_team.get(team.pk, NONE), name) for name in names]) for team in teams]

    states = bars(
        "states", _("How the steps stand"), _("Done is not the end: on its look-again date a step is checked."),
        of_what=_("Team"), rows=rows("open", "in_progress", "done", "checked"),
        parts=[Part(_("open"), "faint", "open"), Part(_("in progress"), "pale", "progress"),
               Part(_("waiting for a check"), "partly", "done"), Part(_("checked"), "ink", "look")],
    )  # fmt: skip
    kept = bars(
        "kept", _("Kept on time"), _("By the date that was agreed last; moved dates stay in a step’s history."),
        of_what=_("Team"), rows=rows("kept", "kept_late", "overdue"),
        parts=[Part(_("kept on time"), "ink"), Part(_("kept late"), "pale"), Part(_("overdue"), "faint")],
    )  # fmt: skip
    verdicts = bars(
        "verdicts", _("Did it work?"), _("The verdict on the look-again date, by the owner and a second person."),
        of_what=_("Team"), rows=rows("worked", "partly", "did_not_work"),
        parts=[Part(_("worked"), "worked", "worked", "right"), Part(_("partly"), "partly", "partly"),
               Part(_("did not work"), "not", "loop", "wrong")],
    )  # fmt: skip
    ages = bars(
        "ages", _("Overdue by age"),
        _("An old step is a question about the step: change it, or drop it with a reason."),
        of_what=_("Age"), rows=[(str(label), [n]) for (label, *_days), n in zip(AGES, every.ages, strict=True)],
        parts=[Part(_("steps"), "ink")],
    )  # fmt: skip
    return [chart for chart in (states, kept, verdicts, ages) if chart.total]


def _help_wanted(steps: StepQuerySet, today: date) -> StepQuerySet:
    """What is blocked, then the oldest of what is overdue; no more than a person can act on."""
    late = UNDONE & Q(due_on__lte=today - AWAY * 7)
    return _with_names(steps.filter(STUCK | late)).order_by(NOT_BLOCKED.asc(), "due_on", "pk")[:3]


def _listed(steps: StepQuerySet, chosen: Mapping[str, str], today: date) -> StepQuerySet:
    """What still waits comes first, by its date; then what is settled, the last first."""
    rules = {
        "overdue": UNDONE & Q(due_on__lt=today), "blocked": STUCK, "open": OPEN, "in_progress": IN_PROGRESS,
        "done": DONE, "worked": WORKED, "partly": PARTLY, "did_not_work": DID_NOT, "dropped": DROPPED,
    }  # fmt: skip
    if state := chosen.get("state"):
        steps = steps.filter(rules[state])
    if team := chosen.get("team"):
        steps = steps.filter(debrief__team__slug=team)
    return _with_names(steps).order_by(*WAITING_FIRST)


def _with_names(steps: StepQuerySet) -> StepQuerySet:
    """Only what a line says: of the debrief not more than its title, of its team not more than its name."""
    return steps.select_related("owner", "debrief__team").only(
        "id", "title", "kind", "state", "outcome", "due_on", "look_again_on", "success_signal", "blocked_because",
        "needs_help", "dropped_because", "done_at", "owner", "owner__display_name", "owner__email",
        "debrief", "debrief__title", "debrief__team", "debrief__team__name", "debrief__team__slug",
    )  # fmt: skip


def _line(step: Step, today: date) -> OpenStep:
    undone = step.state in UNFINISHED
    icon = step.outcome or step.state
    if undone and (step.blocked_because or step.needs_help):
        icon = "blocked" if step.blocked_because else "needs_help"
    return OpenStep(step, icon, (today - step.due_on).days if undone and step.due_on < today else 0)
