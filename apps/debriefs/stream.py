"""`GET /debriefs/<id>/live/`: the one event stream of a page. A plain ASGI callable that stands beside Django.

The session and the rights are read once, at connect, and again every few seconds for all open pages at once; no
middleware and no database connection belong to an open stream.
"""

import asyncio
import random
import re
import signal
from collections.abc import Awaitable, Callable, Hashable, MutableMapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from apps import live
from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Debrief, LiveEvent, Participation
from apps.debriefs.models.debrief import topic_of
from apps.debriefs.phases import ON_THE_BOARD, Phase
from apps.live.hub import Hub, Listener
from apps.teams.models import ROOM_ROLES, Membership, Role

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = re.compile(r"/debriefs/(\d{1,18})/live/")
HEARTBEAT = 15.0  # seconds
LIFE = (600, 660)  # seconds; then the page connects anew, and a deploy has drained
TOO_OLD = 300  # changes; a page that has missed more is quicker to load afresh
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


def _id_of(topic: str) -> int:
    return int(topic.removeprefix(topic_of("")))


def _room(topic: str) -> Debrief:
    return Debrief.objects.select_related("team").get(pk=_id_of(topic))


class Rooms:
    """What the hub may know about debriefs: numbers, fragments that are the same for all, and who may listen."""

    def since(self, topic: str, seq: int) -> tuple[int, list[tuple[str, str]]]:
        debrief = _room(topic)
        if seq < debrief.seq:
            # Up to the number just read: what commits between the two questions has a turn of its own.
            numbers = LiveEvent.objects.filter(debrief=debrief, seq__gt=seq, seq__lte=debrief.seq)
            missed = list(numbers.order_by("seq").values_list("region"))
            if len(missed) < debrief.seq - seq or len(missed) > TOO_OLD:
                return debrief.seq, [("reload", live.event("reload", ""))]
            return debrief.seq, board.events(debrief, dict.fromkeys(region for (region,) in missed))
        return debrief.seq, []

    def numbers(self, topics: list[str]) -> dict[str, tuple[int, list[tuple[str, str]]]]:
        now = timezone.now()
        rooms = Debrief.objects.filter(pk__in=[_id_of(topic) for topic in topics])
        answer: dict[str, tuple[int, list[tuple[str, str]]]] = {}
        for pk, seq, phase in rooms.values_list("pk", "seq", "phase"):
            ready = [board.ready_event(pk, now)] if phase == Phase.PREPARE else []
            answer[topic_of(pk)] = (seq, ready)
        return answer

    def still_welcome(self, topic: str, passes: set[Hashable]) -> set[Hashable]:
        """A pass is (person, password, session): whoever has left the room, signed out or changed the password is out."""
        people = {one[0] for one in passes}  # type: ignore[index]
        sessions = {one[2] for one in passes}  # type: ignore[index]
        in_room = people_in_room(_id_of(topic), people)
        known = dict(User.objects.filter(pk__in=in_room, is_active=True).values_list("pk", "password"))
        open_ones = set(
            Session.objects.filter(pk__in=sessions, expire_date__gt=timezone.now()).values_list("pk", flat=True)
        )
        return {one for one in passes if known.get(one[0]) == one[1] and one[2] in open_ones}  # type: ignore[index]

    def who_is_here(self, people: dict[int, str]) -> list[tuple[str, str]]:
        return [("presence", live.event("presence", board.presence(tuple(sorted(people.values())))))]


def people_in_room(debrief_id: int, people: set[int]) -> set[int]:
    """Those of these people to whom the debrief is visible: the rule of `Debrief.objects.visible_to`, for many at once."""
    row = Debrief.objects.filter(pk=debrief_id).values_list("team", "facilitator", "phase").first()
    if row is None:
        return set()
    team, facilitator, phase = row
    roles = Membership.objects.filter(team=team, person__in=people, role__in=ROOM_ROLES).values_list("person", "role")
    taking_part = set(
        Participation.objects.filter(debrief=debrief_id, person__in=people).values_list("person", flat=True)
    )
    return {
        person
        for person, role in roles
        if role == Role.LEADER or person == facilitator or (phase != Phase.DRAFT and person in taking_part)
    }


@lru_cache(maxsize=1)
def hub() -> Hub:
    return Hub(Rooms())


def beside(django: Any) -> App:
    """Streams are answered here, everything else by Django. From here on this process draws what it changes."""
    live.draw = draw

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if match:
            await _stream(int(match[1]), scope, receive, send)
        else:
            await django(scope, receive, send)

    return application


def draw(topic: str, regions: Sequence[str], known: object) -> list[tuple[str, str]]:
    # A card shows nothing of the debrief but the phase, which the verb that changed it has just read.
    if isinstance(known, Debrief) and all(region.startswith("card-") for region in regions):
        return board.events(known, regions)
    return board.events(_room(topic), regions)


def _admit(debrief_id: int, scope: Scope) -> tuple[int, Listener | None, int]:
    """(status, the listener if it is welcome, the debrief's number). Runs in a thread."""
    request = ASGIRequest(dict(scope), BytesIO())
    try:
        request.get_host()
    except DisallowedHost:
        return 400, None, 0
    engine = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    session = engine(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    person = _signed_in(session)
    if person is None:
        return 401, None, 0
    debrief = Debrief.objects.visible_to(person).filter(pk=debrief_id).only("seq", "phase").first()
    if debrief is None:
        return 404, None, 0
    # While people write alone nobody is shown as present: it would say when somebody was there.
    name = str(person) if debrief.phase in ON_THE_BOARD else ""
    listener = Listener(topic_of(debrief_id), person.pk, (person.pk, person.password, session.session_key), name)
    return 200, listener, debrief.seq


def _signed_in(session: SessionBase) -> User | None:
    """As django.contrib.auth.get_user, but the session stays as it is: under a new SECRET_KEY that one would give it
    another key, which a stream has no cookie to carry, and so sign the person out."""
    person = User.objects.filter(pk=session.get(SESSION_KEY, 0), is_active=True).first()
    if person is None:
        return None
    said, hashes = session.get(HASH_SESSION_KEY, ""), [person.get_session_auth_hash()]
    hashes += person.get_session_auth_fallback_hash()
    return person if any(constant_time_compare(said, one) for one in hashes) else None


async def _stream(debrief_id: int, scope: Scope, receive: Receive, send: Send) -> None:
    rooms = hub()
    rooms.start()
    _close_with_the_process(rooms)
    status, listener, seq = await rooms.ask(_admit, debrief_id, scope)
    if listener is None or rooms.closing:
        await send({"type": "http.response.start", "status": status if listener is None else 503, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    watching = asyncio.get_running_loop().create_task(_until_gone(receive, listener))
    try:
        await rooms.join(listener, seq=seq, seen=_seen(scope, seq))
        await _speak(listener, send)
    finally:
        rooms.leave(listener)
        watching.cancel()


async def _speak(listener: Listener, send: Send) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + random.uniform(*LIFE)  # noqa: S311
    while not listener.over and loop.time() < end:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await listener.woken.wait()
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": listener.take() or b": still here\n\n", "more_body": True})
    await send({"type": "http.response.body", "body": listener.take()})


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


def _seen(scope: Scope, seq: int) -> int:
    """The last number the page has: what the browser says, or what stands in the address; else it is up to date."""
    headers = dict(scope["headers"])
    said = headers.get(b"last-event-id", b"").decode("latin-1")
    if not said:
        asked = re.search(r"(?:^|&)seen=(\d{1,18})(?:&|$)", scope["query_string"].decode("latin-1"))
        said = asked[1] if asked else ""
    return int(said) if re.fullmatch(r"\d{1,18}", said) else seq


@lru_cache(maxsize=1)
def _close_with_the_process(rooms: Hub) -> None:
    """uvicorn waits for open responses when it is told to stop; these would never end by themselves."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def stop(signum: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(rooms.close)
            if callable(before):
                before(signum, frame)

        try:
            signal.signal(number, stop)
        except ValueError:
            return  # not the main thread: a test, which ends its own streams
