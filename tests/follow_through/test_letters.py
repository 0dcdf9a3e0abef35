"""What a letter says, and what it must never do."""

import re
from collections.abc import Callable
from datetime import date, datetime
from html.parser import HTMLParser

import pytest
from django.core.mail import EmailMultiAlternatives

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from apps.follow_through import emails, planning
from apps.follow_through.models import Kind, Letter, Reminder
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


def write(person: User, *reminders: Reminder, at: datetime = AT) -> EmailMultiAlternatives:
    letter = Letter.objects.create(person=person, local_date=at.date(), slot=Letter.objects.count(), due_at=at)
    return emails.letter(letter, reminders, at=at)


def about(step: Step, *kinds: Kind) -> list[Reminder]:
    person = step.second if Kind.CHECK_WANTED in kinds else step.owner
    return [Reminder(person=person, step=step, kind=kind, local_date=AT.date(), due_at=AT) for kind in kinds]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


@pytest.mark.parametrize(
    ("kinds", "day", "words"),
    [
        ([Kind.ASSIGNED], "2026-11-09", "A step for you"),
        ([Kind.BEFORE_DUE], "2026-11-20", "It is due on Monday, 23 November"),
        ([Kind.BEFORE_DUE, Kind.BEFORE_DUE], "2026-11-22", "It is due tomorrow, 23 November"),
        ([Kind.DUE_TODAY, Kind.BEFORE_DUE], "2026-11-23", "It is due today, 23 November"),
        # A letter that leaves later than planned speaks of the day on which it leaves.
        ([Kind.DUE_TODAY], "2026-11-24", "It was due yesterday, 23 November"),
        ([Kind.DUE_TODAY, Kind.OVERDUE], "2026-11-30", "Past its date"),
        ([Kind.LOOK_AGAIN], "2026-12-07", "Did it work?"),
        ([Kind.CHECK_WANTED], "2026-12-07", "Did it work?"),
    ],
)  # fmt: skip
def test_the_subject_says_what_it_is_about(step: Step, kinds: list[Kind], day: str, words: str) -> None:
    reminders = about(step, *kinds)
    subject = write(reminders[0].person, *reminders, at=moment(f"{day}T09:00")).subject
    assert subject == f"{words}{'' if words.endswith('?') else ':'} Renew certificates by a job"


def test_the_letter_about_a_due_step_in_full(step: Step, bob: User) -> None:
    message = write(bob, *about(step, Kind.DUE_TODAY), at=moment("2026-11-23T09:00"))
    body, foot = str(message.body).split("\n-- \n")
    assert body == (
        "Good morning, Bob.\n"
        "\n"
        "One thing today, and that is all.\n"
        "\n"
        "Renew certificates by a job\n"
        "\n"
        "It is due today, 23 November. It comes from “The payment page stood still”,\n"
        "Payments.\n"
        "\n"
        "It has worked when “The next renewal is seen by two people.”\n"
        "\n"
        "Open the step:\n"
        f"http://testserver/steps/{step.pk}/\n"
    )
    assert foot.startswith(
        "You get at most one letter a day, in your working hours; only an invitation\n"
        "or a new step comes at once. Opening this letter changes nothing.\n"
        "\n"
        "Choose which letters you get:\n"
        "http://testserver/reminders/\n"
        "\n"
        "No more reminders:\n"
        "http://testserver/reminders/unsubscribe/"
    )


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.quiet = tag in ("style", "title")
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self.quiet = False

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.found += data.split()


def html_of(message: EmailMultiAlternatives) -> str:
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    return str(html)


def read(message: EmailMultiAlternatives) -> Words:
    words = Words()
    words.feed(html_of(message))
    return words


def test_text_and_html_say_the_same(step: Step, bob: User) -> None:
    message = write(bob, *about(step, Kind.OVERDUE), at=moment("2026-11-24T09:00"))
    html, text = read(message), str(message.body)
    for sentence in (
        "Good morning, Bob.",
        "It was due yesterday, 23 November.",
        "Is something in the way, or the date wrong?",
        "The next renewal is seen by two people.",
        "You get at most one letter a day",
    ):
        assert sentence in " ".join(html.found)
        assert sentence in " ".join(text.split())
    assert {link for link in html.links if link in text} == set(html.links)


def test_every_link_stands_on_our_own_address(step: Step, bob: User) -> None:
    html = read(write(bob, *about(step, Kind.ASSIGNED)))
    assert html.links
    assert all(link.startswith("http://testserver/") for link in html.links)


def test_days_and_times_are_those_of_the_reader(debrief_in: Callable[..., Debrief], bob: User) -> None:
    bob.change_rhythm(time_zone="Pacific/Apia")  # thirteen hours ahead
    debrief = debrief_in(
        Phase.PREPARE, perspectives_due_at=moment("2026-11-10T16:00"), meeting_at=moment("2026-11-12T22:30")
    )
    invited = Reminder(person=bob, debrief=debrief, kind=Kind.INVITED, local_date=AT.date(), due_at=AT)
    body = " ".join(str(write(bob, invited, at=moment("2026-11-09T20:00")).body).split())
    assert "There is time until tomorrow, 11 November at 05:00. We meet on Friday, 13 November at 11:30." in body


def test_one_debrief_is_one_item_with_all_that_is_to_say(debrief_in: Callable[..., Debrief], bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, perspectives_due_at=moment("2026-11-10T16:00"))
    reminders = [
        Reminder(person=bob, debrief=debrief, kind=kind, local_date=AT.date(), due_at=AT)
        for kind in (Kind.MEETING_TOMORROW, Kind.PERSPECTIVE_WANTED)
    ]
    [item] = emails.items_of(reminders, AT.date())
    assert (item.kind, item.button) == (Kind.PERSPECTIVE_WANTED, "Write my perspective")


def test_the_invitation_holds_no_word_of_the_room(debrief_in: Callable[..., Debrief], bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.PREPARE, cards=[(dana, "wrong", "CANARY in a card")], opening_statement="Mine.")
    invited = Reminder(person=bob, debrief=debrief, kind=Kind.INVITED, local_date=AT.date(), due_at=AT)
    assert "CANARY" not in write(bob, invited).message().as_string()


@pytest.mark.parametrize(
    "title",
    [
        "Renew\r\nBcc: everyone@example.org",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "{{ person.email }} {% now 'Y' %}",
        "=cmd|' /C calc'!A0",
    ],
)
def test_a_title_stays_a_title(step: Step, bob: User, title: str) -> None:
    Step.objects.filter(pk=step.pk).update(title=title)
    step.refresh_from_db()
    written = write(bob, *about(step, Kind.ASSIGNED))
    message = written.message()
    assert message.get_all("To") == ["bob@example.org"]
    assert message.get_all("Bcc") is None
    assert len(message.get_all("Subject") or []) == 1
    assert read(written).tags.isdisjoint({"script", "img"})
    assert "2026 " not in message["Subject"]


def test_styles_are_inlined_for_mail_programs(step: Step, bob: User) -> None:
    html = html_of(write(bob, *about(step, Kind.ASSIGNED)))
    button = re.search(r'<a [^>]*class="button"[^>]*>', html)
    assert button
    assert "background: #234b75" in button[0]
    assert "prefers-color-scheme: dark" in html


def test_many_things_are_counted_in_the_subject(step: Step, bob: User) -> None:
    more = [factories.a_step(step.debrief, title=f"Another {n}") for n in range(2)]
    reminders = [*about(step, Kind.OVERDUE), *(one for other in more for one in about(other, Kind.ASSIGNED))]
    message = write(bob, *reminders)
    assert message.subject == "A step for you: Another 0, and 2 more"
    assert "3 things today, and that is all." in str(message.body)


def test_writing_a_long_letter_takes_few_queries(
    step: Step, bob: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for n in range(8):
        factories.a_step(step.debrief, title=f"Another {n}")
    planning.plan(at=AT)
    mine = Reminder.objects.waiting().with_subjects().filter(person=bob, kind=Kind.ASSIGNED)
    with django_assert_max_num_queries(9):  # type: ignore[attr-defined]
        write(bob, *planning.still_wanted(mine, at=AT))


def test_far_days_carry_their_year() -> None:
    assert emails._day(date(2027, 2, 3), date(2026, 11, 9)) == "on Wednesday, 3 February 2027"
