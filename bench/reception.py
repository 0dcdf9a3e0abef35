"""Who heard which card when: from what was sent and what arrived to medians and losses. Pure."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

BEGINNING = "bench-card-"
MARK = BEGINNING.encode()
NUMBERED = re.compile(MARK + rb"(\d+)\b")


def text_of(number: int) -> str:
    """A card's words: as long as people's are, and its number among them."""
    return f"{BEGINNING}{number} The alarm came late, and nobody knew whose turn it was to look."


def numbers_in(events: bytes) -> tuple[int, ...]:
    return tuple(int(number) for number in NUMBERED.findall(events))


def percentile(values: Iterable[float], part: float) -> float:
    """The smallest value that so large a part of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


class Sent(NamedTuple):
    number: int
    writer: int
    at: float


class Heard(NamedTuple):
    at: float
    who: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Reception:
    """Over all pairs of a card and somebody who did not write it. Milliseconds."""

    p50: float
    p95: float
    last_p95: float  # of each card, the last of the others who received it
    pairs: int
    lost: int

    @classmethod
    def of(cls, sent: Sequence[Sent], heard: Iterable[Heard], people: Sequence[int], patience: float) -> "Reception":
        cards = {card.number: card for card in sent}
        first: dict[tuple[int, int], float] = {}
        for at, who, numbers in heard:
            for number in numbers:
                if number in cards and cards[number].writer != who:
                    first.setdefault((number, who), at)
        taken: list[float] = []
        last: list[float] = []
        for card in sent:
            times = [first.get((card.number, who), math.inf) - card.at for who in people if who != card.writer]
            in_time = [one for one in times if one <= patience]
            taken += in_time
            # A card that somebody never got has no last receiver: it counts as late as can be.
            last.append(max(times) if len(in_time) == len(times) else patience)
        pairs = len(sent) * (len(people) - 1)
        ms = 1000.0
        return cls(
            ms * percentile(taken, 0.5), ms * percentile(taken, 0.95), ms * percentile(last, 0.95),
            pairs, pairs - len(taken),
        )  # fmt: skip
