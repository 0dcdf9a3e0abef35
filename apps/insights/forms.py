from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.insights.dashboard import FILTERS
from apps.teams.models import Team

Choices = Iterable[tuple[str, Any]]


class Filters(forms.Form):
    """Which steps the manager's list shows. What makes no sense narrows nothing."""

    hide_optional = True
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *FILTERS.items()])
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, *args: Any, teams: Iterable[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(team.slug, team.name) for team in teams]
        self.fields["team"].choices = [("", _("all")), *choices]
        if len(choices) < 2:
            del self.fields["team"]

    @property
    def chosen(self) -> Mapping[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class Search(forms.Form):
    """Words, teams and tags; those that are not there narrow nothing, and the page is never an error."""

    hide_optional = True
    q = forms.CharField(label=_("Search lessons and summaries"), required=False, max_length=200)
    team = forms.MultipleChoiceField(label=_("Team"), required=False, widget=forms.CheckboxSelectMultiple)
    tag = forms.MultipleChoiceField(label=_("Tag"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, teams: Choices, tags: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = list(teams)
        self.fields["tag"].choices = list(tags)
