"""The one way from a draft to the board: a copy in random order that remembers nobody."""

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max

if TYPE_CHECKING:
    from apps.debriefs.models.debrief import Debrief


def publish_drafts(debrief: "Debrief", *, only_anonymous: bool = False) -> None:
    """Turn kept drafts into cards in one shuffle; drafts and secrets are gone. Call inside a transaction.

    The new rows are written in the order of the shuffle, and an anonymous one under a new random id, so neither the
    heap nor the ids remember who wrote first. A card with a name keeps its draft's key: a form that is sent again
    finds it. Where the debrief has become anonymous, named drafts lose their names here.
    """
    which = "AND is_anonymous" if only_anonymous else ""
    with connection.cursor() as cursor:
        # One statement: a draft saved meanwhile is either taken as it is now or left alone, never lost between two.
        cursor.execute(
            f"""
            WITH taken AS (
                DELETE FROM debriefs_draft WHERE debrief_id = %(debrief)s AND is_kept {which}
                RETURNING id, prompt_id, text, is_anonymous, author_id, guest_name, written_at
            ), shuffled AS MATERIALIZED (
                SELECT id, prompt_id, text,
                       is_anonymous OR nobody AS is_anonymous,
                       CASE WHEN nobody THEN NULL ELSE author_id END AS author_id,
                       CASE WHEN nobody THEN '' ELSE guest_name END AS guest_name,
                       CASE WHEN nobody THEN NULL ELSE written_at END AS written_at,
                       random() AS toss
                FROM taken, (
                    SELECT anonymity = 'anonymous' AS nobody FROM debriefs_debrief WHERE id = %(debrief)s
                ) AS promise
                ORDER BY toss
            )
            INSERT INTO debriefs_perspective
                (id, debrief_id, prompt_id, text, is_anonymous, author_id, guest_name, written_at, position)
            SELECT CASE WHEN is_anonymous THEN gen_random_uuid() ELSE id END, %(debrief)s, prompt_id, text, is_anonymous,
                   author_id, guest_name, written_at, %(last)s + row_number() OVER (ORDER BY toss)
            FROM shuffled ORDER BY toss
            """,  # noqa: S608 - `which` is one of two constants
            {"debrief": debrief.pk, "last": last_position(debrief)},
        )


def last_position(debrief: "Debrief") -> int:
    """Cards are counted from 1, in the order of their shuffle."""
    return debrief.perspectives.aggregate(last=Max("position"))["last"] or 0
