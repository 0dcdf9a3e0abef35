"""Everybody presses everything, in every phase, with sensible and senseless words: nothing may break.

The same seed walks the same way. WALK_STEPS and WALK_SEED make it a longer or another one.
"""

import logging
import os
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse

from apps.accounts.models import User
from apps.debriefs.formats import FORMATS
from apps.debriefs.models import Audience, Debrief, FactorKind, Prompt, Theme
from apps.debriefs.phases import WAY, Phase
from apps.teams.models import Team
from tests import factories
from tests.access_table import TABLE, World
from tests.factories import AT

STEPS = int(os.environ.get("WALK_STEPS", "250"))
SEED = int(os.environ.get("WALK_SEED", "20261122"))
PEOPLE = (*("alice", "bob", "dana") * 3, "mia", "adam", "charlie", "gus", "eve", "nobody")
# After these the walk would only be refused.
LEAVES_NOTHING = {"teams:archive", "teams:leave", "teams:remove", "teams:change_role", "debriefs:cancel"}

WORDS = (
    "The list was old",
    "Wir prüfen es",
    "リストが古い",
    "x",
    "Kurz 🙂",
    "\u202eright to left",
    "a\r\nb",
    "<b>&amp;{{ x }}",
)
ODD = (
    "",
    " ",
    "\x00",
    "x" * 25_000,
    "9" * 400,
    "-1",
    "\u200b",
    "'; --",
    "%s%n",
    "0001-01-01T00:00",
    "9999-12-31",
    "NaN",
)


class Walk:
    def __init__(self, world: World, debriefs: list[int], seed: int) -> None:
        self.world, self.debriefs, self.chance = world, debriefs, random.Random(seed)

    def value(self, sensible: Callable[[], Any]) -> Any:
        return self.chance.choice(ODD) if self.chance.random() < 0.05 else sensible()

    def one_of(self, many: Any) -> Any:
        found = list(many)
        return self.chance.choice(found) if found else uuid.UUID(int=self.chance.getrandbits(128))

    def key(self) -> uuid.UUID:
        """Sometimes one that somebody has sent before."""
        return uuid.UUID(int=self.chance.choice([self.chance.getrandbits(128), self.chance.randrange(6)]))

    def words(self) -> str:
        return self.chance.choice(WORDS)

    def day(self) -> str:
        return str((AT + timedelta(days=self.chance.randrange(-3, 60))).date())

    def moment(self) -> str:
        return f"{self.day()}T{self.chance.randrange(24):02}:30"

    def form(self, debrief: Debrief) -> dict[str, Any]:
        pick, people = self.chance.choice, debrief.team.memberships.values_list("person_id", flat=True)
        sensible: dict[str, Callable[[], Any]] = {
            "key": self.key, "new_key": self.key, "text": self.words, "title": self.words, "name": self.words,
            "because": self.words, "source": self.words, "happened": self.words, "why": self.words, "answer": self.words,
            "success_signal": self.words, "note": self.words, "closing_statement": self.words, "new": self.words,
            "prompt": lambda: self.one_of(Prompt.objects.filter(debrief=debrief).values_list("pk", flat=True)),
            "theme": lambda: self.one_of(Theme.objects.filter(debrief=debrief).values_list("pk", flat=True)),
            "into": lambda: self.one_of(Theme.objects.values_list("pk", flat=True)),
            "beside": lambda: self.one_of(debrief.timeline.values_list("pk", flat=True)),
            "owner": lambda: self.one_of(people), "second": lambda: self.one_of(people),
            "facilitator": lambda: self.one_of(people), "people": lambda: list(people), "chain": self.words,
            "happened_at": self.moment, "meeting_at": self.moment, "follow_up_at": self.moment, "started_at": self.moment,
            "due_on": self.day, "look_again_on": self.day, "soak_until": self.day, "paused_until": self.day,
            "kind": lambda: pick([*FactorKind.values, "fix", "amplify"]), "side_0": lambda: "wrong", "title_0": self.words,
            "side_1": lambda: "right", "title_1": self.words, "action": lambda: pick(["open", "close"]),
            "direction": lambda: pick(["plus", "minus"]), "seen": lambda: debrief.phase, "to": lambda: pick(WAY),
            "anonymity": lambda: pick(["named", "choice", "anonymous"]), "audience": lambda: pick(Audience.values),
            "verdict": lambda: pick(["worked", "partly", "too_early"]), "weight": lambda: "3", "days": lambda: "3",
            "copy_of": lambda: pick(list(FORMATS)), "format_key": lambda: pick(list(FORMATS)),
            "team": lambda: debrief.team_id, "addresses": lambda: "a@example.org, b@", "role": lambda: "member",
            "email": lambda: "bob@example.org", "next": lambda: "/", "stop": lambda: "these",
        }  # fmt: skip
        said = {name: self.value(make) for name, make in sensible.items() if self.chance.random() < 0.9}
        return said | {name: "1" for name in ("autosave", "without_name", "go_on") if self.chance.random() < 0.3}

    def ids(self, debrief: Debrief) -> dict[str, Any]:
        children = {
            "theme_id": debrief.themes, "factor_id": debrief.factors,
            "strength_id": debrief.strengths, "question_id": debrief.questions, "lesson_id": debrief.lessons,
            "idea_id": debrief.parked_ideas, "entry_id": debrief.timeline, "step_id": debrief.steps,
        }  # fmt: skip
        found = {name: self.one_of(rows.values_list("pk", flat=True)) for name, rows in children.items()}
        card = self.chance.choice([*debrief.perspectives.values_list("position", flat=True), 10**6])
        return {**self.world.ids, **found, "card_number": card, "debrief_id": debrief.pk}

    def go(self) -> tuple[str, int]:
        name = self.chance.choice(
            [one for one in sorted(TABLE) if one not in LEAVES_NOTHING or self.chance.random() < 0.02]
        )
        row = TABLE[name]
        debrief = self.chance.choice(list(Debrief.objects.filter(pk__in=self.debriefs).order_by("pk")))
        if self.chance.random() < 0.6:
            fitting = Debrief.objects.filter(pk__in=self.debriefs, phase=row.phase).order_by("pk")
            debrief = fitting.first() or debrief
        ids = self.ids(debrief)
        url = reverse(name, kwargs={one: ids[row.alias.get(one, one)] for one in row.ids})
        if name == "actions:new":
            url += f"?factor={ids['factor_id']}"
        client = self.world.clients[self.chance.choice(PEOPLE)]
        client.raise_request_exception = False
        target = self.chance.choice(["", "tray", "my-cards", "modal-body", "theme-form", "composer-1", "found"])
        headers = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": "http://[x"} if target else {}
        if row.post is None or (row.get and self.chance.random() < 0.2):
            return f"get {url}", client.get(url, headers=headers).status_code
        return f"post {url}", client.post(url, self.form(debrief), headers=headers).status_code


@pytest.fixture(autouse=True)
def a_quiet_day() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with time_machine.travel(AT, tick=False):
        yield
    logging.disable(logging.NOTSET)


def test_nothing_breaks_wherever_people_walk(people: dict[str, User], team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.live.tell", lambda *_: None)
    world = World.build(Phase.RECOGNIZE, people)
    kinds = ("named", "choice", "anonymous")
    debriefs = [factories.debrief_in(phase, team=team, anonymity=kinds[n % 3]) for n, phase in enumerate(WAY)]
    walk = Walk(world, [one.pk for one in debriefs], SEED)
    broken, taken = [], 0
    for _ in range(STEPS):
        with transaction.atomic():
            where, status = walk.go()
            taken += status in (200, 204, 302)
            connection.check_constraints()  # what a commit would ask
            if status >= 500:
                broken.append((where, status))
                transaction.set_rollback(True)
    assert broken == []
    assert taken > STEPS / 4  # a walk on which every door is shut shows nothing
