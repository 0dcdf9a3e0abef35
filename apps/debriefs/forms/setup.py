import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs import permissions
from apps.debriefs.agenda import SHARES, spread
from apps.debriefs.facilitation import PHASE_TEXT
from apps.debriefs.formats import FORMATS
from apps.debriefs.models import Anonymity, Debrief
from apps.debriefs.models.debrief import AGENDAS, TEXT_MAX, TITLE_MAX
from apps.debriefs.models.formats import format_choices
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from apps.web.forms import Changes, Described, MomentField, Text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TAGS_MAX = 12
FILES_MAX = 200

ANONYMITY_CHOICES = [
    (Anonymity.NAMED, Described(_("Named"), _("Each card shows who wrote it."), "person")),
    (Anonymity.CHOICE, Described(_("The writer’s choice"), _("Card by card, with a name or without."), "people")),
    (Anonymity.ANONYMOUS, Described(_("Anonymous"), _("No card shows who wrote it, to nobody, ever."), "anonymous")),
]


class NewDebriefForm(forms.Form):
    """Just enough to begin; the rest is written on the draft itself."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    team = forms.ChoiceField(label=_("Team"))
    title = forms.CharField(
        label=_("What is it about?"),
        max_length=TITLE_MAX,
        help_text=_("Name the event, not a person: “The main stage opened 50 minutes late”."),
        error_messages={"required": _("Give the debrief a title; one short sentence will do.")},
    )
    format_key = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect, initial="three_rs")

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = {str(team.pk): team for team in teams}
        self.fields["team"].choices = [(pk, team.name) for pk, team in self.teams.items()]  # type: ignore[attr-defined]
        ours = [(key, Described(one.name, one.when_to_use)) for key, one in FORMATS.items()]
        own = [(f"team:{one.pk}", Described(one.name, team.name)) for team in teams for one in team.formats.all()]
        self.fields["format_key"].choices = [*ours, *own]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        team = self.teams.get(data.get("team", ""))
        if team and data.get("format_key") not in dict(format_choices(team)):
            self.add_error("format_key", _("This format belongs to another team."))
        data["team"] = team
        return data


def _spread_in_words(total: int) -> "StrOrPromise":
    named = ", ".join("{} {}" for _phase in SHARES)
    return format_lazy(
        named, *(word for phase, n in spread(total, {}).items() for word in (PHASE_TEXT[phase].name, str(n)))
    )


def _minutes_of(phase: Phase) -> forms.IntegerField:
    label = format_lazy(_("Minutes for {phase}"), phase=PHASE_TEXT[phase].name)
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=max(n for n, _name in AGENDAS))


class AgendaForm(Changes):
    """How long the meeting is, and what the leader gives each phase; what is left empty gets its share of the rest."""

    hide_optional = True

    agenda_minutes = forms.TypedChoiceField(
        label=_("Length of the meeting"),
        widget=forms.RadioSelect,
        choices=[(n, Described(name, _spread_in_words(n))) for n, name in AGENDAS],
        coerce=int,
        empty_value=None,
        required=False,
    )
    minutes_recognize = _minutes_of(Phase.RECOGNIZE)
    minutes_rationalize = _minutes_of(Phase.RATIONALIZE)
    minutes_realign = _minutes_of(Phase.REALIGN)

    @staticmethod
    def initial_of(debrief: Debrief) -> dict[str, Any]:
        own = {f"minutes_{phase}": debrief.agenda.get(phase) for phase in SHARES}
        return {"agenda_minutes": debrief.agenda_minutes, **own}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = {phase.value: n for phase in SHARES if (n := data.pop(f"minutes_{phase}", None))}
        if total := data.pop("agenda_minutes", None):
            self._adds_up(total, chosen)
            data |= {"agenda_minutes": total, "agenda": chosen}
        return data

    def _adds_up(self, total: int, chosen: dict[str, int]) -> None:
        together, open_ = sum(chosen.values()), len(SHARES) - len(chosen)
        said = {"together": together, "total": total}
        if together + open_ > total:
            why = _("The phases would have %(together)s minutes, and the meeting %(total)s. Shorten a phase.")
            self.add_error("agenda_minutes", why % said)
        elif not open_ and together < total:
            why = _("The phases have %(together)s minutes, and the meeting %(total)s. Leave one empty for the rest.")
            self.add_error("agenda_minutes", why % said)


class SetupForm(AgendaForm):
    """Everything the leader says about a debrief. What can no longer change in this phase is left out."""

    hide_optional = True

    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_MAX,
        error_messages={"required": _("Give the debrief a title; one short sentence will do.")},
    )
    happened = forms.CharField(
        label=_("What happened"),
        max_length=TEXT_MAX,
        required=False,
        widget=Text(rows=5),
        help_text=_("Facts only: what could be seen or heard. Reasons come in the meeting."),
    )
    expected = forms.CharField(label=_("What we expected"), max_length=TEXT_MAX, required=False, widget=Text(rows=3))
    impact = forms.CharField(
        label=_("Whom it touched, and how"), max_length=TEXT_MAX, required=False, widget=Text(rows=2)
    )
    started_at = MomentField(label=_("When it began"), required=False)
    ended_at = MomentField(label=_("When it was over"), required=False)
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=TAGS_MAX * 42, help_text=_("A few words, with commas between them.")
    )
    source_url = forms.URLField(label=_("Link to a report"), required=False, max_length=500, assume_scheme="https")
    format_key = forms.ChoiceField(label=_("Format"), required=False)
    anonymity = forms.ChoiceField(label=_("Names on cards"), widget=forms.RadioSelect, choices=ANONYMITY_CHOICES)
    people = forms.MultipleChoiceField(
        label=_("Who takes part"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Those who saw it, and best one person who was not involved."),
    )
    facilitator = forms.ChoiceField(
        label=_("Facilitator"), help_text=_("Best someone who was not involved. They ask; they do not judge.")
    )
    perspectives_due_at = MomentField(label=_("Perspectives until"), required=False)
    meeting_at = MomentField(
        label=_("Meeting"),
        required=False,
        help_text=_("Within three days for something big, five working days for the rest; 30 to 60 minutes."),
    )
    follow_up_at = MomentField(label=_("Follow-up meeting"), required=False)
    opening_statement = forms.CharField(
        label=_("Your opening statement"),
        max_length=TEXT_MAX,
        required=False,
        widget=Text(rows=5),
        help_text=_("If a part of it is yours, say so first: “I got this wrong, and here is what I have learned.”"),
    )

    def __init__(self, *args: Any, debrief: Debrief, **kwargs: Any) -> None:
        super().__init__(*args, initial=initial_of(debrief), version=debrief.version, **kwargs)
        self.debrief = debrief
        self.room = {str(person.pk): person for person in debrief.team.in_the_room()}
        people = [(pk, str(person)) for pk, person in self.room.items()]
        self.fields["people"].choices = people  # type: ignore[attr-defined]
        self.fields["facilitator"].choices = people  # type: ignore[attr-defined]
        self.fields["facilitator"].error_messages["invalid_choice"] = _(
            "This person is no longer in the team. Choose someone who is."
        )
        if debrief.phase == Phase.DRAFT:
            choices = format_choices(debrief.team)
            if debrief.format_key not in dict(choices):  # removed from the team since; this draft keeps its prompts
                choices = [(debrief.format_key, debrief.format_name), *choices]
            self.fields["format_key"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["format_key"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._runs_forward(data, "started_at", "ended_at", _("It cannot be over before it began."))
        self._runs_forward(data, "started_at", "meeting_at", _("The meeting comes after the event."))
        self._runs_forward(data, "perspectives_due_at", "meeting_at", _("The meeting comes after the writing."))
        self._runs_forward(data, "meeting_at", "follow_up_at", _("The follow-up comes after the meeting."))
        people = [self.room[pk] for pk in data.get("people", [])]
        self._nobody_is_taken_out(people)
        may = permissions.can_be_anonymous(len(people), data.get("anonymity", Anonymity.NAMED))
        if not may:
            self.add_error("anonymity", str(may.why))
        return data | {"people": people, "facilitator": self.room.get(data.get("facilitator", ""))}

    def _nobody_is_taken_out(self, people: list[User]) -> None:
        if self.debrief.phase == Phase.DRAFT:
            return
        missing = self.debrief.participations.filter(person__in=self.room.values()).exclude(person__in=people)
        if names := ", ".join(str(one.person) for one in missing.select_related("person")):
            why = _(
                "Who has been asked to write stays: %(names)s. Before the reveal you can go back to the draft for it."
            )
            self.add_error("people", why % {"names": names})

    def _runs_forward(self, data: dict[str, Any], earlier: str, later: str, sentence: Any) -> None:
        first: datetime | None = data.get(earlier)
        then: datetime | None = data.get(later)
        if first and then and then < first:
            self.add_error(later, sentence)

    def clean_tags(self) -> list[str]:
        tags = [tag.strip()[:40] for tag in self.cleaned_data["tags"].split(",") if tag.strip()]
        return list(dict.fromkeys(tags))[:TAGS_MAX]

    def save_into(self, debrief: Debrief, *, by: User) -> None:
        """Hand the cleaned words to the debrief's verbs."""
        data = dict(self.cleaned_data)
        if data["opening_statement"] not in ("", debrief.opening_statement):
            data["opened_by"] = by
        people: list[User] = data.pop("people")
        format_key = data.pop("format_key", "")
        with transaction.atomic():
            debrief.set_up(**data)  # first: it knows whether somebody else was faster
            if format_key and format_key != debrief.format_key:
                debrief.use_format(format_key)
            debrief.set_people(people)


def initial_of(debrief: Debrief) -> dict[str, Any]:
    same = (
        "title", "happened", "expected", "impact", "started_at", "ended_at", "source_url", "format_key",
        "anonymity", "perspectives_due_at", "meeting_at", "follow_up_at", "opening_statement",
    )  # fmt: skip
    return (
        {name: getattr(debrief, name) for name in same}
        | AgendaForm.initial_of(debrief)
        | {
            "tags": ", ".join(debrief.tags),
            "facilitator": str(debrief.facilitator_id),
            "people": [str(pk) for pk in debrief.participations.values_list("person_id", flat=True)],
        }
    )


class CancelForm(forms.Form):
    because = forms.CharField(
        label=_("Why"),
        max_length=300,
        widget=Text(rows=2),
        help_text=_("Those who were going to take part read this."),
        error_messages={"required": _("Say in a sentence why, so that nobody is left wondering.")},
    )


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Cleans to the list of files; Django's own field knows one."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = data or [None]
        if len(sent) > FILES_MAX:
            sentence = _(
                "These are %(count)s files; we take up to %(limit)s at a time. Choose some now, the others after."
            )
            raise forms.ValidationError(sentence, params={"count": len(sent), "limit": FILES_MAX})
        one = super().clean
        return [one(file) for file in sent]


class ImportForm(forms.Form):
    """One or many Markdown files; each is judged on its own by the importer."""

    team = forms.ChoiceField(label=_("Team"))
    files = ManyFilesField(  # type: ignore[assignment] # the stubs know a form's `files`, Django lets a field hide it
        label=_("Files"),
        widget=ManyFilesInput({"accept": ".md,.markdown,text/markdown"}),
        help_text=_("Markdown (.md). One, or up to 200 together, each of up to 1 MB."),
        error_messages={"required": _("Choose at least one file.")},
        allow_empty_file=True,  # an empty one gets a line like every other, and does not stop them
    )

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = {str(team.pk): team for team in teams}
        self.fields["team"].choices = [(pk, team.name) for pk, team in self.teams.items()]  # type: ignore[attr-defined]
