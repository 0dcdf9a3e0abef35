from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.debriefs.forms.writing import CardForm
from apps.debriefs.models import Anonymity, Debrief
from apps.debriefs.models.perspectives import GUEST_NAME_MAX
from apps.web.forms import Line

DAYS = (1, 3, 7, 14)
DEADLINE = "deadline"


class LinkForm(forms.Form):
    """How long the link stays open: some days, or as long as everyone writes."""

    until = forms.ChoiceField(label=_("How long it stays open"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, debrief: Debrief, at: datetime, **kwargs: Any) -> None:
        self.ends = {str(days): at + timedelta(days=days) for days in DAYS}
        choices = [(str(n), ngettext("%(n)d day", "%(n)d days", n) % {"n": n}) for n in DAYS]
        due = debrief.perspectives_due_at
        if due and due > at:
            self.ends[DEADLINE] = due
            when = date_format(timezone.localtime(due), "j F, H:i")
            choices.insert(0, (DEADLINE, _("until everyone has written: %(when)s") % {"when": when}))
        super().__init__(*args, initial={"until": choices[0][0] if DEADLINE in self.ends else "7"}, **kwargs)
        self.fields["until"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {"until": self.ends[data["until"]]} if "until" in data else data


class GuestCardForm(CardForm):
    """A card of somebody without an account. Where cards carry names, a guest says one, card by card."""

    name = Line(
        label=_("Your name, as it stands on the card"),
        max_length=GUEST_NAME_MAX,
        required=False,
        widget=forms.TextInput(attrs={"data-same": "", "autocomplete": "name"}),
        error_messages={"max_length": _("A name holds %(limit_value)d characters; a shorter form of it will do.")},
    )
    hide_optional = True

    def __init__(self, *args: Any, debrief: Debrief, **kwargs: Any) -> None:
        super().__init__(*args, debrief=debrief, **kwargs)
        if debrief.anonymity == Anonymity.ANONYMOUS:
            del self.fields["name"]
        if "without_name" in self.fields:
            self.fields["without_name"].label = _("Without a name")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data["is_anonymous"] and not data.get("name") and "name" not in self.errors:
            self.add_error("name", self._which_name())
        return data

    def _which_name(self) -> str:
        if self.debrief.anonymity == Anonymity.CHOICE:
            return str(_("Write a name for this card, or send it without one."))
        return str(_("In this debrief every card carries a name. Write the one that should stand on yours."))
