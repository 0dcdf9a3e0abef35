"""A stage for journeys: the app as it runs in production, each part a real process, and a mailbox that listens."""

import contextlib
import email
import email.policy
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from psycopg import sql

from ops.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 45.0
# What these apps have written down; the past of the other tables does not matter to a promise.
OURS = ("debriefs_%", "actions_%", "follow_through_%")


def wait_for(ask: Callable[[], Any], otherwise: Callable[[], str]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.1)
    raise AssertionError(otherwise())


class Mailbox:
    """Every letter that arrived over SMTP, oldest first."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if address in letter["To"]]

    def letter(self, address: str, saying: str) -> str:
        """Wait for a letter to this address whose subject or text says it; its text."""

        def found() -> str:
            words = [f"{letter['Subject']}\n{plain(letter)}" for letter in self.to(address)]
            return next((one for one in words if saying.lower() in one.lower()), "")

        subjects = lambda: [str(letter["Subject"]) for letter in self.to(address)]  # noqa: E731
        text: str = wait_for(found, lambda: f"no letter to {address} says “{saying}”, only {subjects()}")
        return text


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None, "every letter has a text part"
    return str(part.get_content())


def links(words: str) -> list[str]:
    return re.findall(r"https?://[^\s>)]+", words)


class Stage:
    """uvicorn, a Celery worker and beat over their own database, with a local SMTP server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mailbox = Mailbox()
        self.smtp = Controller(self.mailbox, hostname="127.0.0.1", port=free_port())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = f"test_realign_{os.getpid()}_journey"
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
        redis = os.environ["REDIS_URL"].rsplit("/", 1)[0]
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "False",
            "HTTPS": "False",
            "SECRET_KEY": self._secret,
            "DATABASE_URL": f"{base}/{self.database}",
            "REDIS_URL": f"{redis}/{9 + int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:]) % 6}",
            "BASE_URL": self.url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "STATIC_ROOT": str(self.folder / "static"),
            "LIVE_CHANNEL_PREFIX": self.database,
            "REMINDER_SWEEP_SECONDS": "1",
            "ENV_FILE": "",
        }

    _secret = secrets.token_urlsafe(64)

    def __enter__(self) -> "Stage":
        with self._admin() as connection:
            name, template = sql.Identifier(self.database), sql.Identifier(os.environ["TEST_TEMPLATE"])
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        self.smtp.start()
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        celery = [sys.executable, "-m", "celery", "--app", "config.celery", "--quiet"]
        self._start(
            "web", sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(self.port),
            "--host", "127.0.0.1", "--timeout-graceful-shutdown", "3", "--log-level", "warning",
        )  # fmt: skip
        self._start("worker", *celery, "worker", "--concurrency", "1", "--loglevel", "warning")
        self._start("beat", *celery, "beat", "--schedule", str(self.folder / "beat"), "--loglevel", "warning")
        wait_for(self._is_up, lambda: f"the web process does not answer: {self._log('web')}")
        return self

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        self.processes.append(process)

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    def _log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
        self.smtp.stop()
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))

    @contextlib.contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            yield connection

    def manage(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], env=self.environment, cwd=ROOT, check=True)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(statement.encode()).fetchall()

    def days_pass(self, days: int) -> None:
        """Move the clock on: every date that has been written down lies so many days further back, in one
        transaction. No process needs to be fooled about what time it is."""
        columns = sql.SQL(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name LIKE ANY(%s)"
            " AND data_type IN ('date', 'timestamp with time zone') GROUP BY table_name"
        )
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            for table, names in connection.execute(columns, [list(OURS)]).fetchall():
                moved = sql.SQL(", ").join(
                    sql.SQL("{0} = {0} - make_interval(days => {1})").format(sql.Identifier(name), days)
                    for name in names
                )
                connection.execute(sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table), moved))
            # What was planned for the days that are now over is planned anew, as a sweep on each day would have.
            connection.execute("UPDATE actions_step SET replan = true")
