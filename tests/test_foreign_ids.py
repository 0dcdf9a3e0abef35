"""Ids inside a form: one's own is taken, a foreign one changes nothing (A23). Each form is its own control."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from apps.accounts.models import User
from tests.access_table import World, fields, of
from tests.factories import AT, DUE_ON, LOOK_AGAIN_ON
from tests.test_access import ask, undone, writes

Asks = Callable[[World], Any]


@dataclass(frozen=True)
class Case:
    """A form that is taken as it stands, and the field that then gets a foreign id."""

    route: str
    phase: str
    field: str
    own: Asks
    foreign: Asks
    form: Callable[[World], dict[str, Any]]
    ids: tuple[str, ...] = ("debrief_id",)
    query: str = ""
    refused_with: int = 422


def person(name: str) -> Asks:
    return lambda world: world.people[name].pk


def theirs(name: str) -> Asks:
    return lambda world: world.foreign_ids[name]


def team_of(name: str) -> Asks:
    return lambda world: world.people[name].memberships.get().team_id


def own_key(_world: World) -> str:
    return str(uuid.uuid4())


A_FACTOR = fields(key=own_key, title="Nobody owned it", kind="unspoken")
A_STRENGTH = fields(key=own_key, title="We rang at once", reliability="luck", answer="keep")
A_QUESTION = fields(key=own_key, text="Since when?", due_on=str(DUE_ON))
AN_ENTRY = fields(key=own_key, happened_at="2026-11-06T10:02", text="The alarm rang.")
A_STEP = fields(
    key=own_key, title="Write it down", kind="fix", success_signal="Two people have seen it.", due_on=str(DUE_ON),
    look_again_on=str(LOOK_AGAIN_ON), owner=person("bob"), second=person("alice"), version="1",
)  # fmt: skip
A_SETUP = fields(
    title="The payment page stood still", happened="Nobody could pay.", anonymity="named", format_key="three_rs",
    version="1", facilitator=person("alice"), people=lambda w: [w.people[name].pk for name in ("alice", "bob", "dana")],
)  # fmt: skip
A_CARD = fields(key=own_key, new_key=own_key, text="The list was old.")
A_DEBRIEF = fields(key=own_key, title="Another one", format_key="three_rs", team=team_of("alice"))

CASES = [
    Case("debriefs:move_card", "recognize", "theme", of("theme_id"), theirs("theme_id"), fields(),
         ("debrief_id", "card_number"), refused_with=404),
    Case("debriefs:move_card", "recognize", "onto", of("card_number"), theirs("card_number"), fields(),
         ("debrief_id", "card_number"), refused_with=404),
    Case("debriefs:add_entry", "recognize", "beside", of("entry_id"), theirs("entry_id"), AN_ENTRY),
    Case("debriefs:add_entry", "recognize", "key", own_key, theirs("entry_id"), AN_ENTRY, refused_with=409),
    Case("debriefs:park", "recognize", "key", own_key, theirs("idea_id"), fields(text="Two"), refused_with=409),
    Case("debriefs:add_theme", "recognize", "key", own_key, theirs("theme_id"), fields(name="Tools"), refused_with=409),
    Case("debriefs:merge_theme", "recognize", "into", of("other_theme"), theirs("theme_id"), fields(),
         ("debrief_id", "theme_id")),
    Case("debriefs:new_question", "recognize", "owner", person("bob"), person("charlie"), A_QUESTION),
    Case("debriefs:new_question", "recognize", "owner", person("bob"), person("eve"), A_QUESTION),
    Case("debriefs:vote", "rationalize", "theme", of("theme_id"), theirs("theme_id"), fields(direction="plus"),
         refused_with=404),
    Case("debriefs:new_factor", "rationalize", "theme", of("theme_id"), theirs("theme_id"), A_FACTOR),
    Case("debriefs:new_strength", "rationalize", "theme", of("theme_id"), theirs("theme_id"), A_STRENGTH),
    Case("debriefs:new_factor", "realign", "key", own_key, theirs("factor_id"), A_FACTOR, refused_with=409),
    Case("debriefs:new_strength", "realign", "key", own_key, theirs("strength_id"), A_STRENGTH, refused_with=409),
    Case("debriefs:add_lesson", "realign", "key", own_key, theirs("lesson_id"), fields(text="Ask."), refused_with=409),
    Case("debriefs:write", "prepare", "prompt", of("prompt"), theirs("prompt"), A_CARD),
    Case("debriefs:setup", "draft", "facilitator", person("bob"), person("charlie"), A_SETUP),
    Case("debriefs:setup", "draft", "facilitator", person("bob"), person("mia"), A_SETUP),
    Case("debriefs:setup", "draft", "people", person("bob"), person("charlie"), A_SETUP),
    Case("debriefs:setup", "draft", "people", person("bob"), person("eve"), A_SETUP),
    Case("debriefs:new", "prepare", "team", team_of("alice"),
         team_of("charlie"), A_DEBRIEF, ()),
    Case("debriefs:new", "prepare", "format_key", lambda w: f"team:{w.ids['format_id']}",
         lambda w: f"team:{w.foreign_ids['format_id']}", A_DEBRIEF, ()),
    Case("actions:new", "realign", "owner", person("dana"), person("charlie"), A_STEP, query="factor_id"),
    Case("actions:new", "realign", "second", person("dana"), person("eve"), A_STEP, query="factor_id"),
    Case("actions:new", "realign", "second", person("dana"), person("mia"), A_STEP, query="factor_id"),
    Case("actions:edit", "follow_through", "owner", person("dana"), person("charlie"), A_STEP, ("step_id",)),
    Case("actions:edit", "follow_through", "second", person("dana"), person("mia"), A_STEP, ("step_id",)),
    Case("teams:new", "prepare", "organization", of("organization"), theirs("organization"), fields(name="Ops"), ()),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.route}-{case.field}")
def test_a_foreign_id_in_a_form_changes_nothing(case: Case, people: dict[str, User]) -> None:
    with time_machine.travel(AT, tick=False):
        world = World.build(case.phase, people)
        url = reverse(case.route, kwargs={name: world.ids[name] for name in case.ids})
        if case.query:
            url += f"?{case.query.removesuffix('_id')}={world.ids[case.query]}"
        client = world.clients["alice"]
        with undone(), writes() as changed:
            taken = ask(client, "post", url, {**case.form(world), case.field: case.own(world)})
        assert (taken.status_code, changed != []) == (302, True)
        with undone(), writes() as changed:
            refused = ask(client, "post", url, {**case.form(world), case.field: case.foreign(world)})
        assert (refused.status_code, changed) == (case.refused_with, [])


def test_a_step_cannot_answer_what_another_room_found(people: dict[str, User]) -> None:
    with time_machine.travel(AT, tick=False):
        world = World.build("realign", people)
        url = reverse("actions:new", args=[world.ids["debrief_id"]])
        for name in ("factor", "strength"):
            with undone(), writes() as changed:
                foreign = f"{url}?{name}={world.foreign_ids[f'{name}_id']}"
                got = ask(world.clients["alice"], "post", foreign, A_STEP(world))
            assert (got.status_code, changed) == (404, [])
