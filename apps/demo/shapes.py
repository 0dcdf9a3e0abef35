"""The shapes of the demo's content: plain data, so that one command can walk the app's own verbs over it.

Every day is an offset from today (-1 is yesterday), every time is the wall clock of the debrief's zone, every person
is a key of PEOPLE. The texts therefore name no weekday and no month, and the demo is fresh whenever it is seeded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Instant = tuple[int, str]  # (day, "HH:MM")


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    email: str
    time_zone: str = "Europe/London"


@dataclass(frozen=True)
class Team:
    """`roles` holds who is what: leader, member or manager; managers take no part in a debrief."""

    key: str
    name: str
    roles: dict[str, str]


@dataclass(frozen=True)
class Card:
    """`prompt` is a prompt's key in the debrief's format. An empty `by` is anonymous: nobody knows who."""

    prompt: str
    by: str
    text: str
    theme: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the timeline; `beside` holds the accounts that differ, each with its source."""

    when: Instant
    text: str
    source: str
    is_event: bool = False
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Factor:
    """`calculated_risk` is None while the room has not asked; `accepted_because` stands for a step."""

    key: str
    theme: str
    kind: str
    title: str
    chain: tuple[str, ...]
    assumption: str = ""
    calculated_risk: bool | None = None
    sound_step: bool = False
    accepted_because: str = ""


@dataclass(frozen=True)
class Strength:
    """`reliability` is luck or dependable, `answer` is keep, amplify, spread or, while undecided, empty."""

    key: str
    theme: str
    title: str
    why: str
    reliability: str
    answer: str = ""


@dataclass(frozen=True)
class Question:
    """`answered` is the day on which the owner brought the answer."""

    text: str
    owner: str
    due: int
    answer: str = ""
    answered: int | None = None


@dataclass(frozen=True)
class Change:
    """One verb on a step: start, finish, block, unblock, ask_for_help, drop, reopen or check.

    `note` is the reason of block and drop and the remark of check; `verdict` is worked, partly, did_not_work or
    too_early. A step counts as checked when its owner and its second have both said so.
    """

    day: int
    verb: str
    by: str
    note: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Step:
    """`answers` is the key of a factor (fix) or of a strength (amplify, spread); `agreed` only where it came later."""

    kind: str
    answers: str
    title: str
    owner: str
    second: str
    due: int
    signal: str
    look_again: int
    changes: tuple[Change, ...] = ()
    agreed: int | None = None


@dataclass(frozen=True)
class Debrief:
    """One debrief up to `phase`; `began` holds the day each phase after draft began, in order.

    `votes` holds each person's dots by theme name; `voting` is "", open or closed. Cards go in during prepare and
    `late_cards` on the revealed board. `steps` are agreed on the day realign began.
    """

    key: str
    team: str
    phase: str
    title: str
    opened: int
    created_by: str
    facilitator: str
    started: Instant
    ended: Instant
    expected: str
    happened: str
    impact: str
    format: str = "three_rs"
    anonymity: str = "named"
    tags: tuple[str, ...] = ()
    opening: str = ""
    opening_by: str = ""
    began: dict[str, int] = field(default_factory=dict)
    perspectives_due: Instant | None = None
    meeting: Instant | None = None
    follow_up: Instant | None = None
    soak_until: int | None = None
    ready: tuple[str, ...] = ()
    check_ins: tuple[tuple[str, int, str], ...] = ()
    worries: tuple[tuple[str, str], ...] = ()
    cards: tuple[Card, ...] = ()
    late_cards: tuple[Card, ...] = ()
    timeline: tuple[Entry, ...] = ()
    themes: tuple[str, ...] = ()
    voting: str = ""
    votes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()
    strengths: tuple[Strength, ...] = ()
    questions: tuple[Question, ...] = ()
    parked: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    lessons: tuple[str, ...] = ()
    closing: str = ""
    audience: str = "team"
    cancelled_because: str = ""
