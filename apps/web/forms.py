"""How a form is drawn, and the widgets Django lacks: native dates, growing text, described choices."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

YEARS = range(1900, 2101)


class Renderer(TemplatesSetting):
    """Makes `{{ form }}` and `{{ form.title.as_field_group }}` use our one field template."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


@dataclass(frozen=True)
class Described:
    """A choice's label with a line of help under it: `("named", Described(_("named"), _("Everyone sees it")))`."""

    label: str | Promise
    hint: str | Promise
    icon: str = ""

    def __str__(self) -> str:
        return str(self.label)


class Text(forms.Textarea):
    """Grows with what is written; counts down when the field has a max_length."""

    def __init__(self, attrs: Mapping[str, Any] | None = None, *, rows: int = 3) -> None:
        super().__init__({"rows": rows, "cols": False, "data-autogrow": "", **(attrs or {})})


class Date(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%Y-%m-%d")


class Time(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%H:%M")


class DateTime(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}), format="%Y-%m-%dT%H:%M")


def _within_reach(when: Any) -> None:
    """A year that is a slip of the finger; at the ends of the calendar no time zone can be applied any more."""
    if when.year not in YEARS:
        raise forms.ValidationError(
            _("The year %(year)d cannot be right. Choose one from %(first)d to %(last)d."),
            params={"year": when.year, "first": YEARS[0], "last": YEARS[-1]},
        )


class DayField(forms.DateField):
    widget = Date

    def to_python(self, value: Any) -> date | None:
        day = super().to_python(value)
        if day:
            _within_reach(day)
        return day


class MomentField(forms.DateTimeField):
    widget = DateTime

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment:
            _within_reach(moment)
        return moment


class Scale(forms.RadioSelect):
    """Few short choices as equal boxes: a weight, not a grade."""


class Sides(forms.RadioSelect):
    """Wrong and right as two equal halves; the choices' values are `wrong` and `right`."""


class BrowserTimeZone(forms.HiddenInput):
    """Filled in by the browser; empty without script, and the server then keeps its default."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"data-timezone": "", **(attrs or {})})


class Line(forms.CharField):
    """One line of visible text: line breaks and odd spaces become one space, and what only looks empty is empty."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        # Marks that turn the reading direction could make a name say something else in a letter.
        text = " ".join("".join(" " if c in TURNS else c for c in text).split())
        return text if any(unicodedata.category(c)[0] not in "ZC" for c in text) else ""


# Besides control characters: marks and isolates of reading direction.
TURNS = {
    chr(code)
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
