from time import monotonic

import structlog
from celery import shared_task

from apps.follow_through import planning, sending
from apps.follow_through.sending import Clock, database_clock

log = structlog.get_logger(__name__)

# A worker that is asked to end has done so within half a minute.
ENOUGH_SECONDS = 20


@shared_task(name="apps.follow_through.tasks.sweep")
def sweep() -> None:
    """Beat's ring: plan, gather, send. Rings again at once when there was more than fits into one go."""
    until = monotonic() + ENOUGH_SECONDS
    plan_and_gather()
    sending.send_due(enough=lambda: monotonic() > until)
    if monotonic() > until:
        sweep.delay()


def plan_and_gather(clock: Clock = database_clock) -> int:
    """Trouble in the planning must not keep back what is due already."""
    try:
        planned = planning.plan(at=clock())
    except Exception:
        log.exception("planning_stopped")
        planned = 0
    sending.gather(at=clock())
    return planned
