"""What the measured pages show: people, lists and boards of three sizes. Import it once Django is set up.

Boards are made by the models' own verbs, up to the reveal. Long lists are written in bulk: only reading is measured.
"""

import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.cached_db import SessionStore

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Anonymity, Debrief, Draft, Factor, Participation, Perspective, Theme
from apps.debriefs.models.perspectives import hash_of
from apps.debriefs.phases import WAY, Phase
from apps.demo.software import SOFTWARE
from apps.demo.ward import WARD
from apps.teams.models import Membership, Organization, Role, Team

TIMES = (1, 10, 100)
A_PAGE = 20
A_TEAM = 20  # people in the room
THEMES = 8
WORDS_OF_A_CARD = (6, 20)


@dataclass(frozen=True)
class Reader:
    """Somebody signed in, with so many debriefs and so many steps."""

    rows: int
    person: User
    cookie: str


class Filler:
    """Everything is drawn from one seed, so that two runs show the same words."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.chance = random.Random(20261122)
        self.organization = Organization.objects.create(name="Bench")
        words = Counter(re.findall(r"[\w’'-]+", " ".join(_texts((SOFTWARE, WARD)))))
        self.words, self.weights = list(words), list(words.values())
        self.people = [
            User.objects.create_user(f"person-{n}@example.org", display_name=f"{name} {self.sentence(1).rstrip('.')}")
            for n, name in enumerate(("Alice", "Bob", "Dana", "Eli", "Farah") * (A_TEAM // 5))
        ]

    def sentence(self, words: int) -> str:
        """As often each word as people write it: no phrase repeats, so it packs no better than their words do."""
        said = " ".join(self.chance.choices(self.words, self.weights, k=words))
        return said[0].upper() + said[1:] + "."

    def team(self, name: str, leader: User, people: Sequence[User] = ()) -> Team:
        team = Team.objects.create(organization=self.organization, name=name, slug=name.lower().replace(" ", "-"))
        roles = {
            person: Role.LEADER if person == leader else Role.MEMBER
            for person in {leader: 0} | dict.fromkeys(people or self.people)
        }
        Membership.objects.bulk_create(
            Membership(team=team, person=person, role=role, joined_at=self.at) for person, role in roles.items()
        )
        return team

    def reader(self, times: int) -> Reader:
        """A person of a team of their own with `times` pages of debriefs and as many steps."""
        rows = A_PAGE * times
        person = User.objects.create_user(f"reader-{times}@example.org", display_name=f"Reader {times}")
        team = self.team(f"Team {times}", person)
        debriefs = Debrief.objects.bulk_create(self._debrief(team, person, n) for n in range(rows))
        Participation.objects.bulk_create(
            Participation(debrief=debrief, person=one) for debrief in debriefs for one in (person, *self.people[:4])
        )
        promised = [one for one in debriefs if one.phase == Phase.FOLLOW_THROUGH]
        factors = Factor.objects.bulk_create(
            Factor(debrief=one, title=self.sentence(6), kind="tactical_misstep") for one in promised
        )
        Step.objects.bulk_create(self._step(factors[n % len(factors)], person, n) for n in range(rows))
        return Reader(rows, person, session_of(person))

    def _debrief(self, team: Team, person: User, n: int) -> Debrief:
        phase = WAY[n % len(WAY)]
        began = self.at - timedelta(days=3 + n)
        return Debrief(
            team=team, created_by=person, created_at=began, started_at=began, ended_at=began + timedelta(hours=1),
            facilitator=self.people[n % 5], title=self.sentence(8), happened=self.sentence(60), phase=phase,
            meeting_at=self.at + timedelta(days=n % 9), revealed_at=None if phase in WAY[:2] else self.at,
            published_at=self.at if phase == Phase.LEARNED else None,
        )  # fmt: skip

    def _step(self, factor: Factor, person: User, n: int) -> Step:
        """A fifth each: over or due today, this week or later, later, done and waiting for a check, settled."""
        which = n % 5
        due = self.at.date() + timedelta(days=(-(n % 4), 1 + n % 3, 20 + n % 30, -10, -40)[which])
        state = {3: "done", 4: "checked"}.get(which, "open")
        second = self.people[n % 4]
        return Step(
            debrief_id=factor.debrief_id, factor=factor, title=self.sentence(7), kind="fix", owner=person,
            second=second, due_on=due, look_again_on=due + timedelta(days=8), success_signal=self.sentence(12),
            state=state, done_at=self.at - timedelta(days=5) if which > 2 else None,
            settled_at=self.at - timedelta(days=1) if which > 3 else None, outcome="worked" if which > 3 else "",
            agreed_by=person, agreed_at=self.at - timedelta(days=50),
        )  # fmt: skip

    def board(self, team: Team, cards: int) -> Debrief:
        """A debrief in Recognize with so many cards, every third anonymous, in themes but for a tenth."""
        leader = self.people[0]
        debrief = Debrief.start(
            team=team, by=leader, at=self.at, title=self.sentence(8), happened=self.sentence(60),
            started_at=self.at - timedelta(days=3), anonymity=Anonymity.CHOICE,
        )  # fmt: skip
        debrief.move(Phase.PREPARE, by=leader, at=self.at)
        prompts = list(debrief.prompts.all())
        Draft.objects.bulk_create(
            self._draft(debrief, prompts[n % len(prompts)], self.people[n % A_TEAM] if n % 3 else str(n))
            for n in range(cards)
        )
        for person in self.people:
            debrief.say_ready(person, at=self.at)
        debrief.reveal(by=leader, at=self.at)
        for _ in range(THEMES):
            Theme.create(debrief, uuid.uuid4(), name=self.sentence(4))
        themes = list(debrief.themes.all())
        found = list(debrief.perspectives.all())
        for card in found:
            card.theme = self.chance.choice([*themes, *themes, None])
        Perspective.objects.bulk_update(found, ["theme"], batch_size=500)
        assert len(found) == cards
        return debrief

    def crowd(self, people: int, *, password: str, with_password: int) -> list[User]:
        """So many people, the first of them with a password to sign in with."""
        secret = make_password(password)
        crowd = User.objects.bulk_create(
            User(
                email=f"crowd-{n}@example.org", display_name=f"Sam {self.sentence(1).rstrip('.')}",
                password=secret if n < with_password else make_password(None),
            )
            for n in range(people)
        )  # fmt: skip
        EmailAddress.objects.bulk_create(
            EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in crowd
        )
        return crowd

    def room(self, name: str, people: Sequence[User], cards: int) -> Debrief:
        """A meeting under way, in Recognize: so many people, so many cards with names on the board."""
        leader = people[0]
        debrief = Debrief.start(
            team=self.team(name, leader, people), by=leader, at=self.at, title=self.sentence(8),
            happened=self.sentence(60), started_at=self.at - timedelta(days=3), anonymity=Anonymity.NAMED,
        )  # fmt: skip
        debrief.move(Phase.PREPARE, by=leader, at=self.at)
        prompts = list(debrief.prompts.all())
        Draft.objects.bulk_create(
            self._draft(debrief, prompts[n % len(prompts)], people[n % len(people)]) for n in range(cards)
        )
        debrief.reveal(by=leader, at=self.at)
        return debrief

    def _draft(self, debrief: Debrief, prompt: Any, who: User | str) -> Draft:
        """By a person, or by whoever holds this secret."""
        anonymous = isinstance(who, str)
        by = {"secret_hash": hash_of(who)} if isinstance(who, str) else {"author": who, "written_at": self.at}
        text = self.sentence(self.chance.randint(*WORDS_OF_A_CARD))
        return Draft(debrief=debrief, prompt=prompt, text=text, is_anonymous=anonymous, is_kept=True, **by)


def session_of(person: User) -> str:
    """A session as signing in makes it, without the half second a password hash takes."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}"


def _texts(told: Any) -> Iterator[str]:
    """Every sentence somewhere inside the demo's content."""
    if isinstance(told, str) and " " in told:
        yield told
    elif isinstance(told, dict):
        yield from _texts(tuple(told.values()))
    elif isinstance(told, (list, tuple)):
        for one in told:
            yield from _texts(one)
    elif is_dataclass(told) and not isinstance(told, type):
        for field in fields(told):
            yield from _texts(getattr(told, field.name))
