from apps.debriefs.models.analysis import Factor, FactorKind, Lesson, OpenQuestion, ParkedIdea, Strength
from apps.debriefs.models.debrief import (
    Anonymity,
    Audience,
    Debrief,
    LiveEvent,
    Participation,
    PhaseMove,
    TimelineEntry,
)
from apps.debriefs.models.formats import Prompt, Side, TeamFormat
from apps.debriefs.models.perspectives import CheckIn, Draft, Perspective, Theme, Vote, Worry

__all__ = [
    "Anonymity", "Audience", "CheckIn", "Debrief", "Draft", "Factor", "FactorKind", "Lesson", "LiveEvent",
    "OpenQuestion", "ParkedIdea", "Participation", "Perspective", "PhaseMove", "Prompt", "Side", "Strength",
    "TeamFormat", "Theme", "TimelineEntry", "Vote", "Worry",
]  # fmt: skip
