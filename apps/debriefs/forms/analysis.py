"""Why it made sense, what helped, what nobody knew, and what is kept: one form each."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.factor_kinds import FACTOR_KINDS, SENSE_QUESTIONS
from apps.debriefs.forms.meeting import KeyedForm
from apps.debriefs.models import Audience, Debrief, Factor, Lesson, OpenQuestion, Strength
from apps.debriefs.models.analysis import NOTE_MAX
from apps.debriefs.models.debrief import TEXT_MAX
from apps.debriefs.phases import Phase
from apps.teams.models import Membership
from apps.web.forms import Changes, DayField, Described, Line, MomentField, Text

CHAIN_MAX = 6
LINK_MAX = 500
FOUR_WEEKS = timedelta(weeks=4)
# Where steps have been promised, and somebody has to look.
PROMISING = (Phase.REALIGN, Phase.FOLLOW_THROUGH)
KIND_ICONS = {"tactical_misstep": "signpost", "unspoken": "unspoken", "unforeseeable": "cloud"}


class SeveralTexts(Text):
    """The same name several times; the page draws one box for each."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name) or [])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data


class ChainField(forms.Field):
    """Answers to "what made that sensible?", the nearest first; boxes left empty count for nothing."""

    widget = SeveralTexts

    def clean(self, value: Any) -> list[str]:
        answers = [text.strip().replace("\x00", "") for text in value or []]
        answers = [text for text in answers if text]
        if len(answers) > CHAIN_MAX:
            raise forms.ValidationError(
                _("%(max)d answers are enough; here are %(count)d. Join two that belong together.")
                % {"max": CHAIN_MAX, "count": len(answers)}
            )
        for number, text in enumerate(answers, start=1):
            if len(text) > LINK_MAX:
                raise forms.ValidationError(
                    _("Answer %(number)d has %(length)d characters; %(max)d fit. All of it is still here.")
                    % {"number": number, "length": len(text), "max": LINK_MAX}
                )
        return answers

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != [text for text in data or [] if text.strip()]


class OfATheme(KeyedForm):
    """Something the room found, perhaps under one of the debrief's themes."""

    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        error_messages={"invalid_choice": _("This theme is gone; somebody removed it. Choose another, or none.")},
    )

    def __init__(self, *args: Any, debrief: Debrief, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.themes = {str(theme.pk): theme for theme in debrief.themes.all()}
        choices = [("", _("no theme")), *((pk, theme.name) for pk, theme in self.themes.items())]
        self.fields["theme"].choices = choices  # type: ignore[attr-defined]

    def clean_theme(self) -> Any:
        return self.themes.get(self.cleaned_data["theme"])


class FactorForm(OfATheme):
    title = Line(
        label=_("What contributed?"),
        max_length=200,
        help_text=_("In words that would fit any person in that seat."),
        error_messages={"required": _("Say in a few words what contributed.")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of factor is it?"),
        widget=forms.RadioSelect,
        choices=[(key, Described(kind.name, kind.description, KIND_ICONS[key])) for key, kind in FACTOR_KINDS.items()],
        error_messages={"required": _("Choose the kind that comes nearest.")},
    )
    chain = ChainField(label=SENSE_QUESTIONS[0], required=False)
    assumption = forms.CharField(
        label=_("The assumption that turned out wrong"),
        max_length=LINK_MAX,
        required=False,
        widget=Text(rows=2),
        help_text=_("What everyone could take for granted until that day."),
    )
    is_calculated_risk = forms.TypedChoiceField(
        label=_("Was it a calculated risk?"), widget=forms.RadioSelect, required=False,
        choices=[
            ("yes", _("Yes, taken with open eyes")), ("no", _("No, nobody saw it as one")), ("", _("We cannot say")),
        ],
        coerce=lambda said: said == "yes", empty_value=None,
    )  # fmt: skip
    is_sound_step = forms.BooleanField(
        label=_("A sound step with a bad ending"),
        required=False,
        help_text=_("Knowing the same, we would do it again. That is no failure, just learning."),
    )

    field_order = ("key", "title", "theme", "kind", "chain", "assumption", "is_calculated_risk", "is_sound_step")

    @staticmethod
    def initial_of(factor: Factor) -> dict[str, Any]:
        same = ("title", "kind", "chain", "assumption", "is_sound_step")
        risk = {True: "yes", False: "no", None: ""}[factor.is_calculated_risk]
        return {name: getattr(factor, name) for name in same} | {
            "key": factor.pk, "theme": str(factor.theme_id or ""), "is_calculated_risk": risk,
        }  # fmt: skip

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """Each kind's radio with the questions that search it."""
        return [
            {"option": option, "questions": FACTOR_KINDS[option.data["value"]].questions} for option in self["kind"]
        ]

    @property
    def boxes(self) -> dict[str, list[dict[str, Any]]]:
        """One box for each answer and a spare one in sight; the rest, up to six, behind a fold."""
        said = [text for text in self["chain"].value() or [] if text.strip()]
        texts = said + [""] * max(0, CHAIN_MAX - len(said))
        boxes = [{"number": n, "text": text, "id": f"id_chain_{n}"} for n, text in enumerate(texts, start=1)]
        boxes[0]["id"] = "id_chain"
        shown = max(2, len(said) + 1)
        return {"shown": boxes[:shown], "folded": boxes[shown:]}


class AcceptForm(Changes):
    hide_optional = True  # empty says something here: it takes the acceptance back

    because = forms.CharField(
        label=_("Accepted, because …"),
        max_length=500,
        required=False,
        widget=Text(rows=3),
        help_text=_("What it would cost to change, or why it is right as it is. Leave it empty to take it back."),
    )

    @staticmethod
    def initial_of(factor: Factor) -> dict[str, Any]:
        return {"because": factor.accepted_because}


ANSWER_CHOICES = [
    (Strength.Answer.KEEP, Described(_("Keep"), _("It is right as it is. Say so, and protect it."), "keep")),
    (Strength.Answer.AMPLIFY, Described(_("Amplify"), _("Do more of it here."), "amplify")),
    (Strength.Answer.SPREAD, Described(_("Spread"), _("Another team could use it."), "spread")),
]


class StrengthForm(OfATheme):
    title = Line(
        label=_("What went right?"),
        max_length=200,
        help_text=_("Something that we can build on."),
        error_messages={"required": _("Say in a few words what went right.")},
    )
    why = forms.CharField(
        label=_("Why did it work?"),
        max_length=NOTE_MAX,
        required=False,
        widget=Text(rows=3),
        help_text=_("Who adapted, and how? What was there that helped?"),
    )
    reliability = forms.ChoiceField(
        label=_("Luck, or something we can rely on?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Strength.Reliability.LUCK, Described(_("Luck"), _("Next time it may not be there."), "luck")),
            (
                Strength.Reliability.DEPENDABLE,
                Described(_("Dependable"), _("It would work again tomorrow."), "right"),
            ),
            ("", Described(_("We cannot say yet"), _("That may be a question worth asking."), "question")),
        ],
    )
    answer = forms.ChoiceField(
        label=_("What do we do with it?"), widget=forms.RadioSelect, required=False,
        choices=[
            *ANSWER_CHOICES, ("", Described(_("Not decided yet"), _("There is time for that in Realign."), "early")),
        ],
    )  # fmt: skip

    field_order = ("key", "title", "theme", "why", "reliability", "answer")

    @staticmethod
    def initial_of(strength: Strength) -> dict[str, Any]:
        same = ("title", "why", "reliability", "answer")
        return {name: getattr(strength, name) for name in same} | {
            "key": strength.pk, "theme": str(strength.theme_id or "")
        }  # fmt: skip


class StrengthAnswerForm(Changes):
    answer = forms.ChoiceField(
        label=_("What do we do with it?"),
        widget=forms.RadioSelect,
        choices=ANSWER_CHOICES,
        error_messages={"required": _("Choose one of the three: each strength deserves an answer.")},
    )

    @staticmethod
    def initial_of(strength: Strength) -> dict[str, Any]:
        return {"answer": strength.answer}


def who_can_find_out(debrief: Debrief) -> Iterable[User]:
    """Those who take part, and the facilitator, as long as they are in the team."""
    still = set(Membership.objects.filter(team=debrief.team_id).values_list("person_id", flat=True))
    taking_part = [one.person for one in debrief.eligible_writers().select_related("person")]
    people = {person.pk: person for person in [*taking_part, debrief.facilitator] if person.pk in still}
    return sorted(people.values(), key=str)


class QuestionForm(KeyedForm):
    text = Line(
        label=_("What does nobody here know?"),
        max_length=500,
        error_messages={"required": _("Write the question down, as it was asked.")},
    )
    owner = forms.ChoiceField(
        label=_("Who finds out?"),
        help_text=_("Ask before you choose. Whoever it is need not know it, only ask around."),
        error_messages={
            "required": _("Choose who finds out."),
            "invalid_choice": _("This person is no longer in the room. Choose someone who is."),
        },
    )
    due_on = DayField(
        label=_("Answer by"),
        error_messages={"required": _("Choose a day by which facts replace the guess.")},
    )

    def __init__(
        self, *args: Any, debrief: Debrief, today: date, question: OpenQuestion | None = None, **kwargs: Any
    ) -> None:
        if question:
            kwargs |= {"initial": self.initial_of(question), "version": question.version}
        super().__init__(*args, **kwargs)
        self.today = today
        self.known = question.due_on if question else None
        self.people = {str(person.pk): person for person in who_can_find_out(debrief)}
        choices = [("", _("choose someone")), *((pk, str(person)) for pk, person in self.people.items())]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["min"] = min(today, self.known or today).isoformat()

    @staticmethod
    def initial_of(question: OpenQuestion) -> dict[str, Any]:
        return {
            "key": question.pk, "text": question.text, "owner": str(question.owner_id), "due_on": question.due_on,
        }  # fmt: skip

    def clean_owner(self) -> User:
        return self.people[self.cleaned_data["owner"]]

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on < self.today and due_on != self.known:
            raise forms.ValidationError(_("This day has passed. Choose today or a later one."))
        return due_on


class QuestionAnswerForm(Changes):
    answer = forms.CharField(
        label=_("The answer, with its facts"),
        max_length=NOTE_MAX,
        widget=Text(rows=4),
        help_text=_("What did you find out, and where does it come from?"),
        error_messages={"required": _("Write down what was found, even if it is only a part.")},
    )

    @staticmethod
    def initial_of(question: OpenQuestion) -> dict[str, Any]:
        return {"answer": question.answer}


class LessonForm(KeyedForm):
    text = forms.CharField(
        label=_("Write a lesson"),
        max_length=500,
        widget=Text(rows=2),
        help_text=_("One or two sentences that help somebody who was not there."),
        error_messages={"required": _("Write the lesson in a sentence or two.")},
    )

    @staticmethod
    def initial_of(lesson: Lesson) -> dict[str, Any]:
        return {"key": lesson.pk, "text": lesson.text}


class DatesForm(Changes):
    """When the team decides, and when it looks at the results together."""

    soak_until = DayField(
        label=_("Let the ideas rest until"),
        required=False,
        help_text=_("Two working days are good: what still seems right then usually is."),
    )
    follow_up_at = MomentField(
        label=_("Follow-up meeting"),
        required=False,
        help_text=_("Results first, then the answers to the open questions, then what we learned."),
    )

    def __init__(
        self, *args: Any, debrief: Debrief, at: datetime, suggested: date | None = None, **kwargs: Any
    ) -> None:
        initial = self.initial_of(debrief)
        initial["soak_until"] = initial["soak_until"] or suggested
        super().__init__(*args, initial=initial, version=debrief.version, **kwargs)
        self.debrief = debrief
        self.at = at
        if not self.is_bound and debrief.phase in PROMISING and not debrief.follow_up_at:
            self.initial["follow_up_at"] = _four_weeks_on(debrief, at)
            self.fields["follow_up_at"].help_text = _(
                "Four weeks on, at the hour of the meeting, is only a proposal: change it, or empty it. Results come first there."
            )

    @staticmethod
    def initial_of(debrief: Debrief) -> dict[str, Any]:
        return {"soak_until": debrief.soak_until, "follow_up_at": debrief.follow_up_at}

    def clean_soak_until(self) -> date | None:
        day: date | None = self.cleaned_data["soak_until"]
        if day and day != self.debrief.soak_until and day < timezone.localdate(self.at):
            raise forms.ValidationError(_("This day has passed. Choose today or a later one."))
        return day

    def clean_follow_up_at(self) -> datetime | None:
        then: datetime | None = self.cleaned_data["follow_up_at"]
        if then is None or then == _to_the_minute(self.debrief.follow_up_at):
            return then
        if self.debrief.meeting_at and then <= self.debrief.meeting_at:
            raise forms.ValidationError(_("The follow-up comes after the meeting."))
        if then <= self.at:
            raise forms.ValidationError(_("This moment has passed. Choose one that lies ahead."))
        return then

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        rest, then = data.get("soak_until"), data.get("follow_up_at")
        if rest and then and timezone.localdate(then) < rest:
            self.add_error("follow_up_at", _("The ideas still rest on that day. Choose a later one."))
        return data


def _four_weeks_on(debrief: Debrief, at: datetime) -> datetime:
    """On the wall clock, so that the hour stays where the clocks change in between."""
    then = timezone.localtime(debrief.meeting_at or at.replace(minute=0)) + FOUR_WEEKS
    while then <= at:
        then += FOUR_WEEKS
    return then.replace(second=0, microsecond=0)


def _to_the_minute(when: datetime | None) -> datetime | None:
    """What the field shows: it has no seconds."""
    return when.replace(second=0, microsecond=0) if when else None


class PublishForm(forms.Form):
    closing_statement = forms.CharField(
        label=_("Closing statement"),
        max_length=TEXT_MAX,
        required=False,
        widget=Text(rows=5),
        help_text=_("What was got wrong, what has been learned since, and thanks. It stands in the summary."),
    )
    audience = forms.ChoiceField(
        label=_("Who can read the summary?"),
        widget=forms.RadioSelect,
        choices=[
            (Audience.TEAM, Described(_("The team"), _("Members, leaders and managers of this team."), "people")),
            (
                Audience.ORGANIZATION,
                Described(_("Everyone in the organization"), _("So that others need not learn it again."), "building"),
            ),
        ],
        error_messages={"required": _("Choose who can read it.")},
    )
