"""One answer to "may I?": it serves the gate, the button and the sentence beside the button."""

from dataclasses import dataclass

from django.utils.functional import Promise


class Refused(Exception):
    """A verb declined; the text is a sentence for the person who asked, and nothing was changed."""

    status = 409


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
