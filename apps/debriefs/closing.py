"""What the room sees at the end of the meeting: what waits for an answer, the lines, and what the answers add up to.

Shared regions, so the same for everyone; apps/debriefs/board.py draws them.
"""

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from apps.debriefs import checklist
from apps.debriefs.models import ClosingTally, Debrief
from apps.debriefs.models.closing import CLOSING
from apps.debriefs.phases import Phase
from apps.web import charts


def unanswered(debrief: Debrief) -> dict[str, Any]:
    if debrief.phase not in CLOSING:
        return {}
    return {"waiting": checklist.unanswered(debrief), "can_edit": debrief.phase == Phase.REALIGN}


def closing(debrief: Debrief) -> dict[str, Any]:
    """Lines with their names; of the two questions only how many have answered, until the totals are shown."""
    people = debrief.participations.aggregate(all=Count("pk"), answered=Count("pk", filter=Q(has_closed=True)))
    return {
        "lines": debrief.closing_lines.select_related("person"),
        "people": people["all"],
        "answered": people["answered"],
        "chart": _chart(debrief),
    }


def _chart(debrief: Debrief) -> charts.Chart | None:
    tally = ClosingTally.objects.filter(debrief=debrief).first() if debrief.closing_shown_at else None
    if tally is None or not tally.is_enough:
        return None
    return charts.bars(
        "closing-tally",
        _("What the answers add up to"),
        _("Only these four numbers were ever kept: nothing joins an answer to a person."),
        of_what=_("Question"),
        parts=[charts.Part(_("Yes"), "ink"), charts.Part(_("Not really"), "pale")],
        rows=[
            (_("Learned something one will use"), (tally.learned_yes, tally.learned_no)),
            (_("Would come to one like this again"), (tally.again_yes, tally.again_no)),
        ],
    )
