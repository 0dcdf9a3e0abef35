"""Which figures are taken, and against which limits. Import it once Django is set up."""

from collections.abc import Callable
from functools import partial

from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.debriefs.models import Debrief
from bench.fill import A_PAGE, Filler, Reader, session_of
from bench.pages import Browser, Cost
from bench.stage import Stage
from bench.table import Growth, Row

LIST_QUERIES, LIST_CPU_MS = 8, 15
BOARDS = {500: (60.0, 60.0), 2000: (150.0, 120.0)}  # cards -> (ms of the server, kB on the wire)
GROWING_BOARDS = (20, 200, 2000)
FIRST_VISIT_KB = 60
COLD_REQUESTS = 8  # a big board costs as much as many lists


def pages(stage: Stage, filler: Filler, tell: Callable[[str], None]) -> tuple[list[Row], list[Growth]]:
    tell("Filling a database: three readers with up to 2,000 debriefs and steps, boards of up to 2,000 cards …")
    readers = [filler.reader(times) for times in (1, 10, 100)]
    team = filler.team("Boards", filler.people[0])
    sizes = sorted({*BOARDS, *GROWING_BOARDS})
    boards = {cards: filler.board(team, cards) for cards in sizes}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    stage.start()
    tell("Lists …")
    rows, growth = lists(stage, readers)
    tell("Boards …")
    member = session_of(filler.people[1])
    costs = {cards: board_costs(stage, member, debrief, cards) for cards, debrief in boards.items()}
    rows += board_rows(stage, member, boards, costs)
    growth += board_growth(costs)
    rows += first_visit(stage, member, boards[20])
    rows.append(Row("memory of the web process, after all of this", stage.memory(), "MiB"))
    return rows, growth


def queries(path: str, cookie: str) -> int:
    """Counted inside a process of the same settings, on the second visit."""
    client = Client(SERVER_NAME="127.0.0.1", HTTP_COOKIE=cookie)
    client.cookies.load(cookie)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


LISTS = {"/debriefs/": 'class="row-title"', "/steps/": '<li class="step"'}


def lists(stage: Stage, readers: list[Reader]) -> tuple[list[Row], list[Growth]]:
    rows: list[Row] = []
    growth: list[Growth] = []
    for path, marks in LISTS.items():
        costs: list[tuple[int, Cost]] = []
        counted: list[int] = []
        shown: list[int] = []
        for reader in readers:
            browser = Browser(stage, reader.cookie)
            shown.append(browser.page(path).count(marks))
            costs.append((reader.rows, browser.cost(path, says=marks, times=shown[-1])))
            counted.append(queries(path, reader.cookie))
        assert shown[0] == A_PAGE
        rows += [
            Row(f"list {path}, {A_PAGE} rows: queries", counted[0], "", LIST_QUERIES),
            Row(f"list {path}, {A_PAGE} rows: CPU", costs[0][1].cpu_ms, "ms", LIST_CPU_MS, wall(costs[0][1])),
        ]
        note = "{} rows on the page; {} queries".format(*("/".join(map(str, some)) for some in (shown, counted)))
        growth.append(Growth(f"list {path}: CPU", "ms", [(n, cost.cpu_ms) for n, cost in costs], note))
    return rows, growth


def board_costs(stage: Stage, cookie: str, debrief: Debrief, cards: int) -> tuple[Cost, Cost]:
    """(cold, warm). Cold: somebody has just changed something, so every region is rendered afresh."""
    browser = Browser(stage, cookie)
    path = f"/debriefs/{debrief.pk}/"
    change = partial(Debrief.objects.filter(pk=debrief.pk).update, seq=F("seq") + 1)
    cost = partial(browser.cost, path, says='<li class="card"', times=cards)
    return cost(before=change, requests=COLD_REQUESTS), cost()


def board_rows(stage: Stage, cookie: str, boards: dict[int, Debrief], costs: dict[int, tuple[Cost, Cost]]) -> list[Row]:
    rows: list[Row] = []
    for cards, (limit_ms, limit_kb) in BOARDS.items():
        path = f"/debriefs/{boards[cards].pk}/"
        cold, warm = costs[cards]
        wire, raw, by_server = Browser(stage, cookie).packed(path)
        how = "packed by the server" if by_server else "gzip, behind the proxy"
        rows += [
            Row(f"board of {cards:,} cards: cold, the first after a change", cold.wall_ms, "ms", limit_ms, cpu(cold)),
            Row(f"board of {cards:,} cards: warm", warm.wall_ms, "ms", limit_ms, cpu(warm)),
            Row(f"board of {cards:,} cards: on the wire", wire / 1000, "kB", limit_kb, f"{how}; {raw / 1000:.0f} raw"),
            Row(f"board of {cards:,} cards: queries, warm", queries(path, cookie), ""),
        ]
    return rows


def board_growth(costs: dict[int, tuple[Cost, Cost]]) -> list[Growth]:
    return [
        Growth(f"board, {name}: CPU", "ms", [(n, costs[n][which].cpu_ms) for n in GROWING_BOARDS])
        for which, name in enumerate(("cold", "warm"))
    ]


def first_visit(stage: Stage, cookie: str, debrief: Debrief) -> list[Row]:
    sizes = Browser(stage, cookie).first_visit(f"/debriefs/{debrief.pk}/")
    both = (sizes["js"] + sizes["css"]) / 1000
    note = f"JS {sizes['js'] / 1000:.1f}, CSS {sizes['css'] / 1000:.1f}; icons {sizes['other'] / 1000:.1f} more"
    return [
        Row("first visit to a board: JS + CSS on the wire", both, "kB", FIRST_VISIT_KB, note),
        Row("first visit to a board: files", sizes["files"], ""),
    ]


def wall(cost: Cost) -> str:
    return f"lowest run {cost.lowest_cpu_ms:.1f}; {cost.wall_ms:.1f} ms to the last byte"


def cpu(cost: Cost) -> str:
    return f"{cost.cpu_ms:.1f} ms of CPU"
