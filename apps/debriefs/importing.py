"""From a parsed postmortem to a debrief in draft; the same one twice is still one."""

from datetime import datetime

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.postmortems import Postmortem, happened_text
from apps.teams.models import Team


def import_postmortem(postmortem: Postmortem, *, team: Team, by: User, at: datetime) -> tuple[Debrief, bool]:
    """The draft, and whether it is new. What the team has changed since an earlier import stays as it is."""
    known = Debrief.objects.filter(team=team, source_key=postmortem.source_key).first()
    if known:
        return known, False
    debrief = Debrief.start(
        team=team,
        by=by,
        at=at,
        title=postmortem.title,
        happened=happened_text(postmortem),
        started_at=postmortem.started_at,
        ended_at=postmortem.ended_at,
        tags=list(postmortem.tags),
        source_url=postmortem.source_url,
        source_key=postmortem.source_key,
    )
    return debrief, True
