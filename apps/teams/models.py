import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from django.core import signing
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.web.verdict import Refused

INVITATION_LIFE = timedelta(days=7)
INVITATION_SALT = "realign.invitation"
# A form sent twice comes back within this time and gets what the first one made.
SAME_CLICK = timedelta(minutes=1)
# Five tries to hand a letter over, with waits of 5 to 320 minutes; then a person must look at the address.
LETTER_TRIES = 5
# Words that /teams/…/ means something else by.
TAKEN_SLUGS = frozenset({"new", "invitations", "organizations"})


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, user: User) -> "OrganizationQuerySet":
        """Those this person administers or has a team in."""
        admins = Organization.admins.through.objects.filter(organization=OuterRef("pk"), user=user)
        memberships = Membership.objects.filter(team__organization=OuterRef("pk"), person=user)
        return self.filter(Exists(admins) | Exists(memberships))

    def open_to_teams_of(self, user: User) -> "OrganizationQuerySet":
        """Where this person may create a team: as an admin, or as someone who leads a team there."""
        admins = Organization.admins.through.objects.filter(organization=OuterRef("pk"), user=user)
        leads = Membership.objects.filter(team__organization=OuterRef("pk"), person=user, role=Role.LEADER)
        return self.filter(Exists(admins) | Exists(leads.filter(team__archived_at=None)))


class Organization(models.Model):
    name = models.CharField(_("name"), max_length=80)
    admins = models.ManyToManyField(User, related_name="administers")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("teams:organization", args=[self.pk])

    @classmethod
    def found(cls, *, name: str, team_name: str, by: User, at: datetime) -> "Team":
        """Start an organization with its first team; the founder is its admin and leads the team."""
        with transaction.atomic():
            # One lock a person: the same form sent twice founds one organization.
            User.objects.select_for_update(no_key=True).get(pk=by.pk)
            organization = by.administers.filter(name__iexact=name).first()
            if organization and not organization.teams.filter(name__iexact=team_name).exists():
                raise Refused(
                    _("You already have an organization called “%(name)s”. Choose it, to add a team to it.")
                    % {"name": organization.name}
                )
            if not organization:
                organization = cls.objects.create(name=name)
                organization.admins.add(by)
            return organization.create_team(name=team_name, by=by, at=at)

    def rename(self, name: str) -> None:
        self.name = name
        self.save(update_fields=["name"])

    def add_admin(self, person: User) -> None:
        self.admins.add(person)

    def remove_admin(self, person: User) -> None:
        with transaction.atomic():
            # One lock an organization: two admins who step back at the same instant cannot both be "not the last".
            Organization.objects.select_for_update().get(pk=self.pk)
            if not self.admins.exclude(pk=person.pk).exists():
                raise Refused(_("An organization needs an admin. Please make someone else an admin first."))
            self.admins.remove(person)

    def create_team(self, *, name: str, by: User, at: datetime) -> "Team":
        with transaction.atomic():
            # The lock makes the check and the insert one act, so the same form sent twice makes one team.
            Organization.objects.select_for_update().get(pk=self.pk)
            if namesake := self.teams.filter(name__iexact=name).first():
                if namesake.memberships.filter(person=by, role=Role.LEADER, joined_at__gt=at - SAME_CLICK).exists():
                    return namesake
                raise Refused(_("There is already a team called “%(name)s”.") % {"name": name})
            team = Team.objects.create(organization=self, name=name, slug=_free_slug(name))
            Membership.objects.create(team=team, person=by, role=Role.LEADER, joined_at=at)
        return team


def _free_slug(name: str) -> str:
    base = slugify(name)[:40] or "team"
    slug = base
    while slug in TAKEN_SLUGS or Team.objects.filter(slug=slug).exists():
        slug = f"{base}-{secrets.token_hex(2)}"
    return slug


class Role(models.TextChoices):
    LEADER = "leader", _("leader")
    MEMBER = "member", _("member")
    MANAGER = "manager", _("manager")


# Who sits in the room. A manager sees promises, never the board.
ROOM_ROLES = (Role.LEADER, Role.MEMBER)


class TeamQuerySet(models.QuerySet["Team"]):
    def active(self) -> "TeamQuerySet":
        return self.filter(archived_at=None)

    def with_role(self, user: User, *roles: Role) -> "TeamQuerySet":
        return self.filter(Exists(Membership.objects.filter(team=OuterRef("pk"), person=user, role__in=roles)))

    def visible_to(self, user: User) -> "TeamQuerySet":
        """Teams this person belongs to in any role, and those of an organization they administer."""
        admins = Organization.admins.through.objects.filter(organization=OuterRef("organization"), user=user)
        return self.filter(Exists(Membership.objects.filter(team=OuterRef("pk"), person=user)) | Exists(admins))


class Team(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=50, unique=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        constraints = (
            models.UniqueConstraint("organization", Lower("name"), name="team_name_once_in_organization"),
            models.CheckConstraint(
                condition=Q(archived_at=None, archived_by=None)
                | Q(archived_at__isnull=False, archived_by__isnull=False),
                name="team_archived_at_and_by",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("teams:detail", args=[self.slug])

    def role_of(self, user: User) -> Role | None:
        role = Membership.objects.filter(team=self, person=user).values_list("role", flat=True).first()
        return Role(role) if role else None

    def in_the_room(self) -> models.QuerySet[User]:
        """Leaders and members, by name: those who may take part in a debrief."""
        return User.objects.filter(memberships__team=self, memberships__role__in=ROOM_ROLES).order_by(
            Lower("display_name"), "pk"
        )

    def rename(self, name: str) -> None:
        """The address of its pages stays, so that old letters still lead there."""
        with transaction.atomic():
            Organization.objects.select_for_update().get(pk=self.organization_id)
            if self.organization.teams.filter(name__iexact=name).exclude(pk=self.pk).exists():
                raise Refused(_("There is already a team called “%(name)s”.") % {"name": name})
            self.name = name
            self.save(update_fields=["name"])

    def archive(self, *, by: User, at: datetime) -> None:
        """Nothing is deleted: the team and its debriefs stay readable, and nothing new starts in it."""
        with transaction.atomic():
            Team.objects.filter(pk=self.pk, archived_at=None).update(archived_at=at, archived_by=by)
            _plan_anew(User.objects.filter(memberships__team=self))
        self.refresh_from_db()

    def restore(self) -> None:
        self.archived_at = self.archived_by = None
        with transaction.atomic():
            self.save(update_fields=["archived_at", "archived_by"])
            _plan_anew(User.objects.filter(memberships__team=self))

    def change_role(self, person: User, role: Role) -> None:
        with transaction.atomic():
            membership = self._locked_membership(person)
            if role != Role.LEADER:
                self._keep_a_leader(membership)
            membership.role = role
            membership.save(update_fields=["role"])
            _plan_anew(User.objects.filter(pk=person.pk))

    def remove(self, person: User) -> None:
        """End a membership, one's own included; what the person wrote and promised stays with the team."""
        with transaction.atomic():
            membership = self._locked_membership(person)
            self._keep_a_leader(membership)
            Invitation.objects.filter(team=self, email__iexact=person.email).pending().withdraw()
            membership.delete()
            _plan_anew(User.objects.filter(pk=person.pk))

    def _locked_membership(self, person: User) -> "Membership":
        # One lock a team: two leaders who leave at the same instant cannot both be "not the last".
        Team.objects.select_for_update().get(pk=self.pk)
        if not (membership := self.memberships.filter(person=person).first()):
            raise Refused(_("%(person)s is no longer in the team; that was settled a moment ago.") % {"person": person})
        return membership

    def _keep_a_leader(self, membership: "Membership") -> None:
        others = self.memberships.filter(role=Role.LEADER).exclude(pk=membership.pk)
        if membership.role == Role.LEADER and not others.exists():
            raise Refused(
                _("A team needs someone to lead it. Please make someone else a leader first, then this is possible.")
            )

    def invite(self, emails: Iterable[str], *, role: Role, by: User, at: datetime) -> list["Invitation"]:
        """Make a pending invitation for each address that has none and is not in the team; the letters follow."""
        made = []
        for email in {address.strip().lower(): None for address in emails}:
            if self.memberships.filter(person__email=email).exists():
                continue
            with transaction.atomic():
                Team.objects.select_for_update().get(pk=self.pk)
                # An expired one still holds the place of the pending one.
                self.invitations.filter(email=email, expires_at__lte=at).pending().withdraw()
                invitation, new = self.invitations.pending().get_or_create(
                    email=email,
                    defaults={
                        "team": self,
                        "role": role,
                        "invited_by": by,
                        "invited_at": at,
                        "expires_at": at + INVITATION_LIFE,
                        "key": secrets.token_urlsafe(24),
                    },
                )
            if new:
                made.append(invitation)
        return made


def _plan_anew(people: models.QuerySet[User]) -> None:
    """Which letters someone gets depends on their teams; call inside the transaction that changes them."""
    User.objects.filter(pk__in=people.values("pk"), replan=False).update(replan=True)


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    joined_at = models.DateTimeField()

    class Meta:
        verbose_name = _("membership")
        constraints = (
            models.UniqueConstraint(fields=["team", "person"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.person} · {self.team} ({self.role})"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, is_withdrawn=False)

    def withdraw(self) -> int:
        return self.update(is_withdrawn=True)

    def unsent(self) -> "InvitationQuerySet":
        return self.pending().filter(sent_at=None, tries__lt=LETTER_TRIES)

    def due(self, at: datetime) -> "InvitationQuerySet":
        """Letters to send now; nobody is invited into a team that was archived meanwhile."""
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        return self.unsent().filter(free, expires_at__gt=at, team__archived_at=None)


class Invitation(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    # Part of the signed link; resending makes a new one, so that an older letter's link is dead.
    key = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    is_withdrawn = models.BooleanField(default=False)

    objects: ClassVar = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        constraints = (
            models.UniqueConstraint(
                "team",
                Lower("email"),
                name="invitation_pending_once",
                condition=Q(accepted_at=None, is_withdrawn=False),
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_at_and_by",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} → {self.team}"

    @property
    def letter_failed(self) -> bool:
        return self.sent_at is None and self.tries >= LETTER_TRIES

    @property
    def token(self) -> str:
        return signing.dumps([self.pk, self.key], salt=INVITATION_SALT)

    @classmethod
    def of_token(cls, token: str) -> "Invitation | None":
        """The invitation behind a link, whatever its state; None for a forged link or one that was replaced."""
        try:
            pk, key = signing.loads(token, salt=INVITATION_SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return cls.objects.select_related("team__organization", "invited_by").filter(pk=pk, key=key).first()

    def obstacle(self, at: datetime) -> str:
        """Why this link no longer opens the team, as a sentence; empty while it does."""
        if self.is_withdrawn:
            return str(_("This invitation was withdrawn. Ask the person who invited you for a new one."))
        if self.accepted_at:
            return str(_("This invitation has been used. If it was you, sign in and you will find the team."))
        if self.expires_at <= at:
            return str(_("This invitation has run out: they last seven days. Ask for a new one; it takes a minute."))
        if self.team.archived_at:
            return str(_("This team has been archived, so nobody can join it at the moment."))
        return ""

    def resend(self, *, at: datetime) -> None:
        Invitation.objects.filter(pk=self.pk).pending().update(
            key=secrets.token_urlsafe(24), sent_at=None, lease_until=None, tries=0, expires_at=at + INVITATION_LIFE
        )
        self.refresh_from_db()

    def accept(self, *, by: User, at: datetime) -> Membership:
        """Join the team. Works once, only for the invited address; of fifty at the same instant one succeeds."""
        if by.email.lower() != self.email.lower():
            raise Refused(
                _("This invitation is for %(email)s. Sign in with that address, or ask for one to yours.")
                % {"email": self.email}
            )
        with transaction.atomic():
            # Lock, then look: a conditional UPDATE that joins the team would let a second one through, because
            # PostgreSQL re-checks the waiting row against the subquery's old answer.
            now = Invitation.objects.select_for_update(of=("self",)).select_related("team").get(pk=self.pk)
            if now.key != self.key:
                raise Refused(_("A newer letter has replaced this invitation. Please use the link in that one."))
            if obstacle := now.obstacle(at):
                raise Refused(obstacle)
            Invitation.objects.filter(pk=self.pk).update(accepted_at=at, accepted_by=by)
            membership, _new = Membership.objects.get_or_create(
                team=self.team, person=by, defaults={"role": self.role, "joined_at": at}
            )
            _plan_anew(User.objects.filter(pk=by.pk))
        self.accepted_at, self.accepted_by = at, by
        return membership

    def claim(self, *, lease: timedelta) -> bool:
        """Take this letter for sending; False when another worker has it, it went out, or nobody is to get it."""
        free = Q(lease_until=None) | Q(lease_until__lt=Now())
        mine = Invitation.objects.filter(free, pk=self.pk, key=self.key).unsent()
        return bool(mine.update(lease_until=Now() + lease * 4 ** min(self.tries, 3), tries=F("tries") + 1))

    def mark_sent(self, *, at: datetime) -> None:
        Invitation.objects.filter(pk=self.pk, key=self.key).update(sent_at=at, lease_until=None)
