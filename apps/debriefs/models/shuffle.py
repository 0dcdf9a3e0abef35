"""The one way from a draft to the board: a copy in random order that remembers nobody."""

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max

if TYPE_CHECKING:
    from apps.debriefs.models.debrief import Debrief


def publish_drafts(debrief: "Debrief", *, only_anonymous: bool = False) -> None:
    """Copy kept drafts into cards in one shuffle and delete drafts and secrets; call inside a transaction.

    The new rows are written in the order of the shuffle with new random ids, so neither the heap nor the ids
    remember who wrote first.
    """
    which = "AND is_anonymous" if only_anonymous else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH shuffled AS MATERIALIZED (
                SELECT prompt_id, text, is_anonymous, author_id, written_at, random() AS toss
                FROM debriefs_draft WHERE debrief_id = %(debrief)s AND is_kept {which}
                ORDER BY toss
            )
            INSERT INTO debriefs_perspective
                (id, debrief_id, prompt_id, text, is_anonymous, author_id, written_at, position)
            SELECT gen_random_uuid(), %(debrief)s, prompt_id, text, is_anonymous, author_id, written_at,
                   %(last)s + row_number() OVER (ORDER BY toss)
            FROM shuffled ORDER BY toss
            """,  # noqa: S608 - `which` is one of two constants
            {"debrief": debrief.pk, "last": last_position(debrief)},
        )
        cursor.execute(
            f"DELETE FROM debriefs_draft WHERE debrief_id = %s AND is_kept {which}",  # noqa: S608
            [debrief.pk],
        )


def last_position(debrief: "Debrief") -> int:
    """Cards are counted from 1, in the order of their shuffle."""
    return debrief.perspectives.aggregate(last=Max("position"))["last"] or 0
