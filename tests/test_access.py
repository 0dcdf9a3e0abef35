"""The access table: every route × person × method → status, and nothing changed where the answer is no (A21).

One line a route in tests/access_table.py. A route without a line fails with its name.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from apps.accounts.models import User
from tests.access_table import EVERYONE, NOT_OURS, TABLE, WORLDS, Row, World, not_allowed
from tests.factories import AT

METHODS = ("get", "post")
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|WITH.*\b(INSERT|UPDATE|DELETE)\b)", re.IGNORECASE | re.DOTALL)


def routes(patterns: list[Any] | None = None, namespace: str = "", path: str = "") -> Iterator[str]:
    """Every name in the URLconf, but for what stands under a prefix that is not ours."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        here = path + str(one.pattern)
        if here.startswith(tuple(NOT_OURS)):
            continue
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, f"{namespace}{one.namespace}:" if one.namespace else namespace, here)
        elif isinstance(one, URLPattern):
            yield f"{namespace}{one.name}"


ROUTES = sorted(set(routes()))


@contextmanager
def writes() -> Iterator[list[str]]:
    """Each statement that would change a row, but for the session and what guards a transaction."""
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if WRITES.match(sql) and "django_session" not in sql:
            seen.append(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


@contextmanager
def undone() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def ask(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> HttpResponse:
    client.raise_request_exception = False
    # A browser's form is never quite empty.
    said = {"sent": "yes", **(data or {})} if method == "post" else data or {}
    return getattr(client, method)(url, said)  # type: ignore[no-any-return]


def nothing_wrong(wrong: dict[tuple[str, ...], Any]) -> None:
    """Every wrong cell at once, a line each."""
    if wrong:
        pytest.fail("\n".join(f"{' '.join(cell)}: {what}" for cell, what in wrong.items()), pytrace=False)


def expected(row: Row, method: str) -> dict[str, int]:
    answers = row.get if method == "get" else row.post
    return not_allowed(row) if answers is None else answers


@pytest.fixture(autouse=True)
def a_quiet_day() -> Iterator[None]:
    """The day of the factories; and thousands of refusals that are meant here make no line in the log."""
    logging.disable(logging.CRITICAL)
    with time_machine.travel(AT, tick=False):
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(request: pytest.FixtureRequest, people: dict[str, User]) -> World:
    return World.build(request.param, people)


def in_every_world(test: Callable[..., None]) -> Any:
    return pytest.mark.parametrize("world", WORLDS, indirect=True)(test)


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    assert sorted(set(ROUTES) - set(TABLE)) == []
    assert sorted(set(TABLE) - set(ROUTES)) == []


def test_every_line_speaks_of_everyone() -> None:
    short = {
        (name, method)
        for name, row in TABLE.items()
        for method in METHODS
        if set(expected(row, method)) != set(EVERYONE)
    }
    assert short == set()


@in_every_world
def test_who_gets_what(world: World) -> None:
    wrong = {}
    for name, row in world.rows():
        url, data = reverse(name, kwargs=row.kwargs(world)), row.data(world)
        for method in METHODS:
            answers = expected(row, method)
            for person, status in answers.items():
                if answers == not_allowed(row) and person not in ("nobody", "bob", "charlie"):
                    continue  # refused before anybody is asked for
                with undone(), writes() as changed:
                    response = ask(world.clients[person], method, url, data if method == "post" else {})
                    got = response.status_code
                    to_sign_in = response.get("Location", "").startswith("/accounts/login/")
                if got != status:
                    wrong[name, method, person] = f"{got}, not {status}"
                elif to_sign_in != (person == "nobody" and status == 302 and not row.is_public):
                    wrong[name, method, person] = f"went to {response.get('Location')}"
                elif changed and (method == "get" or got >= 400 or to_sign_in):
                    wrong[name, method, person] = f"changed something: {changed[0]}"
    nothing_wrong(wrong)


@in_every_world
def test_a_foreign_object_is_none_at_all(world: World) -> None:
    """The same routes with the address of Charlie's: for everyone but Charlie there is nothing (A21, A29)."""
    wrong = {}
    for name, row in world.rows():
        if row.is_public or not row.names(world):
            continue
        foreign, random = row.kwargs(world.foreign()), row.kwargs(world.nowhere())
        for method in METHODS:
            if expected(row, method) == not_allowed(row):
                continue
            for person in ("alice", "mia", "adam", "olga"):
                with undone(), writes() as changed:
                    theirs = ask(world.clients[person], method, reverse(name, kwargs=foreign), row.data(world))
                if (theirs.status_code, changed) != (404, []):
                    wrong[name, method, person] = f"{theirs.status_code} {changed[:1]}"
            no_ones = ask(world.clients["olga"], method, reverse(name, kwargs=random), row.data(world))
            if same_for_all(theirs) != same_for_all(no_ones):
                wrong[name, method] = "tells a foreign one from none"
    nothing_wrong(wrong)


def same_for_all(response: HttpResponse) -> tuple[int, str]:
    """Status and body, without the token and the address that was asked for."""
    body = re.sub(r'csrfmiddlewaretoken" value="[^"]+|X-CSRFToken[^}]+|/[\w/-]*/', "", response.content.decode())
    return response.status_code, body


@in_every_world
def test_a_child_of_another_parent_is_none_at_all(world: World) -> None:
    """My own debrief or team in the address, and in it the id of somebody else's child (A22)."""
    wrong = {}
    for name, row in world.rows():
        own, foreign = row.kwargs(world), row.kwargs(world.foreign())
        if len(own) < 2 or row.is_public:
            continue
        parent, *children = own
        mixed = {parent: own[parent], **{child: foreign[child] for child in children}}
        for method in METHODS:
            if expected(row, method) == not_allowed(row):
                continue
            with undone(), writes() as changed:
                who = "adam" if name.startswith("teams:remove_admin") else "alice"
                got = ask(world.clients[who], method, reverse(name, kwargs=mixed), row.data(world)).status_code
            if (got, changed) != (404, []):
                wrong[name, method] = f"{got} {changed[:1]}"
    nothing_wrong(wrong)


@in_every_world
def test_no_unsafe_request_without_its_token(world: World) -> None:
    """A form that another site made us send (A32): refused before any view, and nothing changed."""
    wrong = {}
    for name, row in world.rows():
        if row.post is None or row.without_token:
            continue
        for person in ("alice", "nobody"):
            client = Client(enforce_csrf_checks=True)
            client.cookies = world.clients[person].cookies
            with undone(), writes() as changed:
                response = ask(client, "post", reverse(name, kwargs=row.kwargs(world)), row.data(world))
            if (response.status_code, changed) != (403, []):
                wrong[name, person] = f"{response.status_code} {changed[:1]}"
    nothing_wrong(wrong)


# What the browser is told, on every page

CSP = {
    "default-src": "'self'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "base-uri": "'none'",
    "object-src": "'none'", "frame-ancestors": "'none'", "form-action": "'self'",
}  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def faults_of(response: HttpResponse, person: str) -> list[str]:
    said = {name: response.get(name) for name in HEADERS}
    faults = [f"{name}: {value}" for name, value in said.items() if value != HEADERS[name]]
    parts = response.get("Content-Security-Policy", "none given").split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts if part.strip())
    if policy != CSP:
        faults.append(f"Content-Security-Policy: {policy}")
    if "camera=()" not in response.get("Permissions-Policy", ""):
        faults.append("Permissions-Policy")
    cached = response.get("Cache-Control", "")
    if person != "nobody" and not {"private", "no-store"} <= set(re.split(r",\s*", cached)):
        faults.append(f"Cache-Control: {cached}")
    body = response.content.decode() if response.get("Content-Type", "").startswith("text/html") else ""
    for what in (r"<script(?![^>]*\bsrc=)[^>]*>", r"\sstyle=", r"\son\w+=", r"javascript:", r"<style"):
        faults += [f"inline: {found[0]}" for found in re.finditer(what, body)][:1]
    elsewhere = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)', body)
    return faults + [f"from elsewhere: {url}" for url in elsewhere]


@in_every_world
def test_headers_on_every_page(world: World) -> None:
    wrong = {}
    for name, row in world.rows():
        for person in ("alice", "charlie", "nobody"):
            with undone():
                response = ask(world.clients[person], "get", reverse(name, kwargs=row.kwargs(world)))
            if faults := faults_of(response, person):
                wrong[name, person] = faults
    nothing_wrong(wrong)
