"""One meeting in three browsers, in two web processes: what one does, the others have, and nobody loses a word.

The leader and Dana act, Bob types. After every kind of change each page equals the page loaded afresh.
"""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg import sql

from apps.debriefs.board import REGIONS
from tests.journeys.stage import ROOT
from tests.live.house import House, until

TYPED = "What I am typing stays mi"
DAY = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day to come will do

# Presses a form of the room as a browser does; what it holds already is sent along.
SEND = """async ([path, said]) => {
  const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html");
  const form = page.querySelector(`main form[method=post]`);
  const data = new URLSearchParams(form ? new FormData(form) : []);
  for (const [name, value] of Object.entries(said)) data.set(name, value);
  const answer = await fetch(path, { method: "POST", body: data, redirect: "manual" });
  return answer.type === "opaqueredirect" ? 302 : answer.status;
}"""
POST = """async ([path, said]) => {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(said), redirect: "manual" });
  return answer.type === "opaqueredirect" ? 302 : answer.status;
}"""
# Where the page differs from itself loaded afresh: the ids of shared elements, and both texts of the first.
DIFFERS = """async (ids) => {
  const fresh = new DOMParser().parseFromString(await (await fetch(location.pathname, { cache: "no-store" })).text(), "text/html");
  const plain = (element) => {
    const copy = element.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      one.classList.remove("new", "over");
      if (!one.className) one.removeAttribute("class");
      one.removeAttribute("open");
      if (one.dataset.ends || one.dataset.since) one.textContent = "";
    }
    return copy.outerHTML.replace(/\\s+/g, " ");
  };
  const pairs = ids.map((id) => [id, document.getElementById(id), fresh.getElementById(id)]);
  return pairs.filter(([, here, there]) => (here ? plain(here) : "") !== (there ? plain(there) : ""))
    .map(([id, here, there]) => [id, here && plain(here), there && plain(there)]);
}"""


class Room:
    """Alice leads and Bob types, in one web process; Dana sits at another one."""

    def __init__(self, house: House, chromium: Browser, said: dict[str, Any]) -> None:
        self.house, self.path = house, f"/debriefs/{said['debriefs'].pop()}/"
        self.first, second = sorted(house.webs)
        self.faults: list[str] = []
        self.pages: dict[str, Page] = {}
        for name, port in (("alice", self.first), ("bob", self.first), ("dana", second)):
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(15_000)
            context.add_cookies(
                [{"name": "sessionid", "value": said["sessions"][name], "url": f"http://127.0.0.1:{port}"}]
            )
            page = self.pages[name] = context.new_page()
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            page.on("console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None)
            page.goto(f"http://127.0.0.1:{port}{self.path}")
        self.alice, self.bob, self.dana = self.pages.values()

    def send(self, who: Page, path: str, **said: str) -> None:
        """The form of a page."""
        assert who.evaluate(SEND, [self.path + path, said]) == 302, (path, said)

    def post(self, who: Page, path: str, **said: str) -> None:
        """A button."""
        assert who.evaluate(POST, [self.path + path, said]) == 302, (path, said)

    def is_as_fresh(self, after: str) -> None:
        for name, page in self.pages.items():
            until(lambda page=page: not page.evaluate(DIFFERS, list(REGIONS)), what=lambda name=name, page=page: (  # type: ignore[misc]
                f"after {after} {name}'s page differs: {page.evaluate(DIFFERS, list(REGIONS))}"
            ))  # fmt: skip

    def ids(self, selector: str) -> list[str]:
        """The last part of each one's address, in the order of Alice's page."""
        links = self.alice.locator(selector).evaluate_all("all => all.map((one) => one.getAttribute('href'))")
        return [link.rstrip("/").split("/")[-1] for link in links]

    def cards(self, page: Page) -> list[str]:
        found: list[str] = page.locator("#board li.card").evaluate_all("all => all.map((one) => one.id)")
        return found

    def still_types(self) -> None:
        box = self.bob.locator("#tray textarea[name=text]").first
        expect(box).to_have_value(TYPED)
        expect(box).to_be_focused()

    def is_phase(self, page: Page, name: str) -> None:
        expect(page.locator(".stepper [aria-current=step]")).to_contain_text(name)

    def is_live(self) -> None:
        for page in self.pages.values():
            expect(page.locator("#live[data-state=live]")).to_be_attached()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database = f"test_realign_{os.getpid()}_room"
    names = sql.Identifier(database), sql.Identifier(os.environ["TEST_TEMPLATE"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        house = House(tmp_path_factory.mktemp("house"), database)
        house.start_web()
        yield house
        house.close()
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


@pytest.fixture(scope="module")
def rooms(house: House) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.journeys.a_room"]
    done = subprocess.run(command, env=house.environment(house.port), cwd=ROOT, check=True, capture_output=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture
def room(house: House, rooms: dict[str, Any], chromium: Browser) -> Iterator[Room]:
    expect.set_options(timeout=15_000)
    room = Room(house, chromium, rooms)
    yield room
    expect.set_options(timeout=5_000)
    for page in room.pages.values():
        page.context.close()


def test_one_meeting_in_three_browsers(room: Room) -> None:
    room.is_live()
    types(room)
    recognizes(room)
    loses_the_web_process(room)
    loses_redis(room)
    moves_on(room)
    rationalizes(room)
    realigns(room)
    assert room.faults == []


def types(room: Room) -> None:
    box = room.bob.locator("#tray textarea[name=text]").first
    box.press_sequentially(TYPED)
    room.bob.evaluate("window.stillTheSamePage = true")


def recognizes(room: Room) -> None:
    alice, dana = room.alice, room.dana
    expect(room.bob.locator("#presence")).to_contain_text("3 here")

    alice.locator("#tray textarea[name=text]").first.fill("Nobody owned the list.")
    alice.get_by_role("button", name="Add to the board").click()
    expect(room.bob.locator("#board")).to_contain_text("Nobody owned the list.")
    expect(room.bob.locator("#live-said")).to_have_text("A new card")
    room.is_as_fresh("a card")
    room.still_types()

    dana.get_by_label("Name a new theme").fill("Who is asked")
    dana.locator("#theme-form button").click()
    expect(room.bob.locator("#themes")).to_contain_text("Who is asked")
    expect(room.bob.locator("#live-said")).to_have_text("Changed: Themes")
    room.is_as_fresh("a theme")

    one, two, *_ = [card.removeprefix("card-") for card in room.cards(alice)]
    room.post(dana, f"cards/{one}/move/", new="Who may say stop")
    room.is_as_fresh("a card that moved to a new theme")
    first, second = room.ids("#themes .theme h3 a")
    room.post(alice, f"cards/{two}/move/", theme=first)
    room.is_as_fresh("a card that moved")
    room.send(dana, f"themes/{first}/", name="Who is asked first")
    expect(room.bob.locator("#board")).to_contain_text("Who is asked first")
    room.is_as_fresh("a theme that got another name")
    room.post(alice, f"themes/{second}/merge/", into=first)
    room.is_as_fresh("two themes that became one")
    room.post(dana, f"themes/{first}/remove/")
    expect(room.bob.locator("#themes .theme")).to_have_count(0)
    room.is_as_fresh("a theme that went")

    for text, at in (("The page stood still.", "10:02"), ("Somebody rang.", "10:20")):
        room.post(dana, "timeline/add/", key=key(text), happened_at=f"2026-11-05T{at}", text=text, source="The log")
    room.is_as_fresh("two timeline entries")
    entry, other = room.ids("#timeline a")
    room.send(alice, f"timeline/{entry}/", text="The page stood quite still.")
    room.is_as_fresh("an entry that changed")
    room.post(dana, f"timeline/{other}/remove/")
    room.is_as_fresh("an entry that went")

    room.post(dana, "parking/add/", key=key("park"), text="Count single letters.")
    room.is_as_fresh("a parked idea")
    room.send(alice, "setup/", title="The payment page stood still for an hour")
    expect(room.bob.locator("h1")).to_contain_text("for an hour")
    room.is_as_fresh("another title")
    room.post(dana, "hand/", up="1")
    expect(room.bob.locator("#hands")).to_contain_text("Dana")
    room.post(alice, "timer/", action="start", minutes="5")
    expect(room.bob.locator("#timer")).to_be_visible()
    room.is_as_fresh("a hand and a timer")
    room.still_types()


def loses_the_web_process(room: Room) -> None:
    """Of two of the three, while the third goes on through the other one."""
    before = room.cards(room.alice)
    room.house.webs[room.first].end(signal.SIGKILL)
    for page in (room.alice, room.bob):
        expect(page.locator("#live [data-when=lost]")).to_be_visible()
    expect(room.dana.locator("#live [data-when=lost]")).to_be_hidden()
    for n in range(3):
        writes(room, room.dana, f"Meanwhile {n}")
    room.house.start_web(room.first)
    for page in (room.alice, room.bob):
        expect(page.locator("#live [data-when=lost]")).to_be_hidden()
        expect(page.locator("#board")).to_contain_text("Meanwhile 2")
    room.is_as_fresh("the web process was killed")
    nothing_is_lost_or_doubled(room, len(before) + 3)


def loses_redis(room: Room) -> None:
    before = room.cards(room.alice)
    room.house.redis.end(signal.SIGKILL)
    writes(room, room.dana, "Without Redis")
    writes(room, room.alice, "Without it as well")
    for page in room.pages.values():
        for words in ("Without Redis", "Without it as well"):
            expect(page.locator("#board")).to_contain_text(words)
    room.house.start_redis()
    writes(room, room.alice, "And with it again")
    for page in room.pages.values():
        expect(page.locator("#board")).to_contain_text("And with it again")
        expect(page.locator("#live [data-when=lost]")).to_be_hidden()
    room.is_as_fresh("Redis was killed")
    nothing_is_lost_or_doubled(room, len(before) + 3)


def writes(room: Room, page: Page, words: str) -> None:
    prompt = page.locator("#tray form [name=prompt]").first.evaluate(
        "field => field.value || field.form.elements.prompt.value"
    )
    room.post(page, "write/", key=key(words), new_key=key(words + " too"), prompt=prompt, text=words)


def nothing_is_lost_or_doubled(room: Room, count: int) -> None:
    for page in room.pages.values():
        cards = room.cards(page)
        assert (len(cards), len(set(cards))) == (count, count)
    assert room.bob.evaluate("window.stillTheSamePage")
    room.still_types()


def moves_on(room: Room) -> None:
    """Nobody is taken away from what they are typing; the others go along."""
    for name in ("Certificates", "How fast we spoke"):
        room.post(room.dana, "themes/add/", key=key(name), name=name)
    room.post(room.alice, "move/", to="rationalize", seen="recognize")
    room.is_phase(room.alice, "Rationalize")
    room.is_phase(room.dana, "Rationalize")
    expect(room.bob.locator("#live [data-when=moved]")).to_be_visible()
    room.still_types()
    room.is_phase(room.bob, "Recognize")
    room.bob.locator("#live [data-when=moved] a").click()
    room.is_phase(room.bob, "Rationalize")
    room.is_live()


def rationalizes(room: Room) -> None:
    alice, dana = room.alice, room.dana
    room.post(alice, "voting/", action="open")
    expect(room.bob.locator("#voted")).to_contain_text("0 of")
    room.is_as_fresh("the voting opened")
    [theme, *_] = room.alice.locator("#tray input[name=theme]").evaluate_all("all => all.map((one) => one.value)")
    for page, n in ((dana, 1), (alice, 2)):
        page.evaluate(POST, [room.path + "vote/", {"theme": theme, "direction": "plus"}])
        expect(room.bob.locator("#voted")).to_contain_text(f"{n} of")
        room.is_as_fresh("a vote")
    room.post(alice, "voting/", action="close")
    expect(room.bob.locator("#themes .theme").first).to_contain_text("2")
    room.is_as_fresh("the voting closed")
    room.post(alice, "focus/", theme=theme)
    room.is_as_fresh("a theme that is talked about")

    room.send(dana, "factors/new/", title="Two lists", kind="unspoken", theme=theme)
    expect(room.bob.locator("#factors")).to_contain_text("Two lists")
    room.is_as_fresh("a factor")
    room.send(dana, "strengths/new/", title="Somebody rang", why="They had the list.")
    room.is_as_fresh("a strength")
    owner = room.alice.evaluate("document.body.dataset.person")
    room.send(alice, "questions/new/", text="Since when?", owner=owner, due_on=DAY)
    expect(room.bob.locator("#questions")).to_contain_text("Since when?")
    room.is_as_fresh("an open question")


def realigns(room: Room) -> None:
    """Somebody reads with the keyboard while the others write: what is open stays open, and the focus where it was."""
    alice, dana = room.alice, room.dana
    room.post(alice, "move/", to="realign", seen="rationalize")
    for page in room.pages.values():
        room.is_phase(page, "Realign")
    room.is_live()
    link = room.bob.locator("#factors a").first
    link.focus()
    where = link.get_attribute("href")
    room.post(dana, "lessons/add/", key=key("lesson"), text="What nobody owns runs out.")
    room.is_as_fresh("a lesson")
    [factor] = alice.locator("#factors [id^=factor-]").evaluate_all("all => all.map((one) => one.id.slice(7))")
    room.send(dana, f"factors/{factor}/", title="Two lists, and nobody knew")
    expect(room.bob.locator("#factors")).to_contain_text("and nobody knew")
    assert room.bob.evaluate("document.activeElement.getAttribute('href')") == where
    people = [alice.evaluate("document.body.dataset.person"), dana.evaluate("document.body.dataset.person")]
    step = {"title": "Keep one list", "owner": people[0], "second": people[1], "due_on": DAY,
            "success_signal": "Three people name the same list."}  # fmt: skip
    assert dana.evaluate(SEND, [f"/steps{room.path}new/?factor={factor}".replace("debriefs", "debrief"), step]) == 302
    room.is_as_fresh("a step")
    expect(room.bob.locator("#factors")).to_contain_text("Keep one list")


def key(words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, words))


def test_a_hidden_tab_gives_its_stream_back(room: Room) -> None:
    room.is_live()
    hide = """is => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    expect(room.alice.locator("#presence")).to_contain_text("3 here")
    room.bob.evaluate(hide, True)
    expect(room.alice.locator("#presence")).to_contain_text("2 here")
    room.bob.evaluate("dispatchEvent(new Event('online'))")
    room.post(room.dana, "themes/add/", key=key("while hidden"), name="While hidden")
    expect(room.alice.locator("#themes")).to_contain_text("While hidden")
    expect(room.bob.locator("#themes")).not_to_contain_text("While hidden")
    expect(room.bob.locator("#live [data-when=lost]")).to_be_hidden()
    room.bob.evaluate(hide, False)
    expect(room.bob.locator("#themes")).to_contain_text("While hidden")
    room.is_as_fresh("a tab that came back")


def test_what_comes_while_a_card_is_in_the_hand_waits(room: Room) -> None:
    room.is_live()
    room.bob.evaluate("document.dispatchEvent(new Event('realign:hold'))")
    room.post(room.dana, "themes/add/", key=key("held"), name="Held back")
    expect(room.alice.locator("#themes")).to_contain_text("Held back")
    expect(room.bob.locator("#themes")).not_to_contain_text("Held back")
    room.bob.evaluate("document.dispatchEvent(new Event('realign:release'))")
    expect(room.bob.locator("#themes")).to_contain_text("Held back")
    room.is_as_fresh("a card that was put down")


def test_who_signs_out_elsewhere_is_told_so(room: Room) -> None:
    """In another tab, while something is typed here: the words stay."""
    room.is_live()
    types(room)
    assert room.bob.evaluate(POST, ["/accounts/logout/", {}]) == 302
    expect(room.bob.locator("#live [data-when=signed-out]")).to_be_visible()
    expect(room.bob.locator("#live [data-when=closed]")).to_be_hidden()
    expect(room.bob.locator("#tray textarea[name=text]").first).to_have_value(TYPED)
    room.post(room.dana, "themes/add/", key=key("after"), name="After that")
    expect(room.alice.locator("#themes")).to_contain_text("After that")
    expect(room.bob.locator("#themes")).not_to_contain_text("After that")
