import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models import Debrief, Factor, Strength
from apps.debriefs.phases import MANAGERS_SEE_STEPS, Phase
from apps.teams.models import Membership, Role, Team
from apps.web.edits import write_over
from apps.web.verdict import Refused, SentBefore

LOOK_AGAIN_LATER = timedelta(days=14)
AGREEING = (Phase.REALIGN, Phase.FOLLOW_THROUGH)


class Kind(models.TextChoices):
    FIX = "fix", _("fix")
    AMPLIFY = "amplify", _("amplify")
    SPREAD = "spread", _("spread")


class State(models.TextChoices):
    OPEN = "open", _("open")
    IN_PROGRESS = "in_progress", _("in progress")
    DONE = "done", _("done")
    CHECKED = "checked", _("checked")
    DROPPED = "dropped", _("dropped")


class Outcome(models.TextChoices):
    WORKED = "worked", _("worked")
    PARTLY = "partly", _("partly")
    DID_NOT_WORK = "did_not_work", _("did not work")
    TOO_EARLY = "too_early", _("too early to say")


# From each state, where a step may go; the verbs are the only way.
STEP_TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.OPEN: (State.IN_PROGRESS, State.DONE, State.DROPPED),
    State.IN_PROGRESS: (State.OPEN, State.DONE, State.DROPPED),
    State.DONE: (State.IN_PROGRESS, State.CHECKED),
    State.CHECKED: (State.IN_PROGRESS,),
    State.DROPPED: (State.OPEN,),
}
UNFINISHED = (State.OPEN, State.IN_PROGRESS)
SETTLED = (State.CHECKED, State.DROPPED)


class StepQuerySet(models.QuerySet["Step"]):
    def visible_to(self, user: User) -> "StepQuerySet":
        """The room's own steps, the team's for its managers, and those this person owns or checks."""
        manages = Exists(Membership.objects.filter(team=OuterRef("debrief__team"), person=user, role=Role.MANAGER))
        belongs = Exists(Membership.objects.filter(team=OuterRef("debrief__team"), person=user))
        room = Q(debrief__in=Debrief.objects.visible_to(user).values("pk"))
        mine = Q(owner=user) | Q(second=user)
        return self.filter(room | (manages & Q(debrief__phase__in=MANAGERS_SEE_STEPS)) | (mine & belongs))

    def held_by(self, user: User) -> "StepQuerySet":
        """Those this person owns or checks, while in the team: the part of `visible_to` that costs one join less."""
        belongs = Exists(Membership.objects.filter(team=OuterRef("debrief__team"), person=user))
        return self.filter(Q(owner=user) | Q(second=user), belongs)

    def shown_to_managers_of(self, teams: Iterable[Team]) -> "StepQuerySet":
        """What the manager's page is about, whoever looks at it; who may look is the caller's question."""
        return self.filter(debrief__team__in=[team.pk for team in teams], debrief__phase__in=MANAGERS_SEE_STEPS)

    def promised(self) -> "StepQuerySet":
        """Without those of a cancelled debrief, which nobody waits for any more."""
        return self.exclude(debrief__phase=Phase.CANCELLED)

    def with_people(self) -> "StepQuerySet":
        """Each step with its people, its debrief's team, and whether these people are still in that team."""
        here = Membership.objects.filter(team=OuterRef("debrief__team"))
        return self.select_related("owner", "second", "debrief__team").annotate(
            owner_is_here=Exists(here.filter(person=OuterRef("owner"))),
            second_is_here=Exists(here.filter(person=OuterRef("second"))),
        )

    def of(self, user: User) -> "StepQuerySet":
        return self.filter(owner=user)

    def unfinished(self) -> "StepQuerySet":
        return self.filter(state__in=UNFINISHED)

    def overdue(self, on: date) -> "StepQuerySet":
        return self.unfinished().filter(due_on__lt=on)

    def awaiting_check(self) -> "StepQuerySet":
        return self.filter(state=State.DONE)

    def wanting_check_of(self, user: User, on: date) -> "StepQuerySet":
        """Done steps whose look-again date has come and whose verdict by this person is missing."""
        said = Check.objects.filter(step=OuterRef("pk"), by=user, look_again_on=OuterRef("look_again_on"))
        return self.awaiting_check().filter(Q(owner=user) | Q(second=user), ~Exists(said), look_again_on__lte=on)

    def unsettled(self) -> "StepQuerySet":
        return self.exclude(state__in=SETTLED)


class Step(models.Model):
    """A realign step: one owner, one due date, a way to tell whether it worked, and when to look."""

    # The key of the form that made it, so that the same form sent twice makes one step.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.PROTECT, related_name="steps")
    title = models.CharField(_("step"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # What it answers: a factor (fix) or a strength (amplify, spread); exactly one, kept by the database.
    factor = models.ForeignKey(Factor, null=True, blank=True, on_delete=models.PROTECT, related_name="steps")
    strength = models.ForeignKey(Strength, null=True, blank=True, on_delete=models.PROTECT, related_name="steps")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="steps")
    second = models.ForeignKey(User, on_delete=models.PROTECT, related_name="steps_to_check")
    due_on = models.DateField(_("due"))
    success_signal = models.CharField(_("success signal"), max_length=500)
    look_again_on = models.DateField(_("look again on"))
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    blocked_because = models.CharField(_("blocked because"), max_length=500, blank=True)
    needs_help = models.BooleanField(default=False)
    dropped_because = models.CharField(_("dropped because"), max_length=500, blank=True)
    outcome = models.CharField(max_length=14, choices=Outcome, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    # Raised by each rewording: whoever saves over words they have not seen finds out.
    version = models.PositiveIntegerField(default=1)
    # Set in the transaction of every change; the reminder planner makes the rows and clears it.
    replan = models.BooleanField(default=True)

    objects: ClassVar = StepQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        verbose_name = _("step")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="step_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="step_state_is_known"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(success_signal=""), name="step_says_what_and_how"),
            models.CheckConstraint(
                condition=Q(factor__isnull=False, strength=None) | Q(factor=None, strength__isnull=False),
                name="step_answers_one_thing",
            ),
            models.CheckConstraint(condition=~Q(owner=F("second")), name="step_second_is_not_the_owner"),
            models.CheckConstraint(condition=Q(look_again_on__gte=F("due_on")), name="step_looks_again_after_due"),
            models.CheckConstraint(
                condition=Q(state__in=["done", "checked"], done_at__isnull=False)
                | Q(state__in=["open", "in_progress", "dropped"]),
                name="step_done_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="checked") & ~Q(outcome="") | ~Q(state="checked") & Q(outcome=""),
                name="step_outcome_when_checked",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") & ~Q(dropped_because="") | ~Q(state="dropped") & Q(dropped_because=""),
                name="step_dropped_with_a_reason",
            ),
        )
        indexes = (
            models.Index(fields=["owner", "state", "due_on"], name="step_by_owner"),
            models.Index(fields=["second", "state"], name="step_by_second"),
            models.Index(fields=["id"], name="step_replan", condition=Q(replan=True)),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @classmethod
    def agree(
        cls, debrief: Debrief, key: uuid.UUID, *, by: User, at: datetime, idea: uuid.UUID | None = None, **fields: Any
    ) -> "Step":
        """Write down a promise; the same key again answers with the same step. A parked `idea` that it makes real
        leaves the parking lot in the same moment."""
        with transaction.atomic():
            debrief._require(*AGREEING)
            answered = fields.get("factor") or fields.get("strength")
            if answered and not type(answered).objects.filter(pk=answered.pk).exists():
                raise Refused(_("What this step answers was removed a moment ago. What you typed is still here."))
            step, new = cls.objects.get_or_create(
                pk=key, defaults={"debrief": debrief, "agreed_by": by, "agreed_at": at, **fields}
            )
            if step.debrief_id != debrief.pk:
                raise Refused(_("Please open the page again and send the step once more."))
            if not new and any(getattr(step, name) != value for name, value in fields.items()):
                raise SentBefore
            if new:
                step._note(StepChange.What.AGREED, by=by, at=at)
                if idea and not debrief.parked_ideas.filter(pk=idea).delete()[0]:
                    raise Refused(
                        _("Somebody has just taken this idea off the parking lot. What you typed is still here.")
                    )
                debrief._changed("steps", *(["parking"] if idea else []))
        return step

    def rewrite(self, *, by: User, at: datetime, version: int | None = None, **fields: Any) -> None:
        """Change what was agreed. A moved date and a new owner stay visible in the history.

        Raises Collided when somebody else has reworded it since `version`.
        """
        seen = self.version if version is None else version
        with transaction.atomic():
            self._lock()
            if self.state in SETTLED:
                raise Refused(
                    _("This step is %(state)s. Take it up again first.") % {"state": self.get_state_display()}
                )
            changed = {name: getattr(self, name) for name, value in fields.items() if getattr(self, name) != value}
            if not changed:
                return
            write_over(self, seen, by=self._who_reworded(), **fields)
            self._set()
            for name, before in changed.items():
                if name in DATES:
                    self._note(DATES[name], by=by, at=at, was_on=before, now_on=fields[name])
            if "owner" in changed:
                self._note(StepChange.What.HANDED_OVER, by=by, at=at, was=changed["owner"], now=self.owner)
            if changed.keys() - DATES.keys() - {"owner"}:
                self._note(StepChange.What.REWRITTEN, by=by, at=at)

    def start(self, *, by: User, at: datetime) -> None:
        """Begin, or begin again: also the way back from done by mistake and from a check that said no."""
        self._move(State.IN_PROGRESS, by=by, at=at, done_at=None, settled_at=None, outcome="")

    def finish(self, *, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._lock()
            again: dict[str, Any] = {}
            if self.state in UNFINISHED and self.checks.filter(look_again_on=self.look_again_on).exists():
                # Verdicts from before it was worked on again say nothing about what is done now.
                again = {"look_again_on": max(self.look_again_on, at.date()) + LOOK_AGAIN_LATER}
            self._move(State.DONE, by=by, at=at, done_at=at, blocked_because="", needs_help=False, **again)

    def reopen(self, *, by: User, at: datetime) -> None:
        to = State.IN_PROGRESS if self.state in (State.DONE, State.CHECKED) else State.OPEN
        self._move(to, by=by, at=at, done_at=None, settled_at=None, outcome="", dropped_because="")

    def drop(self, *, because: str, by: User, at: datetime) -> None:
        self._move(State.DROPPED, by=by, at=at, note=because, dropped_because=because, settled_at=at,
                   blocked_because="", needs_help=False)  # fmt: skip

    def block(self, *, because: str, by: User, at: datetime) -> None:
        """Say what is in the way; an empty reason says that it moves again."""
        if because:
            self._say(StepChange.What.BLOCKED, by=by, at=at, note=because, blocked_because=because)
        else:
            self.unblock(by=by, at=at)

    def unblock(self, *, by: User, at: datetime) -> None:
        """It moves again: nothing is in the way, and help is no longer waited for."""
        self._say(StepChange.What.UNBLOCKED, by=by, at=at, blocked_because="", needs_help=False)

    def ask_for_help(self, *, by: User, at: datetime) -> None:
        self._say(StepChange.What.NEEDS_HELP, by=by, at=at, needs_help=True)

    def check_it(self, *, verdict: str, note: str, by: User, at: datetime, later: date | None = None) -> None:
        """One of the two verdicts. When both are in, the step is checked; "too early" moves the date for both."""
        if by.pk not in (self.owner_id, self.second_id):
            raise Refused(_("The owner and the second person say whether it worked."))
        with transaction.atomic():
            self._lock()
            if self.state != State.DONE:
                raise Refused(
                    _("This step is %(state)s, so there is nothing to check.") % {"state": self.get_state_display()}
                )
            if at.date() + timedelta(days=1) < self.look_again_on:
                day = date_format(self.look_again_on, "j F Y")
                raise Refused(_("It is too soon to say: the look-again date is %(day)s.") % {"day": day})
            if later and later <= self.look_again_on:
                raise Refused(_("Choose a day after %(day)s to look again.") % {"day": self.look_again_on})
            Check.objects.update_or_create(
                step=self,
                by=by,
                look_again_on=self.look_again_on,
                defaults={"verdict": verdict, "note": note, "at": at},
            )
            self._note(StepChange.What.CHECKED, by=by, at=at, note=note, verdict=verdict)
            if verdict == Outcome.TOO_EARLY:
                self._set(look_again_on=later or max(self.look_again_on, at.date()) + LOOK_AGAIN_LATER)
            else:
                self._settle(at)

    def _settle(self, at: datetime) -> None:
        both = (self.owner_id, self.second_id)  # a verdict of someone who was one of them earlier no longer counts
        checks = self.checks.filter(look_again_on=self.look_again_on, by__in=both)
        verdicts = dict(checks.values_list("by_id", "verdict"))
        if len(verdicts) < len(both):
            self._set()
            return
        said = set(verdicts.values())
        outcome = said.pop() if len(said) == 1 else Outcome.PARTLY
        self._set(state=State.CHECKED, outcome=outcome, settled_at=at)

    def _move(self, to: State, *, by: User, at: datetime, note: str = "", **also: Any) -> None:
        with transaction.atomic():
            self._lock()
            if self.state == to:
                return
            if to not in STEP_TRANSITIONS[State(self.state)]:
                raise Refused(
                    _("This step is now %(state)s, so it cannot become %(wanted)s.")
                    % {"state": self.get_state_display(), "wanted": State(to).label}
                )
            before = self.state
            self._set(state=to, **also)
            self._note(StepChange.What.MOVED_STATE, by=by, at=at, note=note, before=before, after=to)

    def _say(self, what: "StepChange.What", *, by: User, at: datetime, note: str = "", **fields: Any) -> None:
        with transaction.atomic():
            self._lock()
            if self.state not in UNFINISHED:
                raise Refused(_("This step is %(state)s.") % {"state": self.get_state_display()})
            self._set(**fields)
            self._note(what, by=by, at=at, note=note)

    def _who_reworded(self) -> User | None:
        last = self.history.filter(what__in=REWORDED).select_related("by").last()
        return last.by if last else None

    def _lock(self) -> None:
        self.refresh_from_db(from_queryset=Step.objects.select_for_update(of=("self",)))

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
        self.replan = True
        self.save(update_fields=[*fields, "replan"])
        self.debrief._changed("steps")

    def _note(self, what: "StepChange.What", *, by: User, at: datetime, **more: Any) -> None:
        StepChange.objects.create(step=self, what=what, by=by, at=at, **more)


class StepChange(models.Model):
    """One line of a step's history; written with the change, never altered."""

    class What(models.TextChoices):
        AGREED = "agreed", _("agreed")
        REWRITTEN = "rewritten", _("reworded")
        MOVED = "moved", _("due date moved")
        LOOK_MOVED = "look_moved", _("look-again date moved")
        HANDED_OVER = "handed_over", _("handed over")
        MOVED_STATE = "state", _("state")
        BLOCKED = "blocked", _("blocked")
        UNBLOCKED = "unblocked", _("moves again")
        NEEDS_HELP = "needs_help", _("asked for help")
        CHECKED = "checked", _("checked")

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="history")
    what = models.CharField(max_length=12, choices=What)
    before = models.CharField(max_length=12, blank=True, choices=State)
    after = models.CharField(max_length=12, blank=True, choices=State)
    verdict = models.CharField(max_length=14, blank=True, choices=Outcome)
    note = models.CharField(max_length=500, blank=True)
    was_on = models.DateField(null=True, blank=True)
    now_on = models.DateField(null=True, blank=True)
    was = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    now = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        verbose_name = _("step change")

    def __str__(self) -> str:
        return f"{self.step_id} {self.what}"


# Which line of the history a moved date becomes.
DATES = {"due_on": StepChange.What.MOVED, "look_again_on": StepChange.What.LOOK_MOVED}
REWORDED = (*DATES.values(), StepChange.What.HANDED_OVER, StepChange.What.REWRITTEN)


class Check(models.Model):
    """One person's verdict on a done step, for one look-again date."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="checks")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    look_again_on = models.DateField()
    verdict = models.CharField(max_length=14, choices=Outcome)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at"]
        verbose_name = _("check")
        constraints = (
            models.UniqueConstraint(fields=["step", "by", "look_again_on"], name="check_once_a_person_and_date"),
            models.CheckConstraint(condition=Q(verdict__in=Outcome.values), name="check_verdict_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.step_id} {self.verdict}"
