"""The Celery app and the whole beat schedule; tasks are named by string, so the clock imports nobody."""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("realign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def wind_the_clock(sender: Celery, **_: object) -> None:
    """Late on purpose: importing this module must not read the settings, they import it."""
    every = settings.REMINDER_SWEEP_SECONDS
    # A ring nobody heard in time is worthless: the next one does the same work.
    ring = {"schedule": every, "options": {"expires": every}}
    sender.conf.beat_schedule = {
        "reminders": {"task": "apps.follow_through.tasks.sweep", **ring},
        "invitations": {"task": "apps.teams.tasks.send_invitations", **ring},
        "undos": {"task": "apps.debriefs.tasks.forget_undos", "schedule": 60, "options": {"expires": 60}},
    }


@setup_logging.connect
def leave_logging_alone(**_: object) -> None:
    """Celery would replace the handlers that settings.LOGGING set up."""
