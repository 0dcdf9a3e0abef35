"""Web processes over the database of the test, a Redis of their own that may be killed, and pages that listen."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.test import Client

from ops import binaries
from ops.processes import end_with_parent
from ops.servers import free_port
from tests.journeys.stage import ROOT

PATIENCE = 20.0
TOKEN = "x" * 32
POOL = 4


def until(ask: Callable[[], Any], *, within: float = PATIENCE, what: Callable[[], str] = lambda: "") -> Any:
    end = time.monotonic() + within
    while not (found := ask()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {what()}")
        time.sleep(0.02)
    return found


class Process:
    """A program that can be stopped in every way."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as out:
            self.popen = subprocess.Popen(
                command,
                env=environment,
                cwd=ROOT,
                stdout=out,
                stderr=out,
                preexec_fn=end_with_parent,  # noqa: PLW1509
            )

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> float:
        """How long it took."""
        began = time.monotonic()
        self.popen.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=15)
        self.popen.kill()
        self.popen.wait()
        return time.monotonic() - began


class House:
    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.prefix = f"house-{os.getpid()}"
        self.redis_port = free_port()
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.webs: dict[int, Process] = {}
        self.start_redis()
        self.port = self.start_web(**{"apps.debriefs.stream.HEARTBEAT": 1.0})

    def close(self) -> None:
        for process in [*self.webs.values(), self.redis]:
            process.end(signal.SIGKILL)

    def start_redis(self) -> None:
        command = [str(binaries.valkey_server()), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""]
        self.redis = Process(command, dict(os.environ), self.folder / "redis.log")
        until(self._redis_answers)

    def _redis_answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.redis_port), timeout=1):
            return True
        return False

    def start_web(self, port: int = 0, **constants: Any) -> int:
        """The port at which it answers."""
        port = port or free_port()
        self.webs[port] = Process(
            [sys.executable, "-m", "tests.live.serve", str(port)],
            {**self.environment(port), "CONSTANTS": json.dumps(constants)},
            self.folder / f"web-{port}.log",
        )
        until(lambda: self._answers(port), what=lambda: self.log(port))
        return port

    def environment(self, port: int) -> dict[str, str]:
        base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.live.settings",
            "DATABASE_URL": f"{base}/{self.database}?application_name=house-{port}",
            "DATABASE_POOL": str(POOL),
            "REDIS_URL": self.redis_url,
            "CACHE_URL": self.redis_url,
            "BASE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LIVE_CHANNEL_PREFIX": self.prefix,
        }

    def _answers(self, port: int) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
        return False

    def log(self, port: int) -> str:
        return (self.folder / f"web-{port}.log").read_text()[-3000:]

    def connections(self, port: int) -> int:
        """How many this process has to the database."""
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
            row = admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [f"house-{port}"]
            ).fetchone()
        return int(row[0]) if row else 0

    def ask(self, client: Client | None, method: str, path: str, *, port: int = 0, **fields: Any) -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=15)
        headers = {"Cookie": cookies(client), "X-CSRFToken": TOKEN}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        connection.request(method, path, urllib.parse.urlencode(fields), headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, dict(response.getheaders()), body, time.monotonic() - began)

    def post(self, client: Client, path: str, *, port: int = 0, **fields: Any) -> "Answer":
        return self.ask(client, "POST", path, port=port, **fields)


def cookies(client: Client | None) -> str:
    session = client.cookies.get("sessionid") if client else None
    return f"csrftoken={TOKEN}" + (f"; sessionid={session.value}" if session else "")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    took: float


@dataclass(frozen=True)
class Event:
    at: float
    id: str
    name: str
    data: str


class Page(threading.Thread):
    """An open page: reads its stream and, if told so, comes back after its last number as static/js/live.js does."""

    def __init__(
        self, house: House, client: Client | None, debrief: int, *, seen: int | None = None, query: str = "",
        port: int = 0, comes_back: bool = False, start: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.house, self.cookies, self.port = house, cookies(client), port or house.port
        self.path = f"/debriefs/{debrief}/live/{query}"
        self.seen = "" if seen is None else str(seen)
        self.comes_back = comes_back
        self.events: list[Event] = []
        self.text = ""
        self.beats = 0
        self.connected = 0
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.ended_at = 0.0
        self.closing = False
        if start:
            self.start()
            until(lambda: self.status, what=lambda: house.log(self.port))

    def run(self) -> None:
        while not self.closing:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
                self._listen()
            self.ended_at = time.monotonic()
            if not self.comes_back:
                return
            time.sleep(0.1)

    def _listen(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.connect()
        self.socket = line.sock
        headers = {"Cookie": self.cookies} | ({"Last-Event-ID": self.seen} if self.seen else {})
        line.request("GET", self.path, headers=headers)
        with contextlib.closing(line), line.getresponse() as response:
            self.headers, self.status = response.getheaders(), response.status
            if response.status == 200:
                self.connected += 1
                self._read(response)

    def _read(self, response: http.client.HTTPResponse) -> None:
        block: list[str] = []
        while line := response.readline().decode():
            if line != "\n":
                block.append(line.rstrip("\n"))
                continue
            self._take(block)
            block = []

    def _take(self, block: list[str]) -> None:
        fields: dict[str, list[str]] = {}
        for line in block:
            name, _, value = line.partition(": ")
            fields.setdefault(name, []).append(value)
        if "event" not in fields:
            self.beats += "still here" in "".join(block)
            return
        number = "".join(fields.get("id", []))
        self.text += "\n".join(block) + "\n\n"
        self.events.append(Event(time.monotonic(), number, fields["event"][0], "\n".join(fields.get("data", []))))
        self.seen = number or self.seen

    def names(self) -> list[str]:
        return [event.name for event in list(self.events)]

    def hears(self, name: str, *, within: float = PATIENCE) -> Event:
        """Wait for an event of this name."""
        found: Event = until(
            lambda: next((event for event in list(self.events) if event.name == name), None),
            within=within, what=lambda: f"no {name} in {self.names()[-20:]}",
        )  # fmt: skip
        return found

    def is_over(self) -> bool:
        return not self.is_alive()

    def leave(self) -> None:
        self.closing = True
        with contextlib.suppress(OSError, AttributeError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.join(timeout=5)


@contextlib.contextmanager
def listening(*pages: Page) -> Iterator[None]:
    try:
        yield
    finally:
        for page in pages:
            page.leave()
