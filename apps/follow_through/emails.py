"""The letter: everything that is due for one person today, each thing once, with one button."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief, OpenQuestion
from apps.follow_through.calendar import zone_of
from apps.follow_through.models import Kind, Letter, Reminder
from apps.web import letters

UNSUBSCRIBE_SALT = "realign.unsubscribe"

# Of several reasons to write about one thing, the first of these speaks; the dates say the rest.
MOST_TELLING = (
    Kind.LOOK_AGAIN, Kind.CHECK_WANTED, Kind.INVITED, Kind.ASSIGNED, Kind.OVERDUE, Kind.DUE_TODAY, Kind.BEFORE_DUE,
    Kind.PERSPECTIVE_WANTED, Kind.QUESTION_DUE, Kind.MEETING_TOMORROW, Kind.FOLLOW_UP,
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One thing in the letter. `told` are whole sentences; `quote` is in the team's own words."""

    kind: Kind
    title: str
    told: list[str]
    button: str
    url: str
    quote: str = ""
    kindly: str = ""
    headline: str = field(default="")


def letter(letter: Letter, reminders: Iterable[Reminder], *, at: datetime) -> EmailMultiAlternatives:
    """In the person's zone and language; what is said depends on the day it leaves, not on the day it was planned."""
    person = letter.person
    reminders = list(reminders)
    with timezone.override(zone_of(person.time_zone)), translation.override(settings.LANGUAGE_CODE):
        today = timezone.localdate(at)
        items = items_of(reminders, today)
        unsubscribe = settings.BASE_URL + reverse("follow_through:unsubscribe", args=[token_for(person, reminders)])
        message = letters.compose(
            "follow_through/emails/letter",
            {
                "person": person,
                "greeting": greeting(person, timezone.localtime(at).hour),
                "items": items,
                "preheader": "; ".join(item.title for item in items[1:3]),
                "preferences": settings.BASE_URL + reverse("follow_through:preferences"),
                "unsubscribe": unsubscribe,
            },
            to=person.email,
            subject=subject_of(items),
            message_id=letter.message_id,
        )
    # RFC 8058: the mail program's own button posts here, without a login and without opening a page.
    message.extra_headers["List-Unsubscribe"] = f"<{unsubscribe}>"
    message.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def token_for(person: User, reminders: Iterable[Reminder]) -> str:
    kinds = sorted({str(reminder.kind) for reminder in reminders})
    return signing.dumps([person.pk, kinds], salt=UNSUBSCRIBE_SALT, compress=True)


def person_and_kinds(token: str) -> tuple[User, list[Kind]] | None:
    """Whose letters a link stops; None for a forged link or an account that is gone."""
    try:
        pk, kinds = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    return (person, [Kind(kind) for kind in kinds if kind in Kind.values]) if person else None


def greeting(person: User, hour: int) -> str:
    if hour < 12:
        return _("Good morning, %(name)s.") % {"name": person.first_name}
    return _("Hello, %(name)s.") % {"name": person.first_name}


def subject_of(items: list[Item]) -> str:
    if len(items) == 1:
        return items[0].headline
    return ngettext("%(first)s, and %(n)s more", "%(first)s, and %(n)s more", len(items) - 1) % {
        "first": items[0].headline,
        "n": len(items) - 1,
    }


def items_of(reminders: Iterable[Reminder], today: date) -> list[Item]:
    """Each thing once, however many reasons there are to write about it."""
    by_subject: dict[Any, list[Reminder]] = {}
    for reminder in reminders:
        by_subject.setdefault((reminder.step_id, reminder.debrief_id, reminder.question_id), []).append(reminder)
    items = []
    for about in by_subject.values():
        telling = min(about, key=lambda reminder: MOST_TELLING.index(Kind(reminder.kind)))
        items.append(_words(telling, [Kind(reminder.kind) for reminder in about], today))
    return sorted(items, key=lambda item: MOST_TELLING.index(item.kind))


def _words(reminder: Reminder, kinds: list[Kind], today: date) -> Item:
    about = reminder.about
    if isinstance(about, Step):
        return _step(about, Kind(reminder.kind), today)
    if isinstance(about, Debrief):
        return _debrief(about, Kind(reminder.kind), kinds, today)
    return _question(about, today)


def _step(step: Step, kind: Kind, today: date) -> Item:
    url = settings.BASE_URL + reverse("actions:detail", args=[step.pk])
    where = _from(step.debrief)
    if kind in (Kind.LOOK_AGAIN, Kind.CHECK_WANTED):
        return _did_it_work(step, kind, today, url, where)
    due = _due(step.due_on, today)
    headline, told, kindly = {
        Kind.ASSIGNED: (_("A step for you"), [_("The team agreed this step with you."), due, where], ""),
        Kind.OVERDUE: (
            _("Past its date"), [due, where],
            _("Is something in the way, or the date wrong? Say so on its page: a new date or a call for help is fine."),
        ),
    }.get(kind, (due.rstrip("."), [due, where], ""))  # fmt: skip
    return Item(
        kind, step.title, told, _("Open the step"), url,
        quote=step.success_signal, kindly=kindly, headline=_headline(headline, step.title),
    )  # fmt: skip


def _did_it_work(step: Step, kind: Kind, today: date, url: str, where: str) -> Item:
    done_on = step.done_at and timezone.localdate(step.done_at)
    names = {"owner": str(step.owner), "day": _day(done_on or today, today)}
    if kind == Kind.LOOK_AGAIN:
        opening = _("You finished this %(day)s, and wanted to look again.") % names
    else:
        opening = _("%(owner)s finished this %(day)s, and you are the second pair of eyes.") % names
    return Item(
        kind, step.title, [opening, where], _("Say whether it worked"), url,
        quote=step.success_signal,
        kindly=_("“It did not work” is a good answer: the next step can be smarter for it."),
        headline=_headline(_("Did it work?"), step.title),
    )  # fmt: skip


def _debrief(debrief: Debrief, kind: Kind, kinds: list[Kind], today: date) -> Item:
    told = []
    if Kind.INVITED in kinds:
        told.append(_("What did you see? Please write it down before we meet: what went wrong, and what went right."))
    elif Kind.PERSPECTIVE_WANTED in kinds:
        told.append(_("Your perspective is still wanted. A single sentence helps; if you are done, say “I am ready”."))
    if Kind.INVITED in kinds or Kind.PERSPECTIVE_WANTED in kinds:
        told += _if_set(_("There is time until %(moment)s."), debrief.perspectives_due_at, today)
        told += _if_set(_("We meet %(moment)s."), debrief.meeting_at, today)
    elif Kind.MEETING_TOMORROW in kinds:
        told += _if_set(_("We meet %(moment)s."), debrief.meeting_at, today)
    if Kind.FOLLOW_UP in kinds:
        told += _if_set(
            _("We meet %(moment)s to look at what became of our steps: results first, then answers, then lessons."),
            debrief.follow_up_at, today,
        )  # fmt: skip
    told.append(_("Team: %(team)s.") % {"team": debrief.team.name})
    writes = kind in (Kind.INVITED, Kind.PERSPECTIVE_WANTED)
    headline = {
        Kind.INVITED: _("Your perspective, please"),
        Kind.PERSPECTIVE_WANTED: _("Still wanted: your perspective"),
        Kind.MEETING_TOMORROW: _("We meet soon"),
        Kind.FOLLOW_UP: _("Follow-up meeting soon"),
    }[kind]
    return Item(
        kind, debrief.title, told, _("Write my perspective") if writes else _("Open the debrief"),
        settings.BASE_URL + reverse("debriefs:detail", args=[debrief.pk]),
        headline=_headline(headline, debrief.title),
    )  # fmt: skip


def _question(question: OpenQuestion, today: date) -> Item:
    debrief = question.debrief
    told = [
        _("Nobody in the room knew, and you took this question with you."),
        _due(question.due_on, today, _("An answer was hoped for by %(day)s."), _("An answer is hoped for %(day)s.")),
        _from(debrief),
    ]
    return Item(
        Kind.QUESTION_DUE, question.text, told, _("Answer it"),
        settings.BASE_URL + reverse("debriefs:detail", args=[debrief.pk]),
        headline=_headline(_("An open question"), question.text),
    )  # fmt: skip


def _from(debrief: Debrief) -> str:
    return _("It comes from “%(debrief)s”, %(team)s.") % {"debrief": debrief.title, "team": debrief.team.name}


def _headline(words: str, title: str) -> str:
    return f"{words} {title}" if words.endswith("?") else f"{words}: {title}"


def _due(on: date, today: date, was: str | Promise = "", will: str | Promise = "") -> str:
    sentence = (was or _("It was due %(day)s.")) if on < today else (will or _("It is due %(day)s."))
    return str(sentence) % {"day": _day(on, today)}


def _if_set(sentence: str, at: datetime | None, today: date) -> list[str]:
    if at is None:
        return []
    here = timezone.localtime(at)
    moment = _("%(day)s at %(time)s") % {"day": _day(here.date(), today), "time": date_format(here, "H:i")}
    return [sentence % {"moment": moment}]


def _day(on: date, today: date) -> str:
    """The day as people say it, and never only as a number of days: letters are read late."""
    full = date_format(on, "j F" if on.year == today.year else "j F Y")
    near: dict[int, Callable[[str], str]] = {
        -1: lambda date: _("yesterday, %(date)s") % {"date": date},
        0: lambda date: _("today, %(date)s") % {"date": date},
        1: lambda date: _("tomorrow, %(date)s") % {"date": date},
    }
    say = near.get((on - today).days)
    return say(full) if say else _("on %(weekday)s, %(date)s") % {"weekday": date_format(on, "l"), "date": full}
