"""The one true root cause comes in three kinds, each with questions of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class FactorKind:
    """One of the three kinds of the one true root cause, with the questions that search it."""

    key: str
    name: StrOrPromise
    description: StrOrPromise
    questions: tuple[StrOrPromise, ...]


FACTOR_KINDS: dict[str, FactorKind] = {
    "tactical_misstep": FactorKind(
        key="tactical_misstep",
        name=_("Tactical misstep"),
        description=_(
            "A step that seemed right and did not work out. Often nobody would choose differently, knowing the same."
        ),
        questions=(
            _("Did somebody whom we trust advise it?"),
            _("Had we looked into it, and did something come that the looking could not show?"),
            _("Had it been tried and weighed as much as it needed?"),
            _("Did we think that we knew enough?"),
            _("Did we move faster than we could see?"),
            _("Would we do the same again, knowing only what we knew then?"),
        ),
    ),
    "unspoken": FactorKind(
        key="unspoken",
        name=_("Unspoken feeling or wish"),
        description=_("Something that people felt or wanted and nobody said, so that it steered without being seen."),
        questions=(
            _("Did we really want this?"),
            _("What did we not say, and what would have made it easier to say?"),
            _("What were we afraid would happen if we stopped or asked?"),
            _("What does this free us from?"),
            _("Which door does it open?"),
        ),
    ),
    "unforeseeable": FactorKind(
        key="unforeseeable",
        name=_("Unforeseeable"),
        description=_("Something that nobody in our place had a way to see coming. What counts is how we bend."),
        questions=(
            _("Could anyone have seen it coming, from any seat?"),
            _("Was there a faint sign, and who would have had to see it?"),
            _("What gave way well, and what was too stiff?"),
            _("How do we stay able to turn, and learn as we go?"),
        ),
    ),
}

SENSE_QUESTIONS: tuple[StrOrPromise, ...] = (
    _("What made that sensible then?"),
    _("What was known at that moment, and what was not?"),
    _("What else wanted attention just then?"),
    _("Which other ways were in sight, and what spoke against them?"),
    _("How does it usually go right?"),
    _("When was help asked for, and what made that easy or hard?"),
)
