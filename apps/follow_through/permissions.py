from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import Step
from apps.web.verdict import YES, Verdict, no


def can_snooze(user: User, step: Step) -> Verdict:
    """One's own reminders only: nobody can silence somebody else's."""
    if user.pk in (step.owner_id, step.second_id):
        return YES
    return no(_("Only the owner and the second person get reminders about this step."))
