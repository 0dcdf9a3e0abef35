import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts.models import User
from apps.debriefs.importing import Line, import_file, shown_name
from apps.teams.models import Role, Team


class Command(BaseCommand):
    """Ends with 1 when a file was refused, after all others were imported."""

    help = "Make a draft of a debrief from each postmortem (Markdown with YAML front matter). Repeating it is safe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--team", required=True, metavar="SLUG", help="the team whose debriefs they become")
        parser.add_argument("--by", default="", metavar="EMAIL", help="a leader of the team; otherwise its first one")

    def handle(self, *args: Any, **options: Any) -> None:
        team = _team(options["team"])
        leader = _leader(team, options["by"])
        now = timezone.now()
        count: Counter[str] = Counter()
        for path in options["files"]:
            line = _import(path, team, leader, now)
            count[self._say(line)] += 1
        self.stdout.write(", ".join(f"{number} {what}" for what, number in count.items()) + ".")
        if refused := count["refused"]:
            raise CommandError(
                "A file was refused; the reason is above."
                if refused == 1
                else f"{refused} files were refused; the reasons are above."
            )

    def _say(self, line: Line) -> str:
        what = "refused" if line.why else "imported" if line.new else "known already"
        self.stdout.write(f"{what:<14} {line.name}: {line.why or line.debrief}")
        for note in line.notes:
            self.stdout.write(f"{'':<14}   {note}")
        return what


def _team(slug: str) -> Team:
    if team := Team.objects.filter(slug=slug, archived_at=None).first():
        return team
    if Team.objects.filter(slug=slug).exists():
        raise CommandError(f"The team “{slug}” is archived. Restore it first, or choose another.")
    slugs = ", ".join(Team.objects.active().order_by("slug").values_list("slug", flat=True))
    known = f"There are: {slugs}." if slugs else "There is no team yet; start one in the browser, or with the demo."
    raise CommandError(f"There is no team “{shown_name(slug)}”. {known}")


def _leader(team: Team, email: str) -> User:
    leaders = [one.person for one in team.memberships.filter(role=Role.LEADER).select_related("person").order_by("pk")]
    if not email:
        return leaders[0]
    for leader in leaders:
        if leader.email == email.strip().lower():
            return leader
    those = ", ".join(leader.email for leader in leaders)
    raise CommandError(f"{email} does not lead the team “{team.slug}”. Debriefs are opened by those who do: {those}.")


def _import(path: str, team: Team, leader: User, now: datetime) -> Line:
    name = Path(path).name or path
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return import_file(file, name=name, size=size, team=team, by=leader, at=now)
    except FileNotFoundError:
        why = "There is no such file."
    except IsADirectoryError:
        why = "This is a folder. Name the files in it, for example with /*.md at the end."
    except PermissionError:
        why = "We may not read this file. Its permissions keep us out."
    except OSError as error:
        why = f"We could not read this file: {error.strerror}."
    return Line(shown_name(name), why=why)
