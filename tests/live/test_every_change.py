"""Whatever a POST changes in the room, the event tells it: a page that applied the event is the page loaded afresh.

Walks the access table, so that a new route is in here with its line there.
"""

import difflib
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import transaction
from django.test import Client, TestCase
from django.urls import NoReverseMatch, reverse

from apps import live
from apps.accounts.models import User
from apps.debriefs import stream
from apps.debriefs.models import Debrief
from apps.debriefs.phases import ON_THE_BOARD
from tests.access_table import TABLE, World, a_key, fields, of
from tests.factories import AT


def person(name: str) -> Callable[[World], int]:
    return lambda world: world.people[name].pk


DAY = "2026-11-20"
A_FACTOR = {"title": "Two lists", "kind": "unspoken", "chain": "It had always been so.", "version": "1"}
A_STRENGTH = {"title": "Somebody rang", "why": "They had the list.", "reliability": "dependable", "version": "1"}
A_QUESTION = {"text": "Since when?", "due_on": DAY, "owner": person("bob"), "version": "1"}
AN_ENTRY = {"happened_at": "2026-11-05T10:02", "text": "The page stood still.", "source": "The log", "version": "1"}
# What the table's own forms do not do, and what needs something to be done before: phase, then one after the other.
MORE: tuple[tuple[str, *tuple[tuple[str, dict[str, Any]], ...]], ...] = (
    ("recognize", ("add_entry", {"key": a_key, **AN_ENTRY})),
    ("recognize", ("edit_entry", {"key": of("entry_id"), **AN_ENTRY})),
    ("recognize", ("add_entry", {"key": a_key, "beside": of("entry_id"), **AN_ENTRY}), ("remove_entry", {})),
    ("recognize", ("write", {"key": a_key, "new_key": a_key, "prompt": of("prompt"), "text": "Later."})),
    ("recognize", ("move_card", {"new": "A theme of its own"}), ("move_card", {"theme": ""})),
    ("recognize", ("move_card", {"theme": of("theme_id")}), ("edit_theme", {"name": "Renamed", "version": "1"})),
    ("recognize", ("move_card", {"theme": of("theme_id")}), ("merge_theme", {"into": of("other_theme")})),
    ("recognize", ("move_card", {"theme": of("theme_id")}), ("remove_theme", {})),
    ("recognize", ("hand", {"up": "1"}), ("hand", {"up": ""})),
    ("recognize", ("hand", {"up": "1"}), ("spoken", {})),
    ("recognize", ("timer", {"action": "start", "minutes": "5"}), ("timer", {"action": "more"}),
     ("timer", {"action": "pause"}), ("timer", {"action": "resume"}), ("timer", {"action": "stop"})),
    ("recognize", ("new_question", {"key": a_key, **A_QUESTION})),
    ("rationalize", ("vote", {"direction": "minus", "theme": of("theme_id")})),
    ("rationalize", ("vote", {"direction": "minus", "theme": of("other_theme")})),
    ("rationalize", ("voting", {"action": "close"}), ("focus", {"theme": of("theme_id")}), ("focus", {"theme": ""})),
    ("rationalize", ("new_factor", {"key": a_key, "theme": of("theme_id"), **A_FACTOR})),
    ("rationalize", ("new_strength", {"key": a_key, "theme": of("theme_id"), **A_STRENGTH})),
    ("rationalize", ("new_question", {"key": a_key, **A_QUESTION})),
    ("rationalize", ("edit_question", {"key": of("question_id"), **A_QUESTION})),
    ("realign", ("edit_factor", {"key": of("factor_id"), "is_calculated_risk": "yes", **A_FACTOR})),
    ("realign", ("accept_factor", {"because": "It is rare.", "version": "1"}), ("accept_factor", {"because": "", "version": "2"})),
    ("realign", ("edit_strength", {"key": of("strength_id"), "answer": "keep", **A_STRENGTH})),
    ("realign", ("new_factor", {"key": a_key, **A_FACTOR}), ("remove_factor", {})),
    ("realign", ("dates", {"soak_until": DAY, "follow_up_at": "2026-12-10T10:00", "version": "1"})),
    ("follow_through", ("answer_question", {"answer": "Since March.", "version": "1"})),
)  # fmt: skip
# Not of the room: who is in the team, and what it is called, is told at the room's next change.
ELSEWHERE = ("teams:", "accounts:", "follow_through:", "insights:", "theme")
# Nobody's form is swapped under their hands; what it says is judged when it is sent. Toasts are for whoever clicked.
PERSONAL = re.compile(r"<form\b.*?</form>|(?<=data-seen=\")\d+", re.DOTALL)


@pytest.fixture(autouse=True)
def a_quiet_day() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with time_machine.travel(AT, tick=False):
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is published, as the web process draws it."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(live, "draw", stream.draw)
    monkeypatch.setattr(live, "publish", lambda _channel, message: messages.append(message))
    return messages


@pytest.mark.parametrize("phase", sorted(ON_THE_BOARD))
def test_a_page_that_listens_is_the_page_loaded_afresh(
    phase: str, people: dict[str, User], told: list[dict[str, Any]]
) -> None:
    world = World.build(phase, people)
    done, wrong = set(), {}
    before = room(world)
    known = list(forms_of_the_table(world))
    for story in [*known, *more_stories(world)]:
        told.clear()
        point = transaction.savepoint()
        for name, data in story:
            caches["board"].clear()
            if act(world, name, data):
                done.add(name)
            elif story in known:
                break
            else:
                wrong[name] = f"was not taken: {data}"
            caches["board"].clear()
            events = [one for message in told for one in message["events"]]
            if "room" not in dict(events) and (lines := difference(applied(before, events), room(world))):
                wrong[name] = "\n".join(lines)
        transaction.savepoint_rollback(point)
    if wrong:
        pytest.fail("\n\n".join(f"{name}\n{what}" for name, what in wrong.items()), pytrace=False)
    assert len(done) > 5


Story = list[tuple[str, dict[str, Any]]]


def forms_of_the_table(world: World) -> Iterator[Story]:
    """Each that it knows, also in a phase other than that of its line: whether it is taken shows."""
    for name, row in TABLE.items():
        if row.post is not None and not name.startswith(ELSEWHERE):
            with suppress(KeyError):
                yield [(name, row.data(world))]


def more_stories(world: World) -> Iterator[Story]:
    for phase, *steps in MORE:
        if phase == world.phase:
            yield [(f"debriefs:{name}", fields(**data)(world)) for name, data in steps]


def taken(name: str) -> list[str]:
    """Who of the room may send it."""
    return [person for person in ("bob", "alice") if (TABLE[name].post or {}).get(person, 404) not in (403, 404)]


def act(world: World, name: str, data: dict[str, Any]) -> bool:
    try:
        url = reverse(name, kwargs=TABLE[name].kwargs(world))
    except (KeyError, NoReverseMatch):
        return False
    client = world.clients[(taken(name) or ["alice"])[0]]
    client.raise_request_exception = False
    with TestCase.captureOnCommitCallbacks(execute=True):
        response = client.post(url, {"sent": "yes", **data})
    return response.status_code < 400 and not response.get("Location", "").startswith("/accounts/login/")


def room(world: World) -> str:
    """The page as somebody sees it who does nothing."""
    watcher = Client()
    watcher.force_login(world.people["dana"])
    debrief = Debrief.objects.get(pk=world.ids["debrief_id"])
    response = watcher.get(f"/debriefs/{debrief.pk}/")
    if response.status_code != 200:
        return ""  # whoever is put out of the room sees nothing of it
    page = response.content.decode()
    return PERSONAL.sub("", page[page.index("<main") : page.index("</main>")])


def applied(page: str, events: list[tuple[str, str]]) -> str:
    """As `put` in static/js/live.js."""
    for _key, event in events:
        head, _, rest = event.partition("\n")
        name = head.removeprefix("event: ")
        html = "\n".join(line.removeprefix("data: ") for line in rest.rstrip("\n").split("\n"))
        for fragment in top_level(html):
            found = re.search(r'id="([^"]+)"', fragment[: fragment.index(">")])
            place = found and element(page, found[1])
            if place:
                page = page[: place[0]] + fragment + page[place[1] :]
            elif fragment.startswith("<li") and (home := element(page, name)):
                end = page.rindex("</", home[0], home[1])
                page = page[:end] + fragment + page[end:]
    return page


def element(page: str, element_id: str) -> tuple[int, int] | None:
    """Where the element with this id begins and ends."""
    found = re.search(rf'<(\w+)[^<>]*\sid="{re.escape(element_id)}"', page)
    return (found.start(), end_of(page, found.start(), found[1])) if found else None


def end_of(page: str, start: int, tag: str) -> int:
    depth = 0
    for one in re.finditer(rf"<(/?){tag}\b", page[start:]):
        depth += -1 if one[1] else 1
        if depth == 0:
            return page.index(">", start + one.start()) + 1
    raise AssertionError(f"<{tag}> has no end: {page[start : start + 80]}")


def top_level(html: str) -> Iterator[str]:
    at = 0
    while found := re.compile(r"<(\w+)").search(html, at):
        at = end_of(html, found.start(), found[1])
        yield html[found.start() : at]


def difference(listened: str, after: str) -> list[str]:
    lines = [[line.strip() for line in page.split("\n") if line.strip()] for page in (listened, after)]
    return [line[:300] for line in difflib.unified_diff(*lines, "listened", "loaded afresh", lineterm="", n=0)][:12]


def test_the_comparison_sees_what_was_not_told(
    people: dict[str, User], told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a verb that forgets to say that the themes changed is caught."""
    say: Callable[..., None] = Debrief._changed

    def forgets(debrief: Debrief, *regions: str, **also: bool) -> None:
        say(debrief, *("forgotten" if region == "themes" else region for region in regions), **also)

    monkeypatch.setattr(Debrief, "_changed", forgets)
    world = World.build("recognize", people)
    before = room(world)
    assert act(world, "debriefs:add_theme", TABLE["debriefs:add_theme"].data(world))
    caches["board"].clear()
    events = [one for message in told for one in message["events"]]
    assert any("theme" in line for line in difference(applied(before, events), room(world)))
