from datetime import timedelta
from smtplib import SMTPException

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone

from apps.teams import emails
from apps.teams.models import Invitation

LEASE = timedelta(minutes=5)  # longer than EMAIL_TIMEOUT
A_SWEEP = 200

log = structlog.get_logger(__name__)


@shared_task
def send_invitations() -> None:
    """The rows are the queue: whatever was missed, doubled or killed before, this finds what is unsent now."""
    due = Invitation.objects.due(timezone.now()).select_related("team", "invited_by").order_by("pk")
    for invitation in due[:A_SWEEP]:
        if invitation.claim(lease=LEASE):
            _send(invitation)


def _send(invitation: Invitation) -> None:
    try:
        emails.invitation(invitation)
    except (OSError, SMTPException) as fault:
        # The lease runs out by itself; then it is tried again.
        log.warning("invitation_not_sent", invitation=invitation.pk, fault=type(fault).__name__)
    else:
        invitation.mark_sent(at=timezone.now())


def send_invitations_soon() -> None:
    """Ring after the commit; a broker that is away costs a minute until the next sweep, and never the request."""
    transaction.on_commit(lambda: send_invitations.apply_async(retry=False, expires=60), robust=True)
