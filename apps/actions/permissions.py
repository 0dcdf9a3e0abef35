"""Who may do what with a step, and why not. What is visible at all is `Step.objects.visible_to`."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import AGREEING, SETTLED, Step
from apps.debriefs import permissions as debrief_permissions
from apps.debriefs.models import Debrief
from apps.debriefs.permissions import standing
from apps.web.verdict import YES, Verdict, no


def can_agree(user: User, debrief: Debrief) -> Verdict:
    """Write down a step: everyone in the room while the team realigns, its runners afterwards too."""
    if not (may := debrief_permissions.can_take_part(user, debrief)):
        return may
    if debrief.phase not in AGREEING:
        return no(_("Steps are agreed in Realign."))
    return YES


def can_work_on(user: User, step: Step) -> Verdict:
    """Start, finish, block, ask for help: the owner, and who runs the debrief for them."""
    if step.debrief.team.archived_at:
        return no(debrief_permissions.ARCHIVED)
    if step.owner_id == user.pk or standing(user, step.debrief).runs_it:
        return YES
    return no(_("The owner of the step, or who runs the debrief, does this."))


def can_rewrite(user: User, step: Step) -> Verdict:
    """Reword, move a date, hand over: while the step is not settled."""
    if step.state in SETTLED:
        return no(_("This step is settled. Take it up again first, then it can be changed."))
    return can_work_on(user, step)


def can_check(user: User, step: Step) -> Verdict:
    if step.debrief.team.archived_at:
        return no(debrief_permissions.ARCHIVED)
    if user.pk in (step.owner_id, step.second_id):
        return YES
    return no(_("The owner and the second person say whether it worked."))
