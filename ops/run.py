"""`make run`: the whole of Realign on this machine, for development and for a look."""

import hashlib
import importlib
import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request

import psycopg

from ops.binaries import ROOT, VAR, Unavailable
from ops.processes import Together
from ops.servers import Servers, write_private

HOME = VAR / "dev"
DEFAULT_PORT = 8000
FILLING = "being filled with the demo"


def main() -> int:
    began = time.monotonic()
    port = choose_port(os.environ.get("PORT", ""))
    together = Together(ROOT)
    together.listen()
    with Servers(HOME, durable=True, end_with_us=True) as servers:
        environment = development_environment(servers, port)
        ended = None
        try:
            if not prepare(together, environment):
                return 0 if together.asked_to_stop else 1
            start(together, environment, port)
            if wait_until_up(together, port):
                welcome(port, time.monotonic() - began)
                ended = together.wait()
            else:
                ended = together.ended()
        finally:
            together.stop()
    if ended:
        print(f"\nThe {ended} process ended by itself, so all was stopped. Its last lines are above.", flush=True)
        return 1
    print("\nStopped. Your data stays in var/; `make run` brings it back.", flush=True)
    return 0


def choose_port(wanted: str) -> int:
    if wanted:
        if not wanted.isdigit() or not 0 < int(wanted) < 65536:
            raise Unavailable(f"PORT={wanted} is no port; take a number from 1024 to 65535.")
        if not is_free(int(wanted)):
            free = next_free(int(wanted))
            raise Unavailable(f"Port {wanted} is taken by another program. Try `make run PORT={free}`.")
        return int(wanted)
    port = next_free(DEFAULT_PORT)
    if port != DEFAULT_PORT:
        print(f"Port {DEFAULT_PORT} is taken by another program, so Realign takes {port}.", flush=True)
    return port


def next_free(port: int) -> int:
    return next((candidate for candidate in range(port, min(port + 200, 65536)) if is_free(candidate)), 0)


def is_free(port: int) -> bool:
    """Whether it is free on both loopbacks: a browser asks for localhost, and may try either first."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except PermissionError as refused:
            raise Unavailable(f"Port {port} is for the administrator alone; take one from 1024 up.") from refused
        except OSError:
            if family == socket.AF_INET or _listens(address, port):
                return False
    return True


def _listens(address: str, port: int) -> bool:
    """No IPv6 on this machine also fails to bind, and takes nothing."""
    try:
        with socket.create_connection((address, port), timeout=0.2):
            return True
    except OSError:
        return False


def development_environment(servers: Servers, port: int | None = None) -> dict[str, str]:
    chosen = {
        "ENV_FILE": "",
        "DEBUG": "True",
        "HTTPS": "False",
        "SECRET_KEY": secret_key(),
        "BASE_URL": f"http://localhost:{port or DEFAULT_PORT}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MAIL_DIR": str(VAR / "mail"),
        "LOG_FORMAT": "people",
        "PYTHONUNBUFFERED": "1",
        # True, and no news to whoever starts this as root on a machine of their own.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    return {**os.environ, **chosen, **servers.environment()}


def secret_key() -> str:
    """Made once and kept, so that a restart signs nobody out."""
    path = HOME / "secret_key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(64))
    return path.read_text()


def prepare(together: Together, environment: dict[str, str]) -> bool:
    """Migrate, and fill an empty database with the demo; a database that is as we left it costs no time.

    How we left it is a comment on the database itself, if it is our own. A demo that was interrupted goes on.
    """
    ours = not os.environ.get("DATABASE_URL")
    key = migrations_key()
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        (comment,) = connection.execute(query).fetchone() or (None,)
        if comment == key:
            return True
        print("Bringing the database up to date …", flush=True)
        if not manage(together, environment, "migrate", "--skip-checks", "--verbosity", "0"):
            return False
        if comment == FILLING or not connection.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone():
            print("Filling it with the demo: three teams, debriefs in every phase …", flush=True)
            if ours:
                connection.execute(f"COMMENT ON DATABASE realign IS '{FILLING}'".encode())
            if not manage(together, environment, "demo", "--verbosity", "0"):
                return False
        if ours:
            connection.execute(f"COMMENT ON DATABASE realign IS '{key}'".encode())
    return True


def migrations_key() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in [*sorted(ROOT.glob("apps/*/migrations/*.py")), *sorted(ROOT.glob("apps/demo/**/demo.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def manage(together: Together, environment: dict[str, str], *arguments: str) -> bool:
    command = [sys.executable, "manage.py", *arguments]
    return together.finish(f"`manage.py {arguments[0]}`", command, environment, quiet=True)


def start(together: Together, environment: dict[str, str], port: int) -> None:
    python = [sys.executable, "-m"]
    web = [*python, "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2"]
    if os.environ.get("RELOAD"):
        web += ["--reload", "--reload-dir", "apps", "--reload-dir", "config"]
    celery = [*python, "celery", "--app", "config", "--quiet"]
    worker = [*celery, "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(HOME / "beat"), "--pidfile", ""]
    together.start("web", web, environment)
    together.start("worker", worker, environment)
    together.start("beat", beat, environment)


def wait_until_up(together: Together, port: int) -> bool:
    deadline = time.monotonic() + 60
    while not together.asked_to_stop and not together.ended():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise Unavailable("Realign did not answer within a minute; its last lines are above.") from None
            time.sleep(0.1)
    return False


def logins() -> list[tuple[str, str, str]]:
    """Role, address and password of the demo's people; its content is plain Python, no Django needed."""
    content = importlib.import_module("apps.demo.content")
    return [(str(role), email, password) for role, email, password in content.LOGINS]


def welcome(port: int, seconds: float) -> None:
    lines = ["", f"Realign is at http://localhost:{port}  (ready in {seconds:.1f} s; Ctrl-C ends it)", ""]
    if known := logins():
        wide = max(len(email) for _, email, _ in known)
        lines += ["Sign in as", *(f"  {role:<8} {email:<{wide}}  password  {word}" for role, email, word in known), ""]
    lines += [f"Letters it sends are at http://localhost:{port}/dev/mail/", ""]
    print("\n".join(lines), flush=True)
