"""The phases of a debrief and what is visible in each: plain data and pure functions."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Phase(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PREPARE = "prepare", _("Prepare")
    RECOGNIZE = "recognize", _("Recognize")
    RATIONALIZE = "rationalize", _("Rationalize")
    REALIGN = "realign", _("Realign")
    FOLLOW_THROUGH = "follow_through", _("Follow through")
    LEARNED = "learned", _("Learned")
    CANCELLED = "cancelled", _("Cancelled")


# The way a debrief goes, in order; `cancelled` stands beside it.
WAY: tuple[Phase, ...] = (
    Phase.DRAFT, Phase.PREPARE, Phase.RECOGNIZE, Phase.RATIONALIZE,
    Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED,
)  # fmt: skip

# From each phase, where the facilitator may go. One step back is possible, except over the reveal:
# what was shown cannot be unseen.
TRANSITIONS: dict[Phase, tuple[Phase, ...]] = {
    Phase.DRAFT: (Phase.PREPARE, Phase.CANCELLED),
    Phase.PREPARE: (Phase.RECOGNIZE, Phase.DRAFT, Phase.CANCELLED),
    Phase.RECOGNIZE: (Phase.RATIONALIZE, Phase.CANCELLED),
    Phase.RATIONALIZE: (Phase.REALIGN, Phase.RECOGNIZE, Phase.CANCELLED),
    Phase.REALIGN: (Phase.FOLLOW_THROUGH, Phase.RATIONALIZE, Phase.CANCELLED),
    Phase.FOLLOW_THROUGH: (Phase.LEARNED, Phase.REALIGN),
    Phase.LEARNED: (Phase.FOLLOW_THROUGH,),
    Phase.CANCELLED: (),
}

BEFORE_REVEAL = frozenset({Phase.DRAFT, Phase.PREPARE})
ON_THE_BOARD = frozenset({Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED})
MANAGERS_SEE_STEPS = frozenset({Phase.REALIGN, Phase.FOLLOW_THROUGH, Phase.LEARNED})
# A phase that is over can be looked at again.
LOOK_BACK = (Phase.RECOGNIZE, Phase.RATIONALIZE, Phase.REALIGN)
UNDER_WAY = frozenset(set(Phase) - {Phase.LEARNED, Phase.CANCELLED})


class Sees(StrEnum):
    """Whose perspectives someone in the room sees."""

    NOTHING = "nothing"
    OWN = "own"
    BOARD = "board"


def sees(phase: Phase) -> Sees:
    if phase in ON_THE_BOARD:
        return Sees.BOARD
    return Sees.OWN if phase == Phase.PREPARE else Sees.NOTHING


def next_phase(phase: Phase) -> Phase | None:
    """The phase ahead of this one, if there is one."""
    ahead = [to for to in TRANSITIONS[phase] if to in WAY and WAY.index(to) > WAY.index(phase)]
    return ahead[0] if ahead else None


def previous_phase(phase: Phase) -> Phase | None:
    back = [to for to in TRANSITIONS[phase] if to in WAY and WAY.index(to) < WAY.index(phase)]
    return back[0] if back else None
