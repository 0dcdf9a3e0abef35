import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.actions.models import Kind, Outcome, Step
from apps.actions.rows import STATES
from apps.web.forms import Changes, DayField, Described, Text

LOOK_AGAIN_AFTER = timedelta(weeks=4)
AS_FAR_AS = timedelta(days=3 * 365)
LEFT = _("This person is no longer in the team. Choose someone who is.")

KINDS = {
    Kind.FIX: Described(_("Fix"), _("Change what made it go wrong."), "fix"),
    Kind.AMPLIFY: Described(_("Amplify"), _("More of it, more often, or earlier."), "amplify"),
    Kind.SPREAD: Described(_("Spread"), _("Show it to others who could use it."), "spread"),
}
FOR_A_FACTOR = (Kind.FIX,)
FOR_A_STRENGTH = (Kind.AMPLIFY, Kind.SPREAD)


class Someone(forms.ModelChoiceField):
    """One of those who are in the room of the team now."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            User.objects.none(), empty_label=_("Choose …"), error_messages={"invalid_choice": LEFT}, **kwargs
        )


class StepForm(Changes):
    """What a step says. `agreed` is the step being changed: its dates may stand although they have passed."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    title = forms.CharField(
        label=_("What will be done?"),
        max_length=200,
        help_text=_("Start with a verb, and say where it ends: what is in, and what is not."),
    )
    kind = forms.ChoiceField(label=_("Which kind of step is it?"), widget=forms.RadioSelect)
    owner = Someone(label=_("One owner"), help_text=_("Who sees to it that it happens; others may well do part of it."))
    second = Someone(
        label=_("A second person"), help_text=_("On the look-again date both of you say whether it worked.")
    )
    success_signal = forms.CharField(
        label=_("Success signal: how will we tell that it worked?"),
        max_length=500,
        widget=Text(rows=2),
        help_text=_("Something one can see or count, such as “three people who are asked name the same plan”."),
    )
    due_on = DayField(label=_("Due"))
    look_again_on = DayField(
        label=_("Look again on"),
        required=False,
        help_text=_("When the next chance to fail has come and gone. Empty means four weeks after it is due."),
    )

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User],
        kinds: Iterable[Kind],
        today: date,
        agreed: Step | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, version=agreed.version if agreed else None, **kwargs)
        self.today, self.agreed = today, agreed
        self.fields["kind"].choices = [(kind.value, KINDS[kind]) for kind in kinds]
        if len(self.fields["kind"].choices) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.fields["kind"].initial = self.fields["kind"].choices[0][0]
        for name in ("owner", "second"):
            self.fields[name].queryset = people

    def clean_due_on(self) -> date:
        due: date = self.cleaned_data["due_on"]
        if self.agreed and due == self.agreed.due_on:
            return due
        if due < self.today:
            raise forms.ValidationError(_("This day has passed. Choose today or a day to come."))
        return self._within_reach(due)

    def clean_look_again_on(self) -> date | None:
        day: date | None = self.cleaned_data["look_again_on"]
        return self._within_reach(day) if day else None

    def _within_reach(self, day: date) -> date:
        if day > self.today + AS_FAR_AS:
            raise forms.ValidationError(_("This is very far away. Choose a day within the next three years."))
        return day

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if "key" in self.errors:
            self.add_error(None, _("Please open the page again and send the step once more."))
        due, look = said.get("due_on"), said.get("look_again_on")
        if due and not look and "look_again_on" not in self.errors:
            said["look_again_on"] = due + LOOK_AGAIN_AFTER
        if due and look and look < due:
            self.add_error("look_again_on", _("Look again on the day it is due, or later: it must be done first."))
        if said.get("owner") and said.get("owner") == said.get("second"):
            self.add_error(
                "second", _("The second person is someone other than the owner: four eyes see whether it worked.")
            )
        return said

    @property
    def agreement(self) -> dict[str, Any]:
        """What `Step.agree` and `Step.rewrite` take."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}


class BecauseForm(forms.Form):
    because = forms.CharField(max_length=500, widget=Text(rows=2))

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["because"].label = label
        self.fields["because"].help_text = help_text


class CheckForm(forms.Form):
    verdict = forms.ChoiceField(choices=Outcome.choices)
    note = forms.CharField(
        label=_("What do you see?"),
        max_length=500,
        required=False,
        widget=Text(rows=2),
        help_text=_("A word for the team. Managers see the verdict, not this."),
    )


class Filters(forms.Form):
    """How the team's list is narrowed. What makes no sense narrows nothing."""

    hide_optional = True
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *STATES.items()])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *Kind.choices])
    owner = forms.ChoiceField(label=_("Owner"), required=False)

    def __init__(self, *args: Any, owners: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(person.pk), str(person)) for person in owners]
        if people:
            self.fields["owner"].choices = [("", _("all")), *people]
        else:
            del self.fields["owner"]

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
