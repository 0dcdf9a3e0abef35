"""Somebody else was faster, or the same click came many times: a sentence, one row, never a broken page."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.actions.models import Step
from apps.debriefs.models import (
    CheckIn,
    Debrief,
    Draft,
    Factor,
    Lesson,
    ParkedIdea,
    Perspective,
    TeamFormat,
    Theme,
    TimelineEntry,
    Worry,
)
from apps.debriefs.models.timeline import change_entry, write_entry
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from apps.web.verdict import Refused
from tests import factories
from tests.at_once import at_once
from tests.factories import AT, DUE_ON, LOOK_AGAIN_ON, prompt_of

DebriefIn = Callable[..., Debrief]


@pytest.fixture
def board(debrief_in: DebriefIn) -> Debrief:
    return debrief_in(Phase.RECOGNIZE)


def now() -> None:
    """Foreign keys are asked at the end of a transaction: ask them here."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# Gone a moment ago


def test_a_card_does_not_follow_a_theme_that_went(board: Debrief) -> None:
    theme = Theme.create(board, uuid.uuid4(), name="Plans")
    card = Perspective.objects.filter(debrief=board).first()
    Theme.objects.get(pk=theme.pk).remove()
    with pytest.raises(Refused, match="This theme is gone"):
        card.move_to(theme)
    now()


def test_a_theme_that_went_has_no_new_name_and_takes_no_cards(board: Debrief) -> None:
    one, two = (Theme.create(board, uuid.uuid4(), name=name) for name in ("One", "Two"))
    Theme.objects.get(pk=one.pk).remove()
    for verb in (lambda: one.rename("Three"), lambda: one.merge_into(two), lambda: two.merge_into(one)):
        with pytest.raises(Refused, match="This theme is gone"):
            verb()
    now()
    assert [theme.name for theme in board.themes.all()] == ["Two"]


def test_what_was_removed_meanwhile_is_not_rewritten(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN)
    lesson = Lesson.write(debrief, uuid.uuid4(), text="Ask early.")
    Lesson.objects.get(pk=lesson.pk).remove()
    with pytest.raises(Refused, match="removed this a moment ago"):
        lesson.rewrite(text="Ask earlier.")
    assert not debrief.lessons.exists()


def test_no_step_answers_a_factor_that_went(debrief_in: DebriefIn, bob: User, alice: User) -> None:
    debrief = debrief_in(Phase.REALIGN)
    factor = factories.a_factor(debrief)
    Factor.objects.get(pk=factor.pk).remove()
    with pytest.raises(Refused, match="removed a moment ago"):
        factories.a_step(debrief, factor=factor)
    now()


def test_a_timeline_entry_that_went_does_not_come_back(board: Debrief) -> None:
    said = {"happened_at": AT, "text": "The alarm rang", "source": "", "is_event": False}
    entry = write_entry(board, key=uuid.uuid4(), **said)
    TimelineEntry.objects.get(pk=entry.pk).delete()
    for verb in (
        lambda: change_entry(board, entry, key=entry.pk, **said),
        lambda: write_entry(board, key=uuid.uuid4(), beside=str(entry.pk), **said),
    ):
        with pytest.raises(Refused, match="removed this entry"):
            verb()
    now()
    assert not board.timeline.exists()


def test_who_left_a_moment_ago_cannot_be_removed_again(team: Team, bob: User) -> None:
    team.remove(bob)
    with pytest.raises(Refused, match="no longer in the team"):
        team.remove(bob)


# The same form with other words: the browser's way back keeps the key


def test_a_used_form_with_other_words_is_refused_and_not_dropped(clients: Any, board: Debrief) -> None:
    key = uuid.uuid4()
    url = f"/debriefs/{board.pk}/parking/add/"
    assert clients["bob"].post(url, {"key": key, "text": "Two calendars"}).status_code == 302
    assert clients["bob"].post(url, {"key": key, "text": "Two calendars"}).status_code == 302
    answer = clients["bob"].post(url, {"key": key, "text": "Three calendars"})
    assert (answer.status_code, "Three calendars" in answer.content.decode()) == (422, True)
    assert [idea.text for idea in board.parked_ideas.all()] == ["Two calendars"]


def test_so_for_themes_entries_and_steps(debrief_in: DebriefIn) -> None:
    board, debrief = debrief_in(Phase.RECOGNIZE), debrief_in(Phase.REALIGN)
    theme, entry, step = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    said = {"happened_at": AT, "source": "", "is_event": False}

    def write(words: str) -> list[Any]:
        return [
            lambda: Theme.create(board, theme, name=words),
            lambda: write_entry(board, key=entry, text=words, **said),
            lambda: factories.a_step(debrief, key=step, title=words),
        ]

    for verb in (*write("First"), *write("First")):
        verb()
    for verb in write("Second"):
        with pytest.raises(Refused, match="sent before"):
            verb()


def test_a_theme_named_while_moving_a_card_is_made_once(clients: Any, board: Debrief) -> None:
    for card in board.perspectives.all()[:2]:
        for name in ("Radio", "radio"):
            clients["bob"].post(f"/debriefs/{board.pk}/cards/{card.position}/move/", {"new": name})
    assert [(theme.name, theme.perspectives.count()) for theme in board.themes.all()] == [("Radio", 2)]


# Twenty at the same instant


def posts(url: str, data: dict[str, Any], person: User) -> Callable[[int], int]:
    def post(_n: int) -> int:
        client = Client(raise_request_exception=False)
        client.force_login(person)
        return client.post(url, data).status_code

    return post


AT_ONCE = 20


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_posts_make_one_row_and_equal_answers(team: Team, room: Any, alice: User, bob: User) -> None:
    writing, board, late = (
        factories.debrief_in(phase, team=team, cards=[]) for phase in (Phase.PREPARE, Phase.RECOGNIZE, Phase.REALIGN)
    )
    key = str(uuid.uuid4())
    card = {"key": key, "new_key": str(uuid.uuid4()), "text": "The list was old."}
    step = {
        "key": key, "title": "Renew it", "kind": "fix", "owner": bob.pk, "second": alice.pk, "due_on": DUE_ON,
        "look_again_on": LOOK_AGAIN_ON, "success_signal": "Two people see it.",
    }  # fmt: skip
    forms: list[tuple[str, dict[str, Any], User, Any]] = [
        (f"/debriefs/{writing.pk}/write/", {**card, "prompt": prompt_of(writing).pk}, bob, Draft),
        (f"/debriefs/{board.pk}/write/", {**card, "prompt": prompt_of(board).pk}, bob, Perspective),
        (f"/debriefs/{board.pk}/parking/add/", {"key": key, "text": "An idea"}, bob, ParkedIdea),
        (f"/debriefs/{writing.pk}/worry/", {"text": "That it gets loud"}, bob, Worry),
        (f"/debriefs/{writing.pk}/check-in/", {"weight": "3"}, bob, CheckIn),
        (f"/debriefs/formats/{team.slug}/copy/", {"copy_of": "incident", "name": "Ours"}, alice, TeamFormat),
    ]
    wrong = {}
    for url, data, person, model in forms:
        answers = at_once(posts(url, data, person), range(AT_ONCE))
        if (set(answers), model.objects.count()) != ({302}, 1):
            wrong[url] = (answers, model.objects.count())
    steps_before = Step.objects.count()
    url = f"{reverse('actions:new', args=[late.pk])}?factor={late.factors.first().pk}"
    answers = at_once(posts(url, step, bob), range(AT_ONCE))
    if (set(answers), Step.objects.count() - steps_before) != ({302}, 1):
        wrong[url] = (answers, Step.objects.count() - steps_before)
    assert wrong == {}


@pytest.mark.django_db(transaction=True)
def test_leaving_ten_times_at_once_is_leaving(team: Team, bob: User) -> None:
    answers = at_once(posts(f"/teams/{team.slug}/leave/", {}, bob), range(10))
    assert set(answers) <= {302, 404, 409}
    assert answers.count(302) == 1


@pytest.mark.django_db(transaction=True)
def test_two_equal_sign_ups_at_once_make_one_person(db: None) -> None:
    form = {"email": "nora@example.org", "password1": "long enough, is it", "display_name": "Nora", "time_zone": ""}
    answers = at_once(
        lambda _n: Client(raise_request_exception=True).post("/accounts/signup/", form).status_code, range(6)
    )
    assert 500 not in answers
    assert User.objects.filter(email="nora@example.org").count() == 1
