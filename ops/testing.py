"""`make test`: the servers, a migrated template, then pytest; several runs may go on side by side."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections import Counter

import psutil
import psycopg

from ops.binaries import ROOT, VAR, Unavailable
from ops.servers import Servers

OUTCOMES = ("failed", "error", "passed", "skipped", "xfailed", "xpassed")
HOME = VAR / "test"
LAST = HOME / "last.json"


def servers() -> Servers:
    return Servers(HOME, durable=False)


def main(arguments: list[str]) -> int:
    with servers() as running:
        environment = test_environment(running)
        if arguments:
            return pytest(arguments, environment)
        return everything(environment)


def everything(environment: dict[str, str]) -> int:
    """The main suite on every core, then the journeys: Playwright's event loop must not meet other tests."""
    began = time.monotonic()
    environment["CHROMIUM"] = browser()
    counts = HOME / f"counts-{os.getpid()}"
    environment["COUNTS"] = str(counts)
    cores = str(max(2, os.cpu_count() or 2))
    codes = [pytest(["tests", "--ignore=tests/journeys", "-n", cores], environment)]
    if any((ROOT / "tests" / "journeys").glob("test_*.py")):
        print("\nNow the journeys, in a real browser.", flush=True)
        codes.append(pytest(["tests/journeys", "-n", cores, "--dist", "loadfile"], environment))
    total = Counter(counts.read_text().split())
    counts.unlink()
    told = ", ".join(f"{total[outcome]} {outcome}" for outcome in OUTCOMES if total[outcome])
    seconds = round(time.monotonic() - began)
    print(f"\n{f' In all: {told} in {seconds} s ':=^80}", flush=True)
    LAST.write_text(json.dumps({"seconds": seconds, "told": told}))  # `make bench` prints it
    return max(codes)


def pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "ops.counting", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def test_environment(running: Servers) -> dict[str, str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ENV_FILE": "",
        "DEBUG": "False",
        "HTTPS": "False",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "BASE_URL": "http://testserver",
        "EMAIL_URL": "memory://",
        "CHROMIUM": chromium() or "",
        "LIVE_CHANNEL_PREFIX": f"test-{os.getpid()}",
        "TEST_DATABASE": f"test_realign_{os.getpid()}",
        **running.environment(),
    }
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        environment["TEST_TEMPLATE"] = template(connection, environment)
        drop_what_died(connection)
    return environment


def template(connection: psycopg.Connection, environment: dict[str, str]) -> str:
    """A migrated, empty database to copy: a copy takes a tenth of a second, migrations take several."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(ROOT.glob("apps/*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"template_realign_{digest.hexdigest()[:16]}"
    if name in databases(connection):
        return name
    # Made under another name and then renamed: a run beside us never copies half of it.
    draft = f"test_realign_{os.getpid()}_template"
    connection.execute(f'CREATE DATABASE "{draft}"'.encode())
    address = environment["DATABASE_URL"].rsplit("/", 1)[0] + "/" + draft
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    done = subprocess.run(command, env={**environment, "DATABASE_URL": address}, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise Unavailable("The migrations fail on an empty database; see above.")
    for old in databases(connection):
        if old.startswith("template_realign_"):
            with contextlib.suppress(psycopg.Error):
                connection.execute(f'DROP DATABASE "{old}"'.encode())
    with contextlib.suppress(psycopg.errors.DuplicateDatabase):
        connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"'.encode())
    return name


def databases(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def drop_what_died(connection: psycopg.Connection) -> None:
    for name in databases(connection):
        owner = name.removeprefix("test_realign_").split("_")[0]
        if name.startswith("test_realign_") and owner.isdigit() and not psutil.pid_exists(int(owner)):
            with contextlib.suppress(psycopg.Error):
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def browser() -> str:
    """A chromium on the path, else Debian's package, else a sentence."""
    if found := chromium():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing chromium for the journeys …", flush=True)
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(
                command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL, check=False
            )
        if found := chromium():
            return found
    raise Unavailable(
        "The journeys drive a real browser and no chromium is on the path. Install one (Debian, as root: "
        "apt install chromium), or run the rest with `make test ARGS='tests --ignore=tests/journeys'`."
    )


def keep() -> None:
    """`make services`: leave the test servers up between runs."""
    with servers():
        (HOME / "keep").touch()


def stop() -> None:
    (HOME / "keep").unlink(missing_ok=True)
    with servers():
        pass
