from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.follow_through import sending
from apps.follow_through.models import retry_failed
from apps.follow_through.tasks import plan_and_gather


class Command(BaseCommand):
    help = "Plan and send every reminder that is due, without Celery. Any number may run beside the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retry-failed", action="store_true", help="give the letters we had given up five new tries"
        )

    def handle(self, *args: Any, retry_failed: bool = False, **options: Any) -> None:
        if retry_failed:
            self.stdout.write(f"brought back: {bring_back()}")
        planned = plan_and_gather()
        counts = sending.send_due()
        told = ", ".join(f"{what}: {n}" for what, n in sorted(counts.items()))
        self.stdout.write(f"planned: {planned}, {told or 'nothing was due'}")


def bring_back() -> int:
    return retry_failed(at=sending.database_clock())
