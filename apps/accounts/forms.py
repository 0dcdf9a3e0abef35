from functools import cache
from typing import Any

from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from apps.accounts.adapter import VERIFIED
from apps.accounts.models import User, known_time_zones
from apps.web.forms import BrowserTimeZone, Line, Time

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def time_zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Region → places as people name them; the aliases and half-forgotten names of the database stay out."""
    places: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in sorted(known_time_zones()):
        region, _slash, place = zone.partition("/")
        if region in places:
            places[region].append((zone, place.replace("/", ", ").replace("_", " ")))
    return [("UTC", [("UTC", "UTC")]), *places.items()]


class SignupForm(forms.Form):
    """allauth puts the address and the password beneath these."""

    display_name = Line(
        label=_("Name"),
        max_length=80,
        help_text=_("As your team knows you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=BrowserTimeZone)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (request := context.request) and (invited := request.session.get(VERIFIED)):
            # Disabled, so that whatever a request sends instead is not read.
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _("The address of your invitation; the letter has confirmed it.")
            self.initial["email"] = invited

    def clean_time_zone(self) -> str:
        """What a browser says about itself is no reason to turn anyone away."""
        zone = self.cleaned_data["time_zone"]
        return zone if zone in known_time_zones() else "UTC"

    def signup(self, request: HttpRequest, user: User) -> None:
        user.display_name = self.cleaned_data["display_name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.save(update_fields=["display_name", "time_zone"])


class ProfileForm(forms.Form):
    display_name = Line(
        label=_("Name"),
        max_length=80,
        help_text=_("As your team knows you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Times on every page and in every letter are yours.")
    )
    workdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day; letters come on these days.")},
    )
    workday_start = forms.TimeField(label=_("Working day starts"), widget=Time)
    workday_end = forms.TimeField(label=_("Working day ends"), widget=Time)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: list[Any] = time_zones()
        mine = self.initial.get("time_zone")
        if mine and not any(mine == zone for _region, places in zones for zone, _place in places):
            zones = [(mine, mine), *zones]
        self.fields["time_zone"].choices = zones

    @classmethod
    def of(cls, user: User, data: Any = None) -> "ProfileForm":
        return cls(data, initial={name: getattr(user, name) for name in cls.base_fields})

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("workday_start"), self.cleaned_data.get("workday_end")
        if start and end and end <= start:
            why = _("The end must come after the start. At night? Choose the hours in which a letter suits you.")
            self.add_error("workday_end", why)
        return self.cleaned_data
