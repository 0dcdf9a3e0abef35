import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.debriefs.facilitation import CHECK_IN
from apps.debriefs.models import Anonymity, Debrief
from apps.debriefs.models.perspectives import CARD_MAX
from apps.web.forms import Scale, Text


class CardForm(forms.Form):
    """One card under one prompt. In a debrief of one kind the choice of name is not asked."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    # The row's key from then on, when the writer takes their name off or puts it on.
    new_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    prompt = forms.ChoiceField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your perspective"),
        max_length=CARD_MAX,
        widget=Text(rows=5),
        error_messages={
            "required": _("Write a few words first."),
            "max_length": _(
                "A card holds %(limit_value)d characters; this one has %(show_value)d. All of it is still here."
            ),
        },
    )
    without_name = forms.BooleanField(label=_("Without my name"), required=False)

    def __init__(self, *args: Any, debrief: Debrief, prompts: list[Any], autosave: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_%s_{kwargs.get('initial', {}).get('key', '')}")
        super().__init__(*args, **kwargs)
        self.debrief = debrief
        self.autosave = autosave
        self.prompts = {str(prompt.pk): prompt for prompt in prompts}
        self.fields["prompt"].choices = [(pk, prompt.title) for pk, prompt in self.prompts.items()]  # type: ignore[attr-defined]
        if debrief.anonymity != Anonymity.CHOICE:
            del self.fields["without_name"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["prompt"] = self.prompts.get(data.get("prompt", ""))
        chosen = bool(data.pop("without_name", False))
        # Until the card is put with the others the choice is not made: nothing that was typed is kept under a name.
        by_default = self.autosave and self.debrief.anonymity == Anonymity.CHOICE
        data["is_anonymous"] = chosen or by_default or self.debrief.anonymity == Anonymity.ANONYMOUS
        return data


class AddCardForm(CardForm):
    """The same card, with its prompt to choose."""

    prompt = forms.ChoiceField(label=_("Where it belongs"), widget=forms.Select)


class CheckInForm(forms.Form):
    hide_optional = True
    weight = forms.TypedChoiceField(
        label=CHECK_IN.weight_question,
        widget=Scale,
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, str(n)) for n in range(1, 6)],
    )
    stage = forms.ChoiceField(
        label=CHECK_IN.stage_question,
        required=False,
        help_text=CHECK_IN.stage_note,
        choices=[("", _("I would rather not say")), *((stage.key, stage.name) for stage in CHECK_IN.stages)],
    )


class WorryForm(forms.Form):
    hide_optional = True
    text = forms.CharField(
        label=_("What worries me about this meeting"), max_length=CARD_MAX, required=False, widget=Text(rows=3)
    )
