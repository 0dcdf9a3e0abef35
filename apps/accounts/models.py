from functools import cache
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)


@cache
def known_time_zones() -> frozenset[str]:
    """Read once: the list is made from a folder of hundreds of files."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in known_time_zones():
        raise ValidationError(_("We do not know the time zone “%(name)s”."), params={"name": name})


def working_week() -> list[int]:
    return list(MONDAY_TO_FRIDAY)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The address is kept in lower case: two spellings of one mailbox are one person."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


def initials_of(name: str) -> str:
    words = name.replace("@", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail address"), max_length=254)
    display_name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    workday_start = models.TimeField(_("working day starts"), default="09:00")
    workday_end = models.TimeField(_("working day ends"), default="17:00")
    # Python's weekday numbers: Monday is 0.
    workdays = ArrayField(models.SmallIntegerField(), default=working_week, verbose_name=_("working days"))
    muted_kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    reminders_paused_until = models.DateField(null=True, blank=True)
    # Set in the transaction that changes hours, zone or preferences; the reminder planner clears it.
    replan = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="person_email_once"),
            models.CheckConstraint(
                condition=models.Q(workday_start__lt=models.F("workday_end")), name="person_workday_runs_forward"
            ),
            models.CheckConstraint(condition=models.Q(workdays__len__gte=1), name="person_has_a_working_day"),
        )
        indexes = (models.Index(fields=["id"], name="person_replan", condition=models.Q(replan=True)),)

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.first_name

    @property
    def first_name(self) -> str:
        return str(self).split()[0] if str(self).split() else self.email

    @property
    def initials(self) -> str:
        return initials_of(str(self))

    @cached_property
    def manages_any(self) -> bool:
        """Whether the manager's page belongs in this person's navigation; one query a request."""
        return self.memberships.filter(role="manager", team__archived_at=None).exists()

    def change_rhythm(self, **fields: Any) -> None:
        """Change name, zone, hours or reminder preferences; waiting reminders are planned anew."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.replan = True
        self.save(update_fields=[*fields, "replan"])
