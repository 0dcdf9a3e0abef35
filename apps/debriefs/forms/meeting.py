import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models import Debrief, Theme, TimelineEntry
from apps.web.forms import Changes, Described, MomentField, Text


class KeyedForm(Changes):
    """Carries its own key: sent twice, it makes one row."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ThemeForm(KeyedForm):
    name = forms.CharField(
        label=_("Name a new theme"), max_length=120, error_messages={"required": _("Give the theme a name.")}
    )


class RenameForm(Changes):
    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("A theme needs a name.")})


class MergeForm(forms.Form):
    into = forms.ChoiceField(
        label=_("Merge into"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the theme that takes the cards."),
            "invalid_choice": _("This theme is gone; somebody merged or removed it. Every card stays where it was."),
        },
    )

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = theme.debrief.themes.exclude(pk=theme.pk)
        self.fields["into"].choices = [(str(other.pk), other.name) for other in others]  # type: ignore[attr-defined]


class SplitForm(KeyedForm):
    """Some of a theme's cards, and a name for the theme they go to."""

    cards = forms.TypedMultipleChoiceField(
        label=_("These cards go"),
        coerce=uuid.UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one card."),
            "invalid_choice": _(
                "Somebody has moved one of these cards in the meantime. Look once more; nothing was changed."
            ),
        },
    )
    name = forms.CharField(
        label=_("Name of the new theme"), max_length=120, error_messages={"required": _("Give the theme a name.")}
    )

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cards = theme.perspectives.values_list("pk", "text", "prompt__side")
        self.fields["cards"].choices = [  # type: ignore[attr-defined]
            (str(pk), Described(text, "", side)) for pk, text, side in cards
        ]

    def clean_cards(self) -> list[uuid.UUID]:
        going: list[uuid.UUID] = self.cleaned_data["cards"]
        if len(going) == len(self.fields["cards"].choices):  # type: ignore[attr-defined]
            raise forms.ValidationError(_("Leave at least one card behind; to take them all, rename the theme."))
        return going


class MoveCardForm(forms.Form):
    """To one of the themes, to a new one, to where another card is, or out of all."""

    hide_optional = True

    theme = forms.ChoiceField(label=_("Theme"), required=False, widget=forms.RadioSelect)
    new = forms.CharField(label=_("or a new theme"), max_length=120, required=False)
    onto = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, debrief: Debrief, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.themes = {theme.pk: theme for theme in debrief.themes.all()}
        themes = [(str(theme.pk), theme.name) for theme in self.themes.values()]
        self.fields["theme"].choices = [*themes, ("", _("not in a theme"))]  # type: ignore[attr-defined]
        self.fields["theme"].error_messages["invalid_choice"] = _(
            "This theme is gone; somebody merged or removed it. The card stays where it was."
        )

    def theme_for(self, debrief: Debrief) -> Theme | None:
        """The theme that was chosen or named, if any; the verb asks whether it is still here."""
        if self.cleaned_data["new"]:
            return Theme.called(debrief, self.cleaned_data["new"])
        chosen = self.cleaned_data["theme"]
        return self.themes[uuid.UUID(chosen)] if chosen else None


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

    def __init__(self, *args: Any, debrief: Debrief, entry: TimelineEntry | None = None, **kwargs: Any) -> None:
        if entry:
            kwargs |= {"initial": self.initial_of(entry), "version": entry.version}
        super().__init__(*args, **kwargs)
        entries = debrief.timeline.filter(beside=None).exclude(pk=entry.pk if entry else None)
        self.fields["beside"].choices = [  # type: ignore[attr-defined]
            ("", _("— nothing, it stands alone")),
            *((str(entry.pk), f"{entry.happened_at:%H:%M} {entry.text[:60]}") for entry in entries),
        ]

    @staticmethod
    def initial_of(entry: TimelineEntry) -> dict[str, Any]:
        same = ("happened_at", "text", "source", "is_event")
        return {name: getattr(entry, name) for name in same} | {"key": entry.pk, "beside": str(entry.beside_id or "")}


class ParkForm(KeyedForm):
    text = forms.CharField(
        label=_("Park an idea"), max_length=500, error_messages={"required": _("Say what the idea is.")}
    )


class IdeaForm(Changes):
    text = forms.CharField(
        label=_("The idea"),
        max_length=500,
        widget=Text(rows=2),
        error_messages={"required": _("Say what the idea is.")},
    )
