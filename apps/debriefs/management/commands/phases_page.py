"""Write docs/phases.md from the code, so that the page cannot say anything else."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from apps.debriefs.phases import (
    MANAGERS_SEE_STEPS,
    TRANSITIONS,
    UNDER_WAY,
    Phase,
    Sees,
    next_phase,
    previous_phase,
    sees,
)

PAGE = Path("docs") / "phases.md"

HEAD = """\
# The phases of a debrief

This page is written by `python manage.py phases_page` from `apps/debriefs/phases.py`; a test keeps the two alike.

A debrief goes forward one phase at a time. The facilitator may go back one, but never over the reveal: what was shown
cannot be unseen. A move is an update that names the phase it was seen in, so of two people who move a debrief at the
same instant one wins and the other reads who was faster. Every move is kept with who made it and when.
"""

SEEN = {
    Sees.NOTHING: "nobody’s",
    Sees.OWN: "one’s own only",
    Sees.BOARD: "everyone’s, the same board for all",
}


def page() -> str:
    with translation.override("en"):
        return f"{HEAD}\n{diagram()}\n{table()}"


def diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for here, ways in TRANSITIONS.items():
        lines += [f"    {here.value} --> {there.value}{_note(here, there)}" for there in ways]
    lines += ["    learned --> [*]", "    cancelled --> [*]", "```", ""]
    return "\n".join(lines)


def _note(here: Phase, there: Phase) -> str:
    return ": reveal" if (here, there) == (Phase.PREPARE, Phase.RECOGNIZE) else ""


def table() -> str:
    head = [
        "Phase",
        "Forward to",
        "Back to",
        "Can be cancelled",
        "Whose perspectives are seen",
        "Managers see steps",
        "Under way",
    ]
    rows = [head, ["---"] * len(head)]
    rows += [
        [
            str(phase.label),
            _name(next_phase(phase)),
            _name(previous_phase(phase)),
            _yes(Phase.CANCELLED in TRANSITIONS[phase]),
            SEEN[sees(phase)],
            _yes(phase in MANAGERS_SEE_STEPS),
            _yes(phase in UNDER_WAY),
        ]
        for phase in Phase
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _name(phase: Phase | None) -> str:
    return str(phase.label) if phase else "–"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


class Command(BaseCommand):
    help = "Write docs/phases.md from the table of phases; with --check, say whether it is current."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when the page is out of date")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        path = settings.BASE_DIR / PAGE
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != page():
                raise CommandError(f"{PAGE} is out of date. `python manage.py phases_page` writes it anew.")
            return
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"{PAGE} is written.")
