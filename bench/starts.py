"""`make run` on a machine that has never seen it: a fresh clone in a folder of its own."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.table import Row
from ops.binaries import ROOT
from ops.servers import free_port

SECOND_START_S = 5
PATIENCE = 400
# A stranger's shell knows none of what ours has set: no addresses of servers, no make above.
KEPT = ("HOME", "PATH", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")
KEPT_BEGINNINGS = ("PIP_", "SSL_", "REQUESTS_", "http", "HTTP", "https", "no_proxy", "NO_PROXY")


def starts(tell: Callable[[str], None]) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="realign-fresh-") as folder:
        clone = Path(folder) / "realign"
        done = subprocess.run(
            ["git", "clone", "--quiet", str(ROOT), str(clone)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return [Row("make run, first start", None, "s", note="git could not clone this folder")]
        tell("The first start of `make run` in a fresh clone: installs, sets up the servers, fills the demo …")
        first = start(clone)
        tell("The second start …")
        second = start(clone) if first else None
        return [
            Row(
                "make run, first start in a fresh clone",
                first,
                "s",
                note="as committed; installs everything, then the demo",
            ),
            Row("make run, second start", second, "s", SECOND_START_S, "from `make` to the first 200 of /healthz"),
        ]


def start(clone: Path) -> float | None:
    """Seconds until it answers; None if it does not, and why on the screen. It is ended again by Ctrl-C's signal."""
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_BEGINNINGS)
    }
    log = clone.parent / "run.log"
    with log.open("wb") as out:
        began = time.monotonic()
        run = subprocess.Popen(
            ["make", "run", f"PORT={port}"], cwd=clone, env=environment, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        while not answers(port):
            if run.poll() is not None or time.monotonic() - began > PATIENCE:
                print(f"`make run` did not come up. Its last lines:\n{log.read_text(errors='replace')[-2000:]}")
                return None
            time.sleep(0.02)
        return time.monotonic() - began
    finally:
        end(run)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def end(run: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGINT)
    try:
        run.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
