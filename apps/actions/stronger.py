"""A gentle word about steps that seldom hold; pure, reads a title, blocks nothing and keeps nothing.

It reads English only, and stays silent about whatever it does not know.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kinds = Sequence[tuple[Promise | str, Promise | str]]

# The strongest first: what needs nobody to remember anything comes before what does.
STRONGER: Kinds = (
    (_("Remove it"), _("the thing that can go wrong is no longer there")),
    (_("Automate it"), _("it happens, or is refused, by itself")),
    (_("Design it"), _("the right way is the easy way, and the state can be seen")),
    (_("Write a checklist"), _("short, and at hand where it is needed")),
    (_("Train for it"), _("the last choice on its own: people come and go")),
)

_RELIES_ON_MEMORY = re.compile(
    r"\b(be (?:more )?(?:careful|attentive|aware|mindful|vigilant)|careful(?:ly)?|take (?:more )?care"
    r"|pay (?:more )?attention|remember(?: to)?|(?:do not|don[’']t) forget|keep in mind|keep an eye|remind(?:er)?s?"
    r"|make sure|be sure|try (?:harder|to)|watch out|double[- ]check|look (?:more )?closely|be better)\b",
    re.IGNORECASE,
)
_RELIES_ON_TRAINING = re.compile(
    r"\b(train(?:ing|s)?|workshop|awareness|educate|teach|brief(?:ing)?|tell (?:everyone|everybody|all|people))\b",
    re.IGNORECASE,
)
_NAMES_NOBODY = re.compile(
    r"^\W*(?:everyone|everybody|someone|somebody|anyone|anybody|we|they|people|all of us|each of us|the (?:whole )?team)\b"
    r"|\b(?:should|must|needs to|has to|have to) be\b",
    re.IGNORECASE,
)
_OPENS_WITH_A_THING = re.compile(
    r"^\W*(?:(?:an?|the|this|that|these|our|my|your|more|less|fewer|better|new|improved|proper|clear|good|regular"
    r"|weekly|daily|monthly|all|every|some|no|for|with|in|on|at|by|about)\b"
    r"|(?!(?:bring|ring|sing|swing|string|fling|sling|cling|wring|spring|ping|wing|mention|question|position|condition"
    r"|partition|transition|station|function|caution|document|implement|supplement|complement|experiment|comment"
    r"|segment|augment|cement|witness|harness)\b)\w{2,}(?:ing|tion|sion|ment|ness|ity)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Hint:
    """One question that may lead to a stronger step, and the kinds of steps that would hold better."""

    question: str = ""
    kinds: Kinds = ()

    def __bool__(self) -> bool:
        return bool(self.question)


def hint(title: str) -> Hint:
    """What there is to say about this title; nothing at all about most."""
    if _RELIES_ON_MEMORY.search(title):
        return Hint(str(_("This relies on memory, on a busy day too. What if it could not be forgotten?")), STRONGER)
    if _RELIES_ON_TRAINING.search(title):
        said = _("Those who come later will not have heard it. What if the thing itself said so?")
        return Hint(str(said), STRONGER[:-1])
    if _NAMES_NOBODY.search(title):
        return Hint(str(_("Where everybody is meant, nobody feels asked. What does the one who owns it do first?")))
    if _OPENS_WITH_A_THING.match(title):
        return Hint(str(_("This names a thing. Which verb could it begin with, so that one sees when it is done?")))
    return Hint()
