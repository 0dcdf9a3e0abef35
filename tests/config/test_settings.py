"""Each case is a process of its own: settings are read once, at the start."""

import os
import subprocess
import sys

import pytest

from ops.binaries import ROOT
from ops.checks import PRODUCTION

GOOD = PRODUCTION["SECRET_KEY"]


def start(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    chosen = {**PRODUCTION, **environment}
    given = {"PATH": os.environ["PATH"], **{name: value for name, value in chosen.items() if value != "unset"}}
    return subprocess.run(
        [sys.executable, "manage.py", *(command or ("check",))],
        env=given, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("unset", "SECRET_KEY is missing."),
        ("", "SECRET_KEY is missing."),
        (GOOD[:49], "SECRET_KEY is too weak."),
        ("ab" * 40, "SECRET_KEY is too weak."),
        ("django-insecure-" + GOOD, "SECRET_KEY is too weak."),
    ],
)
def test_without_a_good_key_it_refuses_and_says_what_to_do(key: str, verdict: str) -> None:
    refused = start(SECRET_KEY=key)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Realign did not start: {verdict}")
    assert refused.stderr.count("\n") == 1  # a sentence, not a traceback
    assert "secrets.token_urlsafe(64)" in refused.stderr


@pytest.mark.parametrize("address", ["unset", "", "realign.example.org", "ftp://realign.example.org"])
def test_without_an_address_for_its_letters_it_refuses(address: str) -> None:
    refused = start(BASE_URL=address)
    assert refused.returncode == 1
    assert "BASE_URL is missing or no address." in refused.stderr


def test_without_a_mail_server_it_refuses() -> None:
    refused = start(EMAIL_URL="unset")
    assert refused.returncode == 1
    assert "EMAIL_URL is missing." in refused.stderr


def test_what_production_must_know_is_all_that_deployment_needs() -> None:
    checked = start("check", "--deploy", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_policy_for_browsers_allows_nothing_unsafe() -> None:
    code = "from django.conf import settings; print(settings.CONTENT_SECURITY_POLICY, settings.SESSION_COOKIE_SECURE)"
    said = start("shell", "--no-imports", "-c", code).stdout
    assert "unsafe" not in said
    assert "*" not in said
    assert said.strip().endswith("True")
