"""Things to test with, made the way people make them: by the models' own verbs, never by writing a status."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.actions.models import Outcome, Step
from apps.debriefs.models import (
    Anonymity,
    Audience,
    Debrief,
    Factor,
    Lesson,
    Perspective,
    Strength,
    Theme,
)
from apps.debriefs.models.perspectives import WhoWrites, save_draft
from apps.debriefs.models.themes import cast_vote
from apps.debriefs.phases import Phase
from apps.teams.models import Membership, Organization, Role, Team

# A Monday morning. Everything made here happens then or later, unless told otherwise.
AT = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
DUE_ON = (AT + timedelta(days=14)).date()
LOOK_AGAIN_ON = (AT + timedelta(days=28)).date()
LOOK_AGAIN_AT = AT + timedelta(days=28)

WRONG, RIGHT = "wrong", "right"


def a_person(name: str, **fields: Any) -> User:
    """Alice is alice@example.org; nobody has a password, tests sign in with `clients`."""
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
    return User.objects.create_user(email, display_name=name, **fields)


def an_organization(name: str, *, admin: User | None = None) -> Organization:
    organization = Organization.objects.create(name=name)
    if admin:
        organization.admins.add(admin)
    return organization


def join(team: Team, person: User, role: Role = Role.MEMBER, at: datetime = AT) -> User:
    Membership.objects.create(team=team, person=person, role=role, joined_at=at)
    return person


def prompt_of(debrief: Debrief, side: str = WRONG) -> Any:
    return debrief.prompts.filter(side=side).first()


@dataclass(frozen=True)
class Written:
    """A draft as its writer holds it: the key of the form and, for an anonymous one, the browser's secret."""

    key: uuid.UUID
    secret: str | None
    by: User

    @property
    def writer(self) -> WhoWrites:
        return WhoWrites(self.by, {self.key: self.secret} if self.secret else {})


def write(
    debrief: Debrief, by: User, text: str, *, side: str = WRONG, is_anonymous: bool = False, keep: bool = True,
    key: uuid.UUID | None = None, at: datetime = AT,
) -> Written:  # fmt: skip
    key = key or uuid.uuid4()
    secret = save_draft(
        debrief, key, prompt=prompt_of(debrief, side), text=text, is_anonymous=is_anonymous, keep=keep,
        writer=WhoWrites(by, {}), at=at,
    )  # fmt: skip
    return Written(key, secret, by)


def a_draft(team: Team, *, by: User | None = None, at: datetime = AT, **fields: Any) -> Debrief:
    """A debrief as its leader has just set it up: facts told, everyone in the room invited."""
    said = {
        "title": "The payment page stood still",
        "happened": "From 10:02 to 10:49 nobody could pay.",
        "expected": "The certificate is renewed by itself.",
        "started_at": at - timedelta(days=3),
        "ended_at": at - timedelta(days=3) + timedelta(minutes=47),
        **fields,
    }
    leader = by or Membership.objects.filter(team=team, role=Role.LEADER).earliest("pk").person
    return Debrief.start(team=team, by=leader, at=at, **said)


def debrief_in(
    phase: Phase | str, *, team: Team, by: User | None = None, anonymity: str = Anonymity.NAMED,
    cards: Iterable[tuple[User, str, str]] | None = None, voting: str = "", at: datetime = AT, **fields: Any,
) -> Debrief:  # fmt: skip
    """A debrief in this phase, brought there step by step by the leader.

    `cards` are (writer, side, text); without them each participant but the leader writes one. They are anonymous
    where the debrief allows it. `voting` is "open" or "closed" and matters in Rationalize; later it is closed.
    """
    walk = _Walk(a_draft(team, by=by, at=at, anonymity=anonymity, **fields), cards, at)
    for step in (Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED):
        if walk.debrief.phase == phase:
            break
        if phase == Phase.CANCELLED and walk.debrief.phase == Phase.PREPARE:
            walk.debrief.cancel(because="It was a false alarm.", by=walk.leader, at=at)
            break
        getattr(walk, f"to_{step}")()
    if phase == Phase.RATIONALIZE and voting:
        walk.vote(close=voting == "closed")
    walk.debrief.refresh_from_db()
    return walk.debrief


class _Walk:
    def __init__(self, debrief: Debrief, cards: Iterable[tuple[User, str, str]] | None, at: datetime) -> None:
        self.debrief = debrief
        self.leader = debrief.created_by
        self.at = at
        self.people = [one.person for one in debrief.participations.select_related("person").order_by("pk")]
        self.cards = cards

    def to_prepare(self) -> None:
        self.debrief.move(Phase.PREPARE, by=self.leader, at=self.at)
        writers = [person for person in self.people if person != self.leader]
        cards = self.cards if self.cards is not None else [
            (person, (WRONG, RIGHT)[n % 2], f"What {person.first_name} saw.") for n, person in enumerate(writers)
        ]  # fmt: skip
        for writer, side, text in cards:
            write(self.debrief, writer, text, side=side, is_anonymous=self.debrief.allows_anonymous, at=self.at)

    def to_recognize(self) -> None:
        for person in self.people:
            self.debrief.say_ready(person, at=self.at)
        self.debrief.reveal(by=self.leader, at=self.at)

    def to_rationalize(self) -> None:
        for name in ("Who looks after certificates", "How fast we spoke to each other"):
            Theme.create(self.debrief, uuid.uuid4(), name=name)
        themes = list(self.debrief.themes.all())
        for n, card in enumerate(Perspective.objects.filter(debrief=self.debrief)):
            card.move_to(themes[n % 2])
        self.debrief.move(Phase.RATIONALIZE, by=self.leader, at=self.at)

    def to_realign(self) -> None:
        self.vote(close=True)
        a_factor(self.debrief)
        a_strength(self.debrief)
        self.debrief.move(Phase.REALIGN, by=self.leader, at=self.at)

    def to_follow_through(self) -> None:
        a_step(self.debrief, title="Renew certificates by a job that tells us", at=self.at)
        self.debrief.move(Phase.FOLLOW_THROUGH, by=self.leader, at=self.at)

    def to_learned(self) -> None:
        for step in self.debrief.steps.all():
            worked(step)
        Lesson.write(self.debrief, uuid.uuid4(), text="What nobody owns runs out.")
        self.debrief.publish(
            by=self.leader, at=LOOK_AGAIN_AT, closing_statement="Thank you, all of you.", audience=Audience.TEAM
        )

    def vote(self, *, close: bool) -> None:
        self.debrief.open_voting(at=self.at)
        first, second = self.debrief.themes.all()[:2]
        for n, person in enumerate(self.people):
            cast_vote(first if n % 3 else second, by=person)
        if close:
            self.debrief.close_voting(at=self.at)


def a_factor(debrief: Debrief, title: str = "Nobody owned the renewal", **fields: Any) -> Factor:
    said = {"kind": "tactical_misstep", "chain": ["It had always renewed itself."], "theme": debrief.themes.first()}
    return Factor.write(debrief, uuid.uuid4(), title=title, **{**said, **fields})


def a_strength(debrief: Debrief, title: str = "The front desk rang everyone", **fields: Any) -> Strength:
    return Strength.write(
        debrief, uuid.uuid4(), title=title, **{"why": "They had the list.", "answer": "amplify", **fields}
    )


def a_step(
    debrief: Debrief, *, owner: User | None = None, second: User | None = None, title: str = "Write it down",
    by: User | None = None, at: datetime = AT, key: uuid.UUID | None = None, **fields: Any,
) -> Step:  # fmt: skip
    """A promise for the debrief's first factor, owned by the first participant who is not the leader."""
    leader = debrief.created_by
    taking_part = debrief.participations.exclude(person=leader).select_related("person").order_by("pk")
    others = [one.person for one in taking_part]
    owner = owner or others[0]
    second = second or next(person for person in [leader, *others] if person != owner)
    answers = {"factor": debrief.factors.first()} if not {"factor", "strength"} & fields.keys() else {}
    said = {
        "kind": "fix", "due_on": DUE_ON, "look_again_on": LOOK_AGAIN_ON,
        "success_signal": "The next renewal is seen by two people.", **answers, **fields,
    }  # fmt: skip
    return Step.agree(
        debrief, key or uuid.uuid4(), by=by or leader, at=at, title=title, owner=owner, second=second, **said
    )


def done(step: Step, at: datetime = AT) -> Step:
    step.finish(by=step.owner, at=at)
    return step


def worked(step: Step, at: datetime = LOOK_AGAIN_AT) -> Step:
    """Done, looked at again, and both say that it worked."""
    done(step)
    for person in (step.owner, step.second):
        step.check_it(verdict=Outcome.WORKED, note="It did.", by=person, at=at)
    return step
