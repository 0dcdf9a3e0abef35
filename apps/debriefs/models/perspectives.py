import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import BATCH, Anonymity, Debrief, WrongPhase
from apps.debriefs.models.formats import Prompt
from apps.debriefs.models.shuffle import last_position, publish_drafts
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused, SentBefore

if TYPE_CHECKING:
    from apps.debriefs.models.themes import Theme

CARD_MAX = 2000
GUEST_NAME_MAX = 60
ON_THE_BOARD = _("This card is on the board already, as it was. What you typed is still here.")
WRITING = (Phase.PREPARE, Phase.RECOGNIZE)
BEFORE_THE_MEETING = (Phase.PREPARE,)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class DraftQuerySet(models.QuerySet["Draft"]):
    def of(self, person: User) -> "DraftQuerySet":
        return self.filter(author=person)

    def opened_by(self, writer: "WhoWrites") -> "DraftQuerySet":
        """Drafts whose secret this browser holds, and this writer put there."""
        match = Q(pk__in=[])
        for pk, secret in writer.held.items():
            match |= Q(pk=pk, secret_hash=writer.seal(secret))
        return self.filter(match)


class Draft(models.Model):
    """A perspective that only its writer sees.

    An anonymous one holds no person and no time, only the hash of a secret that lives in the writer's browser;
    writing it touches this one table and nothing else (docs/adr: anonymity is structural).
    """

    # Chosen by the form, so that the same form sent twice makes one draft. Not the id of the later card.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="drafts")
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=CARD_MAX)
    is_anonymous = models.BooleanField()
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # Somebody without an account, by a link, who wants the card to carry a name.
    guest_name = models.CharField(max_length=GUEST_NAME_MAX, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    secret_hash = models.CharField(max_length=64, blank=True)
    # Autosaved while typing is not yet put with my cards; only kept drafts are revealed.
    is_kept = models.BooleanField(default=False)

    objects: ClassVar = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_anonymous=True, author=None, guest_name="", written_at=None) & ~Q(secret_hash="")
                | Q(is_anonymous=False, author__isnull=False, guest_name="", written_at__isnull=False, secret_hash="")
                | Q(is_anonymous=False, author=None, written_at=None) & ~Q(guest_name="") & ~Q(secret_hash=""),
                name="draft_anonymous_holds_no_person",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Perspective(models.Model):
    """One card on the board."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="perspectives")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="perspectives")
    theme = models.ForeignKey("Theme", null=True, blank=True, on_delete=models.SET_NULL, related_name="perspectives")
    text = models.CharField(max_length=CARD_MAX)
    is_anonymous = models.BooleanField()
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    guest_name = models.CharField(max_length=GUEST_NAME_MAX, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    # One fixed shuffle: the only order in which cards are ever shown, and the number a page knows a card by.
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("perspective")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_anonymous=False) | Q(author=None, guest_name="", written_at=None),
                name="perspective_anonymous_holds_no_person",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="perspective_has_text"),
            models.UniqueConstraint(fields=["debrief", "position"], name="perspective_position_once"),
            models.UniqueConstraint(fields=["debrief", "id"], name="perspective_of_debrief"),
        )

    def __str__(self) -> str:
        return str(self.pk)

    def move_to(self, theme: "Theme | None") -> None:
        with transaction.atomic():
            self.debrief._require(Phase.RECOGNIZE)
            if theme:
                theme.still_here()
            moved = Perspective.objects.filter(pk=self.pk).exclude(theme=theme).update(theme=theme)
            self.theme = theme
            if moved:
                self.debrief._changed(f"card-{self.position}", "themes")


class WhoWrites:
    """How a writer is known to the database: a person, or a secret in this browser. Never both.

    `held` is draft id → secret, and `seed` what this browser makes new secrets of. Somebody without an account is
    the Guest of models/guests.py.
    """

    def __init__(self, person: User, held: Mapping[uuid.UUID, str], seed: str = "") -> None:
        self.person = person
        self.held = held
        self.seed = seed

    def seal(self, secret: str) -> str:
        """What is stored of a secret. The person goes into the hash, so that whoever uses the same browser next opens
        nothing with it; without the secret nobody can tell who it was."""
        return hash_of(f"{self.person.pk}:{secret}")

    def secret_of(self, key: uuid.UUID) -> str:
        """The secret of a card. From a seed one key always makes the same, so the same form sent twice opens the same
        card; without one, chance does."""
        if self.seed and key not in self.held:
            return hmac.digest(self.seed.encode(), key.bytes, "sha256").hex()[:32]
        return self.held.get(key) or secrets.token_urlsafe(16)

    def drafts(self, debrief: Debrief) -> DraftQuerySet:
        """Every draft of this writer in this debrief, in no telling order."""
        mine = Draft.objects.filter(debrief=debrief)
        return (mine.of(self.person) | mine.opened_by(self)).order_by("prompt__position", "id")

    def needs_secret(self, *, is_anonymous: bool) -> bool:
        return is_anonymous

    def signature(self, *, is_anonymous: bool, at: datetime) -> dict[str, Any]:
        """What a row says about its writer."""
        if is_anonymous:
            return {"author": None, "guest_name": "", "written_at": None}
        return {"author": self.person, "guest_name": "", "written_at": at}

    def signed(self, card: "Perspective") -> bool:
        return card.author_id == self.person.pk


def save_draft(
    debrief: Debrief, key: uuid.UUID, *, prompt: Prompt, text: str, is_anonymous: bool, keep: bool,
    writer: WhoWrites, at: datetime, new_key: uuid.UUID | None = None,
) -> str | None:  # fmt: skip
    """Write or rewrite one draft. Returns the secret that the writer's browser has to keep, if it does not hold it yet.

    The same key again rewrites the same draft; a key that is not this writer's raises Refused. Makes no live signal.
    `new_key` is the form's own name for the row that takes the place of this one when the writer takes their name
    off or puts it on; with it, the same form sent twice makes one row there too. What is only being typed (not `keep`)
    takes no name off a card that was put with theirs, and puts none on.
    """
    with transaction.atomic():
        _require_writing(debrief)
        mine = _draft_of(writer, debrief, key)
        if mine is None and new_key and Draft.objects.filter(pk=new_key).exists():
            key, mine = new_key, _draft_of(writer, debrief, new_key)
        if mine is not None and mine.is_kept and not keep:
            is_anonymous = mine.is_anonymous
        _check_anonymity(debrief, is_anonymous=is_anonymous)
        if mine is not None and mine.is_anonymous == is_anonymous:
            return _rewrite(mine, prompt=prompt, text=text, keep=keep, writer=writer, at=at)
        if mine is None and _was_revealed(key, writer):
            raise Refused(ON_THE_BOARD)
        if mine is not None:
            mine.delete()  # a new row, so that nothing links the named and the anonymous one
            key, keep = new_key or uuid.uuid4(), keep or mine.is_kept
        secret = writer.secret_of(key) if writer.needs_secret(is_anonymous=is_anonymous) else None
        draft = Draft(
            pk=key, debrief=debrief, prompt=prompt, text=text, is_anonymous=is_anonymous, is_kept=keep,
            secret_hash=writer.seal(secret) if secret else "", **writer.signature(is_anonymous=is_anonymous, at=at),
        )  # fmt: skip
        Draft.objects.bulk_create([draft], ignore_conflicts=True)
        first = _ours(draft)
        if first is None:
            raise Refused(
                _("This card was sent already. Please look among your cards; if it is not there, send again.")
            )
        if (first.text, first.is_kept or not keep) != (text, True):
            # The same form came in the same instant and was first, with other words.
            _rewrite(first, prompt=prompt, text=text, keep=keep, writer=writer, at=at)
    return secret


def _draft_of(writer: WhoWrites, debrief: Debrief, key: uuid.UUID) -> Draft | None:
    """Also one whose secret never reached the browser: the answer was lost, or the same form is sent many times."""
    mine = writer.drafts(debrief).filter(pk=key).first()
    if mine is None and writer.seed:
        made_here = writer.seal(writer.secret_of(key))
        mine = Draft.objects.filter(pk=key, debrief=debrief, secret_hash=made_here).first()
    return mine


def _rewrite(
    mine: Draft, *, prompt: Prompt, text: str, keep: bool, writer: WhoWrites, at: datetime
) -> str | None:  # fmt: skip
    signature = writer.signature(is_anonymous=mine.is_anonymous, at=at)
    kept = mine.is_kept or keep
    if not Draft.objects.filter(pk=mine.pk).update(text=text, prompt=prompt, is_kept=kept, **signature):
        raise Refused(ON_THE_BOARD)
    return writer.secret_of(mine.pk) if mine.secret_hash and mine.pk not in writer.held else None


def _was_revealed(key: uuid.UUID, writer: WhoWrites) -> bool:
    """A named card keeps its draft's key; of an anonymous one only the writer's browser knows that there was one."""
    card = None if key in writer.held else Perspective.objects.filter(pk=key).first()
    return key in writer.held or (card is not None and writer.signed(card))


def _ours(draft: Draft) -> Draft | None:
    return Draft.objects.filter(
        pk=draft.pk, debrief=draft.debrief, author=draft.author, secret_hash=draft.secret_hash
    ).first()


def _check_anonymity(debrief: Debrief, *, is_anonymous: bool) -> None:
    if is_anonymous and not debrief.allows_anonymous:
        raise Refused(
            _("In this debrief every card shows who wrote it. Send it with your name, or keep it to yourself.")
        )
    if not is_anonymous and debrief.anonymity == Anonymity.ANONYMOUS:
        raise Refused(_("In this debrief no card shows who wrote it. Please send it without your name."))


def _require_writing(debrief: Debrief) -> None:
    """Hold the phase as it was seen, so that a reveal comes wholly before or wholly after this draft."""
    # FOR SHARE marks the row no more than the draft's own foreign key does; Django has no word for it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT phase FROM debriefs_debrief WHERE id = %s FOR SHARE", [debrief.pk])
        phase = cursor.fetchone()[0]
    seen, debrief.phase = debrief.phase, phase
    if phase in WRITING and phase != seen:
        raise WrongPhase(
            _("The debrief has just moved to “%(phase)s”. What you typed is still here; look at the board first.")
            % {"phase": Phase(phase).label}
        )
    if phase not in WRITING:
        raise WrongPhase(
            _(
                "The debrief is now in “%(phase)s”, so no new card can be put on the board. What you typed is still here."
            )
            % {"phase": Phase(phase).label}
        )


def put_on_board(
    debrief: Debrief, key: uuid.UUID, *, prompt: Prompt, text: str, writer: WhoWrites, at: datetime,
    new_key: uuid.UUID | None = None,
) -> Perspective:  # fmt: skip
    """A named card after the reveal; the same key again answers with the same card.

    The draft it comes from is gone then, also one that waited without a name: shown twice, it would tell who wrote it.
    For that one the card goes by `new_key`, so that nothing leads from the card to what was written without a name.
    """
    _check_anonymity(debrief, is_anonymous=False)
    with transaction.atomic():
        debrief._require(Phase.RECOGNIZE)
        draft = _draft_of(writer, debrief, key)
        # Whoever writes holds the debrief's row by now, so a key that is there was there before.
        taken = set(Perspective.objects.filter(pk__in={key, new_key or key}).values_list("pk", flat=True))
        card_key = (new_key or uuid.uuid4()) if new_key in taken or (draft and draft.is_anonymous) else key
        card = Perspective(
            pk=card_key, debrief=debrief, prompt=prompt, text=text, is_anonymous=False,
            position=last_position(debrief) + 1, **writer.signature(is_anonymous=False, at=at),
        )  # fmt: skip
        if new := card_key not in taken:
            card.save(force_insert=True)
        else:
            card = Perspective.objects.get(pk=card_key)
        if card.debrief_id != debrief.pk or not writer.signed(card):
            raise Refused(_("This card was sent already. Please open the page again and send it once more."))
        if card.text != text:
            raise SentBefore(ON_THE_BOARD)
        if draft:
            draft.delete()
        if new:
            debrief._changed(f"card-{card.position}")
    return card


def write_card(
    debrief: Debrief, data: Mapping[str, Any], *, keep: bool, writer: WhoWrites, at: datetime
) -> tuple[str | None, bool]:
    """Where a card of this form belongs now: among its writer's drafts or, kept after the reveal, on the board.

    Returns a new secret for the writer's browser when there is one, and whether the board changed.
    """
    at_the_board = keep and debrief.phase == Phase.RECOGNIZE
    if at_the_board and not data["is_anonymous"]:
        said = {name: data[name] for name in ("prompt", "text", "new_key")}
        put_on_board(debrief, data["key"], writer=writer, at=at, **said)
        return None, True
    secret = save_draft(debrief, writer=writer, keep=keep, at=at, **data)
    return secret, at_the_board and publish_batch(debrief)


def publish_batch(debrief: Debrief) -> bool:
    """After the reveal: put waiting anonymous cards on the board once there are three, shuffled together."""
    with transaction.atomic():
        debrief._require(Phase.RECOGNIZE)
        if Draft.objects.filter(debrief=debrief, is_anonymous=True, is_kept=True).count() < BATCH:
            return False
        publish_drafts(debrief, only_anonymous=True)
        debrief._changed("board")
    return True


class CheckIn(models.Model):
    """How someone is with it: for the writer alone."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="check_ins")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField(null=True, blank=True)
    stage = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = _("check-in")
        constraints = (
            models.UniqueConstraint(fields=["debrief", "person"], name="check_in_once"),
            models.CheckConstraint(condition=Q(weight=None) | Q(weight__range=(1, 5)), name="check_in_weight"),
        )

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def keep(cls, debrief: Debrief, *, by: User, weight: int | None, stage: str) -> None:
        with transaction.atomic():
            debrief._require(*BEFORE_THE_MEETING)
            cls.objects.update_or_create(debrief=debrief, person=by, defaults={"weight": weight, "stage": stage})


class Worry(models.Model):
    """What worries someone about the meeting: for the facilitator alone."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="worries")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=CARD_MAX)

    class Meta:
        verbose_name = _("worry")
        constraints = (models.UniqueConstraint(fields=["debrief", "person"], name="worry_once"),)

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def tell(cls, debrief: Debrief, *, by: User, text: str) -> None:
        """Told anew it takes the earlier one's place; an empty one takes it back."""
        with transaction.atomic():
            debrief._require(*BEFORE_THE_MEETING)
            if text:
                cls.objects.update_or_create(debrief=debrief, person=by, defaults={"text": text})
            else:
                cls.objects.filter(debrief=debrief, person=by).delete()
