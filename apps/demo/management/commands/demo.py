from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.debriefs.phases import Phase
from apps.demo import content
from apps.demo.seeding import seed_debrief, seed_people_and_teams


class Command(BaseCommand):
    """Dated from the day it runs; a later run adds what is missing and does not move the days of what is there."""

    help = "Fill the database with a made-up charity: three teams, and a debrief in every phase. Repeating it is safe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--yes-really", action="store_true", help="Also where DEBUG is off, in spite of the well-known password."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["yes_really"]:
            raise CommandError(
                "DEBUG is off, so this may be an installation that people rely on. The demo makes accounts with a"
                " password that everybody can read. If this is what you want, add --yes-really."
            )
        if User._meta.db_table not in connection.introspection.table_names():
            raise CommandError("The database has no tables yet. Run `manage.py migrate` first, then this again.")
        now = timezone.now()
        people, teams = seed_people_and_teams(now)
        for one in content.DEBRIEFS:
            debrief, is_new = seed_debrief(one, team=teams[one.team], people=people, now=now)
            if not options["verbosity"]:
                continue
            note = "" if is_new else "  (was there already)"
            self.stdout.write(f"{debrief.team.name:<21} {Phase(debrief.phase).label!s:<15} {debrief.title}{note}")
        if not options["verbosity"]:
            return
        self.stdout.write("\nSign in as")
        for role, email, password in content.LOGINS:
            self.stdout.write(f"  {role:<8} {email:<20} password  {password}")
