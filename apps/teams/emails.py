"""One function per letter."""

import hashlib

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.teams.models import Invitation
from apps.web import letters


def invitation(invitation: Invitation) -> None:
    """Only this letter ever shows the link: whoever opens it has proved that the address is theirs."""
    # The same for a letter sent again after a crash, so that mail programs show it once.
    seal = hashlib.sha256(invitation.key.encode()).hexdigest()[:20]
    letters.compose(
        "teams/emails/invitation",
        {
            "invitation": invitation,
            "team": invitation.team,
            "inviter": invitation.invited_by,
            "url": settings.BASE_URL + reverse("teams:invitation", args=[invitation.token]),
        },
        to=invitation.email,
        subject=_("%(person)s invites you to the team %(team)s")
        % {"person": invitation.invited_by, "team": invitation.team.name},
        message_id=f"invitation-{invitation.pk}-{seal}",
    ).send()
