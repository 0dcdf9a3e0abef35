"""PostgreSQL and Valkey in a folder of their own, shared by whoever uses that folder at the moment."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import redis

from ops import binaries
from ops.processes import end_with_parent


def free_port(preferred: int = 0) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Servers:
    """The first to enter starts them, the last to leave stops them; DATABASE_URL and REDIS_URL win if set."""

    def __init__(self, home: Path, *, durable: bool, end_with_us: bool = False) -> None:
        self.home = home
        self.durable = durable
        self.end_with_us = end_with_us  # even when we are killed and cannot stop them
        self.state: dict[str, Any] = {}
        self.children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        self.users = (self.home / "users.lock").open("a")
        with self._alone():
            fcntl.flock(self.users, fcntl.LOCK_SH)
            self.state = self._read_state()
            starters = [
                start
                for wanted, start in (("DATABASE_URL", self._postgres), ("REDIS_URL", self._valkey))
                if not os.environ.get(wanted)
            ]
            waits = [wait for start in starters if (wait := start())]  # both come up at once
            self._write_state()
            for wait in waits:
                wait()
        return self

    def __exit__(self, *_: object) -> None:
        with self._alone(), self.users:
            try:
                fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # someone else is still using them
            if not (self.home / "keep").exists():
                self.stop()

    def stop(self) -> None:
        state = self._read_state()
        for name, how in (("postgres", signal.SIGINT), ("valkey", signal.SIGTERM)):
            _end(state.get(name), how)
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=10)

    def environment(self) -> dict[str, str]:
        """The addresses, for whoever runs in here."""
        found = {}
        if not os.environ.get("DATABASE_URL"):
            found["DATABASE_URL"] = self._database_url("realign")
        if not os.environ.get("REDIS_URL"):
            valkey = self.state["valkey"]
            url = f"redis://:{self.state['password']}@127.0.0.1:{valkey['port']}"
            found |= {"REDIS_URL": f"{url}/0", "CACHE_URL": f"{url}/1"}
        return found

    # --- PostgreSQL ---------------------------------------------------------------------------------

    def _postgres(self) -> Callable[[], None] | None:
        if "postgres" in self.state and _is_alive(self.state["postgres"]) and self._postgres_answers():
            return None
        home = binaries.postgres_home(self.home)
        data = home / f"postgres-{binaries.postgres_major()}"
        account = binaries.postgres_account()
        programs = binaries.reachable_postgres_bin(self.home)
        if not (data / "PG_VERSION").exists():
            self._initialise(data, account, programs)
        port = free_port(self.state.get("postgres", {}).get("port", 0))
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            "max_connections": "300",  # several runs side by side, some with fifty people at once
            "jit": "off",
            # A failed statement holds people's words; the log does not get to see it.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        process = self._start("postgres", [*account, str(programs / "postgres"), "-D", str(data), *options], cwd=home)
        self.state["postgres"] = {**_identity(process.pid), "port": port}
        return lambda: self._until(self._postgres_answers, "PostgreSQL", "postgres", process)

    def _initialise(self, data: Path, account: tuple[str, ...], programs: Path) -> None:
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if binaries.postgres_major() >= 17
            else ["--locale=C.UTF-8"]
        )
        command = [
            *account, str(programs / "initdb"), "-D", str(data), "--username=realign", "--encoding=UTF8", *locale,
            "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--text-search-config=english", "--no-sync",
        ]  # fmt: skip
        with tempfile.TemporaryFile("w+") as password:
            password.write(self.state["password"])
            password.seek(0)
            owner = data.parent.stat()
            os.fchown(password.fileno(), owner.st_uid, owner.st_gid)
            done = subprocess.run(command, stdin=password, capture_output=True, text=True, cwd=data.parent, check=False)
        if done.returncode != 0:
            raise binaries.Unavailable(f"PostgreSQL could not set up {data}:\n{done.stderr.strip()}")

    def _database_url(self, name: str) -> str:
        return f"postgres://realign:{self.state['password']}@127.0.0.1:{self.state['postgres']['port']}/{name}"

    def _postgres_answers(self) -> bool:
        try:
            with psycopg.connect(self._database_url("postgres"), autocommit=True, connect_timeout=3) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'realign'").fetchone():
                    connection.execute("CREATE DATABASE realign")
        except psycopg.OperationalError as refusal:
            return "too many clients" in str(refusal)  # it is there, and busy
        return True

    # --- Valkey -------------------------------------------------------------------------------------

    def _valkey(self) -> Callable[[], None] | None:
        if "valkey" in self.state and _is_alive(self.state["valkey"]) and self._valkey_answers():
            return None
        port = free_port(self.state.get("valkey", {}).get("port", 0))
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": self.state["password"],
            "save": '""',  # the rows in PostgreSQL carry the truth
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        configuration = self.home / "valkey.conf"
        write_private(configuration, "".join(f"{key} {value}\n" for key, value in settings.items()))
        process = self._start("valkey", [str(binaries.valkey_server()), str(configuration)], cwd=self.home)
        self.state["valkey"] = {**_identity(process.pid), "port": port}
        return lambda: self._until(self._valkey_answers, "Valkey", "valkey", process)

    def _valkey_answers(self) -> bool:
        try:
            client = redis.Redis(port=self.state["valkey"]["port"], password=self.state["password"], socket_timeout=2)
            with client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    # --- Both ---------------------------------------------------------------------------------------

    def _start(self, name: str, command: list[str], *, cwd: Path) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must reach the runner first, which ends all in order.
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd, start_new_session=True,
                preexec_fn=end_with_parent if self.end_with_us else None,  # noqa: PLW1509 (one system call)
            )  # fmt: skip
        self.children.append(process)
        return process

    def _until(self, ready: Callable[[], bool], name: str, log: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (self.home / f"{log}.log").read_text(errors="replace").splitlines()[-8:]
                raise binaries.Unavailable("\n".join([f"{name} did not start. Its log ends with:", *tail]))
            time.sleep(0.03)

    @contextlib.contextmanager
    def _alone(self) -> Any:
        with (self.home / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read_state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.home / "servers.json").read_text())
        except (FileNotFoundError, ValueError):
            state = {}
        return {"password": secrets.token_hex(16), **state}

    def _write_state(self) -> None:
        write_private(self.home / "servers.json", json.dumps(self.state))


def write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _identity(pid: int) -> dict[str, float]:
    """A pid alone may by now belong to another."""
    return {"pid": pid, "born": psutil.Process(pid).create_time()}


def _is_alive(known: dict[str, Any]) -> bool:
    try:
        process = psutil.Process(known["pid"])
        return bool(abs(process.create_time() - known["born"]) < 2 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _end(known: dict[str, Any] | None, how: signal.Signals) -> None:
    if not known or not _is_alive(known):
        return
    process = psutil.Process(known["pid"])
    process.send_signal(how)
    try:
        process.wait(timeout=10)
    except psutil.TimeoutExpired:
        process.kill()
