from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient, Client

PROBE = {"headers": {"host": "10.1.2.3:8000"}}  # whoever probes does not know our name


def test_healthz_needs_no_database_no_login_and_no_name() -> None:
    response = Client().get("/healthz", **PROBE)
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_names_what_it_looked_at() -> None:
    response = Client().get("/readyz", **PROBE)
    assert (response.status_code, response.json()) == (200, {"database": True, "redis": True})


@pytest.mark.django_db
def test_readyz_says_no_while_the_database_is_away() -> None:
    with patch("apps.web.health.MigrationExecutor", side_effect=OperationalError):
        response = Client().get("/readyz", **PROBE)
    assert (response.status_code, response.json()) == (503, {"database": False, "redis": True})


def test_the_probe_answers_under_asgi_too() -> None:
    response = async_to_sync(AsyncClient().get)("/healthz", **PROBE)
    assert (response.status_code, response.content) == (200, b"ok\n")
