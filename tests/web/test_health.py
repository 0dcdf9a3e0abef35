import pytest
from django.test import Client


def test_healthz_needs_no_database_and_no_login() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_names_what_it_looked_at() -> None:
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"database": True, "redis": True},
    )
