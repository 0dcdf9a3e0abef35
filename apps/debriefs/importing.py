"""From a file to a debrief in draft: each file has a line of its own, and the same file twice is still one debrief."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.debriefs.models import Debrief
from apps.debriefs.postmortems import MAX_BYTES, NotAPostmortem, Postmortem, happened_text, parse, too_large
from apps.teams.models import Team

NAME_SHOWN = 80


@dataclass(frozen=True)
class Line:
    """What became of one file: a debrief, new or known, or the reason why not."""

    name: str
    why: str = ""
    debrief: Debrief | None = None
    new: bool = False
    notes: tuple[str, ...] = ()


def import_file(file: IO[bytes], *, name: str, size: int, team: Team, by: User, at: datetime) -> Line:
    """Judge one file; a bad one raises nothing, so that the others go on. `size` is what it is said to have."""
    name = shown_name(name)
    this_file = _("This file")  # its name stands beside the reason already
    try:
        if size > MAX_BYTES:
            raise too_large(this_file, size)
        # One byte more than allowed is enough to know: not everything that can be opened has an end.
        postmortem = parse(file.read(MAX_BYTES + 1), name=this_file)
    except NotAPostmortem as not_one:
        return Line(name, why=not_one.reason)
    debrief, is_new = import_postmortem(postmortem, team=team, by=by, at=at)
    return Line(name, debrief=debrief, new=is_new, notes=postmortem.notes if is_new else ())


def import_postmortem(postmortem: Postmortem, *, team: Team, by: User, at: datetime) -> tuple[Debrief, bool]:
    """The draft, and whether it is new. What the team has changed since an earlier import stays as it is."""
    known = Debrief.objects.filter(team=team, source_key=postmortem.source_key)
    if there := known.first():
        return there, False
    try:
        with transaction.atomic():
            debrief = Debrief.start(
                team=team,
                by=by,
                at=at,
                title=postmortem.title,
                happened=happened_text(postmortem),
                started_at=postmortem.started_at,
                ended_at=postmortem.ended_at,
                tags=list(postmortem.tags),
                source_url=postmortem.source_url,
                source_key=postmortem.source_key,
            )
    except IntegrityError:  # somebody imports the same file at this moment, and was faster
        return known.get(), False
    return debrief, True


def shown_name(name: str) -> str:
    """A file may be called anything: no control character, half a letter or endless name reaches a page or terminal."""
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return plain if len(plain) <= NAME_SHOWN else f"{plain[: NAME_SHOWN - 13]}…{plain[-12:]}"
