"""Who may do what in a debrief, and why not. What is visible at all is `Debrief.objects.visible_to`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.models.debrief import SAFE_ANONYMOUS_REVEAL, SAFE_ANONYMOUS_WRITERS, Anonymity
from apps.debriefs.phases import Phase
from apps.teams.models import Role, Team
from apps.web.verdict import YES, Verdict, no

ONLY_FACILITATOR = _("The facilitator and the team’s leaders do this.")
ONLY_PARTICIPANTS = _("Those who take part in this debrief do this.")
ARCHIVED = _("This team has been archived: everything can be read, and nothing new begins.")


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a debrief; read once a request."""

    leads: bool
    facilitates: bool
    takes_part: bool

    @property
    def runs_it(self) -> bool:
        return self.leads or self.facilitates


def standing(user: User, debrief: Debrief) -> Standing:
    """Cached on the debrief in hand, so that ten questions cost two queries."""
    known: dict[int, Standing] = debrief.__dict__.setdefault("_standings", {})
    if user.pk not in known:
        role = debrief.team.role_of(user)
        known[user.pk] = _standing(user, debrief, role, debrief.participations.filter(person=user).exists)
    return known[user.pk]


def remember_standing(user: User, debrief: Debrief) -> None:
    """Of a debrief that was loaded `with_standing_of` this person."""
    known: dict[int, Standing] = debrief.__dict__.setdefault("_standings", {})
    known[user.pk] = _standing(user, debrief, debrief.my_role, lambda: debrief.i_take_part)


def _standing(user: User, debrief: Debrief, role: str | None, takes_part: Callable[[], bool]) -> Standing:
    in_room = role in (Role.LEADER, Role.MEMBER)
    return Standing(
        leads=role == Role.LEADER,
        facilitates=in_room and debrief.facilitator_id == user.pk,
        takes_part=in_room and takes_part(),
    )


def can_start(user: User, team: Team) -> Verdict:
    if team.archived_at:
        return no(ARCHIVED)
    return YES if team.role_of(user) == Role.LEADER else no(_("The team’s leaders open a debrief."))


def can_run(user: User, debrief: Debrief) -> Verdict:
    """Set up, move between phases, close voting: the leader's and facilitator's part."""
    if debrief.team.archived_at:
        return no(ARCHIVED)
    return YES if standing(user, debrief).runs_it else no(ONLY_FACILITATOR)


def can_take_part(user: User, debrief: Debrief) -> Verdict:
    """Write, group, vote, analyse: everyone who takes part, and who runs it."""
    if debrief.team.archived_at:
        return no(ARCHIVED)
    who = standing(user, debrief)
    return YES if who.takes_part or who.runs_it else no(ONLY_PARTICIPANTS)


def can_have_cards(user: User, debrief: Debrief) -> Verdict:
    """Those who take part, not a facilitator who only runs it; in which phase, the verbs say."""
    if debrief.team.archived_at:
        return no(ARCHIVED)
    return YES if standing(user, debrief).takes_part else no(ONLY_PARTICIPANTS)


def can_write(user: User, debrief: Debrief) -> Verdict:
    """Put cards on the board now."""
    if not (may := can_have_cards(user, debrief)):
        return may
    if debrief.phase not in (Phase.PREPARE, Phase.RECOGNIZE):
        return no(_("Cards are written in Prepare and Recognize."))
    return YES


def can_vote(user: User, debrief: Debrief) -> Verdict:
    if not (may := can_have_cards(user, debrief)):
        return may
    return YES if debrief.voting_is_open else no(_("Voting is not open."))


def can_abstain(user: User, debrief: Debrief) -> Verdict:
    """Whoever runs it may leave the voting to the others, so that nobody follows their dots."""
    if not (may := can_vote(user, debrief)):
        return may
    return YES if standing(user, debrief).runs_it else no(ONLY_FACILITATOR)


def can_read_worries(user: User, debrief: Debrief) -> Verdict:
    facilitates = standing(user, debrief).facilitates
    return YES if facilitates else no(_("Only the facilitator reads these notes."))


def can_be_anonymous(eligible: int, anonymity: str) -> Verdict:
    """Among three people a card without a name still has one."""
    if anonymity == Anonymity.NAMED or eligible >= SAFE_ANONYMOUS_WRITERS:
        return YES
    return no(
        _("Anonymous cards need at least four people who write; among fewer, everybody can guess. There are %(count)d.")
        % {"count": eligible}
    )


def can_open(user: User, debrief: Debrief) -> Verdict:
    """From draft to prepare: enough is said for people to write."""
    if not (may := can_run(user, debrief)):
        return may
    if not debrief.happened.strip():
        return no(_("Say first what happened, in facts: people write better when they know what it is about."))
    eligible = debrief.eligible_writers().count()
    if not eligible:
        return no(_("Choose first who takes part."))
    return can_be_anonymous(eligible, debrief.anonymity)


def can_reveal(user: User, debrief: Debrief) -> Verdict:
    if not (may := can_run(user, debrief)):
        return may
    if debrief.allows_anonymous and debrief.participations.exclude(ready_from=None).count() < SAFE_ANONYMOUS_REVEAL:
        return no(_("Anonymous cards are shown once three people have said they are ready, so that nobody stands out."))
    return YES
