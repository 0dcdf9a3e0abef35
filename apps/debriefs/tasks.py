from celery import shared_task
from django.utils import timezone

from apps.debriefs.models.undo import forget_the_past


@shared_task
def forget_undos() -> None:
    """Words that were taken away stay nowhere for longer than they can be brought back."""
    forget_the_past(timezone.now())
