import pytest
from django.test import RequestFactory

from config.logs import RequestLogMiddleware, scrub, without_secrets


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/debriefs/41/", "/debriefs/41/"),
        ("/debriefs/41/cards/6f1d1c1e-8f0b-4b0e-9a53-0a1c9e0d9b11/", "/debriefs/41/cards/…/"),
        ("/teams/invitations/eyJ0ZWFtIjo0MX0:1tZ2bq:abcdefghij/accept", "/teams/invitations/…/accept"),
        ("/guests/Zm9vYmFyYmF6cXV4cXV1eA/write/forget/", "/guests/…/write/forget/"),
        ("/search?q=who+dropped+the+table", "/search"),
    ],
)
def test_a_path_is_told_without_ids_tokens_and_questions(path: str, told: str) -> None:
    assert without_secrets(path) == told


def test_a_request_line_holds_method_and_path_only() -> None:
    request = RequestFactory().post("/debriefs/41/cards/?from=alice", {"text": "I was afraid to say so"})
    assert RequestLogMiddleware.format_request(request) == "POST /debriefs/41/cards/"


def test_a_failed_constraint_does_not_tell_the_row() -> None:
    event = {
        "event": "Internal Server Error: /debriefs/41/cards/6f1d1c1e-8f0b-4b0e-9a53-0a1c9e0d9b11/",
        "logger": "django.request",
        "exception": 'IntegrityError: violates check\nDETAIL:  Failing row contains (1, "I was afraid").',
    }
    assert scrub(None, "", event) == {
        "event": "Internal Server Error: /debriefs/41/cards/…/",
        "logger": "django.request",
        "exception": "IntegrityError: violates check\nDETAIL: (left out)",
    }
