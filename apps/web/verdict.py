"""One answer to "may I?": it serves the gate, the button and the sentence beside the button."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A verb declined; the text is a sentence for the person who asked, and nothing was changed."""

    status = 409


class SentBefore(Refused):
    """The same form came again, with other words: they are neither dropped nor put in place of the first ones."""

    status = 422

    def __init__(self, why: str | Promise = "") -> None:
        super().__init__(
            why
            or _(
                "This form was sent before, and says something else now. What you typed is still here; open a fresh form for it."
            )
        )


class Collided(Refused):
    """Somebody has saved other words since this form was opened. `now` is the row as it is, `by` who it was, if that
    is known."""

    def __init__(self, now: Any, *, by: Any = None) -> None:
        super().__init__(
            _(
                "Somebody else has changed this in the meantime. Open it again to see both; what you typed is still here."
            )
        )
        self.now, self.by = now, by


@dataclass(frozen=True)
class Verdict:
    """Truthy when allowed; `why` says in a sentence what stands in the way."""

    allowed: bool
    why: str | Promise = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Verdict(True)


def no(why: str | Promise) -> Verdict:
    return Verdict(False, why)
