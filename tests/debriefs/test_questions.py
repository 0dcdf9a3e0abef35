"""Open questions, lessons and dates through their doors."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Debrief, Lesson, OpenQuestion
from apps.teams.models import Team
from tests.factories import AT
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture(autouse=True)
def a_monday_morning() -> object:
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


def a_question_form(owner: User, **said: object) -> dict[str, object]:
    return {
        "key": str(uuid.uuid4()), "text": "Who gets the new plan?", "owner": str(owner.pk),
        "due_on": (TODAY + timedelta(days=3)).isoformat(), "version": "1", **said,
    }  # fmt: skip


def errors(response: object) -> dict[str, list[str]]:
    return {name: list(said) for name, said in response.context["form"].errors.items()}  # type: ignore[attr-defined]


# Open questions


def test_a_question_has_an_owner_and_a_day(clients: Clients, debrief_in: DebriefIn, dana: User) -> None:
    debrief = debrief_in("rationalize")
    form = a_question_form(dana, due_on=TODAY.isoformat())
    for _again in range(2):
        response = clients["bob"].post(f"/debriefs/{debrief.pk}/questions/new/", form)
        assert response["Location"] == f"/debriefs/{debrief.pk}/#questions"
    question = OpenQuestion.objects.get()
    assert (question.text, question.owner, question.due_on) == ("Who gets the new plan?", dana, TODAY)


def test_only_those_still_in_the_room_are_offered(clients: Clients, debrief_in: DebriefIn, team: Team) -> None:
    debrief = debrief_in("rationalize")
    team.remove(clients.people["farah"])
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/questions/new/")
    names = [name for _pk, name in page.context["form"].fields["owner"].choices]
    assert names == ["choose someone", "Alice", "Bob", "Dana", "Eli"]


@pytest.mark.parametrize("who", ["farah", "eve", "mia", "charlie"])
def test_an_owner_who_left_or_never_was_here_gets_a_sentence(
    clients: Clients, debrief_in: DebriefIn, team: Team, who: str
) -> None:
    debrief = debrief_in("rationalize")
    team.remove(clients.people["farah"])
    form = a_question_form(clients.people[who], text="Since when?")
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/questions/new/", form)
    sentence = "This person is no longer in the room. Choose someone who is."
    assert (response.status_code, errors(response)) == (422, {"owner": [sentence]})
    assert "Since when?" in response.content.decode()
    assert not OpenQuestion.objects.exists()


@pytest.mark.parametrize(
    ("due_on", "sentence"),
    [
        ("2026-11-08", "This day has passed. Choose today or a later one."),
        ("", "Choose a day by which facts replace the guess."),
        ("soon", "Enter a valid date."),
    ],
)
def test_a_question_without_a_day_ahead_gets_a_sentence(
    clients: Clients, debrief_in: DebriefIn, dana: User, due_on: str, sentence: str
) -> None:
    debrief = debrief_in("rationalize")
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/questions/new/", a_question_form(dana, due_on=due_on))
    assert (response.status_code, errors(response)) == (422, {"due_on": [sentence]})


def test_a_question_whose_day_has_passed_can_still_be_reworded(
    clients: Clients, debrief_in: DebriefIn, dana: User
) -> None:
    debrief = debrief_in("rationalize")
    past = TODAY - timedelta(days=2)
    question = OpenQuestion.write(debrief, uuid.uuid4(), text="Who?", owner=dana, due_on=past)
    url = f"/debriefs/{debrief.pk}/questions/{question.pk}/"
    clients["bob"].post(url, a_question_form(dana, text="Who, and when?", due_on=past.isoformat()))
    question.refresh_from_db()
    assert (question.text, question.due_on) == ("Who, and when?", past)
    clients["bob"].post(f"{url}remove/")
    assert not OpenQuestion.objects.exists()


def test_an_answer_says_who_found_it_out_and_when(
    clients: Clients, debrief_in: DebriefIn, dana: User, bob: User
) -> None:
    debrief = debrief_in("follow_through")
    question = OpenQuestion.write(debrief, uuid.uuid4(), text="Since when?", owner=dana, due_on=TODAY)
    url = f"/debriefs/{debrief.pk}/questions/{question.pk}/answer/"
    empty = clients["bob"].post(url, {"answer": " "})
    sentence = "Write down what was found, even if it is only a part."
    assert (empty.status_code, errors(empty)) == (422, {"answer": [sentence]})
    clients["bob"].post(url, {"answer": "Since 3 March; the log says so.", "version": "1"})
    question.refresh_from_db()
    assert (question.answer, question.answered_by, question.answered_at) == ("Since 3 March; the log says so.", bob, AT)
    debrief.refresh_from_db()
    region = board.render(debrief, "questions")
    assert "Since 3 March; the log says so." in region
    assert "found out by <b>Bob</b>" in region


# Lessons


def test_a_lesson_is_added_in_place(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    form = {"key": str(uuid.uuid4()), "text": "What nobody owns runs out."}
    headers = {"HX-Request": "true", "HX-Target": "lesson-form"}
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/lessons/add/", form, headers=headers)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count('id="lesson-form"') == 1
    assert 'id="lessons" hx-swap-oob="true"' in page
    assert '<p class="quote">What nobody owns runs out.</p>' in page
    assert f'value="{form["key"]}"' not in page  # the next lesson has a key of its own
    again = clients["bob"].post(f"/debriefs/{debrief.pk}/lessons/add/", form)
    assert again["Location"] == f"/debriefs/{debrief.pk}/#lessons"
    assert Lesson.objects.count() == 1


def test_a_lesson_without_words_comes_back_as_a_page(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    form = {"key": str(uuid.uuid4()), "text": " "}
    response = clients["bob"].post(f"/debriefs/{debrief.pk}/lessons/add/", form)
    assert (response.status_code, errors(response)) == (422, {"text": ["Write the lesson in a sentence or two."]})
    too_long = clients["bob"].post(f"/debriefs/{debrief.pk}/lessons/add/", {**form, "text": "word " * 200})
    assert too_long.status_code == 422
    assert "word " * 199 in too_long.content.decode()
    assert not Lesson.objects.exists()


def test_a_lesson_is_reworded_and_removed(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("follow_through")
    lesson = Lesson.write(debrief, uuid.uuid4(), text="Old words")
    url = f"/debriefs/{debrief.pk}/lessons/{lesson.pk}/"
    assert "Old words" in clients["eli"].get(url).content.decode()
    clients["eli"].post(url, {"key": str(lesson.pk), "text": "New words", "version": "1"})
    lesson.refresh_from_db()
    assert lesson.text == "New words"
    clients["eli"].post(f"{url}remove/")
    assert not Lesson.objects.exists()


# Dates


def test_soak_and_follow_up_are_set_by_who_runs_it(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign", meeting_at=AT)
    url = f"/debriefs/{debrief.pk}/dates/"
    response = clients["alice"].post(
        url, {"soak_until": "2026-11-11", "follow_up_at": "2026-12-07T15:00", "version": "1"}
    )
    assert response["Location"] == f"/debriefs/{debrief.pk}/"
    debrief.refresh_from_db()
    assert (debrief.soak_until, debrief.follow_up_at) == (date(2026, 11, 11), datetime(2026, 12, 7, 15, tzinfo=UTC))
    assert debrief.replan is True
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert "The ideas rest until Wednesday 11 November." in page
    assert "Monday 7 December 2026 at 15:00" in page
    member = clients["bob"].get(url)
    assert member.status_code == 403
    assert "The facilitator and the team’s leaders do this." in member.content.decode()


@pytest.mark.parametrize(
    ("soak", "follow_up", "wrong"),
    [
        ("2026-11-08", "", {"soak_until": ["This day has passed. Choose today or a later one."]}),
        ("", "2026-11-09T10:00", {"follow_up_at": ["The follow-up comes after the meeting."]}),
        ("", "2026-11-08T10:00", {"follow_up_at": ["The follow-up comes after the meeting."]}),
        ("2026-12-08", "2026-12-07T15:00", {"follow_up_at": ["The ideas still rest on that day. Choose a later one."]}),
        ("tomorrow", "", {"soak_until": ["Enter a valid date."]}),
    ],
)
def test_odd_dates_get_a_sentence(
    clients: Clients, debrief_in: DebriefIn, soak: str, follow_up: str, wrong: dict[str, list[str]]
) -> None:
    debrief = debrief_in("realign", meeting_at=AT + timedelta(hours=1))
    sent = {"soak_until": soak, "follow_up_at": follow_up}
    response = clients["alice"].post(f"/debriefs/{debrief.pk}/dates/", sent)
    assert (response.status_code, errors(response)) == (422, wrong)
    assert all(f'value="{text}"' in response.content.decode() for text in sent.values() if text)
    debrief.refresh_from_db()
    assert (debrief.soak_until, debrief.follow_up_at) == (None, None)


def test_a_follow_up_in_the_past_is_refused_unless_it_was_already_there(
    clients: Clients, debrief_in: DebriefIn, a_monday_morning: Any
) -> None:
    debrief = debrief_in("realign", follow_up_at=AT + timedelta(days=7), soak_until=TODAY)
    a_monday_morning.move_to(AT + timedelta(days=8))
    url = f"/debriefs/{debrief.pk}/dates/"
    missed = clients["alice"].post(url, {"soak_until": "2026-11-09", "follow_up_at": "2026-11-16T08:00"})
    assert errors(missed) == {"follow_up_at": ["This moment has passed. Choose one that lies ahead."]}
    same = clients["alice"].post(url, {"soak_until": "2026-11-09", "follow_up_at": "2026-11-16T09:00"})
    assert same.status_code == 302


def test_rested_ideas_are_no_longer_announced(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign", soak_until=TODAY)
    assert "The ideas rest until" not in clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
