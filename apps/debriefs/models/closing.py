"""How a meeting closes: a line from whoever wants to say one, and two questions that are only ever counted."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief

LINE_MAX = 200


class ClosingLine(models.Model):
    """What somebody takes along, in one line, for the room."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="closing_lines")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(_("one line"), max_length=LINE_MAX)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("closing line")
        constraints = (
            models.UniqueConstraint(fields=["debrief", "person"], name="closing_line_once"),
            models.CheckConstraint(condition=~Q(text=""), name="closing_line_has_text"),
        )

    def __str__(self) -> str:
        return self.text


class ClosingTally(models.Model):
    """All answers to the two closing questions in one row of numbers: no answer has a row, so none has a person."""

    debrief = models.OneToOneField(Debrief, on_delete=models.CASCADE, related_name="closing_tally", primary_key=True)
    learned_yes = models.PositiveIntegerField(default=0)
    learned_no = models.PositiveIntegerField(default=0)
    again_yes = models.PositiveIntegerField(default=0)
    again_no = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("closing tally")

    def __str__(self) -> str:
        return str(self.pk)
