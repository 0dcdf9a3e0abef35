"""A made-up language: every translated string is longer, accented and in brackets. What stays plain was never marked.

It takes the place of the catalog of the house's language, so that nothing else has to know of it. As an app of
INSTALLED_APPS it speaks from the start of a process (tests/pseudo/settings.py); in a test, `speaking()` does.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
ACCENTS = str.maketrans("aeiouyncsAEIOUYNCS", "åéîöüýñçšÅÉÎÖÜÝÑÇŠ")
# What must stay as it is: placeholders, elements, entities.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sdn%]|<[^>]+>|&\w+;|\{[^}]*\})")


def pseudo(text: str) -> str:
    """A third longer, as German or Finnish would be."""
    if not text.strip() or not re.search(r"[A-Za-z]", KEPT.sub("", text)):
        return text
    parts = KEPT.split(text)
    said = "".join(part if n % 2 else part.translate(ACCENTS) for n, part in enumerate(parts))
    more = "ö" * max(2, len(text) // 3) if len(text) < 12 else " ".join(["ëłđø"] * (len(text) // 15 + 1))
    return f"{OPEN}{said} {more}{CLOSE}"


class Pseudo:
    """In front of the real catalog, which still knows the plurals."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def gettext(self, message: str) -> str:
        # Django asks for a list of words here, to split it at its commas.
        return message if message == "yes,no,maybe" else pseudo(self.real.gettext(message))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return pseudo(self.real.ngettext(one, many, number))

    def pgettext(self, context: str, message: str) -> str:
        return pseudo(self.real.pgettext(context, message))

    def npgettext(self, context: str, one: str, many: str, number: int) -> str:
        return pseudo(self.real.npgettext(context, one, many, number))


def speak() -> Any:
    """Put the made-up language in the place of the real one; returns the real one."""
    language = settings.LANGUAGE_CODE
    real = trans_real.translation(language)
    if not isinstance(real, Pseudo):
        trans_real._translations[language] = Pseudo(real)  # type: ignore[attr-defined]
        trans_real._default = None  # type: ignore[attr-defined]  # what speaks where nobody has chosen; asked for anew
    return real


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    real = speak()
    trans_real.activate(settings.LANGUAGE_CODE)
    try:
        yield
    finally:
        trans_real._translations[settings.LANGUAGE_CODE] = real  # type: ignore[attr-defined]
        trans_real.activate(settings.LANGUAGE_CODE)
