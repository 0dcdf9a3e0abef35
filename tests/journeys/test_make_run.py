"""`make run` itself, in a folder of its own: it starts, keeps the data, and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ops import run
from ops.binaries import ROOT
from ops.servers import free_port

OURS = ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "BASE_URL")


class Runner:
    def __init__(self, var: Path) -> None:
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environment |= {"REALIGN_VAR": str(var), "PORT": str(free_port())}
        self.said = ""

    def __enter__(self) -> "Runner":
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ops", "run"], cwd=ROOT, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "Letters it sends" in line:
                break
        self.seconds = time.monotonic() - began
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return self

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.said += self.rest()
        return self.process.returncode

    def rest(self) -> str:
        return "" if self.process.stdout.closed else self.process.communicate(timeout=30)[0]

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        self.rest()

    def left_behind(self) -> list[str]:
        """A process that was told to end may take a moment to be gone."""
        _, alive = psutil.wait_procs(self.family, timeout=10)
        return [process.name() for process in alive if process.is_running()]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled by a first start, which Ctrl-C ended."""
    folder = tmp_path_factory.mktemp("var")
    folder.chmod(0o700)
    with Runner(folder) as first:
        assert first.end(signal.SIGINT) == 0, first.said
    assert first.left_behind() == []
    return folder


def test_the_first_start_says_where_it_is_and_who_may_sign_in(var: Path) -> None:
    with Runner(var) as again:
        assert f"Realign is at http://localhost:{again.environment['PORT']} " in again.said
        assert all(email in again.said for _, email, _ in run.logins())


def test_a_second_start_keeps_the_data_and_has_nothing_to_prepare(var: Path) -> None:
    with Runner(var) as second:
        assert "Bringing the database up to date" not in second.said
        assert "Filling it with the demo" not in second.said
        assert second.seconds < 20  # 2 on a quiet machine, which the bench shows; this one may be busy
        assert len(second.family) >= 5  # web, worker, beat, PostgreSQL, Valkey
        assert second.end(signal.SIGTERM) == 0
    assert second.left_behind() == []


def test_when_one_process_dies_all_end_and_it_says_which(var: Path) -> None:
    with Runner(var) as runner:
        worker = next(process for process in runner.family if "worker" in process.cmdline())
        worker.kill()
        said = runner.rest()
        assert "The worker process ended by itself" in said
        assert runner.process.returncode == 1
    assert runner.left_behind() == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_not_even_kill_9_leaves_anything_behind(var: Path) -> None:
    with Runner(var) as runner:
        runner.process.kill()
    assert runner.left_behind() == []
