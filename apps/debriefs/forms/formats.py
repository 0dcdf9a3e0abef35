from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.debriefs.formats import FORMATS
from apps.debriefs.models import Side, TeamFormat
from apps.web.forms import Text

PROMPTS_MAX = 10
SPARE = 2


class CopyForm(forms.Form):
    copy_of = forms.ChoiceField(label=_("Start from"), choices=[(key, one.name) for key, one in FORMATS.items()])
    name = forms.CharField(
        label=_("Name of your own format"), max_length=80, error_messages={"required": _("Give it a name.")}
    )


class FormatForm(forms.Form):
    """A name and up to ten prompts; an empty title takes a prompt out. Both sides must be asked."""

    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Give it a name.")})
    description = forms.CharField(label=_("What it is for"), max_length=300, required=False)

    def __init__(self, *args: Any, own: TeamFormat, **kwargs: Any) -> None:
        initial = {"name": own.name, "description": own.description}
        for n, prompt in enumerate(own.prompts):
            initial |= {f"{part}_{n}": prompt.get(part, "") for part in ("side", "title", "help", "example")}
        super().__init__(*args, initial=initial, **kwargs)
        self.own = own
        self.count = min(len(own.prompts) + SPARE, PROMPTS_MAX)
        for n in range(self.count):
            self.fields[f"side_{n}"] = forms.ChoiceField(label=_("Side"), choices=Side, required=False)
            self.fields[f"title_{n}"] = forms.CharField(label=_("Question"), max_length=120, required=False)
            self.fields[f"help_{n}"] = forms.CharField(
                label=_("Help"), max_length=400, required=False, widget=Text(rows=2)
            )
            self.fields[f"example_{n}"] = forms.CharField(label=_("Example"), max_length=300, required=False)

    @property
    def prompt_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{part}_{n}"] for part in ("title", "side", "help", "example")] for n in range(self.count)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        prompts = [
            {part: data.get(f"{part}_{n}", "") for part in ("side", "title", "help", "example")}
            for n in range(self.count)
            if data.get(f"title_{n}")
        ]
        sides = {prompt["side"] for prompt in prompts}
        if not {Side.WRONG, Side.RIGHT} <= sides:
            raise forms.ValidationError(
                _("Keep at least one question on each side: what went wrong, and what went right.")
            )
        return {"name": data.get("name", ""), "description": data.get("description", ""), "prompts": prompts}
