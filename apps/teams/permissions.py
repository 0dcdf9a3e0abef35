"""Who may do what in a team or an organization, and why not. What is visible at all is `visible_to`."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.teams.models import Organization, Role, Team
from apps.web.verdict import YES, Verdict, no

ONLY_LEADERS = _("The team’s leaders do this.")
ONLY_LEADERS_AND_ADMINS = _("The team’s leaders and the organization’s admins do this.")
ONLY_ADMINS = _("The organization’s admins do this.")
ARCHIVED = _("This team has been archived. Restore it first, then people can be invited.")


@dataclass(frozen=True)
class Place:
    """Somebody's place in a team; read once a request."""

    role: Role | None
    administers: bool

    @property
    def leads(self) -> bool:
        return self.role == Role.LEADER


def place_of(user: User, team: Team) -> Place:
    """Cached on the team in hand, so that ten questions cost two queries."""
    known: dict[int, Place] = team.__dict__.setdefault("_places", {})
    if user.pk not in known:
        known[user.pk] = Place(team.role_of(user), user.administers.filter(pk=team.organization_id).exists())
    return known[user.pk]


def can_manage_people(user: User, team: Team) -> Verdict:
    """Roles, removals, what becomes of an invitation. An admin of the organization cannot let themselves in."""
    return YES if place_of(user, team).leads else no(ONLY_LEADERS)


def can_invite(user: User, team: Team) -> Verdict:
    if not (may := can_manage_people(user, team)):
        return may
    return no(ARCHIVED) if team.archived_at else YES


def can_look_after(user: User, team: Team) -> Verdict:
    """Rename, archive, restore."""
    place = place_of(user, team)
    return YES if place.leads or place.administers else no(ONLY_LEADERS_AND_ADMINS)


def can_administer(user: User, organization: Organization) -> Verdict:
    return YES if organization.admins.filter(pk=user.pk).exists() else no(ONLY_ADMINS)
