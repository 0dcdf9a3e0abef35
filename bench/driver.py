"""The people of the bench: a process of its own that signs in, opens rooms and posts cards as browsers do.

It is told what to do in lines of JSON and answers each with one (bench/live.py is who asks). Nothing of the app is
imported here, and nothing heavy: it shares the machine with what it measures, and says how much of it it has used.
"""

import asyncio
import contextlib
import gc
import html
import json
import re
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import httptools
import uvloop

from bench.reception import MARK, Heard, Reception, Sent, numbers_in, percentile, text_of

IDLE = 3.0  # seconds; uvicorn closes a connection that rests for five, and nobody posts into one that is closing
PATIENCE = 10.0  # seconds after which a card that has not come is lost
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept-Language": "en-GB,en;q=0.9",
    "Accept-Encoding": "identity",  # the proxy in front packs; here it would only cost
}


class Connection(asyncio.Protocol):
    """One connection of HTTP/1.1, one request at a time; a stream hands on what arrives as it arrives."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answered: asyncio.Future[int] | None = None
        self.on_body: Callable[[bytes], None] | None = None
        self.on_end: Callable[[], None] | None = None
        self.rested_since = 0.0
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, _fault: Exception | None) -> None:
        self.transport = None
        if self.answered and not self.answered.done():
            self.answered.set_exception(ConnectionError("closed"))
        if self.on_end:
            self.on_end()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    # What the parser finds

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self.streams and self.answered and not self.answered.done():
            self.answered.set_result(self.parser.get_status_code())

    def on_message_complete(self) -> None:
        self.rested_since = time.monotonic()
        if self.answered and not self.answered.done():
            self.answered.set_result(self.parser.get_status_code())
        if self.streams and self.on_end:
            self.on_end()

    # What is asked

    def send(
        self, head: bytes, body: bytes, on_body: Callable[[bytes], None], *, streams: bool
    ) -> "asyncio.Future[int]":
        """The status: when all of it is here, or, of a stream, as soon as it begins."""
        assert self.transport
        self.streams, self.on_body = streams, on_body
        self.headers: list[tuple[bytes, bytes]] = []
        self.parser = httptools.HttpResponseParser(self)  # looks now for what it will call
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(head + body)
        return self.answered

    def close(self) -> None:
        if self.transport:
            self.transport.abort()

    @property
    def rests(self) -> bool:
        return self.transport is not None and time.monotonic() - self.rested_since < IDLE


class Ears:
    """What all streams have brought. Everyone gets the same bytes, so they are read once."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.last: tuple[bytes, tuple[int, ...]] = b"", ()

    def hear(self, events: bytes, who: int) -> None:
        if MARK not in events:
            return
        now = time.perf_counter()
        if events != self.last[0]:
            self.last = events, numbers_in(events)
        self.heard.append(Heard(now, who, self.last[1]))


class Person:
    """One browser: cookies, the connections it keeps, the stream of one room, the form of its tray."""

    def __init__(self, number: int, port: int, ears: "Ears") -> None:
        self.number, self.port, self.ears = number, port, ears
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.resting: list[Connection] = []
        self.stream: Connection | None = None
        self.bytes = {"page": 0, "own": 0}
        self.rest = b""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def _connection(self) -> Connection:
        while self.resting:
            if (one := self.resting.pop()).rests:
                return one
            one.close()
        _transport, fresh = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self.port)
        return fresh

    def _head(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            *(f"{k}: {v}" for k, v in (BROWSER | headers).items()),
        ]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode()

    async def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, form: Sequence[tuple[str, str]] = ()
    ) -> tuple[int, str, int]:
        """(status, body, bytes on the socket)"""
        connection = await self._connection()
        body, parts, before = urlencode(form).encode() if method == "POST" else b"", [], connection.received
        head = self._head(method, path, headers or {}, body)
        status = await connection.send(head, body, parts.append, streams=False)
        for name, value in connection.headers:
            if name == b"set-cookie":
                key, _, rest = value.decode().partition("=")
                self.cookies[key] = rest.partition(";")[0]
        self.resting.append(connection)
        return status, b"".join(parts).decode(), connection.received - before

    # Signing in, and coming in

    async def sign_in(self, email: str, password: str) -> None:
        path = "/accounts/login/"
        status, page, _ = await self.ask("GET", path)
        assert status == 200, f"The form to sign in answered {status}"
        form = [("csrfmiddlewaretoken", _value(page, "csrfmiddlewaretoken")), ("login", email), ("password", password)]
        status, page, _ = await self.ask("POST", path, self._from(path), form)
        assert (status, "sessionid" in self.cookies) == (302, True), f"Signing in as {email} answered {status}"

    def _from(self, path: str) -> dict[str, str]:
        return {"Origin": f"http://{self.host}", "Referer": f"http://{self.host}{path}"}

    async def join(self, path: str, *, with_own: bool) -> dict[str, float]:
        """Open the room as a browser does: the page; then its stream and, beside it, what is only mine.

        Seconds from the beginning to the whole page, to the first byte of the stream, to the tray.
        """
        began = time.perf_counter()
        status, page, size = await self.ask("GET", path)
        self.bytes["page"] += size
        assert status == 200, f"the page answered {status}"
        token = re.search(r'"X-CSRFToken": "(\w+)"', html.unescape(page))
        assert token, "the page holds no token"
        self.path, self.token = path, token[1]
        taken = {"page": time.perf_counter() - began}
        if with_own:
            taken["stream"], taken["own"] = await asyncio.gather(self._listen(page, began), self._own(began))
        else:
            taken["stream"] = await self._listen(page, began)
        return taken

    async def _listen(self, page: str, began: float) -> float:
        live, seen = re.search(r'data-live="([^"]+)" data-seen="(\d+)"', page).groups()  # type: ignore[union-attr]
        _transport, self.stream = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self.port)
        first: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        def on_body(data: bytes) -> None:
            if not first.done():
                first.set_result(time.perf_counter())
            self._take(data)

        def on_end() -> None:
            if not first.done():
                first.set_exception(ConnectionError("the stream ended before it began"))

        self.stream.on_end = on_end
        head = self._head("GET", live, {"Accept": "text/event-stream", "Last-Event-ID": seen}, b"")
        status = await self.stream.send(head, b"", on_body, streams=True)
        assert status == 200, f"the stream answered {status}"
        return await first - began

    async def _own(self, began: float) -> float:
        """The tray, which for whoever runs the debrief says where the bar is."""
        if 'id="bar"' in await self.load_tray():
            await self._load("bar")
        return time.perf_counter() - began

    async def _load(self, what: str) -> str:
        query = "?with=bar" if what == "tray" else ""
        status, fragment, size = await self.ask("GET", f"{self.path}{what}/{query}", self._htmx(what))
        assert status == 200, f"the {what} answered {status}"
        self.bytes["own"] += size
        return fragment

    async def load_tray(self) -> str:
        tray = await self._load("tray")
        self.form = [("csrfmiddlewaretoken", _value(tray, "csrfmiddlewaretoken")), ("new_key", _value(tray, "new_key"))]
        self.prompts = re.findall(r'<option value="(\d+)"', tray)
        return tray

    def _htmx(self, target: str) -> dict[str, str]:
        here = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": f"http://{self.host}{self.path}"}
        return {**here, "X-CSRFToken": self.token, "Accept": "*/*", "Referer": f"http://{self.host}{self.path}"}

    # Listening and posting

    def _take(self, data: bytes) -> None:
        whole, _end, self.rest = (self.rest + data).rpartition(b"\n\n")
        self.ears.hear(whole, self.number)

    async def write(self, number: int, text: str) -> tuple[int, int]:
        """Put one card on the board; (status, bytes of the answer).

        The card's key is the form's own random choice; made here, since somebody may post before the last answer came.
        """
        form = [
            *self.form,
            ("key", str(uuid.uuid4())),
            ("prompt", self.prompts[number % len(self.prompts)]),
            ("text", text),
        ]
        headers = self._htmx("add-card") | {"Origin": f"http://{self.host}"}
        status, _, size = await self.ask("POST", f"{self.path}write/", headers, form)
        return status, size

    def leave(self) -> None:
        for one in (self.stream, *self.resting):
            if one:
                one.on_end = None
                one.close()
        self.stream, self.resting, self.rest = None, [], b""
        self.bytes = dict.fromkeys(self.bytes, 0)


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return html.unescape(found[1])


class Driver:
    """What can be asked for, each a method that takes and returns what JSON can say."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.here: list[Person] = []
        self.ears = Ears()
        self.posted = 0

    async def arrive(self, port: int, visitors: list[dict[str, str]]) -> dict[str, Any]:
        """As many browsers. Whoever has a password signs in at the form, the others have a session already."""
        self.people = [Person(number, port, self.ears) for number in range(len(visitors))]
        for person, visitor in zip(self.people, visitors, strict=True):
            if "password" in visitor:
                await person.sign_in(visitor["email"], visitor["password"])
            else:
                person.cookies["sessionid"] = visitor["session"]
        return {}

    async def leave(self) -> dict[str, Any]:
        for person in self.here:
            person.leave()
        self.here = []
        return {}

    async def join(self, path: str, people: int, pause: float, patience: float, *, with_own: bool) -> dict[str, Any]:
        """The first so many open the room; all at once, or with so many seconds between one and the next."""
        self.here = self.people[:people]

        async def one(person: Person) -> dict[str, float]:
            await asyncio.sleep(pause * person.number)
            async with asyncio.timeout(patience):
                return await person.join(path, with_own=with_own)

        done = await asyncio.gather(*(one(person) for person in self.here), return_exceptions=True)
        came = [one for one in done if isinstance(one, dict)]
        why = sorted({repr(one) for one in done if isinstance(one, BaseException)})
        await asyncio.sleep(1)  # presence settles: it belongs to what joining sends
        streams = [person.stream.received for person in self.here if person.stream]
        return {
            "failed": len(done) - len(came), "why": why[:3],
            "ms": {what: [1000 * one[what] for one in came] for what in (came[0] if came else {})},
            "bytes": {what: sum(person.bytes[what] for person in self.here) for what in ("page", "own")}
            | {"stream": sum(streams)},
        }  # fmt: skip

    async def post(self, rate: float, seconds: float) -> dict[str, Any]:
        """Cards leave at fixed instants, whatever happened to those before: one after the other, from everyone in turn."""
        loop = asyncio.get_running_loop()
        busy, self.ears.heard = time.process_time(), []
        gc.disable()  # a pause of ours would be read as one of the app's
        sent: list[Sent] = []
        late: list[float] = []
        answered: list[tuple[int, float, int]] = []
        tasks = []

        async def one(person: Person, number: int) -> None:
            began = time.perf_counter()
            sent.append(Sent(number, person.number, began))
            try:
                async with asyncio.timeout(PATIENCE):
                    status, size = await person.write(number, text_of(number))
                answered.append((status, 1000 * (time.perf_counter() - began), size))
            except (OSError, TimeoutError):
                answered.append((0, 1000 * (time.perf_counter() - began), 0))

        begin, count = loop.time() + 0.05, max(1, round(rate * seconds))
        for n in range(count):
            at = begin + n / rate
            await asyncio.sleep(max(0.0, at - loop.time()))
            late.append(1000 * max(0.0, loop.time() - at))
            self.posted += 1
            tasks.append(asyncio.ensure_future(one(self.here[n % len(self.here)], self.posted)))
        await asyncio.gather(*tasks)
        here = [person.number for person in self.here]
        found = await self._received(sent, here)
        gc.enable()
        return {
            "sent": count, "refused": sum(status != 200 for status, _, _ in answered),
            "statuses": sorted({status for status, _, _ in answered}), **vars(found),
            "answer_p50": percentile((ms for _, ms, _ in answered), 0.5),
            "answer_p95": percentile((ms for _, ms, _ in answered), 0.95),
            "answer_bytes": percentile((size for _, _, size in answered), 0.5),
            "late_p95": percentile(late, 0.95), "streams": sum(bool(p.stream and p.stream.transport) for p in self.here),
            "driver_cpu_s": time.process_time() - busy,
        }  # fmt: skip

    async def _received(self, sent: list[Sent], here: list[int]) -> Reception:
        """Wait until everyone has every card, or until it is too late for the last one."""
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            await asyncio.sleep(0.2)
            if sum(len(one.numbers) for one in self.ears.heard) < len(sent) * len(here):
                continue  # the long sum only when it may come out even
            if not (found := Reception.of(sent, self.ears.heard, here, PATIENCE)).lost:
                return found
        return Reception.of(sent, self.ears.heard, here, PATIENCE)


async def serve() -> None:
    driver, loop = Driver(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        print(json.dumps(await getattr(driver, asked.pop("do"))(**asked)), flush=True)
    await driver.leave()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve())
