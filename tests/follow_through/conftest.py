"""A clock that tests set, and a real SMTP server that tests can make refuse, fall silent or hang up."""

import socket
from asyncio import WriteTransport
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from apps.actions.models import Step
from apps.debriefs.models import Debrief
from apps.follow_through import planning, sending
from apps.follow_through.models import Reminder
from tests import factories
from tests.factories import AT


class SetClock:
    """What the database's clock would say; moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, to: datetime | None = None, **by: int) -> datetime:
        self.at = to or self.at + timedelta(**by)
        return self.at


@pytest.fixture
def clock() -> SetClock:
    return SetClock(AT)


@pytest.fixture
def sweep(clock: SetClock) -> Callable[[], dict[str, int]]:
    """One ring of the alarm clock, at the time the clock says."""

    def ring() -> dict[str, int]:
        planning.plan(at=clock())
        sending.gather(at=clock())
        return dict(sending.send_due(clock=clock))

    return ring


@pytest.fixture
def step(debrief_in: Callable[..., Debrief]) -> Step:
    """Bob's, with Alice as second person: agreed Monday 9 November, due 23 November, looked at on 7 December.

    Whatever else was planned on the way here is as if it had been told.
    """
    debrief = debrief_in("realign", title="The payment page stood still")
    planning.plan(at=AT)
    Reminder.objects.all().delete()
    return factories.a_step(debrief, title="Renew certificates by a job")


def planned(**of: Any) -> list[tuple[str, str, str, str]]:
    """(person, kind, the day it is about, when it leaves) of what waits, in the order in which it leaves."""
    rows = (
        Reminder.objects.waiting()
        .filter(**of)
        .select_related("person")
        .order_by("due_at", "kind", "local_date", "person_id")
    )
    return [(str(row.person), row.kind, row.local_date.isoformat(), f"{row.due_at:%Y-%m-%d %H:%M}") for row in rows]


class PostOffice:
    """Keeps each message it said 250 to. `answers` are given to the next DATA commands instead of that."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.answers: list[str] = []
        self.recipients_refused: dict[str, str] = {}
        self.hang_up_after_keeping = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.recipients_refused:
            return self.recipients_refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.kept.append(message)
        if self.hang_up_after_keeping:
            self.hang_up_after_keeping -= 1
            cast(WriteTransport, server.transport).abort()
        return "250 kept"

    @property
    def message_ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.kept]


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    office = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield office
    server.stop()
