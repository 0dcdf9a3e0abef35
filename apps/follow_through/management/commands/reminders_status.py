from typing import Any

from django.core.management.base import BaseCommand

from apps.follow_through.models import Letter
from apps.follow_through.sending import age, database_clock, status

SHOWN = 20


class Command(BaseCommand):
    help = "How the letters are doing: what is due, since when, what is in doubt, and what was given up."

    def handle(self, *args: Any, **options: Any) -> None:
        at = database_clock()
        found = status(at=at)
        late = age(found.pop("oldest"), at)  # type: ignore[arg-type]
        self.stdout.write(", ".join(f"{what}: {n}" for what, n in found.items()) + f", oldest due for: {late}")
        troubled = Letter.objects.filter(state__in=[Letter.State.UNCERTAIN, Letter.State.FAILED]).order_by("-due_at")
        for letter in troubled[:SHOWN]:
            name = f"{letter.state} letter {letter.pk} of {letter.local_date}"
            self.stdout.write(f"{name}, tries {letter.attempts}: {letter.last_error}")
