"""The four formats that come with Realign; a team's own format starts as a copy of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SIDES = ("wrong", "right", "expected", "surprise", "luck")
DEFAULT = "three_rs"


@dataclass(frozen=True)
class PromptText:
    """One question on the board; `side` decides the half, the hue and the shape of its cards."""

    key: str
    side: str
    title: StrOrPromise
    help: StrOrPromise
    example: StrOrPromise


@dataclass(frozen=True)
class Format:
    """A set of prompts in the order in which they are asked; wrong and right always come in equal numbers."""

    key: str
    name: StrOrPromise
    description: StrOrPromise
    when_to_use: StrOrPromise
    prompts: tuple[PromptText, ...]


THREE_RS = Format(
    key="three_rs",
    name=_("Three Rs"),
    description=_(
        "Recognize what happened, rationalize why it made sense, realign what we do now. Two open questions."
    ),
    when_to_use=_("The one to take when you are not sure. It suits any event and a team of any trade."),
    prompts=(
        PromptText(
            key="went_wrong",
            side="wrong",
            title=_("What went wrong"),
            help=_("What did you see or hear at the time? What differed from what you expected?"),
            example=_("The list on the wall and the list on the screen named two different rooms."),
        ),
        PromptText(
            key="went_right",
            side="right",
            title=_("What went right that we can build on"),
            help=_("What kept it from being worse? Who adapted, and how? Luck, or something we can rely on?"),
            example=_("The front desk rang everyone within ten minutes, before the first of them set off."),
        ),
    ),
)

AFTER_ACTION = Format(
    key="after_action",
    name=_("After-action review"),
    description=_(
        "What did we expect, what happened, and why did it differ? Then what to sustain and what to improve."
    ),
    when_to_use=_("After something planned: a launch, an exercise, a move, an event, also one that went rather well."),
    prompts=(
        PromptText(
            key="expected",
            side="expected",
            title=_("What we expected"),
            help=_(
                "What was the plan, as you understood it that day? What would have told you that it was going well?"
            ),
            example=_("Doors at five, and the first act on by half past."),
        ),
        PromptText(
            key="happened",
            side="surprise",
            title=_("What happened"),
            help=_("What did you notice, in the order you noticed it? Facts only; the reasons come next."),
            example=_("At a quarter to five half of the tickets would not scan."),
        ),
        PromptText(
            key="improve",
            side="wrong",
            title=_("What to improve, and why"),
            help=_("Where did it differ from the plan, and what brought the difference about?"),
            example=_("The scanners were tried indoors. Outside, in low sun, they could not read a phone."),
        ),
        PromptText(
            key="sustain",
            side="right",
            title=_("What to sustain, and why"),
            help=_("Where did it go as hoped or better, and what made it so? Would it go that way again?"),
            example=_("Two people from the bar came to the gate without being asked, because we had all met at noon."),
        ),
    ),
)

INCIDENT = Format(
    key="incident",
    name=_("Incident"),
    description=_(
        "For a service that stopped or faltered: impact, trigger, how we noticed, what helped, where we were lucky."
    ),
    when_to_use=_("After an outage or an alarm, when there are logs and times to lay side by side."),
    prompts=(
        PromptText(
            key="impact",
            side="wrong",
            title=_("Impact"),
            help=_("Who felt it, for how long, and what could they not do? Say also what you do not know yet."),
            example=_("For 47 minutes about 300 people saw an empty basket; we do not know how many came back."),
        ),
        PromptText(
            key="trigger",
            side="surprise",
            title=_("Trigger"),
            help=_("What changed just before? What set it off, as far as you could tell at the time?"),
            example=_("The newsletter reached everybody within five minutes instead of an hour."),
        ),
        PromptText(
            key="detection",
            side="right",
            title=_("How we noticed"),
            help=_("What tipped you off, and when? Which person, alarm or habit made it visible?"),
            example=_("Support saw three calls with the same words and asked us at once."),
        ),
        PromptText(
            key="went_wrong",
            side="wrong",
            title=_("What went wrong"),
            help=_("What made it harder to understand, to decide or to repair?"),
            example=_("The page we needed for the repair stood on the service that was down."),
        ),
        PromptText(
            key="went_well",
            side="right",
            title=_("What went right that we can build on"),
            help=_("What worked, and why? Who adapted, and how? What should we do again?"),
            example=_("One of us wrote down the time of every change, so undoing them took four minutes."),
        ),
        PromptText(
            key="lucky",
            side="luck",
            title=_("Where we were lucky"),
            help=_("What helped that we cannot count on? What would have happened without it?"),
            example=_("It was a Sunday, and the one who built it happened to be reading her mail."),
        ),
    ),
)

ONE_ROOT_CAUSE = Format(
    key="one_root_cause",
    name=_("One root cause"),
    description=_(
        "One question, asked with patience: what was the one thing beneath it, and what can we learn from it?"
    ),
    when_to_use=_("For something small or personal, for two people, or when the same slip keeps coming back."),
    prompts=(
        PromptText(
            key="hoped",
            side="expected",
            title=_("What we hoped for"),
            help=_("What did you want from this, said or unsaid?"),
            example=_("I wanted the new client to see that we answer fast."),
        ),
        PromptText(
            key="beneath",
            side="wrong",
            title=_("The one thing beneath it"),
            help=_("A step that did not work out, something nobody said, or something nobody could see coming?"),
            example=_("I gave a date before I had asked the two people who would do the work."),
        ),
        PromptText(
            key="opens",
            side="right",
            title=_("What went right, and what it opens"),
            help=_("What held? What does this free you from, or make possible next time?"),
            example=_("I told them early that the date would slip. They said that this is why they stay with us."),
        ),
    ),
)

FORMATS: dict[str, Format] = {each.key: each for each in (THREE_RS, AFTER_ACTION, INCIDENT, ONE_ROOT_CAUSE)}
