"""The app as it runs in production: uvicorn as a process of its own, over a database that is gone afterwards."""

import contextlib
import http.client
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import psycopg
import redis
from psycopg import sql

from ops.binaries import ROOT, Unavailable
from ops.servers import free_port

PATIENCE = 60.0
REDIS_DATABASE = 11  # of ours alone: it is emptied


class Stage:
    """Enter it before Django is set up: this process then sees the same database, key and sessions as the web one."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="realign-bench-")
        self.port = free_port()
        self.database = f"test_realign_{os.getpid()}_bench"
        self.admin_url = os.environ["DATABASE_URL"]
        self.redis_url = f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{REDIS_DATABASE}"
        self.web: psutil.Popen | None = None

    def __enter__(self) -> "Stage":
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "ENV_FILE": "",
                "DEBUG": "False",
                "HTTPS": "False",
                "SECRET_KEY": secrets.token_urlsafe(64),
                "DATABASE_URL": f"{self.admin_url.rsplit('/', 1)[0]}/{self.database}",
                "REDIS_URL": self.redis_url,
                "CACHE_URL": self.redis_url,
                "BASE_URL": f"http://127.0.0.1:{self.port}",
                "ALLOWED_HOSTS": "127.0.0.1",
                "EMAIL_URL": "memory://",
                "STATIC_ROOT": str(Path(self.folder.name) / "static"),
                "LIVE_CHANNEL_PREFIX": self.database,
                "LOG_LEVEL": "WARNING",  # of this process; the web one logs as ever
            }
        )
        with self._admin() as connection:
            name, template = sql.Identifier(self.database), sql.Identifier(os.environ["TEST_TEMPLATE"])
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, template))
        return self

    def start(self, processes: int = 1, application: str = "config.asgi:application", **environment: str) -> None:
        """The command of the Dockerfile; where a page's CPU time is asked for, one process, so that its is all there is."""
        self.stop()
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, check=True)
        command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1"]
        command += ["--workers", str(processes)] if processes > 1 else []
        command += ["--port", str(self.port), "--no-access-log", "--timeout-graceful-shutdown", "3"]
        with self._log.open("wb") as log:
            self.web = psutil.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"LOG_LEVEL": "INFO"} | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + PATIENCE
        # The first process answers while the others still load; each says so in the log when it has.
        while self._log.read_text().count("Started server process") < processes or not self._is_up():
            if self.web.poll() is not None or time.monotonic() > end:
                raise Unavailable(f"The web process did not start. Its log ends with:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.1)

    @property
    def _log(self) -> Path:
        return Path(self.folder.name) / "web.log"

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
            return True
        return False

    def processes(self) -> list[psutil.Process]:
        assert self.web is not None
        return [self.web, *self.web.children(recursive=True)]

    def cpu(self) -> float:
        """Seconds of CPU the web processes have used until now, threads that have ended included."""
        used = [one.cpu_times() for one in self.processes()]
        return float(sum(one.user + one.system for one in used))

    def memory(self) -> float:
        """MiB of all web processes, what they share counted in each."""
        return sum(self.memories())

    def memories(self) -> list[float]:
        return sorted((one.memory_info().rss / 2**20 for one in self.processes()), reverse=True)

    def own_memory(self) -> float:
        """MiB, what they share counted once."""
        infos = [one.memory_full_info() for one in self.processes()]
        return float(sum(getattr(one, "pss", one.uss) for one in infos) / 2**20)  # only Linux knows how it is shared

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def stop(self) -> None:
        if self.web is None:
            return
        family, self.web = self.processes(), None
        family[0].terminate()
        for one in psutil.wait_procs(family, timeout=10)[1]:
            one.kill()
        psutil.wait_procs(family, timeout=5)

    @contextlib.contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            yield connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()
        self.folder.cleanup()
