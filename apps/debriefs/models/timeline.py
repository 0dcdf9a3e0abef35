"""The verbs of the timeline. The leader starts it in the draft; the room goes on with it."""

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models.debrief import SENT_BEFORE, Debrief, TimelineEntry
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused

WRITING_THE_TIMELINE = (Phase.DRAFT, Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE)


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
            raise Refused(SENT_BEFORE)
        if new:
            debrief._changed("timeline")
    return entry


def change_entry(debrief: Debrief, entry: TimelineEntry, *, key: uuid.UUID, beside: str = "", **fields: Any) -> None:
    with transaction.atomic():
        debrief._require(*WRITING_THE_TIMELINE)
        _still_here(debrief, entry.pk)
        _still_here(debrief, beside)
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.beside_id = uuid.UUID(beside) if beside else None
        entry.save()
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
