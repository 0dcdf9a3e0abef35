from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.follow_through.models import Kind
from apps.web.forms import DayField

PAUSE = timedelta(days=14)


class PreferencesForm(forms.Form):
    hide_optional = True

    kinds = forms.MultipleChoiceField(
        label=_("Write to me when"), choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    paused_until = DayField(
        label=_("No letters until"), required=False,
        help_text=_("For a holiday, say. On that day you get one letter with everything that still matters."),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_paused_until(self) -> date | None:
        until: date | None = self.cleaned_data["paused_until"]
        if until and until <= self.today:
            raise forms.ValidationError(_("That day has come already. Choose a later one, or leave this empty."))
        return until

    @staticmethod
    def initial_of(person: User, today: date) -> dict[str, Any]:
        until = person.reminders_paused_until
        return {
            "kinds": [kind.value for kind in Kind if kind not in person.muted_kinds],
            "paused_until": until if until and until > today else None,
        }

    def rhythm(self) -> dict[str, Any]:
        """In the words of `User.change_rhythm`."""
        wanted = self.cleaned_data["kinds"]
        return {
            "muted_kinds": [kind.value for kind in Kind if kind not in wanted],
            "reminders_paused_until": self.cleaned_data["paused_until"],
        }


class SnoozeForm(forms.Form):
    DAYS = ((1, _("tomorrow")), (3, _("in three days")), (7, _("in a week")))

    days = forms.TypedChoiceField(choices=DAYS, coerce=int)


class UnsubscribeForm(forms.Form):
    """A mail program's one-click post brings no choice: then every reminder stops, which is what it asked for."""

    THESE, ALL, PAUSE = "these", "all", "pause"

    stop = forms.ChoiceField(choices=[(THESE, _("these")), (ALL, _("all")), (PAUSE, _("two weeks"))], required=False)

    def rhythm(self, person: User, kinds: list[Kind], today: date) -> dict[str, Any]:
        """In the words of `User.change_rhythm`."""
        stop = self.cleaned_data.get("stop")
        if stop == self.PAUSE:
            return {"reminders_paused_until": max(today + PAUSE, person.reminders_paused_until or today)}
        stopped = kinds if stop == self.THESE else list(Kind)
        return {"muted_kinds": sorted({*person.muted_kinds, *(kind.value for kind in stopped)})}
