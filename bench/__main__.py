"""`make bench` measures and prints a table.

`ARGS=quick` takes three minutes: one run of each, without the fresh clone. `ARGS=live` measures the live room alone,
`ARGS=test` runs the suite as well, `ARGS=profile` shows where the time of a post goes, and nothing else.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import django

from bench import table
from bench.stage import Stage
from bench.starts import starts
from bench.table import Growth, Row
from ops.binaries import ROOT, VAR, Unavailable
from ops.testing import LAST

FIGURES = VAR / "bench.json"
ARGUMENTS = {"quick", "test", "live", "profile"}


def main(arguments: list[str]) -> int:
    if unknown := set(arguments) - ARGUMENTS:
        raise Unavailable(f"The bench knows {' and '.join(sorted(ARGUMENTS))}, not {', '.join(sorted(unknown))}.")
    began, clear = time.monotonic(), os.environ.copy()
    rows: list[Row] = []
    growth: list[Growth] = []
    with Stage() as stage:
        django.setup()
        from django.utils import timezone

        from bench import live, measures, pages
        from bench.fill import Filler

        filler, quick = Filler(timezone.now()), "quick" in arguments
        if "profile" in arguments:
            print(live.profile(stage, filler, tell))
            return 0
        if "live" not in arguments:
            pages.RUNS = 1 if quick else pages.RUNS
            rows, growth = measures.pages(stage, filler, tell)
        tell("The live room …")
        more, grown, raw = live.live(stage, filler, tell, quick=quick)
        rows, growth = more + rows, growth + grown
    os.environ.clear()
    os.environ.update(clear)
    if not {"quick", "live"} & {*arguments}:
        rows += starts(tell)
    if "live" not in arguments:
        rows.append(suite(run="test" in arguments))
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "yardstick_ms": round(yardstick(), 1),
        **raw,
    }
    table.write(FIGURES, rows, growth, about)
    print(f"\n{table.rows_as_text(rows)}\n\n{table.growth_as_text(growth)}\n")
    missed = len(table.over(rows))
    limits = sum(1 for row in rows if row.limit is not None and row.value is not None)
    print(f"{limits - missed} of {limits} limits hold; {about['seconds']} s, {about['cores']} cores,", end=" ")
    print(f"load {about['load']}, yardstick {about['yardstick_ms']} ms. Also in var/{FIGURES.name}.")
    return 0


def yardstick() -> float:
    """CPU time of a fixed piece of work: two tables can be compared as far as this figure agrees."""
    began = time.process_time()
    sum(n * n for n in range(1_000_000))
    return 1000 * (time.process_time() - began)


def suite(*, run: bool) -> Row:
    """How long `make test` takes: measured now if asked for, else as its last whole run has noted."""
    what, limit = "make test", 600
    if run:
        tell("make test …")
        began = time.monotonic()
        environment = {name: value for name, value in os.environ.items() if name not in ("ARGS", "MAKEFLAGS")}
        done = subprocess.run(["make", "test"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
        return Row(what, time.monotonic() - began, "s", limit, "" if done.returncode == 0 else "with failures")
    try:
        last = json.loads(LAST.read_text())
    except (OSError, ValueError):
        return Row(what, None, "s", limit, "make bench ARGS=test runs it")
    return Row(what, last["seconds"], "s", limit, f"the last whole run: {last['told']}")


def tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Unavailable as reason:
        sys.exit(f"{reason}")
