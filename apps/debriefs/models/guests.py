import hashlib
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief


def hash_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class GuestLink(models.Model):
    """A link with which people without an account add perspectives to one debrief. Only its hash is stored."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="guest_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = _("guest link")
        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="guest_link_expires_later"),
            # One that opens at a time: making a new link ends the one before.
            models.UniqueConstraint(fields=["debrief"], condition=Q(revoked_at=None), name="guest_link_one_open"),
        )

    def __str__(self) -> str:
        return f"{self.debrief_id} · {self.created_at:%Y-%m-%d}"
