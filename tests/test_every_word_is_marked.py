"""Every word on every page is marked for translation: in a made-up language nothing stays plain but people's own words."""

import re
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.urls import reverse

from apps.accounts.models import User
from tests.access_table import WORLDS, World
from tests.factories import AT
from tests.people import Clients
from tests.pseudo import CLOSE, OPEN, pseudo, speaking
from tests.test_access import ask, expected, undone

SAID_IN = ("aria-label", "title", "placeholder", "alt", "content")
NOT_WORDS = {"script", "style", "kbd", "code", "pre", "svg", "zone"}
# A name, a unit that is no word, an address, a time zone; and what htmx is told.
PLAIN = re.compile(
    r"Realign|https?://\S+|[\w.+-]+@[\w.-]+|\b[A-Z]\w+/[A-Z][\w/+-]+\b|\bUTC\b|\bkB\b|\bMB\b|\bMarkdown\b|\bCtrl\b|\bEnter\b"
)
WORD = re.compile(r"[A-Za-z]{2,}")


class Texts(HTMLParser):
    """What a reader, or a screen reader, is given to read."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.depth = 0  # of brackets: a sentence may hold elements, so it goes on over several texts
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag not in ("meta", "link", "input", "br", "hr", "img", "use", "path"):
            # A city, or a shorthand: the list of time zones comes as the world's database names them.
            is_zone = "/" in (named.get("value") or "") or (named.get("value") or "").isupper()
            self.inside.append("zone" if tag == "option" and is_zone else tag)
        self.texts += [value for name in SAID_IN if tag != "meta" and (value := named.get(name))]
        if named.get("id") in ("words", "live-said"):
            self.texts += [value or "" for name, value in attributes if name.startswith("data-")]

    def handle_endtag(self, tag: str) -> None:
        tag = "zone" if tag == "option" and self.inside[-1:] == ["zone"] else tag
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not NOT_WORDS & set(self.inside):
            self.texts.append(OPEN * self.depth + data)
        self.depth += data.count(OPEN) - data.count(CLOSE)


def outside(text: str) -> str:
    """What no bracket holds."""
    depth, kept = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        kept.append(letter if not depth and letter != CLOSE else " ")
    return "".join(kept)


def own_words() -> list[str]:
    """All that people or the test wrote down, the longest first."""
    found: set[str] = set()
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if not isinstance(field, models.ForeignKey)]
        for row in model._default_manager.values_list(*names):
            found.update(text for value in row for text in strings(value))
    people = User.objects.all()
    found.update(word for person in people for word in (person.initials, person.first_name))
    return sorted((one for one in found if WORD.search(one)), key=len, reverse=True)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value, *(line.strip() for line in value.splitlines())]
    if isinstance(value, list | tuple):
        return [text for one in value for text in strings(one)]
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    return []


def unmarked(html: str, own: list[str]) -> list[str]:
    reader = Texts()
    reader.feed(html)
    found = []
    for text in dict.fromkeys(one for one in reader.texts if WORD.search(one)):
        rest = PLAIN.sub(" ", outside(text))
        for words in own:
            if not WORD.search(rest):
                break
            rest = rest.replace(words, " ")
        if WORD.search(rest):
            found.append(" ".join(text.split())[:120])
    return found


def test_the_made_up_language_keeps_placeholders_and_brackets() -> None:
    said = pseudo("%(n)s cards for <b>you</b> &amp; me")
    assert said.startswith(OPEN)
    assert "%(n)s çåřðš" not in said
    assert all(kept in said for kept in ("%(n)s", "<b>", "</b>", "&amp;"))
    assert outside(f"a {said} b").split() == ["a", "b"]


def test_a_word_that_nobody_marked_is_found() -> None:
    assert unmarked(f"<p>{pseudo('Marked')}</p><p aria-label='Not marked'>Bob said</p>", ["Bob"]) == [
        "Not marked",
        "Bob said",
    ]
    assert unmarked("<p>Bob</p><script>var x = 'plain'</script>", ["Bob"]) == []


def look(found: dict[str, str], answer: Any, own: list[str], where: str) -> None:
    if "html" in answer.get("Content-Type", ""):
        for text in unmarked(answer.content.decode(), own):
            found.setdefault(text, where)


@pytest.mark.parametrize("phase", WORLDS)
def test_every_word_of_every_route_is_marked(db: None, people: dict[str, User], phase: str) -> None:
    found: dict[str, str] = {}
    with time_machine.travel(AT, tick=False):
        world = World.build(phase, people)
        own = own_words()
        with speaking():
            for name, row in world.rows():
                url = reverse(name, kwargs=row.kwargs(world))
                for who, method in product(("alice", "bob", "mia", "nobody"), ("get", "post")):
                    if expected(row, method).get(who) in (None, 302, 404, 405):
                        continue
                    with undone():  # an empty form says what is missing
                        look(found, ask(world.clients[who], method, url), own, f"{method} {name} {who}")
    assert found == {}


@pytest.mark.parametrize("anonymity", ["named", "choice", "anonymous"])
@pytest.mark.parametrize(
    "phase", ["draft", "prepare", "recognize", "rationalize", "realign", "follow_through", "learned"]
)
def test_every_word_of_the_room_is_marked(clients: Clients, debrief_in: Any, phase: str, anonymity: str) -> None:
    found: dict[str, str] = {}
    with time_machine.travel(AT, tick=False):
        debrief = debrief_in(phase, anonymity=anonymity, voting="open")
        own = own_words()
        with speaking():
            for who, path in product(
                ("alice", "bob", "mia"), ("", "tray/", "bar/", "summary/", "setup/", "closing/", "focus/")
            ):
                look(found, clients[who].get(f"/debriefs/{debrief.pk}/{path}"), own, f"{path} {who}")
    assert found == {}
