"""How a form is drawn, and the widgets Django lacks: native dates, growing text, described choices."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.web.verdict import Collided

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


class Version(forms.Field):
    """The version that was seen. None, or a senseless one, is one that nobody has seen."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int:
        return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else 0


class Changes(forms.Form):
    """May change what is there already: with `version` it carries along which words its writer saw.

    Saved over words that nobody has shown them, it holds both (`theirs`) and the newest version, so that to save
    again is a choice.
    """

    def __init__(self, *args: Any, version: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.collided = False
        self.their_name = ""
        # field name → what stands there now, where it differs from what is in the form
        self.theirs: dict[str, str] = {}
        if version is not None:
            self.fields["version"] = Version(required=False, initial=version)

    def saved_by(self, save: Callable[[], None], *, now: Callable[[Any], Mapping[str, Any]]) -> bool:
        """Save. False when somebody else's words stand there, and differ; `now` is the form's initial of the row."""
        try:
            save()
        except Collided as collision:
            self._show_beside(now(collision.now), collision)
            return not self.theirs
        return True

    def _show_beside(self, now: Mapping[str, Any], collision: Collided) -> None:
        self.theirs = {
            field.name: as_words(field.field, now.get(field.name))
            for field in self.visible_fields()
            if _differs(field, now.get(field.name))
        }
        self.collided = bool(self.theirs)
        self.their_name = str(collision.by or "")
        fresh: Any = self.data.copy()  # type: ignore[attr-defined]
        fresh["version"] = str(collision.now.version)
        self.data = fresh

    @property
    def fields_that_differ(self) -> list[forms.BoundField]:
        return [self[name] for name in self.theirs]

    @property
    def status(self) -> int:
        """What a page that shows this form answers with."""
        return 409 if self.collided else 422 if self.errors else 200


def _differs(field: forms.BoundField, now: Any) -> bool:
    """As far as the field can tell: it knows no seconds, and a browser writes its own line breaks."""
    if isinstance(now, datetime):
        now = now.replace(second=0, microsecond=0)
    if isinstance(now, str) and isinstance(field.data, str):
        return field.field.has_changed(_lines(now), _lines(field.data))
    return field.field.has_changed(now, field.data)


def _lines(text: str) -> str:
    return "\n".join(text.splitlines())


def as_words(field: forms.Field, value: Any) -> str:
    """What somebody else has put into this field, as one reads it."""
    if isinstance(value, bool) and isinstance(field, forms.BooleanField):
        return gettext("yes") if value else gettext("no")
    if isinstance(field, forms.ChoiceField):
        several = value if isinstance(value, list) else [value]
        names = {str(key): str(name) for key, name in _flat(field.choices)}
        return ", ".join(names.get(str("" if one is None else one), "") for one in several)
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, list):
        return "\n".join(value)
    return str(value or "")


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    """A choice of rows wraps its keys."""
    return ((getattr(key, "value", key), name) for key, name in choices)


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
