"""A measured row, its limit, and how the table says whether it holds."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure. Without a limit it is there to be looked at; without a value it was not measured."""

    what: str
    value: float | None
    unit: str
    limit: float | None = None
    note: str = ""
    at_least: bool = False  # the limit is what must be reached, not what must not be passed

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.limit is None:
            return ""
        # Judged as it is printed: 15.04 ms against 15 reads "15.0 of 15", and is.
        value = round(self.value, 1)
        if self.at_least:
            return "ok" if value >= self.limit else "UNDER"
        return "ok" if value <= self.limit else "OVER"

    @property
    def limit_as_text(self) -> str:
        return f"{'≥ ' if self.at_least else ''}{number(self.limit)}"


@dataclass(frozen=True)
class Growth:
    """The same figure for n, 10 n and 100 n."""

    what: str
    unit: str
    values: Sequence[tuple[int, float]]
    note: str = ""

    @property
    def factors(self) -> list[float]:
        """What each tenfold costs: 10 is linear, 1 is constant."""
        figures = [value for _, value in self.values]
        return [after / before if before else 0.0 for before, after in pairwise(figures)]


def number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or value >= 1000 else f"{value:.1f}"


def columns(lines: Iterable[Sequence[str]], right: Sequence[int]) -> str:
    lines = [list(line) for line in lines]
    wide = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.rjust(wide[n]) if n in right else cell.ljust(wide[n]) for n, cell in enumerate(line)).rstrip()
        for line in lines
    )


def rows_as_text(rows: Iterable[Row]) -> str:
    head = ["what", "value", "limit", "unit", "", "note"]
    body = [[row.what, number(row.value), row.limit_as_text, row.unit, row.verdict, row.note] for row in rows]
    return columns([head, *body], right=(1, 2))


def growth_as_text(growths: Iterable[Growth]) -> str:
    lines = [["how cost grows", "n", "10 n", "100 n", "unit", "each tenfold", "note"]]
    for one in growths:
        cells = [f"{size:,}: {number(value)}" for size, value in one.values]
        factors = " ".join(f"x {factor:.1f}" for factor in one.factors)
        lines.append([one.what, *cells, one.unit, factors, one.note])
    return columns(lines, right=(1, 2, 3))


def over(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.verdict in ("OVER", "UNDER")]


def write(path: Path, rows: Iterable[Row], growths: Iterable[Growth], about: dict[str, object]) -> None:
    told = {
        **about,
        "rows": [asdict(row) | {"verdict": row.verdict} for row in rows],
        "growth": [asdict(one) | {"factors": one.factors} for one in growths],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
