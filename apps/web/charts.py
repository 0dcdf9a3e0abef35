"""Bars as numbers on a canvas; components/bars.html draws them, and the table beside them, from the same parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

WIDTH = 360
ROW = 52
LABEL_BASELINE = 14
BAR_TOP = 22
BAR_HEIGHT = 20
GAP = 2
# Room at the end of the longest bar for its figure.
FIGURE = 44
LONGEST = WIDTH - FIGURE


@dataclass(frozen=True)
class Part:
    """What a stretch of a bar stands for: its word, and the class that draws it (ink, pale, faint, worked, …)."""

    label: str | Promise
    css: str
    icon: str = ""
    side: str = ""


@dataclass(frozen=True)
class Stretch:
    css: str
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    label: str
    numbers: Sequence[int]
    stretches: Sequence[Stretch]
    top: int
    figure_at: float

    @property
    def total(self) -> int:
        return sum(self.numbers)

    @property
    def label_at(self) -> int:
        return self.top + LABEL_BASELINE

    @property
    def bar_at(self) -> int:
        return self.top + BAR_TOP

    @property
    def figure_baseline(self) -> int:
        return self.bar_at + 15


@dataclass(frozen=True)
class Chart:
    name: str
    title: str | Promise
    caption: str | Promise
    of_what: str | Promise
    parts: Sequence[Part]
    bars: Sequence[Bar]
    width: int = WIDTH
    bar_height: int = BAR_HEIGHT

    @property
    def height(self) -> int:
        return len(self.bars) * ROW

    @property
    def total(self) -> int:
        return sum(bar.total for bar in self.bars)


def bars(
    name: str,
    title: str | Promise,
    caption: str | Promise,
    *,
    of_what: str | Promise,
    parts: Sequence[Part],
    rows: Sequence[tuple[str, Sequence[int]]],
) -> Chart:
    """One bar a row, its parts end to end, all on one scale: the row with the most fills the width."""
    most = max((sum(numbers) for _label, numbers in rows), default=0) or 1
    drawn = [_bar(label, numbers, parts, top=n * ROW, unit=LONGEST / most) for n, (label, numbers) in enumerate(rows)]
    return Chart(name, title, caption, of_what, parts, drawn)


def _bar(label: str, numbers: Sequence[int], parts: Sequence[Part], *, top: int, unit: float) -> Bar:
    x, stretches = 0.0, []
    for part, number in zip(parts, numbers, strict=True):
        if number:
            width = number * unit
            stretches.append(Stretch(part.css, round(x, 1), round(max(width - GAP, 1), 1)))
            x += width
    return Bar(label, tuple(numbers), tuple(stretches), top, round(x + 6, 1))
