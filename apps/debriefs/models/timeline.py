"""The timeline. The leader starts it in the draft; the room goes on with it."""

import uuid
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models.debrief import Debrief
from apps.debriefs.phases import Phase
from apps.web.edits import write_over
from apps.web.verdict import Refused, SentBefore

WRITING_THE_TIMELINE = (Phase.DRAFT, Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE)


class TimelineEntry(models.Model):
    """An observed fact: when, what, and where we know it from."""

    region: ClassVar = "timeline"

    # The key of the form that made it, so that the same form sent twice makes one row.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="timeline")
    happened_at = models.DateTimeField(_("when"))
    text = models.CharField(_("what"), max_length=2000)
    source = models.CharField(_("source"), max_length=200, blank=True)
    is_event = models.BooleanField(_("this is the event itself"), default=False)
    version = models.PositiveIntegerField(default=1)
    # Another account of the same moment stands beside this one.
    beside = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="other_accounts")

    class Meta:
        ordering: ClassVar = ["happened_at", "id"]
        verbose_name = _("timeline entry")
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="timeline_entry_has_text"),
            models.UniqueConstraint(fields=["debrief", "id"], name="timeline_entry_of_debrief"),
        )

    def __str__(self) -> str:
        return self.text[:60]


def write_entry(debrief: Debrief, *, key: uuid.UUID, beside: str = "", **fields: Any) -> TimelineEntry:
    """The same key again answers with the same entry."""
    with transaction.atomic():
        debrief._require(*WRITING_THE_TIMELINE)
        _still_here(debrief, beside)
        entry, new = TimelineEntry.objects.get_or_create(
            pk=key, defaults={"debrief": debrief, "beside_id": beside or None, **fields}
        )
        if entry.debrief_id != debrief.pk:
            raise Refused(_("Please open the page again and send this once more."))
        if not new and any(getattr(entry, name) != value for name, value in fields.items()):
            raise SentBefore
        if new:
            debrief._changed("timeline")
    return entry


def change_entry(
    debrief: Debrief, entry: TimelineEntry, *, key: uuid.UUID, beside: str = "", version: int | None = None, **fields: Any
) -> None:  # fmt: skip
    """Put other words in place of those of `version`; raises Collided when somebody else has done so since."""
    with transaction.atomic():
        debrief._require(*WRITING_THE_TIMELINE)
        _still_here(debrief, entry.pk)
        _still_here(debrief, beside)
        write_over(entry, version, beside_id=uuid.UUID(beside) if beside else None, **fields)
        debrief._changed("timeline")


def _still_here(debrief: Debrief, key: uuid.UUID | str) -> None:
    if key and not debrief.timeline.filter(pk=key).exists():
        raise Refused(_("Somebody has removed this entry a moment ago. What you typed is still here."))


def drop_entry(debrief: Debrief, entry: TimelineEntry) -> None:
    """Accounts that stood beside it stand alone afterwards; only this one goes."""
    with transaction.atomic():
        debrief._require(*WRITING_THE_TIMELINE)
        entry.other_accounts.update(beside=None)
        entry.delete()
        debrief._changed("timeline")
