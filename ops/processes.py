"""Several programs as one: their lines side by side, and one end for all of them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

# Loaded before any fork: between fork and exec a child must not import.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
COLOURS = {"web": "36", "worker": "35", "beat": "33"}


class Together:
    """Starts programs; waits until one of them ends or someone asks to stop; ends them all."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.running: dict[str, subprocess.Popen[str]] = {}
        self.asked_to_stop = False  # no threading.Event: setting one inside a signal handler can wait for itself
        self.plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        if "MAKELEVEL" in os.environ:  # make outlives us, unless someone kills it
            end_with_parent()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked_to_stop and number == signal.SIGINT:
            self._kill()
        self.asked_to_stop = True

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        # A session of its own each: Ctrl-C reaches us alone, and we end them in order.
        process = subprocess.Popen(
            command, env=environment, cwd=self.cwd, text=True, errors="replace", bufsize=1, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,  # noqa: PLW1509 (one system call)
        )  # fmt: skip
        self.running[name] = process
        threading.Thread(target=self._relay, args=(name, process), daemon=True).start()

    def _relay(self, name: str, process: subprocess.Popen[str]) -> None:
        label = f"{name:<6} |" if self.plain else f"\033[{COLOURS.get(name, '32')}m{name:<6} |\033[0m"
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            print(label, line, end="", flush=True)

    def finish(self, name: str, command: list[str], environment: dict[str, str], *, quiet: bool = False) -> bool:
        """Run one program to its end; False where it failed or someone asked to stop."""
        process = subprocess.Popen(
            command, env=environment, cwd=self.cwd, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            preexec_fn=end_with_parent,  # noqa: PLW1509 (one system call)
        )  # fmt: skip
        while process.poll() is None:
            if self.asked_to_stop:
                process.terminate()
                process.wait()
            time.sleep(0.05)
        if process.returncode != 0 and not self.asked_to_stop:
            print(f"{name} failed; it says why above.", flush=True)
        return process.returncode == 0

    def ended(self) -> str | None:
        """The name of a program that is gone, if one is."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def wait(self) -> str | None:
        while not self.asked_to_stop:
            if name := self.ended():
                return name
            time.sleep(0.2)
        return None

    def stop(self, *, patience: float = 10) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + patience
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
        self._kill()

    def _kill(self) -> None:
        """Also whatever they started themselves: each led a group of its own."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def end_with_parent() -> None:
    """Linux tells us when our parent dies, even by kill -9; elsewhere only the ordinary ways end us."""
    if LIBC:
        LIBC.prctl(1, signal.SIGTERM)
