import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, OpenQuestion


class Kind(models.TextChoices):
    """Why a reminder is sent; each can be switched off by the person."""

    INVITED = "invited", _("A debrief wants my perspective")
    PERSPECTIVE_WANTED = "perspective_wanted", _("My perspective is still wanted")
    MEETING_TOMORROW = "meeting_tomorrow", _("A meeting is tomorrow")
    ASSIGNED = "assigned", _("A step was agreed with me")
    BEFORE_DUE = "before_due", _("A step of mine is due in a few days")
    DUE_TODAY = "due_today", _("A step of mine is due today")
    OVERDUE = "overdue", _("A step of mine is past its date")
    LOOK_AGAIN = "look_again", _("It is time to look whether my step worked")
    CHECK_WANTED = "check_wanted", _("My word is wanted on someone’s step")
    QUESTION_DUE = "question_due", _("An open question of mine is due")
    FOLLOW_UP = "follow_up", _("A follow-up meeting is tomorrow")


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


# These may make a second letter on a day that has had its own.
NEWS = (Kind.INVITED, Kind.ASSIGNED)

# Longer than any conversation with the mail server: no second worker meets a live lease.
LEASE = timedelta(minutes=5)
# How long a letter stays in doubt before it leaves once more, with the same Message-ID.
DOUBT = timedelta(minutes=10)
TRIES = 5


def wait_after(attempts: int) -> timedelta:
    """4, 16, 64 and 256 minutes: a mail server may be away for hours and nothing is given up."""
    return timedelta(minutes=4**attempts)


class LetterQuerySet(models.QuerySet["Letter"]):
    def open(self) -> "LetterQuerySet":
        return self.filter(state__in=[Letter.State.WAITING, Letter.State.UNCERTAIN])

    def due(self, at: datetime) -> "LetterQuerySet":
        return self.open().filter(Q(lease_until=None) | Q(lease_until__lte=at), due_at__lte=at)

    def claim(self, *, at: datetime, limit: int) -> list["Letter"]:
        """Take letters for sending, for the length of a lease; what another worker holds is passed over."""
        self._doubt_what_was_cut_off(at)
        with transaction.atomic():
            due = self.due(at).select_related("person").order_by("due_at")
            taken = list(due.select_for_update(skip_locked=True, of=("self",))[:limit])
            lease_until = at + LEASE
            Letter.objects.filter(pk__in=[letter.pk for letter in taken]).update(lease_until=lease_until)
        for letter in taken:
            letter.lease_until = lease_until
        return taken

    def _doubt_what_was_cut_off(self, at: datetime) -> None:
        """Their worker ended after the body had begun to leave: nobody knows whether they arrived."""
        cut_off = self.open().filter(lease_until__lte=at, data_at__isnull=False)
        why = "The worker ended while the letter was leaving."
        for letter in cut_off.filter(attempts__gte=TRIES):
            letter.fail(why)
        cut_off.update(state=Letter.State.UNCERTAIN, due_at=at + DOUBT, lease_until=None, data_at=None, last_error=why)


def new_message_id() -> str:
    """Kept with the letter, so that every try carries the same one and a mail hop can tell a repeat."""
    return f"letter-{uuid.uuid4()}"


class Letter(models.Model):
    """Everything that is due for one person on one local date: the row that is claimed, leased and sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        UNCERTAIN = "uncertain", _("uncertain")
        FAILED = "failed", _("failed")
        EMPTY = "empty", _("nothing left to say")

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters")
    local_date = models.DateField()
    slot = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Committed just before the body leaves; a lease that ends with it set is uncertain, not lost.
    data_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, unique=True, default=new_message_id)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects: ClassVar = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        constraints = (
            models.UniqueConstraint(fields=["person", "local_date", "slot"], name="letter_once_a_day_and_slot"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"), name="letter_sent_has_a_moment"
            ),
        )
        indexes = (models.Index(fields=["due_at"], name="letter_due", condition=Q(state__in=["waiting", "uncertain"])),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.local_date}"

    def begin(self, *, at: datetime) -> bool:
        """Count a try; False when the lease has gone to somebody else."""
        lease_until = at + LEASE
        if not self._ours(at).update(attempts=F("attempts") + 1, lease_until=lease_until):
            return False
        self.attempts, self.lease_until = self.attempts + 1, lease_until
        return True

    def hand_over(self, *, at: datetime) -> bool:
        """Say that the body leaves now: committed before it does, or a cut-off letter would look untouched."""
        return bool(self._ours(at).update(data_at=at))

    def _ours(self, at: datetime) -> LetterQuerySet:
        return Letter.objects.open().filter(pk=self.pk, lease_until=self.lease_until, lease_until__gt=at)

    def _close(self, **fields: object) -> bool:
        """Ends our try, unless the lease ran out and someone else has begun another."""
        return bool(Letter.objects.open().filter(pk=self.pk, lease_until=self.lease_until).update(
            **{"lease_until": None, **fields}
        ))  # fmt: skip

    def mark_sent(self, told: Collection["Reminder"], *, at: datetime) -> None:
        """The letter and what it told, in one go; an overdue step asks for its next reminder."""
        with transaction.atomic():
            # Steps before reminders, the order in which the planner takes them.
            again = [reminder.step_id for reminder in told if reminder.step_id and reminder.kind == Kind.OVERDUE]
            Step.objects.filter(pk__in=again).update(replan=True)
            if self._close(state=Letter.State.SENT, sent_at=at, last_error=""):
                Reminder.objects.filter(pk__in=[reminder.pk for reminder in told]).waiting().update(state=State.SENT)

    def put_off(self, why: str, *, at: datetime) -> None:
        """It certainly did not arrive: try again later, five times in all."""
        if self.attempts >= TRIES:
            self.fail(why)
        else:
            self._close(due_at=at + wait_after(self.attempts), data_at=None, last_error=why[:300])

    def doubt(self, why: str, *, at: datetime) -> None:
        """It may have arrived: once more after a while, with the same Message-ID."""
        if self.attempts >= TRIES:
            self.fail(why)
        else:
            self._close(state=Letter.State.UNCERTAIN, due_at=at + DOUBT, data_at=None, last_error=why[:300])

    def fail(self, why: str) -> None:
        """Given up, and listed for the operator; `retry_failed` brings it back."""
        with transaction.atomic():
            if self._close(state=Letter.State.FAILED, last_error=why[:300]):
                self.reminders.waiting().update(state=State.FAILED)

    def drop(self) -> None:
        """Nothing in it is wanted any more."""
        self._close(state=Letter.State.EMPTY)

    def release(self) -> None:
        """Untried: the mail server could not be reached, and this letter is not to blame."""
        self._close()


def retry_failed(*, at: datetime) -> int:
    """Give every failed letter five new tries."""
    with transaction.atomic():
        failed = list(Letter.objects.filter(state=Letter.State.FAILED).select_for_update(skip_locked=True))
        pks = [letter.pk for letter in failed]
        Reminder.objects.filter(letter__in=pks, state=State.FAILED).update(state=State.WAITING)
        return Letter.objects.filter(pk__in=pks).update(
            state=Letter.State.WAITING, attempts=0, due_at=at, data_at=None, lease_until=None
        )


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def waiting(self) -> "ReminderQuerySet":
        return self.filter(state=State.WAITING)

    def unlettered(self) -> "ReminderQuerySet":
        return self.waiting().filter(letter=None)

    def due(self, at: datetime) -> "ReminderQuerySet":
        return self.unlettered().filter(due_at__lte=at)

    def untouched(self) -> "ReminderQuerySet":
        """Waiting, and nothing they depend on has changed since it was last planned: the flags of the outbox say so."""
        return self.waiting().exclude(
            Q(step__replan=True)
            | Q(step__debrief__replan=True)
            | Q(debrief__replan=True)
            | Q(question__debrief__replan=True)
            | Q(person__replan=True)
            | Q(person__is_active=False)
        )

    def with_subjects(self) -> "ReminderQuerySet":
        """Everything a letter speaks of, in one query."""
        return self.select_related(
            "person", "step__owner", "step__debrief__team", "debrief__team", "question__debrief__team"
        )

    def snooze(self, step: Step, *, person: User, until: datetime) -> datetime | None:
        """Move what would come earlier, and the weekly overdue one if it would come later; says when the next comes."""
        mine = self.unlettered().filter(step=step, person=person)
        moved = mine.filter(due_at__lt=until).update(due_at=until, moved_to=until)
        if not moved and (later := mine.filter(kind=Kind.OVERDUE).order_by("due_at").first()):
            mine.filter(pk=later.pk).update(due_at=until, moved_to=until)
        return mine.order_by("due_at").values_list("due_at", flat=True).first()


class Reminder(models.Model):
    """A promise to remind: unique for its subject, person, kind and local date. Celery is only the alarm clock."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=20, choices=Kind)
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders")
    debrief = models.ForeignKey(Debrief, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders")
    question = models.ForeignKey(
        OpenQuestion, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders"
    )
    local_date = models.DateField()
    due_at = models.DateTimeField()
    # Snoozed: stands in place of the calendar's moment when the reminder is planned anew.
    moved_to = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.SET_NULL, related_name="reminders")

    class Meta:
        verbose_name = _("reminder")
        constraints = (
            models.CheckConstraint(
                condition=Q(step__isnull=False, debrief=None, question=None)
                | Q(step=None, debrief__isnull=False, question=None)
                | Q(step=None, debrief=None, question__isnull=False),
                name="reminder_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["step", "person", "kind", "local_date"],
                name="reminder_step_once",
                condition=Q(step__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["debrief", "person", "kind", "local_date"],
                name="reminder_debrief_once",
                condition=Q(debrief__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["question", "person", "kind", "local_date"],
                name="reminder_question_once",
                condition=Q(question__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="reminder_due", condition=Q(state="waiting")),
            models.Index(fields=["person", "local_date"], name="reminder_by_person"),
        )

    objects: ClassVar = ReminderQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id} {self.local_date}"

    @property
    def key(self) -> tuple[int, str, date]:
        return self.person_id, self.kind, self.local_date

    @property
    def about(self) -> Step | Debrief | OpenQuestion:
        """The database keeps it that exactly one of them is there."""
        return self.step or self.debrief or self.question  # type: ignore[return-value]
