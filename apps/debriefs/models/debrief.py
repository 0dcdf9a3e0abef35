import math
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps import live
from apps.accounts.models import User, validate_time_zone
from apps.debriefs.models.formats import Prompt, prompts_of
from apps.debriefs.models.shuffle import publish_drafts
from apps.debriefs.phases import MANAGERS_SEE_STEPS, ON_THE_BOARD, TRANSITIONS, UNDER_WAY, Phase
from apps.teams.models import ROOM_ROLES, Membership, Organization, Role, Team
from apps.web.edits import write_over
from apps.web.verdict import Refused, SentBefore

TITLE_MAX = 200
TEXT_MAX = 20_000
SAFE_ANONYMOUS_WRITERS = 4
SAFE_ANONYMOUS_REVEAL = 3
# In an anonymous debrief the number of people who are ready moves only at these instants.
READY_COUNT_STEP = timedelta(minutes=5)
BATCH = 3
AGENDAS = ((30, _("30 minutes")), (45, _("45 minutes")), (60, _("60 minutes")), (90, _("90 minutes")))

# One statement, because every change in a meeting runs it: raise the counter and write down what it numbers.
RAISE_SEQ = """
    WITH raised AS (
        UPDATE debriefs_debrief SET seq = seq + cardinality(%(regions)s::text[]), replan = replan OR %(replan)s
        WHERE id = %(debrief)s RETURNING seq
    )
    INSERT INTO debriefs_liveevent (debrief_id, seq, region)
    SELECT %(debrief)s, raised.seq - cardinality(%(regions)s::text[]) + changed.n, changed.region
    FROM raised, unnest(%(regions)s::text[]) WITH ORDINALITY AS changed (region, n)
    ORDER BY changed.n RETURNING seq
"""


def topic_of(pk: object) -> str:
    """The name under which open pages hear of a debrief."""
    return f"debrief:{pk}"


class Anonymity(models.TextChoices):
    NAMED = "named", _("Named: each card shows who wrote it")
    CHOICE = "choice", _("The writer’s choice, card by card")
    ANONYMOUS = "anonymous", _("Anonymous: no card shows who wrote it")


# It can become more anonymous, never less.
ANONYMITY_ORDER = (Anonymity.NAMED, Anonymity.CHOICE, Anonymity.ANONYMOUS)


class Audience(models.TextChoices):
    TEAM = "team", _("the team")
    ORGANIZATION = "organization", _("everyone in the organization")


class WrongPhase(Refused):
    """The debrief is in a phase in which this cannot be done; the sentence says which."""


class DebriefQuerySet(models.QuerySet["Debrief"]):
    def visible_to(self, user: User) -> "DebriefQuerySet":
        """The room: leaders of the team, the facilitator, and (once it is no draft) who takes part.

        Managers and administrators are not in it, and a membership that ended ends this too.
        """
        takes_part = Exists(Participation.objects.filter(debrief=OuterRef("pk"), person=user))
        # One row a person and team, kept by the database: the join doubles nothing.
        return self.filter(
            Q(team__memberships__role=Role.LEADER) | Q(facilitator=user) | (~Q(phase=Phase.DRAFT) & takes_part),
            team__memberships__person=user,
            team__memberships__role__in=ROOM_ROLES,
        )

    def with_standing_of(self, user: User) -> "DebriefQuerySet":
        """After `visible_to`: this person's role and whether they take part, in the same query."""
        takes_part = Exists(Participation.objects.filter(debrief=OuterRef("pk"), person=user))
        return self.annotate(my_role=F("team__memberships__role"), i_take_part=takes_part)

    def summary_visible_to(self, user: User) -> "DebriefQuerySet":
        """The published page, for its audience; the room and the team's managers see it from the steps on."""
        in_team = Exists(Membership.objects.filter(team=OuterRef("team"), person=user))
        manages = Exists(Membership.objects.filter(team=OuterRef("team"), person=user, role=Role.MANAGER))
        in_organization = Exists(
            Membership.objects.filter(team__organization=OuterRef("team__organization"), person=user)
        )
        administers = Exists(
            Organization.admins.through.objects.filter(organization=OuterRef("team__organization"), user=user)
        )
        published = Q(phase=Phase.LEARNED, published_at__isnull=False)
        room = Q(pk__in=Debrief.objects.visible_to(user).filter(phase__in=ON_THE_BOARD).values("pk"))
        return self.filter(
            room
            | (Q(phase__in=MANAGERS_SEE_STEPS) & manages)
            | (published & Q(audience=Audience.TEAM) & in_team)
            | (published & Q(audience=Audience.ORGANIZATION) & (in_organization | administers))
        )

    def published(self) -> "DebriefQuerySet":
        return self.filter(phase=Phase.LEARNED, published_at__isnull=False)

    def under_way(self) -> "DebriefQuerySet":
        return self.filter(phase__in=UNDER_WAY)

    def like(self, title: str, *, user: User) -> "DebriefQuerySet":
        """Up to five that sound like this title, the likest first, among rooms and summaries open to this person."""
        visible = self.visible_to(user).values("pk").union(self.summary_visible_to(user).values("pk"))
        return (
            self.filter(pk__in=visible)
            .annotate(likeness=TrigramWordSimilarity(title, "title"))
            .filter(likeness__gte=0.35)
            .select_related("team")
            .order_by("-likeness", "-pk")[:5]
        )

    def in_brief(self) -> "DebriefQuerySet":
        """What a row of a list shows: no long text, and how many take part, without a query a row."""
        people = Participation.objects.filter(debrief=OuterRef("pk")).order_by().values("debrief")
        return (
            self.select_related("team", "facilitator")
            .only("title", "phase", "started_at", "meeting_at", "created_at", "team__name", "facilitator__display_name")
            .annotate(people_count=Coalesce(Subquery(people.annotate(n=Count("pk")).values("n")), 0))
        )


class Debrief(models.Model):
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="debriefs")
    # The key of the form that made it: the same form sent twice makes one debrief.
    form_key = models.UUIDField(unique=True, default=uuid.uuid4)
    title = models.CharField(_("title"), max_length=TITLE_MAX)
    expected = models.TextField(_("what we expected"), blank=True, max_length=TEXT_MAX)
    happened = models.TextField(_("what happened"), blank=True, max_length=TEXT_MAX)
    impact = models.TextField(_("impact"), blank=True, max_length=TEXT_MAX)
    started_at = models.DateTimeField(_("when it began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("when it was over"), null=True, blank=True)
    # Shared pages show one clock for all: this one.
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    source_key = models.CharField(max_length=200, blank=True)

    format_key = models.CharField(max_length=40, default="three_rs")
    format_name = models.CharField(max_length=80, blank=True)
    anonymity = models.CharField(max_length=10, choices=Anonymity, default=Anonymity.NAMED)
    facilitator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="facilitates")
    opening_statement = models.TextField(_("opening statement"), blank=True, max_length=TEXT_MAX)
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closing_statement = models.TextField(_("closing statement"), blank=True, max_length=TEXT_MAX)

    perspectives_due_at = models.DateTimeField(_("perspectives until"), null=True, blank=True)
    meeting_at = models.DateTimeField(_("meeting"), null=True, blank=True)
    soak_until = models.DateField(_("let it soak until"), null=True, blank=True)
    follow_up_at = models.DateTimeField(_("follow-up meeting"), null=True, blank=True)

    phase = models.CharField(max_length=16, choices=Phase, default=Phase.DRAFT)
    revealed_at = models.DateTimeField(null=True, blank=True)
    votes_each = models.PositiveSmallIntegerField(_("votes for each person"), default=3)
    voting_opened_at = models.DateTimeField(null=True, blank=True)
    voting_closed_at = models.DateTimeField(null=True, blank=True)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.TEAM)
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_because = models.CharField(max_length=300, blank=True)

    # How long the meeting is, and the minutes of each phase where the leader has changed them: phase → minutes.
    agenda_minutes = models.PositiveSmallIntegerField(_("length of the meeting"), choices=AGENDAS, default=60)
    agenda = models.JSONField(default=dict, blank=True)
    # The one shared timer. Running: it ends at an instant. Paused: so many seconds are left. Neither: there is none.
    timer_ends_at = models.DateTimeField(null=True, blank=True)
    timer_left = models.PositiveIntegerField(null=True, blank=True)
    # The theme that is being talked about.
    focus = models.ForeignKey("debriefs.Theme", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # From here on the two closing questions are answered for all to see.
    closing_shown_at = models.DateTimeField(null=True, blank=True)
    # Raised by each change of the set-up: two people who change it at once find out.
    version = models.PositiveIntegerField(default=1)

    # Raised in the transaction of every change that participants share; numbers the live events.
    seq = models.PositiveBigIntegerField(default=0)
    # Set in the transaction that changes dates, people or phase; the reminder planner clears it.
    replan = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar = DebriefQuerySet.as_manager()
    # Set by `with_standing_of`.
    my_role: str | None
    i_take_part: bool

    class Meta:
        verbose_name = _("debrief")
        constraints = (
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="debrief_phase_is_known"),
            models.CheckConstraint(condition=Q(anonymity__in=Anonymity.values), name="debrief_anonymity_is_known"),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="debrief_audience_is_known"),
            models.CheckConstraint(condition=~Q(title=""), name="debrief_has_a_title"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(started_at=None) | Q(ended_at__gte=F("started_at")),
                name="debrief_event_runs_forward",
            ),
            models.CheckConstraint(condition=Q(votes_each__range=(1, 10)), name="debrief_votes_each"),
            models.CheckConstraint(
                condition=Q(voting_closed_at=None) | Q(voting_opened_at__isnull=False),
                name="debrief_voting_opens_before_it_closes",
            ),
            models.UniqueConstraint(
                fields=["team", "source_key"], name="debrief_imported_once", condition=~Q(source_key="")
            ),
            models.CheckConstraint(
                condition=Q(timer_ends_at=None) | Q(timer_left=None), name="debrief_timer_runs_or_rests"
            ),
            models.CheckConstraint(
                condition=Q(agenda_minutes__in=[n for n, _name in AGENDAS]), name="debrief_agenda_is_known"
            ),
            # What was shown cannot be unseen: a revealed debrief never stands before the reveal again.
            models.CheckConstraint(
                condition=Q(revealed_at=None) | ~Q(phase__in=["draft", "prepare"]), name="debrief_reveal_stays"
            ),
        )
        indexes = (
            models.Index(fields=["team", "-created_at"], name="debrief_by_team"),
            models.Index(fields=["id"], name="debrief_replan", condition=Q(replan=True)),
            GinIndex(OpClass("title", name="gin_trgm_ops"), name="debrief_title_trigrams"),
        )

    def __str__(self) -> str:
        return self.title

    # Making and setting up

    @classmethod
    def start(
        cls, *, team: Team, by: User, at: datetime, form_key: uuid.UUID | None = None, format_key: str = "three_rs",
        people: Iterable[User] | None = None, **fields: Any,
    ) -> "Debrief":  # fmt: skip
        """Open a draft with the format's prompts and, unless told otherwise, everyone in the room."""
        fields.setdefault("facilitator", by)
        fields.setdefault("time_zone", by.time_zone)
        with transaction.atomic():
            debrief, new = cls.objects.get_or_create(
                form_key=form_key or uuid.uuid4(), defaults={"team": team, "created_by": by, "created_at": at, **fields}
            )
            if new:
                debrief.use_format(format_key)
                debrief.set_people(team.in_the_room() if people is None else people)
        if debrief.team_id != team.pk:
            raise Refused(_("This form belongs to another team. Please open a fresh one."))
        if not new and "title" in fields and debrief.title != fields["title"]:
            raise SentBefore
        return debrief

    def use_format(self, format_key: str) -> None:
        """Copy the format's prompts into this debrief; only while it is a draft, before anyone has written."""
        name, prompts = prompts_of(format_key, self.team)
        with transaction.atomic():
            self._require(Phase.DRAFT)
            # Asked of the moves, not of the drafts: whether somebody has written is nobody's business yet.
            if self.moves.exists():
                raise Refused(_("People may already have written under these prompts, so the format stays."))
            self.prompts.all().delete()
            Prompt.objects.bulk_create(
                Prompt(debrief=self, position=n, **prompt) for n, prompt in enumerate(prompts, start=1)
            )
            self.format_key, self.format_name = format_key, name
            self.save(update_fields=["format_key", "format_name"])

    def set_people(self, people: Iterable[User]) -> None:
        """Who takes part. Once they are asked to write, people can only join.

        Were somebody who is ready treated otherwise than somebody who is not, taking each off the list would tell who is.
        """
        wanted = {person.pk for person in people}
        with transaction.atomic():
            self._require(*Phase)
            if self.phase == Phase.DRAFT:
                self.participations.exclude(person__in=wanted).delete()
            Participation.objects.bulk_create(
                [Participation(debrief=self, person_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
            )
            self._changed("people", replan=True)

    def set_up(self, *, version: int | None = None, **fields: Any) -> None:
        """Change what the leader says about the debrief; anonymity may only grow once people could have written.

        Raises Collided when somebody else has changed it since `version`.
        """
        seen = self.version if version is None else version
        with transaction.atomic():
            held = Debrief.objects.select_for_update(of=("self",), no_key=True).filter(pk=self.pk)
            was, newest = held.values_list("anonymity", "version").get()
            wanted = fields.get("anonymity", was)
            # Whoever has not seen the newest words is shown them before anything else.
            if newest == seen and ANONYMITY_ORDER.index(wanted) < ANONYMITY_ORDER.index(was) and self.moves.exists():
                raise Refused(_("A debrief can become more anonymous, never less: people have relied on it."))
            write_over(self, seen, **fields)
            grows = wanted == Anonymity.ANONYMOUS != was and self._take_names_off_the_board()
            self._changed("head", *(["board"] if grows else []), replan=True)

    def _take_names_off_the_board(self) -> bool:
        return bool(
            self.perspectives.filter(is_anonymous=False).update(
                is_anonymous=True, author=None, guest_name="", written_at=None
            )
        )

    def eligible_writers(self) -> models.QuerySet["Participation"]:
        """Those who take part and are still in the team's room."""
        still = Membership.objects.filter(team=self.team_id, person=OuterRef("person"), role__in=ROOM_ROLES)
        return self.participations.filter(Exists(still))

    # Phases

    def move(self, to: Phase, *, by: User, at: datetime) -> None:
        """Go to a neighbouring phase. Raises WrongPhase with who was faster when someone else just moved it.

        The reveal, publishing and cancelling do more than move, and have verbs of their own.
        """
        if to in (Phase.LEARNED, Phase.CANCELLED) or (to == Phase.RECOGNIZE and self.phase == Phase.PREPARE):
            raise Refused(_("This step has a page of its own, where it asks for what belongs to it."))
        with transaction.atomic():
            self._move_to(to, by=by, at=at)

    def cancel(self, *, because: str, by: User, at: datetime) -> None:
        with transaction.atomic():
            self._move_to(Phase.CANCELLED, by=by, at=at, cancelled_because=because)

    def reveal(self, *, by: User, at: datetime) -> None:
        """Show everyone's cards to everyone, in one shuffle; what was still being written stays its writer's."""
        with transaction.atomic():
            self._move_to(Phase.RECOGNIZE, by=by, at=at, revealed_at=at)
            publish_drafts(self)

    def _move_to(self, to: Phase, *, by: User, at: datetime, **also: Any) -> None:
        seen = Phase(self.phase)
        if to not in TRANSITIONS[seen]:
            raise WrongPhase(
                _("From “%(here)s” the debrief cannot go to “%(there)s”.")
                % {"here": seen.label, "there": Phase(to).label}
            )
        # A phase begins with no timer, and with no hand up.
        also |= {"timer_ends_at": None, "timer_left": None}
        won = Debrief.objects.filter(pk=self.pk, phase=seen).update(phase=to, replan=True, **also)
        if not won:
            self.refresh_from_db()
            raise WrongPhase(self._who_was_faster())
        self.phase = to
        for name, value in also.items():
            setattr(self, name, value)
        PhaseMove.objects.create(debrief=self, from_phase=seen, to_phase=to, by=by, at=at)
        self.participations.exclude(hand_up_at=None).update(hand_up_at=None)
        self._changed("room")

    def _who_was_faster(self) -> str:
        move = self.moves.select_related("by").last()
        return _("%(name)s has just moved the debrief to “%(phase)s”. Nothing of yours is lost.") % {
            "name": move.by if move else _("Somebody"),
            "phase": Phase(self.phase).label,
        }

    def _require(self, *phases: Phase) -> None:
        """Read the phase afresh and hold it for this transaction; WrongPhase if it is none of these."""
        rows = Debrief.objects.filter(pk=self.pk)
        if connection.in_atomic_block:
            rows = rows.select_for_update(of=("self",), no_key=True)
        self.phase = rows.values_list("phase", flat=True).get()
        if self.phase not in phases:
            raise WrongPhase(
                _("The debrief is now in “%(phase)s”, where this can no longer be done. What you typed is still here.")
                % {"phase": Phase(self.phase).label}
            )

    def _changed(self, *regions: str, replan: bool = False) -> None:
        """Number this change for everyone in the room; call inside the transaction that made it."""
        with connection.cursor() as cursor:
            cursor.execute(RAISE_SEQ, {"debrief": self.pk, "regions": list(regions), "replan": replan})
            self.seq = cursor.fetchall()[-1][0]
        topic, first, last = topic_of(self.pk), self.seq - len(regions) + 1, self.seq
        transaction.on_commit(lambda: live.tell(topic, first, last, regions, self))

    # Ready, and how many are

    def say_ready(self, person: User, *, at: datetime) -> None:
        """Count this person as ready. Where cards may be anonymous, from the next fixed instant on, never at once."""
        with transaction.atomic():
            self._require(Phase.PREPARE)
            shown = at if self.anonymity == Anonymity.NAMED else _next_instant(at)
            self.participations.filter(person=person, ready_from=None).update(ready_from=shown)
            Debrief.objects.filter(pk=self.pk).update(replan=True)

    def ready_count(self, at: datetime) -> int:
        return self.participations.filter(ready_from__lte=at).count()

    # Voting

    def open_voting(self, *, at: datetime) -> None:
        with transaction.atomic():
            self._require(Phase.RATIONALIZE)
            if not self.themes.exists():
                raise Refused(_("There is no theme to put a dot on. Go back to Recognize and group the cards first."))
            if Debrief.objects.filter(pk=self.pk, voting_opened_at=None).update(voting_opened_at=at):
                self._changed("voting")
            self.refresh_from_db(fields=["voting_opened_at"])

    def close_voting(self, *, at: datetime) -> None:
        """Freeze the totals; from here on everyone sees them, and no dot can be moved."""
        with transaction.atomic():
            self._require(Phase.RATIONALIZE)
            won = Debrief.objects.filter(pk=self.pk, voting_opened_at__isnull=False, voting_closed_at=None).update(
                voting_closed_at=at
            )
            if won:
                for theme in self.themes.annotate(total=Count("votes")):
                    theme.dots = theme.total
                    theme.save(update_fields=["dots"])
                self._changed("voting")
            self.refresh_from_db(fields=["voting_closed_at"])

    @property
    def voting_is_open(self) -> bool:
        return self.phase == Phase.RATIONALIZE and bool(self.voting_opened_at) and not self.voting_closed_at

    # Closing

    def publish(self, *, by: User, at: datetime, closing_statement: str, audience: str) -> None:
        """Close the debrief and share its summary; refused while a promise is open or nothing is written down."""
        with transaction.atomic():
            Debrief.objects.select_for_update(of=("self",), no_key=True).get(pk=self.pk)
            if self.phase == Phase.FOLLOW_THROUGH and (why := self.what_is_left_to_do()):
                raise Refused(why)
            self._move_to(
                Phase.LEARNED, by=by, at=at, published_at=at, closing_statement=closing_statement, audience=audience
            )

    def unsettled_steps(self) -> models.QuerySet[Any]:
        """Steps neither checked nor dropped. Asked through the reverse relation: actions stand above debriefs."""
        return self.steps.exclude(state__in=("checked", "dropped"))

    def what_is_left_to_do(self) -> str:
        """What keeps the debrief from closing, in a sentence; empty when nothing does."""
        if waiting := self.unsettled_steps().count():
            return ngettext(
                "%(count)d step is not checked yet. A debrief closes when each step is checked, or dropped with a reason.",
                "%(count)d steps are not checked yet. A debrief closes when each step is checked, or dropped with a reason.",
                waiting,
            ) % {"count": waiting}
        if not self.lessons.exists():
            return str(
                _("No lesson is written down yet. One sentence that would help someone who was not there will do.")
            )
        return ""

    @property
    def allows_anonymous(self) -> bool:
        return self.anonymity != Anonymity.NAMED

    @property
    def allows_named(self) -> bool:
        return self.anonymity != Anonymity.ANONYMOUS


def _next_instant(at: datetime) -> datetime:
    step = READY_COUNT_STEP.total_seconds()
    return datetime.fromtimestamp(math.floor(at.timestamp() / step + 1) * step, tz=UTC)


class Participation(models.Model):
    """Somebody takes part in a debrief. Holds no exact time: `ready_from` is when the shared count moves."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="participations")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="participations")
    ready_from = models.DateTimeField(null=True, blank=True)
    # Leaves the voting to the others, and is not counted among those who have not voted.
    abstains = models.BooleanField(default=False)
    hand_up_at = models.DateTimeField(null=True, blank=True)
    # The last phase in which this person has said something aloud, by a click of its own; only ever counted.
    spoke_in = models.CharField(max_length=16, choices=Phase, blank=True)
    # Has answered the two closing questions; what was said is only counted, in another table.
    has_closed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("participation")
        constraints = (models.UniqueConstraint(fields=["debrief", "person"], name="participation_once"),)

    def __str__(self) -> str:
        return f"{self.person} · {self.debrief}"


class PhaseMove(models.Model):
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="moves")
    from_phase = models.CharField(max_length=16, choices=Phase)
    to_phase = models.CharField(max_length=16, choices=Phase)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("phase move")

    def __str__(self) -> str:
        return f"{self.from_phase} → {self.to_phase}"


class LiveEvent(models.Model):
    """One numbered change of the shared room; `region` is the id of the element that changed. No time, no person."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="live_events")
    seq = models.PositiveBigIntegerField()
    region = models.CharField(max_length=60)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["debrief", "seq"], name="live_event_seq_once"),)

    def __str__(self) -> str:
        return f"{self.debrief_id}:{self.seq} {self.region}"
