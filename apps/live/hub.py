"""One hub a process: it hears Redis once, and hands each change to every page that is open here.

Nothing in here touches the database on the event loop; what has to be read is read by the `Source`, in a thread that
gives its connection back at once. So two hundred open pages hold none.
"""

import asyncio
import json
import logging
import random
import secrets
import time
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import redis.asyncio
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError

from apps.live import channel, event

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Numbered = tuple[int, int, str, str]  # first and last number of the changes it came with, key, event

NET = 1.0  # seconds between two looks at the numbers: the net under a Redis that is away
RIGHTS = 4.0  # seconds between two looks at who may still listen
OUT_OF_ORDER = 0.1  # how long a change waits for the one before it
HERE_AGAIN = 5.0  # how often a process repeats who is here
GONE_AFTER = 12.0  # a process that has not repeated it by then is gone
COMING_AND_GOING = 0.15  # seconds; arrivals within them travel together
LEAVING = 2.0  # seconds; whoever reloads the page has not left
TOO_SLOW = 1_000_000  # bytes that wait for one page; then it has to come back and ask
THREADS = 3  # that ask the source; each needs a connection of the pool for a moment
TABS = 12  # open pages of one person on one topic
SILENCE = 10.0  # seconds without a word from Redis; then it is asked whether it is still there


@dataclass(eq=False)
class Listener:
    """One open page."""

    topic: str
    person: int
    # What must still be true for this page to stay open; the source knows how to tell.
    pass_: Hashable
    name: str = ""
    opened_at: float = field(default_factory=time.monotonic)
    waiting: list[bytes] = field(default_factory=list)
    seq: int = 0  # the last number it was given
    # What is sent while it still learns what it missed.
    meanwhile: "list[Numbered] | None" = None
    size: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def hand(self, chunk: bytes) -> None:
        if not chunk or self.over:
            return None
        if self.size > TOO_SLOW:
            return self.end()
        self.waiting.append(chunk)
        self.size += len(chunk)
        self.woken.set()
        return None

    def end(self, last_word: bytes = b"") -> None:
        if last_word and not self.over:
            self.waiting.append(last_word)
        self.over = True
        self.woken.set()

    def take(self) -> bytes:
        chunk, self.waiting, self.size = b"".join(self.waiting), [], 0
        self.woken.clear()
        return chunk


class Source(Protocol):
    """What the hub asks about topics. Called in threads; may use the database."""

    def since(self, topic: str, seq: int) -> tuple[int, list[tuple[str, str]]]:
        """The last number, and what changed after `seq`, as (key, event)."""

    def numbers(self, topics: list[str]) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        """Each topic's last number, and what is true of it now without having a number."""

    def still_welcome(self, topic: str, passes: set[Hashable]) -> set[Hashable]: ...

    def who_is_here(self, people: dict[int, str]) -> list[tuple[str, str]]:
        """The (key, event) that shows these people (number → name) as present. Pure: called on the event loop."""


@dataclass
class Topic:
    name: str
    seq: int
    listeners: set[Listener] = field(default_factory=set)
    # Changes that came before the one they follow.
    early: dict[int, dict[str, Any]] = field(default_factory=dict)
    to_send: "list[Numbered]" = field(default_factory=list)
    flushing: asyncio.TimerHandle | None = None
    flushed_at: float = 0.0
    catching_up: bool = False
    # What is true now and has no number: key → event.
    unnumbered: dict[str, str] = field(default_factory=dict)
    # process → when it said so, and whom it has; person → until when a page that closed counts as here.
    elsewhere: dict[str, tuple[float, dict[int, str]]] = field(default_factory=dict)
    leaving: dict[int, tuple[float, str]] = field(default_factory=dict)
    counting: bool = False
    said: dict[int, str] = field(default_factory=dict)
    shown: dict[int, str] = field(default_factory=dict)

    def here(self) -> dict[int, str]:
        now = time.monotonic()
        left = {person: name for person, (until, name) in self.leaving.items() if until > now}
        return left | {one.person: one.name for one in self.listeners if one.name and not one.over}

    def everyone_here(self) -> dict[int, str]:
        oldest = time.monotonic() - GONE_AFTER
        people = self.here()
        for heard_at, others in self.elsewhere.values():
            if heard_at > oldest:
                people |= others
        return people


class Hub:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.topics: dict[str, Topic] = {}
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self.me = secrets.token_hex(4)
        self.tasks: set[asyncio.Task[None]] = set()
        # Makes no connection yet; the first one belongs to the loop that asks for it.
        self.redis = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        self.closing = False

    # Coming and going

    def start(self) -> None:
        """Begin to listen; call on the event loop, as often as you like."""
        if self.tasks:
            return
        for work in (self._hear, self._look, self._watch_rights, self._say_who_is_here):
            task = asyncio.get_running_loop().create_task(self._for_ever(work))
            self.tasks.add(task)

    async def _for_ever(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except (RedisError, OSError) as fault:
                log.warning("live.%s_interrupted: %s", work.__name__.strip("_"), type(fault).__name__)
            except Exception:
                log.exception("live.%s_failed", work.__name__.strip("_"))
            await asyncio.sleep(0.3 + random.random() * 0.4)  # noqa: S311

    async def ask(self, question: Callable[..., Answer], *args: Any) -> Answer:
        """Run it in one of the hub's threads; its database connection goes back to the pool before the answer."""

        def asked() -> Answer:
            try:
                return question(*args)
            finally:
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(self.threads, asked)

    async def join(self, listener: Listener, *, seq: int, seen: int) -> None:
        """Let this page hear from now on. `seq` is the topic's number as just read, `seen` the last the page has."""
        topic = self.topics.get(listener.topic)
        if topic is None:
            topic = self.topics[listener.topic] = Topic(listener.topic, seq)
        tabs = [one for one in topic.listeners if one.person == listener.person and not one.over]
        if len(tabs) >= TABS:
            min(tabs, key=lambda one: one.opened_at).end()
        topic.listeners.add(listener)
        if self.closing:
            listener.end()
        listener.seq = seen
        if seen < seq or seen != topic.seq:
            listener.meanwhile = []
            await self._learn(topic, listener)
        listener.hand(_chunk(topic.unnumbered.values()))
        if listener.name:
            listener.hand(self._presence(topic.shown or topic.everyone_here()))
            self._count_soon(topic)

    async def _learn(self, topic: Topic, listener: Listener) -> None:
        """What the page has missed; what is sent meanwhile waits, or the older would stand over the newer."""
        later: list[Numbered] = []
        try:
            while True:
                listener.seq, events = await self.ask(self.source.since, topic.name, listener.seq)
                listener.hand(_chunk([one for _key, one in events], listener.seq))
                later = [one for one in listener.meanwhile or () if one[1] > listener.seq]
                if not later or later[0][0] > listener.seq:
                    break
        except Exception:
            log.exception("live.learning_failed topic=%s", topic.name)
            listener.end()  # it comes back and asks again
        listener.meanwhile = None
        if later:
            listener.seq = later[-1][1]
            listener.hand(_chunk(_latest(later), listener.seq))

    def leave(self, listener: Listener) -> None:
        listener.over = True
        if (topic := self.topics.get(listener.topic)) is None:
            return
        topic.listeners.discard(listener)
        if listener.name:
            topic.leaving[listener.person] = (time.monotonic() + LEAVING, listener.name)
        asyncio.get_running_loop().call_later(LEAVING + 0.1, self._count, topic)

    def close(self) -> None:
        """The process is about to end: every page comes back, to another one, a little apart from each other."""
        self.closing = True
        for topic in self.topics.values():
            for listener in topic.listeners:
                listener.end(f"retry: {300 + random.randrange(1500)}\n\n".encode())  # noqa: S311

    # Changes

    async def _hear(self) -> None:
        async with self.redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.psubscribe(channel("*"))
            asked = False
            while True:
                message = await pubsub.get_message(timeout=SILENCE)
                if message is None:
                    if asked:
                        raise TimeoutError  # a line that is cut without a word stays open for a quarter of an hour
                    await pubsub.ping()
                asked = message is None
                if message and message["type"] == "pmessage":
                    self._heard(message["channel"].decode().removeprefix(channel("")), json.loads(message["data"]))

    def _heard(self, name: str, said: dict[str, Any]) -> None:
        if name.startswith("here:"):
            self._others_are_here(name.removeprefix("here:"), said)
        elif topic := self.topics.get(name):
            self._changed(topic, said)

    def _changed(self, topic: Topic, said: dict[str, Any]) -> None:
        if said["last"] <= topic.seq:
            return
        if not said["events"]:
            self._catch_up(topic)
            return
        topic.early[said["first"]] = said
        self._send_what_follows(topic)
        if topic.early:
            asyncio.get_running_loop().call_later(OUT_OF_ORDER, lambda: self._catch_up(topic) if topic.early else None)

    def _send_what_follows(self, topic: Topic) -> None:
        while change := topic.early.pop(topic.seq + 1, None):
            self._send(topic, change["last"], change["events"])
        topic.early = {first: one for first, one in topic.early.items() if one["last"] > topic.seq}

    def _send(self, topic: Topic, last: int, events: list[tuple[str, str]]) -> None:
        """Number and queue; what is queued together travels together, each fragment in its last state."""
        topic.to_send += [(topic.seq + 1, last, key, one) for key, one in events]
        topic.seq = last
        self._flush_soon(topic)

    def _flush_soon(self, topic: Topic) -> None:
        if topic.flushing:
            return
        # The first change goes at once; in a storm, the more pages are open, the more changes share a frame.
        pace = min(0.2, 0.0001 * len(topic.listeners))
        wait = max(0.0, topic.flushed_at + pace - time.monotonic())
        topic.flushing = asyncio.get_running_loop().call_later(wait, self._flush, topic)

    def _flush(self, topic: Topic) -> None:
        topic.flushing, topic.flushed_at = None, time.monotonic()
        events, topic.to_send = topic.to_send, []
        first = events[0][0] if events else topic.seq
        chunk = _chunk(_latest(events), topic.seq)
        for listener in topic.listeners:
            if listener.meanwhile is not None:
                listener.meanwhile += events
            elif listener.seq < first:
                listener.hand(chunk)
                listener.seq = topic.seq
            elif listener.seq < topic.seq:  # it has just come, and knows a part of this already
                listener.meanwhile = []
                self._in_background(self._learn(topic, listener))

    def _catch_up(self, topic: Topic) -> None:
        if topic.catching_up:
            return
        topic.catching_up = True
        self._in_background(self._read(topic))

    async def _read(self, topic: Topic) -> None:
        try:
            last, events = await self.ask(self.source.since, topic.name, topic.seq)
            if last > topic.seq:
                self._send(topic, last, events)
            self._send_what_follows(topic)
        except Exception:
            log.exception("live.catch_up_failed topic=%s", topic.name)  # the net tries again
        finally:
            topic.catching_up = False

    async def _look(self) -> None:
        """Ask for the numbers of all topics at once: a change that Redis did not carry is late, never lost."""
        while True:
            await asyncio.sleep(NET)
            if not self.topics:
                continue
            numbers = await self.ask(self.source.numbers, list(self.topics))
            for name, (seq, events) in numbers.items():
                if (topic := self.topics.get(name)) is None:
                    continue
                if seq > topic.seq:
                    self._catch_up(topic)
                news = {key: one for key, one in events if topic.unnumbered.get(key) != one}
                if news:
                    topic.unnumbered |= news
                    for listener in topic.listeners:
                        listener.hand(_chunk(news.values()))

    # Rights

    async def _watch_rights(self) -> None:
        while True:
            await asyncio.sleep(RIGHTS)
            for topic in list(self.topics.values()):
                passes = {one.pass_ for one in topic.listeners}
                if not passes:
                    continue
                welcome = await self.ask(self.source.still_welcome, topic.name, passes)
                for listener in list(topic.listeners):
                    if listener.pass_ in passes - welcome:
                        listener.end(event("over", "").encode())

    # Who is here

    def _count_soon(self, topic: Topic) -> None:
        if not topic.counting:
            topic.counting = True
            asyncio.get_running_loop().call_later(COMING_AND_GOING, self._count, topic)

    def _count(self, topic: Topic) -> None:
        topic.counting = False
        if (here := topic.here()) != topic.said:
            topic.said = here
            self._in_background(self._say(topic))
        if (everyone := topic.everyone_here()) != topic.shown:
            topic.shown = everyone
            chunk = self._presence(everyone)
            for listener in topic.listeners:
                if listener.name:
                    listener.hand(chunk)
        if not topic.listeners and not here and self.topics.get(topic.name) is topic:
            del self.topics[topic.name]

    def _presence(self, people: dict[int, str]) -> bytes:
        return _chunk([one for _key, one in self.source.who_is_here(people)])

    async def _say(self, topic: Topic) -> None:
        message = {"process": self.me, "people": topic.here()}
        try:
            await self.redis.publish(channel(f"here:{topic.name}"), json.dumps(message))
        except (RedisError, OSError):
            log.warning("live.presence_not_said")

    async def _say_who_is_here(self) -> None:
        while True:
            await asyncio.sleep(HERE_AGAIN)
            for topic in list(self.topics.values()):
                now = time.monotonic()
                topic.elsewhere = {who: one for who, one in topic.elsewhere.items() if one[0] > now - GONE_AFTER}
                topic.leaving = {who: one for who, one in topic.leaving.items() if one[0] > now}
                topic.said = {}
                self._count(topic)

    def _others_are_here(self, name: str, said: dict[str, Any]) -> None:
        topic = self.topics.get(name)
        if topic is None or said["process"] == self.me:
            return
        people = {int(person): shown for person, shown in said["people"].items()}
        known = topic.elsewhere.get(said["process"])
        topic.elsewhere[said["process"]] = (time.monotonic(), people)
        if known is None:
            topic.said = {}  # it does not know us either
        if known is None or known[1] != people:
            self._count_soon(topic)

    def _in_background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def _latest(events: list[Numbered]) -> list[str]:
    """Each fragment where it changed last, as it then was.

    What adds to a list (its event is named after the list) also keeps its first place, so that the list grows in the
    order in which things were written, even if the first of them has changed since.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for n, (*_, key, _one) in enumerate(events):
        first.setdefault(key, n)
        last[key] = n
    return [
        one
        for n, (*_, key, one) in enumerate(events)
        if n == last[key] or (n == first[key] and not one.startswith(f"event: {key}\n"))
    ]


def _chunk(events: Iterable[str], seq: int | None = None) -> bytes:
    """Events that travel together; the number stands on the last one, so that it counts only once all have arrived."""
    *others, last = events or [""]
    if not last:
        return b"" if seq is None else f"id: {seq}\nevent: seen\ndata:\n\n".encode()
    number = "" if seq is None else f"id: {seq}\n"
    return ("".join(others) + number + last).encode()
