"""The hub by itself: a source without a database, and the Redis of the tests."""

import asyncio
import functools
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from apps import live
from apps.live import hub as hub_module
from apps.live.hub import Hub, Listener, Topic

ROOM = "room:1"


class Told:
    """What a source knows: a last number, what each number changed, who is welcome."""

    def __init__(self) -> None:
        self.changes: dict[int, list[tuple[str, str]]] = {}
        self.unnumbered: list[tuple[str, str]] = []
        self.unwelcome: set[Hashable] = set()
        self.asked_since: list[int] = []
        self.before_answering: Callable[[], Any] = lambda: None

    @property
    def last(self) -> int:
        return max(self.changes, default=0)

    def change(self, seq: int, *keys: str) -> list[tuple[str, str]]:
        self.changes[seq] = [(key, live.event(key, f"{key} at {seq}")) for key in keys]
        return self.changes[seq]

    def since(self, topic: str, seq: int) -> tuple[int, list[tuple[str, str]]]:
        self.asked_since.append(seq)
        answer = self.last, [one for n in sorted(self.changes) if n > seq for one in self.changes[n]]
        self.before_answering()
        return answer

    def numbers(self, topics: list[str]) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        return dict.fromkeys(topics, (self.last, self.unnumbered))

    def still_welcome(self, topic: str, passes: set[Hashable]) -> set[Hashable]:
        return passes - self.unwelcome

    def who_is_here(self, people: dict[int, str]) -> list[tuple[str, str]]:
        return [("presence", live.event("presence", ",".join(sorted(people.values()))))]


@asynccontextmanager
async def running(source: Told | None = None) -> AsyncIterator[Hub]:
    hub = Hub(source or Told())
    hub.start()
    await listens(hub)
    try:
        yield hub
    finally:
        for task in hub.tasks:
            task.cancel()
        await asyncio.gather(*hub.tasks, return_exceptions=True)
        await hub.redis.aclose()
        hub.threads.shutdown()


async def listens(hub: Hub) -> None:
    """Until it hears what is published."""
    probe = hub.topics["probe"] = Topic("probe", 0)
    while probe.seq == 0:
        live.publish(live.channel("probe"), {"first": 1, "last": 1, "events": [("probe", "")]})
        await asyncio.sleep(0.02)
    del hub.topics["probe"]


async def joined(hub: Hub, person: int = 1, name: str = "", *, seq: int = 0, seen: int | None = None) -> Listener:
    listener = Listener(ROOM, person, pass_=person, name=name)
    await hub.join(listener, seq=seq, seen=seq if seen is None else seen)
    return listener


def publish(first: int, events: list[tuple[str, str]], last: int | None = None) -> None:
    live.publish(live.channel(ROOM), {"first": first, "last": last or first, "events": events})


async def hears(listener: Listener, *, within: float = 2.0, quiet: float = 0.15) -> list[tuple[str, str, str]]:
    """(number, name, data) of all that arrives until nothing does for a moment."""
    chunks = b""
    end = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < end:
        try:
            async with asyncio.timeout(within if not chunks else quiet):
                await listener.woken.wait()
        except TimeoutError:
            break
        chunks += listener.take()
        if listener.over:
            break
    return parsed(chunks.decode())


def parsed(text: str) -> list[tuple[str, str, str]]:
    found = []
    for block in text.split("\n\n"):
        lines = [line.partition(":")[::2] for line in block.split("\n") if ":" in line]
        fields = {name: value.strip() for name, value in lines}
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"], fields.get("data", "")))
    return found


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(test(**fixtures))

    return pytest.mark.usefixtures("a_channel_of_its_own")(run)


@pytest.fixture
def a_channel_of_its_own(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.LIVE_CHANNEL_PREFIX = f"{settings.LIVE_CHANNEL_PREFIX}-{request.node.name}"


@pytest.fixture(autouse=True)
def a_net_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a test is about it: what arrives has come by itself."""
    monkeypatch.setattr(hub_module, "NET", 60.0)


# Changes


@on_a_loop
async def test_a_change_reaches_every_page_with_its_number() -> None:
    async with running() as hub:
        pages = [await joined(hub, person) for person in (1, 2, 3)]
        publish(1, [("themes", live.event("themes", "<p>one</p>"))])
        assert [await hears(page) for page in pages] == [[("1", "themes", "<p>one</p>")]] * 3


@on_a_loop
async def test_another_room_hears_nothing() -> None:
    async with running() as hub:
        elsewhere = Listener("room:11", 9, pass_=9)
        await hub.join(elsewhere, seq=0, seen=0)
        await joined(hub)
        publish(1, Told().change(1, "themes"))
        assert await hears(elsewhere, within=0.3) == []


@on_a_loop
async def test_changes_leave_in_the_order_of_their_numbers() -> None:
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        for n in (2, 3, 1):
            publish(n, source.change(n, f"k{n}"))
        assert [name for _, name, _ in await hears(page)] == ["k1", "k2", "k3"]
        assert source.asked_since == []  # the missing one came in time


@on_a_loop
async def test_one_that_never_comes_is_asked_for_after_a_moment() -> None:
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1, "lost")
        began = asyncio.get_running_loop().time()
        publish(2, source.change(2, "early"))
        heard = await hears(page, quiet=0.05)
        took = asyncio.get_running_loop().time() - began
        assert heard == [("", "lost", "lost at 1"), ("2", "early", "early at 2")]
        assert hub_module.OUT_OF_ORDER <= took < hub_module.OUT_OF_ORDER + 0.3
        assert source.asked_since == [0]


@on_a_loop
async def test_what_comes_while_it_asks_does_not_wait_for_the_net() -> None:
    """3 arrives while 1 and 2 are being read; it must follow them at once."""
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1, "lost")
        two = source.change(2, "early")

        def and_meanwhile() -> None:
            source.before_answering = lambda: None
            publish(3, source.change(3, "meanwhile"))
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result()

        loop, source.before_answering = asyncio.get_running_loop(), and_meanwhile
        publish(2, two)
        assert [name for _, name, _ in await hears(page)] == ["lost", "early", "meanwhile"]


@on_a_loop
async def test_the_same_change_told_twice_is_sent_once() -> None:
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        events = source.change(1, "themes")
        publish(1, events)
        publish(1, events)
        assert await hears(page) == [("1", "themes", "themes at 1")]


@on_a_loop
async def test_told_without_events_they_are_drawn_here() -> None:
    """A worker has no templates at hand: it only says that something is new."""
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1, "steps", "factors")
        publish(1, [])
        assert await hears(page) == [("", "steps", "steps at 1"), ("1", "factors", "factors at 1")]


@on_a_loop
async def test_a_change_nobody_sees_still_counts() -> None:
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1)
        publish(1, [])
        assert await hears(page) == [("1", "seen", "")]


@on_a_loop
async def test_without_redis_the_net_carries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "NET", 0.1)
    source = Told()
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1, "themes")
        assert await hears(page) == [("1", "themes", "themes at 1")]


@on_a_loop
async def test_a_source_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(hub_module, "NET", 0.1)
    source = Told()
    failures = iter((OSError("the database is away"), ValueError("a template is broken")))

    def fail_twice() -> None:
        for failure in failures:
            raise failure

    source.before_answering = fail_twice
    async with running(source) as hub:
        page = await joined(hub)
        source.change(1, "themes")
        assert await hears(page) == [("1", "themes", "themes at 1")]
        assert source.asked_since == [0, 0, 0]


# Joining


@on_a_loop
async def test_a_page_that_was_away_is_told_what_it_missed() -> None:
    source = Told()
    for n in (1, 2, 3):
        source.change(n, f"k{n}")
    async with running(source) as hub:
        page = await joined(hub, seq=3, seen=1)
        assert await hears(page) == [("", "k2", "k2 at 2"), ("3", "k3", "k3 at 3")]
        assert await hears(await joined(hub, 2, seq=3), within=0.2) == []


@on_a_loop
async def test_what_is_sent_while_it_learns_stands_over_what_it_learns() -> None:
    """A page asks from 0; while 1 is being read for it, 2 redraws the same fragment."""
    source = Told()
    source.change(1, "themes")
    async with running(source) as hub:
        await joined(hub, 1, seq=1)

        def and_meanwhile() -> None:
            source.before_answering = lambda: None
            publish(2, source.change(2, "themes"))
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result()

        loop, source.before_answering = asyncio.get_running_loop(), and_meanwhile
        page = await joined(hub, 2, seq=1, seen=0)
        assert await hears(page) == [("1", "themes", "themes at 1"), ("2", "themes", "themes at 2")]


@on_a_loop
async def test_what_it_has_learned_is_not_sent_again() -> None:
    source = Told()
    source.change(1, "themes")
    async with running(source) as hub:
        await joined(hub, 1, seq=1)
        events = source.change(2, "themes")  # read with the rest, and published at the same moment

        def and_meanwhile() -> None:
            publish(2, events)
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result()

        loop, source.before_answering = asyncio.get_running_loop(), and_meanwhile
        page = await joined(hub, 2, seq=1, seen=0)
        assert [number for number, _, _ in await hears(page)] == ["", "2"]


@on_a_loop
async def test_a_page_that_knows_more_than_this_process_is_told_only_the_rest() -> None:
    """It came from another one; this one still has to catch up, and does so with what came after."""
    source = Told()
    async with running(source) as hub:
        behind = await joined(hub, 1)
        source.change(1, "one")
        page = await joined(hub, 2, seq=1, seen=0)
        assert await hears(page) == [("1", "one", "one at 1")]
        source.change(2, "two")
        publish(2, [])
        assert [name for _, name, _ in await hears(behind)] == ["one", "two"]
        assert await hears(page) == [("2", "two", "two at 2")]


# Many changes at once


def storm(hub: Hub, changes: list[tuple[str, str]]) -> None:
    """As `_changed` would get them between two frames."""
    topic = hub.topics[ROOM]
    for seq, (key, one) in enumerate(changes, start=topic.seq + 1):
        hub._changed(topic, {"first": seq, "last": seq, "events": [(key, one)]})


@on_a_loop
async def test_what_leaves_together_holds_each_fragment_once_in_its_last_state() -> None:
    async with running() as hub:
        page = await joined(hub)
        storm(hub, [(key, live.event(key, f"{n}")) for n, key in enumerate(["a", "b", "a", "c", "b", "a"], start=1)])
        assert await hears(page) == [("", "c", "4"), ("", "b", "5"), ("6", "a", "6")]


@on_a_loop
async def test_a_list_grows_in_the_order_in_which_things_were_written() -> None:
    """Two cards are added, and the first of them changes before the frame leaves."""
    async with running() as hub:
        page = await joined(hub)
        cards = [("card-1", "one"), ("card-2", "two"), ("card-1", "one, moved")]
        storm(hub, [(key, live.event("cards-9", words)) for key, words in cards])
        heard = await hears(page)
        assert heard == [("", "cards-9", "one"), ("", "cards-9", "two"), ("3", "cards-9", "one, moved")]


@on_a_loop
async def test_the_number_stands_on_the_last_event_only() -> None:
    """Half of a frame may be lost with the line; then all of it comes again."""
    async with running() as hub:
        page = await joined(hub)
        storm(hub, [(key, live.event(key, key)) for key in "abcd"])
        assert [number for number, _, _ in await hears(page)] == ["", "", "", "4"]


@on_a_loop
async def test_the_first_change_goes_at_once_and_a_storm_shares_frames() -> None:
    async with running() as hub:
        pages = [await joined(hub, person) for person in range(200)]
        frames = []
        for n in range(1, 61):
            storm(hub, [("a", live.event("a", f"{n}"))])
            await asyncio.sleep(0.003)
            if pages[7].woken.is_set():
                frames.append(pages[7].take())
        await asyncio.sleep(0.1)
        frames.append(pages[7].take())
        assert frames[0] == b"id: 1\nevent: a\ndata: 1\n\n"
        assert len(frames) < 40
        assert [frame for frame in frames if frame][-1] == b"id: 60\nevent: a\ndata: 60\n\n"


@on_a_loop
async def test_who_reads_too_slowly_is_let_go_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "TOO_SLOW", 5_000)
    async with running() as hub:
        slow, quick = await joined(hub, 1), await joined(hub, 2)
        heard = []
        for n in range(1, 21):
            storm(hub, [("board", live.event("board", "x" * 1000))])
            await asyncio.sleep(0.005)
            heard += parsed(quick.take().decode())
            assert slow.size < 7_000
            assert n < 8 or slow.over
        assert (slow.over, quick.over, heard[-1][0]) == (True, False, "20")
        left = parsed(slow.take().decode())
        assert [number for number, _, _ in left] == ["1", "2", "3", "4", "5"]  # whole, up to a number to come back with


# What has no number


@on_a_loop
async def test_what_has_no_number_is_told_when_it_changes_and_to_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "NET", 0.05)
    source = Told()
    source.unnumbered = [("ready", live.event("ready", "1 of 5"))]
    async with running(source) as hub:
        page = await joined(hub)
        assert await hears(page, quiet=0.3) == [("", "ready", "1 of 5")]  # looked at six times, said once
        source.unnumbered = [("ready", live.event("ready", "2 of 5"))]
        assert await hears(page) == [("", "ready", "2 of 5")]
        assert await hears(await joined(hub, 2)) == [("", "ready", "2 of 5")]


# Rights


@on_a_loop
async def test_who_is_no_longer_welcome_is_told_so_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "RIGHTS", 0.05)
    source = Told()
    async with running(source) as hub:
        stays, goes = await joined(hub, 1), await joined(hub, 2)
        source.unwelcome = {2}
        assert await hears(goes) == [("", "over", "")]
        assert (goes.over, stays.over) == (True, False)
        storm(hub, [("board", live.event("board", "later"))])
        assert await hears(stays) == [("1", "board", "later")]
        assert goes.take() == b""


# Who is here


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "COMING_AND_GOING", 0.03)
    monkeypatch.setattr(hub_module, "LEAVING", 0.3)
    monkeypatch.setattr(hub_module, "HERE_AGAIN", 0.2)
    monkeypatch.setattr(hub_module, "GONE_AFTER", 0.7)


async def sees(listener: Listener, names: str, within: float = 2.0) -> float:
    """How long until the page shows exactly these people."""
    loop = asyncio.get_running_loop()
    began, last = loop.time(), None
    while loop.time() < began + within:
        for _, name, data in parsed(listener.take().decode()):
            last = data if name == "presence" else last
        if last == names:
            return loop.time() - began
        await asyncio.sleep(0.01)
    raise AssertionError(f"shows {last!r} and not {names!r}")


@on_a_loop
async def test_who_comes_is_shown_and_who_goes_not_at_once(soon: None) -> None:
    async with running() as hub:
        alice = await joined(hub, 1, "Alice")
        bob = await joined(hub, 2, "Bob")
        await sees(alice, "Alice,Bob")
        await sees(bob, "Alice,Bob")
        hub.leave(bob)
        again = await joined(hub, 2, "Bob")  # the page was loaded afresh
        await asyncio.sleep(0.45)
        assert parsed(alice.take().decode()) == []
        hub.leave(again)
        assert await sees(alice, "Alice") >= 0.25


@on_a_loop
async def test_two_tabs_are_one_person(soon: None) -> None:
    async with running() as hub:
        alice = await joined(hub, 1, "Alice")
        tabs = [await joined(hub, 2, "Bob") for _ in range(2)]
        await sees(alice, "Alice,Bob")
        hub.leave(tabs[0])
        await asyncio.sleep(0.45)
        assert parsed(alice.take().decode()) == []


@on_a_loop
async def test_many_who_come_together_are_said_once(soon: None) -> None:
    async with running() as hub:
        first = await joined(hub, 0, "P000")
        await sees(first, "P000")
        for person in range(1, 100):
            await joined(hub, person, f"P{person:03}")
        await asyncio.sleep(0.2)
        assert len(parsed(first.take().decode())) == 1


@on_a_loop
async def test_whoever_has_no_name_is_not_shown(soon: None) -> None:
    async with running() as hub:
        alone = await joined(hub, 1)
        await joined(hub, 2)
        assert await hears(alone, within=0.3) == []
        assert hub.topics[ROOM].everyone_here() == {}


@on_a_loop
async def test_two_processes_show_the_same_people(soon: None) -> None:
    async with running() as one, running() as other:
        alice, bob = await joined(one, 1, "Alice"), await joined(other, 2, "Bob")
        await sees(alice, "Alice,Bob")
        await sees(bob, "Alice,Bob")
        other.leave(bob)
        await sees(alice, "Alice")


@on_a_loop
async def test_a_process_that_died_takes_its_people_along_after_a_while(soon: None) -> None:
    async with running() as one:
        async with running() as other:
            alice = await joined(one, 1, "Alice")
            await joined(other, 2, "Bob")
            await sees(alice, "Alice,Bob")
            await asyncio.sleep(1.0)  # as long as it lives it repeats itself
            assert parsed(alice.take().decode()) == []
        assert 0.3 < await sees(alice, "Alice") < 1.2


@on_a_loop
async def test_a_room_that_everybody_left_is_forgotten(soon: None) -> None:
    async with running() as hub:
        alice = await joined(hub, 1, "Alice")
        hub.leave(alice)
        await asyncio.sleep(0.1)
        assert set(hub.topics) == {ROOM}  # she may be back in a moment
        await asyncio.sleep(0.4)
        assert hub.topics == {}


# Limits, and the end


@on_a_loop
async def test_the_oldest_of_too_many_pages_of_one_person_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "TABS", 3)
    async with running() as hub:
        other = await joined(hub, 2)
        tabs = [await joined(hub, 1) for _ in range(5)]
        assert [tab.over for tab in tabs] == [True, True, False, False, False]
        assert other.over is False


@on_a_loop
async def test_at_the_end_every_page_is_told_when_to_come_back() -> None:
    async with running() as hub:
        pages = [await joined(hub, person) for person in range(20)]
        hub.close()
        said = [page.take().decode() for page in pages]
        pauses = [int(line.removeprefix("retry: ").strip()) for line in said]
        assert all(page.over for page in pages)
        assert all(300 <= pause < 1800 for pause in pauses) and len(set(pauses)) > 5
        late = await joined(hub, 99)
        assert late.over


# Redis


class Proxy:
    """Stands before Redis; told to be deaf it keeps the lines it has and carries nothing on them."""

    def __init__(self) -> None:
        self.lines: list[asyncio.Task[None]] = []
        self.writers: list[asyncio.StreamWriter] = []
        parts = urlsplit(settings.REDIS_URL)
        self.redis = (parts.hostname, parts.port)

    async def __aenter__(self) -> "Proxy":
        self.server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.url = settings.REDIS_URL.replace(f":{self.redis[1]}", f":{port}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.be_deaf()
        for writer in self.writers:
            writer.close()
        self.server.close()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection(*self.redis)
        self.writers += [writer, to_redis]
        for source, target in ((reader, to_redis), (from_redis, writer)):
            self.lines.append(asyncio.create_task(self.carry(source, target)))

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while words := await source.read(65536):
            target.write(words)

    def be_deaf(self) -> None:
        for line in self.lines:
            line.cancel()
        self.lines.clear()


@on_a_loop
async def test_a_line_that_was_cut_without_a_word_is_noticed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """As a firewall cuts it that forgot the connection: no end of it ever arrives."""
    monkeypatch.setattr(hub_module, "SILENCE", 0.2)
    async with Proxy() as proxy:
        settings.REDIS_URL = proxy.url
        async with running() as hub:
            page = await joined(hub)
            await asyncio.sleep(0.7)  # silence alone is no reason
            lines = list(proxy.lines)
            publish(1, Told().change(1, "through"))
            assert await hears(page) == [("1", "through", "through at 1")]
            assert proxy.lines == lines
            proxy.be_deaf()
            await asyncio.sleep(1.5)
            publish(2, Told().change(2, "again"))
            assert await hears(page) == [("2", "again", "again at 2")]


def test_a_redis_that_hangs_costs_one_short_wait_and_not_one_a_change(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        settings.REDIS_URL = f"redis://127.0.0.1:{hangs.getsockname()[1]}/0"
        monkeypatch.setattr(live, "_client", None)
        monkeypatch.setattr(live, "_away_until", 0.0)
        waits = []
        for n in range(20):
            began = time.monotonic()
            publish(n, [])
            waits.append(time.monotonic() - began)
        assert waits[0] < 0.4
        assert sum(waits[1:]) < 0.05


# The wire


def test_an_event_is_framed_as_the_standard_says() -> None:
    assert live.event("themes", "<p>\n</p>", seq=7) == "id: 7\nevent: themes\ndata: <p>\ndata: </p>\n\n"
    assert live.event("steps", "") == "event: steps\ndata: \n\n"
