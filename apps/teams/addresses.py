"""Twenty addresses pasted at once, from wherever people keep them."""

import re
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

AT_ONCE = 50
LONGEST = 254

IN_BRACKETS = re.compile(r"<([^<>\n]*)>")
ENDS = re.compile(r"[,;\n]")
GAPS = re.compile(r"[\s,;\u200b\ufeff]+")
AROUND = "<>()[]{}\"'“”‘’.:;,\u200b\ufeff"


@dataclass(frozen=True)
class Bad:
    typed: str
    why: str | Promise


@dataclass
class Addresses:
    good: list[str] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    # Good ones beyond what one letter round takes.
    waiting: list[str] = field(default_factory=list)


def read(text: str) -> Addresses:
    """Commas, semicolons, spaces or lines between them, `Name <a@b>`, mailto:; each address once, in lower case."""
    found = Addresses()
    known = set()
    for typed in _candidates(text):
        address = typed.strip(AROUND).removeprefix("mailto:").lower()
        if not address or address in known:
            continue
        known.add(address)
        if why := _what_is_wrong(address):
            found.bad.append(Bad(typed, why))
        elif len(found.good) < AT_ONCE:
            found.good.append(address)
        else:
            found.waiting.append(address)
    return found


def _candidates(text: str) -> list[str]:
    *pairs, rest = IN_BRACKETS.split(text)
    found: list[str] = []
    for before, inside in zip(pairs[::2], pairs[1::2], strict=True):
        found += [*_before_a_name(before), inside]
    return [word for word in found + GAPS.split(rest) if word]


def _before_a_name(text: str) -> list[str]:
    """What stands in front of `Name <…>`; the name itself is no candidate unless it holds an @."""
    text = text.rstrip()
    if text.endswith('"') and text.count('"') > 1:
        return GAPS.split(text[: text.rindex('"', 0, -1)])
    *whole, name = ENDS.split(text)
    return [word for part in whole for word in GAPS.split(part)] + [word for word in GAPS.split(name) if "@" in word]


def _what_is_wrong(address: str) -> str | Promise:
    name, _sign, domain = address.partition("@")
    reasons = (
        ("@" not in address, _("it has no @")),
        ("@" in domain, _("it has more than one @")),
        (not name, _("there is nothing before the @")),
        ("." not in domain.strip("."), _("the part after the @ is not complete")),
        (len(address) > LONGEST, _("it is too long")),
        (not _is_address(address), _("it has characters an address cannot have")),
    )
    return next((why for wrong, why in reasons if wrong), "")


def _is_address(address: str) -> bool:
    try:
        EmailValidator()(address)
    except ValidationError:
        return False
    return True
