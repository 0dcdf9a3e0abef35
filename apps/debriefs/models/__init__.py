from apps.debriefs.models.analysis import Factor, FactorKind, Lesson, OpenQuestion, ParkedIdea, Strength
from apps.debriefs.models.closing import ClosingLine, ClosingTally
from apps.debriefs.models.debrief import (
    Anonymity,
    Audience,
    Debrief,
    LiveEvent,
    Participation,
    PhaseMove,
)
from apps.debriefs.models.formats import Prompt, Side, TeamFormat
from apps.debriefs.models.guests import GuestLink
from apps.debriefs.models.perspectives import CheckIn, Draft, Perspective, Worry
from apps.debriefs.models.themes import Theme, Vote
from apps.debriefs.models.timeline import TimelineEntry
from apps.debriefs.models.undo import Undo

__all__ = [
    "Anonymity", "Audience", "CheckIn", "ClosingLine", "ClosingTally", "Debrief", "Draft", "Factor", "FactorKind", "GuestLink", "Lesson", "LiveEvent",
    "OpenQuestion", "ParkedIdea", "Participation", "Perspective", "PhaseMove", "Prompt", "Side", "Strength",
    "TeamFormat", "Theme", "TimelineEntry", "Undo", "Vote", "Worry",
]  # fmt: skip
