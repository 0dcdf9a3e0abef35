"""A gentle word about steps that rely on people remembering; pure, reads a title and keeps nothing."""

import re

from django.utils.translation import gettext_lazy as _

# The strongest first: what needs nobody to remember anything comes before what does.
STRONGER = (
    (_("Remove it"), _("the thing that can go wrong is no longer there")),
    (_("Automate it"), _("it happens, or is refused, by itself")),
    (_("Design it"), _("the right way is the easy way, and the state can be seen")),
    (_("Write a checklist"), _("short, and at hand where it is needed")),
    (_("Train for it"), _("the last choice on its own: people come and go")),
)

_RELIES_ON_MEMORY = re.compile(
    r"\b(be (?:more )?(?:careful|attentive|aware|mindful|vigilant)|careful|pay (?:more )?attention|remember(?: to)?"
    r"|remind(?:er)?s?|make sure|try (?:harder|to)|watch out|double[- ]check|look (?:more )?closely|be better)\b",
    re.IGNORECASE,
)
_RELIES_ON_TRAINING = re.compile(
    r"\b(train(?:ing|s)?|workshop|awareness|educate|teach|brief(?:ing)?|tell (?:everyone|everybody|all|people))\b",
    re.IGNORECASE,
)


def hint(title: str) -> str:
    """One question that may lead to a stronger step; empty where nothing needs to be said."""
    if _RELIES_ON_MEMORY.search(title):
        return str(_("This relies on memory, on a busy day too. What if it could not be forgotten?"))
    if _RELIES_ON_TRAINING.search(title):
        return str(_("Those who come later will not have heard it. What if the thing itself said so?"))
    return ""
