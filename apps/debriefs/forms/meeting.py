import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models import Debrief, Theme
from apps.web.forms import MomentField, Text


class KeyedForm(forms.Form):
    """Carries its own key: sent twice, it makes one row."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ThemeForm(KeyedForm):
    name = forms.CharField(
        label=_("Name a new theme"), max_length=120, error_messages={"required": _("Give the theme a name.")}
    )


class RenameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("A theme needs a name.")})


class MergeForm(forms.Form):
    into = forms.ChoiceField(label=_("Merge into"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = theme.debrief.themes.exclude(pk=theme.pk)
        self.fields["into"].choices = [(str(other.pk), other.name) for other in others]  # type: ignore[attr-defined]


class MoveCardForm(forms.Form):
    """To one of the themes, to a new one, or out of all."""

    theme = forms.ChoiceField(label=_("Theme"), required=False, widget=forms.RadioSelect)
    new = forms.CharField(label=_("or a new theme"), max_length=120, required=False)

    def __init__(self, *args: Any, debrief: Debrief, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        themes = [(str(theme.pk), theme.name) for theme in debrief.themes.all()]
        self.fields["theme"].choices = [*themes, ("", _("not in a theme"))]  # type: ignore[attr-defined]
        self.fields["theme"].error_messages["invalid_choice"] = _(
            "This theme is gone; somebody merged or removed it. The card stays where it was."
        )


class TimelineForm(KeyedForm):
    happened_at = MomentField(label=_("When"), error_messages={"required": _("Say when, as well as you know.")})
    text = forms.CharField(
        label=_("What was seen or heard"),
        max_length=2000,
        widget=Text(rows=2),
        error_messages={"required": _("Say what happened then.")},
    )
    source = forms.CharField(
        label=_("Where we know it from"),
        max_length=200,
        required=False,
        help_text=_("A log, a mail, a photograph, a person who was there."),
    )
    is_event = forms.BooleanField(label=_("This is the event itself"), required=False)
    beside = forms.ChoiceField(
        label=_("Another account of"),
        required=False,
        help_text=_("Accounts that differ stand side by side; neither has to win."),
    )

    def __init__(self, *args: Any, debrief: Debrief, entry_id: uuid.UUID | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = debrief.timeline.filter(beside=None).exclude(pk=entry_id)
        self.fields["beside"].choices = [  # type: ignore[attr-defined]
            ("", _("— nothing, it stands alone")),
            *((str(entry.pk), f"{entry.happened_at:%H:%M} {entry.text[:60]}") for entry in entries),
        ]


class ParkForm(KeyedForm):
    text = forms.CharField(
        label=_("Park an idea"), max_length=500, error_messages={"required": _("Say what the idea is.")}
    )
