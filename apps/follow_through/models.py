from typing import ClassVar

from django.db import models
from django.db.models import Q
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
    message_id = models.CharField(max_length=120, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("letter")
        constraints = (
            models.UniqueConstraint(fields=["person", "local_date", "slot"], name="letter_once_a_day_and_slot"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"), name="letter_sent_has_a_moment"
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="letter_due", condition=Q(state__in=["waiting", "uncertain"])),
        )

    def __str__(self) -> str:
        return f"{self.person_id} {self.local_date}"


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
                fields=["step", "kind", "local_date"], name="reminder_step_once", condition=Q(step__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["debrief", "person", "kind", "local_date"], name="reminder_debrief_once",
                condition=Q(debrief__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["question", "kind", "local_date"], name="reminder_question_once",
                condition=Q(question__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="reminder_due", condition=Q(state="waiting")),
            models.Index(fields=["person", "local_date"], name="reminder_by_person"),
        )

    objects: ClassVar = models.Manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id} {self.local_date}"
