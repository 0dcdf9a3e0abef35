"""What an installation of one's own is made of."""

import re

import pytest
import yaml

from ops.binaries import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()


def test_compose_has_every_part_and_each_says_how_it_is() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert set(services) == {"migrate", "web", "worker", "beat", "postgres", "redis", "proxy"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}


def test_compose_knows_no_secret_by_itself() -> None:
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"):
        uses = re.findall(rf"\$\{{{secret}([^}}]*)}}", COMPOSE)
        assert uses, secret
        assert all(use.startswith(":?Put ") for use in uses), secret


def test_every_variable_of_the_settings_is_in_the_example() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - named == {"ENV_FILE", "MAIL_DIR"}  # for development and for tests
    assert named - read == {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_a_lock_names_no_host_and_has_a_hash_for_everything(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    pins = [block for block in re.split(r"\n(?=\S)", text) if "==" in block.splitlines()[0] and block[0] != "#"]
    assert len(pins) > 3
    assert all("--hash=sha256:" in pin for pin in pins)
