"""How somebody closes the meeting: a line for the room, and two answers that are only counted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.debriefs.models.closing import LINE_MAX
from apps.web.forms import Line, Text

YES, NO = "yes", "no"


class LineForm(forms.Form):
    hide_optional = True  # the sentence below the box says that passing is fine

    text = Line(
        label=_("One line: what do you take along?"),
        max_length=LINE_MAX,
        required=False,
        widget=Text(rows=2),
        help_text=_("The room sees it, with your name, and nobody else does. Passing is fine: then leave it empty."),
    )

    def __init__(self, *args: Any, draft_key: str, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="closing_%s", **kwargs)
        self.fields["text"].widget.attrs["data-draft"] = draft_key


class TwoQuestionsForm(forms.Form):
    learned = forms.ChoiceField(
        label=_("Did you learn something you will use?"),
        widget=forms.RadioSelect,
        choices=[(YES, _("Yes")), (NO, _("Not really"))],
        error_messages={"required": _("Choose one of the two, or pass and send nothing.")},
    )
    again = forms.ChoiceField(
        label=_("Would you come to one like this again?"),
        widget=forms.RadioSelect,
        choices=[(YES, _("Yes")), (NO, _("Not really"))],
        error_messages={"required": _("Choose one of the two, or pass and send nothing.")},
    )

    @property
    def answers(self) -> dict[str, bool]:
        return {name: said == YES for name, said in self.cleaned_data.items()}
