import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Anonymity, Debrief
from apps.debriefs.models.perspectives import WRITING, Draft, DraftQuerySet, Perspective, WhoWrites, hash_of
from apps.debriefs.phases import ON_THE_BOARD, Phase
from apps.web.verdict import Refused

# What one link may bring into a debrief; two hundred people with ten cards each.
CARDS_MAX = 2000


class GuestLinkQuerySet(models.QuerySet["GuestLink"]):
    def open(self, at: datetime) -> "GuestLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=at)

    def behind(self, token: str, *, at: datetime) -> "GuestLink | None":
        """The link that this token opens now. One that ended, ran out or never was is None alike."""
        shown = self.open(at).filter(debrief__phase__in=(Phase.PREPARE, *ON_THE_BOARD), debrief__team__archived_at=None)
        return shown.select_related("debrief__team", "debrief__facilitator", "debrief__opened_by").filter(
            token_hash=hash_of(token)
        ).first()  # fmt: skip


class GuestLink(models.Model):
    """A link with which people without an account add perspectives to one debrief. Only its hash is stored."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="guest_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = GuestLinkQuerySet.as_manager()

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

    @classmethod
    def make(cls, debrief: Debrief, *, by: User, at: datetime, until: datetime) -> str:
        """A new link; the one before ends with it. Answers with the token, which exists nowhere else."""
        token = secrets.token_urlsafe(16)
        with transaction.atomic():
            debrief._require(*WRITING)
            cls.end(debrief, at=at)
            cls.objects.create(
                debrief=debrief, token_hash=hash_of(token), created_by=by, created_at=at, expires_at=until
            )
        return token

    @classmethod
    def end(cls, debrief: Debrief, *, at: datetime) -> bool:
        """From now on nobody comes in; what came in stays. False when there was none to end."""
        return bool(cls.objects.filter(debrief=debrief, revoked_at=None).update(revoked_at=at))

    def require_room(self, writer: "Guest", key: uuid.UUID) -> None:
        """Counted are all cards without an account behind them: which of them are guests', nothing tells."""
        if writer.drafts(self.debrief).filter(pk=key).exists():
            return
        nobodys = [kind.objects.filter(debrief=self.debrief, author=None).count() for kind in (Draft, Perspective)]
        if sum(nobodys) >= CARDS_MAX:
            raise Refused(
                _("This debrief holds as many cards as it can. Yours is still here; tell whoever gave you the link.")
            )


def cards_by_guests(debrief: Debrief) -> int | None:
    """How many stand on the board. None where a number could tell something: before the reveal, or without names."""
    if debrief.anonymity != Anonymity.NAMED or debrief.phase not in ON_THE_BOARD:
        return None
    return debrief.perspectives.exclude(guest_name="").count()


class Guest(WhoWrites):
    """Somebody without an account. A secret in their browser opens each of their drafts, named or not; the link they
    came by stands in the hash where a member's person does, and no row points at either."""

    def __init__(self, link: GuestLink, held: Mapping[uuid.UUID, str], name: str = "", seed: str = "") -> None:
        self.link = link
        self.held = held
        self.seed = seed
        self.name = name

    def seal(self, secret: str) -> str:
        return hash_of(f"guest:{self.link.pk}:{secret}")

    def drafts(self, debrief: Debrief) -> DraftQuerySet:
        return Draft.objects.filter(debrief=debrief).opened_by(self).order_by("prompt__position", "id")

    def needs_secret(self, *, is_anonymous: bool) -> bool:
        return True

    def signature(self, *, is_anonymous: bool, at: datetime) -> dict[str, Any]:
        return {"author": None, "guest_name": "" if is_anonymous else self.name, "written_at": None}

    def signed(self, card: Perspective) -> bool:
        """As far as anybody can tell: the key, which nobody else was given, and the same name."""
        return not card.is_anonymous and card.author_id is None and card.guest_name == self.name
