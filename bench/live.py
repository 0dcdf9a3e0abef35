"""The room, live: people who join, post and listen, 2 of them or 200, over one web process or two.

Import it once Django is set up: it fills the database, and leaves everything else to bench/driver.py.
"""

import contextlib
import http.client
import json
import pstats
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from bench.fill import Filler, session_of
from bench.reception import BEGINNING, percentile
from bench.stage import Stage
from bench.table import Growth, Row
from ops.binaries import ROOT
from ops.testing import chromium

CROWD = 200
AT_THE_FORM = 20  # who sign in as everyone does; the app lets thirty a minute do so from one address
CARDS = 20  # on the board when the posting begins
SOON_MS = 250
LADDER = (40, 80, 120, 160)
SERVED_BY = 2  # web processes of the Dockerfile: the limits are about them
A_LITTLE_APART = 0.03
PATIENCE = 10.0
GONE = 2.5  # seconds after which whoever left is no longer shown as present
# people, cards/s -> ms for half and for 95 of 100 of the pairs
LIMITS = {(20, 5): (13, 18), (200, 5): (14, 19), (200, 20): (14, 19)}
JOINS = {50: 0.5, 200: 2.0}  # people -> seconds
JOIN_MB, MEMORY_MIB, MOST, LIVE_IN_S = 25, 300, 120, 1


@dataclass(frozen=True)
class Plan:
    """How long and how often; which sizes and rates for one process and for two."""

    seconds: float
    runs: int
    points: dict[int, dict[int, tuple[int, ...]]]  # processes -> people -> rates
    ladder: dict[int, tuple[int, ...]]  # processes -> rates for the whole crowd


QUICK = Plan(
    5, 1,
    {1: {2: (5,), 20: (5,), 200: (5,)}, 2: {20: (5, 20), 200: (5, 20)}},
    {2: LADDER[:3]},
)  # fmt: skip
WHOLE = Plan(
    6, 3,
    {1: {2: (5,), 20: (5,), 50: (5,), 200: (5,)}, 2: {2: (5,), 20: (1, 5, 20), 50: (5,), 200: (1, 5, 20)}},
    {1: LADDER[:2], 2: LADDER},
)  # fmt: skip


@dataclass(frozen=True)
class Posting:
    """So many people, so many cards a second, so many web processes: the medians of the runs. Milliseconds."""

    processes: int
    people: int
    rate: int
    p50: float
    p95: float
    last_p95: float
    pairs: int
    lost: int
    sent: int
    refused: int
    answer_p50: float
    answer_p95: float
    answer_bytes: float
    cpu_a_post: float
    driver_late_p95: float
    driver_cores: float  # of the machine's, while it posted
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Everyone had every card soon enough."""
        return self.lost == 0 and self.refused == 0 and self.last_p95 < SOON_MS


class Driver:
    """The process in which the people are."""

    def __enter__(self) -> "Driver":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.driver"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps({"do": do, **arguments}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"The driver ended when it was asked to {do}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Meeting:
    """A crowd that has signed in, and a room for each number of people."""

    def __init__(self, stage: Stage, filler: Filler, driver: Driver) -> None:
        self.stage, self.filler, self.driver = stage, filler, driver
        self.password = secrets.token_urlsafe(12)
        self.crowd = filler.crowd(CROWD, password=self.password, with_password=AT_THE_FORM)
        self.rooms: dict[int, Debrief] = {}

    def room(self, people: int) -> Debrief:
        if people not in self.rooms:
            self.rooms[people] = self.filler.room(f"Live {people}", self.crowd[:people], CARDS)
        return self.rooms[people]

    def sign_in(self) -> None:
        self.driver.ask(
            "arrive", port=self.stage.port, visitors=[self._visitor(n, one) for n, one in enumerate(self.crowd)]
        )

    def _visitor(self, n: int, person: User) -> dict[str, str]:
        if n < AT_THE_FORM:
            return {"email": person.email, "password": self.password}
        return {"session": session_of(person).partition("=")[2]}

    def join(self, people: int) -> None:
        """One after the other, at ease."""
        came = self._join(people, pause=A_LITTLE_APART, patience=60, with_own=True)
        assert not came["failed"], f"{came['failed']} of {people} could not join: {came['why']}"

    def join_at_once(self, people: int, *, with_own: bool) -> dict[str, Any]:
        return self._join(people, pause=0, patience=PATIENCE, with_own=with_own)

    def _join(self, people: int, **how: Any) -> dict[str, Any]:
        return self.driver.ask("join", path=f"/debriefs/{self.room(people).pk}/", people=people, **how)

    def leave(self) -> None:
        self.driver.ask("leave")
        time.sleep(GONE)

    def clear(self, people: int) -> None:
        """Take away what was posted, as a change like any other: what the web processes keep of the board is drawn anew."""
        room = self.room(people)
        with transaction.atomic():
            room.perspectives.filter(text__startswith=BEGINNING).delete()
            room._changed("board")

    def post(self, processes: int, people: int, rate: int, plan: Plan) -> Posting:
        """Each run begins with the same board; its first second warms up."""
        runs = []
        seconds = max(plan.seconds, 8 / rate)
        for _ in range(plan.runs):
            self.clear(people)
            self.driver.ask("post", rate=rate, seconds=1)
            used, began = self.stage.cpu(), time.monotonic()
            run = self.driver.ask("post", rate=rate, seconds=seconds)
            run["cpu_a_post"] = 1000 * (self.stage.cpu() - used) / run["sent"]
            run["driver_cores"] = run["driver_cpu_s"] / (time.monotonic() - began)
            runs.append(run)
            if run["lost"] or run["refused"]:
                break  # it does not get better, and each waits for what does not come
        middle = {
            name: median(run[name] for run in runs)
            for name in (
                "p50", "p95", "last_p95", "answer_p50", "answer_p95", "answer_bytes", "cpu_a_post", "driver_cores"
            )
        }  # fmt: skip
        summed = {name: sum(run[name] for run in runs) for name in ("pairs", "lost", "sent", "refused")}
        late = max(run["late_p95"] for run in runs)
        return Posting(processes, people, rate, **middle, **summed, driver_late_p95=late, runs=runs)


def live(
    stage: Stage, filler: Filler, tell: Callable[[str], None], *, quick: bool
) -> tuple[list[Row], list[Growth], dict[str, Any]]:
    plan = QUICK if quick else WHOLE
    posted: list[Posting] = []
    rows: list[Row] = []
    with Driver() as driver:
        meeting = Meeting(stage, filler, driver)
        for processes, points in plan.points.items():
            stage.start(processes)
            if not posted:
                tell(f"Signing in {CROWD} people …")
                meeting.sign_in()
            for people, rates in points.items():
                meeting.join(people)
                for rate in rates:
                    posted.append(meeting.post(processes, people, rate, plan))
                    tell(told(posted[-1]))
                if people == CROWD:
                    posted += ladder(meeting, processes, plan, tell)
                    if processes == SERVED_BY:
                        rows.append(memory(stage))
                meeting.leave()
        tell("Everyone joins at once …")
        rows += [row for people in JOINS for row in joining(meeting, people, plan.runs)]
        rows += in_a_browser(stage, meeting)
        rows = [*posting_rows(posted), *most_rows(posted, plan), *rows]
        return rows, growth(posted), {"live": [asdict(one) for one in posted]}


def ladder(meeting: Meeting, processes: int, plan: Plan, tell: Callable[[str], None]) -> Iterator[Posting]:
    """Ever more cards a second, until not everyone has them soon."""
    for rate in plan.ladder.get(processes, ()):
        posting = meeting.post(processes, CROWD, rate, plan)
        tell(told(posting))
        yield posting
        if not posting.holds:
            return


def told(one: Posting) -> str:
    return (
        f"  {one.people} people, {one.rate}/s, {one.processes} web: {one.p50:.1f} / {one.p95:.1f} ms, last {one.last_p95:.0f}, "
        f"lost {one.lost} of {one.pairs}, refused {one.refused} of {one.sent}, {one.cpu_a_post:.1f} ms of CPU a post, "
        f"answer {one.answer_p50:.0f} ms; driver {one.driver_cores:.2f} cores, late {one.driver_late_p95:.1f} ms"
    )


def _found(posted: Sequence[Posting], processes: int, people: int, rate: int) -> Posting | None:
    wanted = (processes, people, rate)
    return next((one for one in posted if (one.processes, one.people, one.rate) == wanted), None)


def posting_rows(posted: Sequence[Posting]) -> list[Row]:
    rows = []
    for (people, rate), limits in LIMITS.items():
        two, one = (_found(posted, processes, people, rate) for processes in (SERVED_BY, 1))
        assert two
        what = f"{people} people, {rate} cards/s: a card on each other screen"
        beside = f"one process: {one.p50:.1f} / {one.p95:.1f}" if one else ""
        rows += [
            Row(f"{what}, p50", two.p50, "ms", limits[0], beside),
            Row(f"{what}, p95", two.p95, "ms", limits[1], f"last receiver {two.last_p95:.1f}"),
        ]
    few = _found(posted, SERVED_BY, 20, 20)
    assert few
    note = f"of {few.pairs:,} receptions; {few.refused} of {few.sent} cards refused"
    return [*rows, Row("20 people, 20 cards/s: lost or refused", few.lost + few.refused, "", 0, note)]


def most_rows(posted: Sequence[Posting], plan: Plan) -> list[Row]:
    rows = []
    for processes in plan.ladder:
        climbed = sorted(
            (one for one in posted if one.people == CROWD and one.processes == processes), key=lambda one: one.rate
        )
        held = [one.rate for one in takewhile(lambda one: one.holds, climbed)]
        note = "; ".join(
            f"{one.rate}/s: {one.last_p95:.0f} ms" + (f", {one.lost} lost" if one.lost else "")
            + (f", {one.refused} refused" if one.refused else "")
            for one in climbed if one.rate >= LADDER[0]
        )  # fmt: skip
        what = f"most cards/s, {CROWD} people, {processes} web process{'es' if processes > 1 else ''}"
        limit = MOST if processes == SERVED_BY else None
        rows.append(Row(what, max(held, default=0), "/s", limit, f"last receiver p95, {note}", at_least=True))
    return rows


def joining(meeting: Meeting, people: int, runs: int) -> list[Row]:
    """All at the same instant. First what is asked for; then as browsers do it, which ask for tray and bar as well."""
    meeting.clear(people)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    failed, why, sent = 0, "", {}
    for with_own in (False, True):
        for _ in range(runs):
            came = meeting.join_at_once(people, with_own=with_own)
            taken = [ms / 1000 for ms in came["ms"].get("stream", [])] + [PATIENCE] * came["failed"]
            seconds[with_own].append(percentile(taken, 0.95))
            failed += came["failed"]
            why, sent = " ".join(came["why"]) or why, came["bytes"]
            meeting.leave()
    page, whole = (median(values) for values in seconds.values())
    megabytes = {what: size / 1e6 for what, size in sent.items()}
    note = "pages {page:.1f}, streams {stream:.1f}, trays and bars {own:.1f}; not packed".format(**megabytes)
    rows = [
        Row(f"{people} join at once: failed", failed, "", 0, why),
        Row(f"{people} join at once: first byte of the stream, p95", page, "s", JOINS[people], "page, then stream"),
        Row(f"{people} join at once, with tray and bar: the same", whole, "s", JOINS[people], "as browsers do it"),
    ]
    if people == CROWD:
        rows.append(Row(f"bytes sent for {people} joins", sum(megabytes.values()), "MB", JOIN_MB, note))
    return rows


def memory(stage: Stage) -> Row:
    each = " + ".join(f"{mib:.0f}" for mib in stage.memories())
    note = f"RSS: {each}; {stage.own_memory():.0f} with what they share counted once"
    what = f"memory of all web processes, {CROWD} people joined and posting"
    return Row(what, stage.memory(), "MiB", MEMORY_MIB, note)


def growth(posted: Sequence[Posting]) -> list[Growth]:
    found = []
    for what, unit, name in (
        ("a card, 5/s, one web process: CPU", "ms", "cpu_a_post"),
        ("a card, 5/s, one web process: on each other screen, p95", "ms", "p95"),
    ):
        sizes = [(n, one) for n in (2, 20, 200) if (one := _found(posted, 1, n, 5))]
        found.append(Growth(what, unit, [(n, getattr(one, name)) for n, one in sizes], "n people in the room"))
    return found


def in_a_browser(stage: Stage, meeting: Meeting) -> list[Row]:
    """From the address to a page that is live, in a real browser that has never been here."""
    what = "first visit, from the address to live"
    if (program := chromium()) is None:
        return [Row(what, None, "s", LIVE_IN_S, "no chromium here")]
    asked = {
        "chromium": program, "origin": f"http://127.0.0.1:{stage.port}", "path": f"/debriefs/{meeting.room(20).pk}/",
        "session": session_of(meeting.crowd[0]).partition("=")[2],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.browser"], input=json.dumps(asked), capture_output=True, text=True, cwd=ROOT,
        check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        return [Row(what, None, "s", LIVE_IN_S, done.stderr.strip().splitlines()[-1][:100])]
    taken = [ms / 1000 for ms in json.loads(done.stdout)]
    return [Row(what, median(taken), "s", LIVE_IN_S, f"{len(taken)} visits, the slowest {max(taken):.2f}")]


# Where a post's time goes


def profile(stage: Stage, filler: Filler, tell: Callable[[str], None]) -> str:
    place = Path(stage.folder.name) / "post.prof"
    with Driver() as driver:
        meeting = Meeting(stage, filler, driver)
        stage.start(1, "bench.profiled:application", BENCH_PROFILE=str(place))
        tell("Signing in …")
        meeting.sign_in()
        meeting.join(20)
        driver.ask("post", rate=5, seconds=2)
        _visit(stage.port, "/bench/begin")
        sent = driver.ask("post", rate=2, seconds=20)["sent"]
        _visit(stage.port, "/bench/end")
        driver.ask("leave")
    return spent(pstats.Stats(str(place)), sent)


def _visit(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    assert connection.getresponse().status == 204


def spent(stats: pstats.Stats, posts: int) -> str:
    """Our functions by the time spent in and below them, and the packages by their own."""
    found: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
    whole = sum(own for _, _, own, _, _ in found.values())
    packages: dict[str, float] = {}
    ours: list[tuple[float, int, str]] = []
    for (path, line, name), (_, calls, own, below, _) in found.items():
        packages[_package(path)] = packages.get(_package(path), 0.0) + own
        if "/apps/" in path:
            ours.append((below, calls, f"{path.rpartition('/apps/')[2]}:{line} {name}"))
    lines = [f"{1000 * whole / posts:.1f} ms of CPU a post while every call is counted; of that", ""]
    lines += [
        f"{100 * own / whole:5.1f} %  {name}" for name, own in sorted(packages.items(), key=lambda one: -one[1])[:12]
    ]
    lines += ["", "in and below our functions:", ""]
    lines += [
        f"{100 * below / whole:5.1f} %  {calls / posts:5.1f} x  {what}"
        for below, calls, what in sorted(ours, reverse=True)[:60]
    ]
    return "\n".join(lines)


def _package(path: str) -> str:
    if "/site-packages/" in path:
        inside = path.partition("/site-packages/")[2].split("/")
        return ".".join(inside[: 2 if inside[0] != "django" else 3]).removesuffix(".py")
    if "/apps/" in path or "/config/" in path:
        return "ours"
    return "built in" if path.startswith(("~", "<")) else "python's library"
