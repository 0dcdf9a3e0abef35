"""Cards into themes: dropped or moved by the dialog, by several people at once; what each is sent, and the way back."""

import re
import uuid
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.debriefs import board as drawing
from apps.debriefs.models import Debrief, Lesson, ParkedIdea, Perspective, Theme, TimelineEntry, Undo
from apps.debriefs.models.themes import MANY_CARDS, first_words
from apps.debriefs.models.timeline import write_entry
from apps.debriefs.phases import Phase
from tests.at_once import at_once
from tests.factories import AT
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
HX = {"HX-Request": "true"}
DIALOG = HX | {"HX-Target": "modal-body"}
SWAPPED = re.compile(r'id="([\w-]+)" (?:data-side="\w+" )?hx-swap-oob="true"')


@pytest.fixture
def board(debrief_in: DebriefIn, bob: User, dana: User) -> Debrief:
    cards = [(bob, "wrong", "Nobody looked at the list."), (dana, "right", "The desk rang."), (bob, "wrong", "Late")]
    return debrief_in(Phase.RECOGNIZE, cards=cards)


def a_theme(board: Debrief, name: str, *texts: str) -> Theme:
    theme = Theme.create(board, uuid.uuid4(), name=name)
    for text in texts:
        a_card(board, text).move_to(theme)
    return theme


def a_card(board: Debrief, text: str) -> Perspective:
    return Perspective.objects.select_related("debrief").get(debrief=board, text__startswith=text)


def groups(board: Debrief) -> dict[str | None, set[str]]:
    """Theme → the first words of its cards, as the database has it."""
    found: dict[str | None, set[str]] = {theme.name: set() for theme in board.themes.all()}
    for name, text in board.perspectives.values_list("theme__name", "text"):
        found.setdefault(name, set()).add(text.split()[0])
    return found


def drop(client: Client, board: Debrief, text: str, **values: Any) -> HttpResponse:
    """As static/js/drag.js sends it."""
    url = f"/debriefs/{board.pk}/cards/{a_card(board, text).position}/move/"
    return client.post(url, {"theme": "", "onto": "", **values}, headers=HX)


def undo_in(answer: HttpResponse) -> str:
    [url] = set(re.findall(r'action="(/debriefs/\d+/undo/[^"]+)"', answer.content.decode()))
    return url


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


# Dropping


def test_a_card_dropped_on_a_theme_is_in_it_and_the_answer_is_the_card_and_the_themes(
    clients: Clients, board: Debrief
) -> None:
    theme = a_theme(board, "Plans")
    answer = drop(clients["dana"], board, "Nobody", theme=theme.pk)
    card = a_card(board, "Nobody")
    assert (answer.status_code, groups(board)) == (200, {"Plans": {"Nobody"}, None: {"The", "Late"}})
    assert SWAPPED.findall(text_of(answer)) == [f"card-{card.position}", "themes"]
    assert "The card is now in “Plans”." in text_of(answer)


def test_a_card_dropped_on_no_theme_is_in_none(clients: Clients, board: Debrief) -> None:
    a_theme(board, "Plans", "Nobody")
    answer = drop(clients["dana"], board, "Nobody")
    assert (answer.status_code, groups(board)) == (200, {"Plans": set(), None: {"Nobody", "The", "Late"}})


def test_a_card_dropped_on_one_in_a_theme_joins_it(clients: Clients, board: Debrief) -> None:
    a_theme(board, "Plans", "The")
    answer = drop(clients["dana"], board, "Nobody", onto=a_card(board, "The").position)
    assert (groups(board), "HX-Trigger" in answer) == ({"Plans": {"Nobody", "The"}, None: {"Late"}}, False)


def test_two_cards_without_a_theme_make_one_and_are_asked_for_its_name(clients: Clients, board: Debrief) -> None:
    answer = drop(clients["dana"], board, "Late", onto=a_card(board, "The").position)
    theme = board.themes.get()
    assert groups(board) == {"The desk rang.": {"Late", "The"}, None: {"Nobody"}}
    assert answer["HX-Trigger"] == f'{{"realign:open": "/debriefs/{board.pk}/themes/{theme.pk}/"}}'
    clients["dana"].post(undo_in(answer), headers=HX)
    assert groups(board) == {None: {"Nobody", "The", "Late"}}


def test_a_card_gets_a_theme_of_its_own(clients: Clients, board: Debrief) -> None:
    a_theme(board, "Plans", "Nobody", "The")
    drop(clients["dana"], board, "Nobody", onto=a_card(board, "Nobody").position)
    assert groups(board) == {"Plans": {"The"}, "Nobody looked at the list.": {"Nobody"}, None: {"Late"}}


def test_a_card_dropped_where_it_is_changes_and_says_nothing(clients: Clients, board: Debrief) -> None:
    theme = a_theme(board, "Plans", "Nobody")
    board.refresh_from_db()
    answer = drop(clients["dana"], board, "Nobody", theme=theme.pk)
    assert (answer.status_code, "toast" in text_of(answer)) == (200, False)
    assert Debrief.objects.get(pk=board.pk).seq == board.seq


def test_a_theme_that_vanished_under_a_drop_puts_the_card_back_and_says_so(clients: Clients, board: Debrief) -> None:
    gone = a_theme(board, "Plans")
    a_theme(board, "Radio", "Nobody")
    Theme.objects.get(pk=gone.pk).remove()
    before = groups(board)
    answer = drop(clients["dana"], board, "Nobody", theme=gone.pk)
    assert (answer.status_code, groups(board)) == (409, before)
    assert "This theme is gone; somebody merged or removed it. The card stays where it was." in text_of(answer)
    assert not Undo.objects.exists()


def test_a_theme_and_a_card_of_another_debrief_are_nowhere(
    clients: Clients, board: Debrief, debrief_in: DebriefIn
) -> None:
    other = debrief_in(Phase.RECOGNIZE)
    theirs = a_theme(other, "Elsewhere")
    before = groups(board)
    for wrong in ({"theme": theirs.pk}, {"onto": 10**6}, {"onto": 10**12}):
        assert drop(clients["dana"], board, "Nobody", **wrong).status_code == 404
    assert (groups(board), groups(other)["Elsewhere"]) == (before, set())


def test_a_theme_takes_the_first_words_of_a_card_for_a_name() -> None:
    long = "We talked for ten minutes about what heavy rain is, and then it rained."
    assert first_words("The desk rang.") == "The desk rang."
    assert first_words(long) == "We talked for ten minutes about what heavy rain…"
    assert first_words("長" * 90) == "長" * 48


# The dialog, and plain pages


def test_moving_in_the_dialog_sends_the_card_and_closes_it(clients: Clients, board: Debrief) -> None:
    theme = a_theme(board, "Plans")
    card = a_card(board, "Late")
    url = f"/debriefs/{board.pk}/cards/{card.position}/move/"
    assert 'hx-target="#modal-body"' in text_of(clients["dana"].get(url, headers=DIALOG))
    answer = clients["dana"].post(url, {"theme": theme.pk}, headers=DIALOG)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "realign:done")
    assert SWAPPED.findall(text_of(answer)) == [f"card-{card.position}", "themes"]


def test_without_script_a_move_has_its_way_back_on_the_next_page(clients: Clients, board: Debrief) -> None:
    theme = a_theme(board, "Plans")
    page = clients["dana"].post(
        f"/debriefs/{board.pk}/cards/{a_card(board, 'Late').position}/move/", {"theme": theme.pk}, follow=True
    )
    assert groups(board) == {"Plans": {"Late"}, None: {"Nobody", "The"}}
    back = clients["dana"].post(undo_in(page), follow=True)
    assert "It is as it was." in text_of(back)
    assert groups(board) == {"Plans": set(), None: {"Nobody", "The", "Late"}}


VERBS = {
    "merge": lambda one, two, _cards: (f"{one.pk}/merge/", {"into": two.pk}),
    "split": lambda one, _two, cards: (f"{one.pk}/split/", {"key": uuid.uuid4(), "name": "New", "cards": [cards[0]]}),
    "remove": lambda one, _two, _cards: (f"{one.pk}/remove/", {}),
}
AFTER = {
    "merge": {"Two": {"Nobody", "The", "Late"}},
    "split": {"One": {"The"}, "New": {"Nobody"}, "Two": {"Late"}},
    "remove": {"Two": {"Late"}, None: {"Nobody", "The"}},
}


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_done_with_a_theme_is_live_and_can_be_undone(clients: Clients, board: Debrief, verb: str) -> None:
    one, two = a_theme(board, "One", "Nobody", "The"), a_theme(board, "Two", "Late")
    before = groups(board)
    cards = [a_card(board, text).pk for text in ("Nobody", "The")]
    path, data = VERBS[verb](one, two, cards)
    seq = Debrief.objects.get(pk=board.pk).seq
    answer = clients["bob"].post(f"/debriefs/{board.pk}/themes/{path}", data, headers=DIALOG)
    numbers = board.perspectives.filter(pk__in=cards[:1] if verb == "split" else cards).values_list(
        "position", flat=True
    )
    moved = {f"card-{number}" for number in numbers}
    assert (answer.status_code, answer["HX-Trigger"], groups(board)) == (200, "realign:done", AFTER[verb])
    assert set(SWAPPED.findall(text_of(answer))) == {*moved, "themes"}
    told = set(board.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    assert told == {*moved, "themes"}
    back = clients["bob"].post(undo_in(answer), headers=HX)
    assert (back.status_code, groups(board)) == (200, before)
    assert set(SWAPPED.findall(text_of(back))) == {*moved, "themes"}
    again = clients["bob"].post(undo_in(answer), headers=HX)
    assert (again.status_code, "too late" in text_of(again), groups(board)) == (409, True, before)


def test_a_new_name_reaches_the_theme_and_its_cards(clients: Clients, board: Debrief) -> None:
    theme = a_theme(board, "One", "Nobody")
    card = a_card(board, "Nobody")
    seq = Debrief.objects.get(pk=board.pk).seq
    answer = clients["bob"].post(
        f"/debriefs/{board.pk}/themes/{theme.pk}/", {"name": "Other", "version": "1"}, headers=DIALOG
    )
    assert SWAPPED.findall(text_of(answer)) == [f"card-{card.position}", "themes"]
    told = board.live_events.filter(seq__gt=seq).order_by("seq").values_list("region", flat=True)
    assert list(told) == [f"card-{card.position}", "themes"]


def test_more_cards_than_forty_are_sent_as_the_board(clients: Clients, debrief_in: DebriefIn, bob: User) -> None:
    board = debrief_in(Phase.RECOGNIZE, cards=[(bob, "wrong", f"Card {n}") for n in range(MANY_CARDS + 1)])
    theme, other = a_theme(board, "One"), a_theme(board, "Two")
    board.perspectives.update(theme=theme)
    seq = Debrief.objects.get(pk=board.pk).seq
    answer = clients["bob"].post(f"/debriefs/{board.pk}/themes/{theme.pk}/merge/", {"into": other.pk}, headers=DIALOG)
    assert SWAPPED.findall(text_of(answer)) == ["board", "themes"]
    assert set(board.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == {"board", "themes"}


@pytest.mark.parametrize("n", [1, 3])
def test_many_cards_are_drawn_with_the_questions_of_one(board: Debrief, n: int) -> None:
    regions = [f"card-{card.position}" for card in board.perspectives.all()[:n]]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        drawn = drawing.events(board, regions)
    assert ([key for key, _event in drawn], len(asked)) == (regions, 2)


def test_a_split_takes_some_cards_and_never_all(clients: Clients, board: Debrief) -> None:
    theme = a_theme(board, "One", "Nobody", "The")
    outside = a_card(board, "Late").pk
    both = [card.pk for card in theme.perspectives.all()]
    url = f"/debriefs/{board.pk}/themes/{theme.pk}/split/"
    before = groups(board)
    for cards, why in (
        ([], "Choose at least one card."),
        (both, "Leave at least one card behind"),
        ([outside], "Somebody has moved one of these cards"),
        (["x"], "Somebody has moved one of these cards"),
    ):
        answer = clients["bob"].post(url, {"key": uuid.uuid4(), "name": "New", "cards": cards})
        assert (answer.status_code, why in text_of(answer), groups(board)) == (422, True, before)


def test_a_split_sent_twice_makes_one_theme(board: Debrief) -> None:
    theme = a_theme(board, "One", "Nobody", "The", "Late")
    said = {"key": uuid.uuid4(), "name": "New", "cards": [a_card(board, "The").pk]}
    assert theme.split(**said) == theme.split(**said)
    assert groups(board) == {"One": {"Nobody", "Late"}, "New": {"The"}}


# Removals elsewhere in the room


def test_a_timeline_entry_is_changed_and_removed_in_the_dialog(clients: Clients, board: Debrief) -> None:
    said = {"happened_at": AT, "text": "The alarm rang", "source": "", "is_event": False}
    entry = write_entry(board, key=uuid.uuid4(), **said)
    url = f"/debriefs/{board.pk}/timeline/{entry.pk}/"
    form = clients["bob"].get(url, headers=DIALOG)
    assert text_of(form).strip().startswith('<div id="modal-body"')
    shown = {"key": entry.pk, "version": "1", "happened_at": "2026-11-09T10:00", "text": "It rang twice"}
    changed = clients["bob"].post(url, shown, headers=DIALOG)
    assert (changed["HX-Trigger"], SWAPPED.findall(text_of(changed))) == ("realign:done", ["timeline"])
    removed = clients["bob"].post(f"{url}remove/", headers=DIALOG)
    assert (SWAPPED.findall(text_of(removed)), board.timeline.count()) == (["timeline"], 0)
    clients["bob"].post(undo_in(removed), headers=HX)
    assert TimelineEntry.objects.get(pk=entry.pk).text == "It rang twice"


def test_an_idea_is_changed_and_let_go_from_the_parking_lot(clients: Clients, board: Debrief) -> None:
    idea = ParkedIdea.write(board, uuid.uuid4(), text="Two calendars")
    url = f"/debriefs/{board.pk}/parking/{idea.pk}/"
    assert f'href="{url}"' in text_of(clients["dana"].get(f"/debriefs/{board.pk}/"))
    changed = clients["dana"].post(url, {"text": "Three calendars", "version": "1"}, headers=DIALOG)
    assert (changed["HX-Trigger"], board.parked_ideas.get().text) == ("realign:done", "Three calendars")
    gone = clients["dana"].post(f"{url}remove/", follow=True)
    assert board.parked_ideas.count() == 0
    clients["dana"].post(undo_in(gone))
    assert board.parked_ideas.get().text == "Three calendars"


def test_only_who_did_it_can_undo_it_and_only_for_a_minute(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.REALIGN)
    lesson = Lesson.write(debrief, uuid.uuid4(), text="Ask early.")
    with time_machine.travel(AT, tick=False) as clock:
        url = undo_in(clients["bob"].post(f"/debriefs/{debrief.pk}/lessons/{lesson.pk}/remove/", headers=HX))
        assert clients["dana"].post(url, headers=HX).status_code == 404
        clock.shift(61)
        late = clients["bob"].post(url, headers=HX)
    assert (late.status_code, "It is too late to undo this" in text_of(late)) == (409, True)
    assert debrief.lessons.count() == 0


# Several people at once


def in_order(board: Debrief) -> dict[str, Any]:
    """What holds whatever races: each card is there, once, in a theme of this debrief or in none."""
    themes = set(board.themes.values_list("pk", flat=True))
    held = list(board.perspectives.values_list("pk", "theme"))
    return {"cards": len(held), "strays": [theme for _card, theme in held if theme and theme not in themes]}


@pytest.mark.django_db(transaction=True)
def test_many_hands_group_at_once_and_no_card_is_lost(debrief_in: DebriefIn, room: tuple[User, ...]) -> None:
    writers = cycle(room[1:])
    board = debrief_in(Phase.RECOGNIZE, cards=[(next(writers), "wrong", f"Card {n}") for n in range(12)])
    themes = [Theme.create(board, uuid.uuid4(), name=f"Theme {n}") for n in range(4)]
    cards = list(board.perspectives.all())
    for n, card in enumerate(cards[:8]):
        Perspective.objects.filter(pk=card.pk).update(theme=themes[n % 4])
    room_url = f"/debriefs/{board.pk}"
    acts: list[tuple[str, dict[str, Any]]] = [
        (f"{room_url}/themes/{themes[0].pk}/merge/", {"into": themes[1].pk}),
        (f"{room_url}/themes/{themes[1].pk}/merge/", {"into": themes[0].pk}),
        (f"{room_url}/themes/{themes[2].pk}/remove/", {}),
        (f"{room_url}/themes/{themes[3].pk}/split/", {"key": uuid.uuid4(), "name": "New", "cards": [cards[3].pk]}),
        (f"{room_url}/themes/{themes[3].pk}/remove/", {}),
        *(
            (f"{room_url}/cards/{card.position}/move/", {"theme": themes[n % 4].pk})
            for n, card in enumerate(cards[4:8])
        ),
        (f"{room_url}/cards/{cards[8].position}/move/", {"theme": "", "onto": cards[9].position}),
        (f"{room_url}/cards/{cards[9].position}/move/", {"theme": "", "onto": cards[8].position}),
        (f"{room_url}/cards/{cards[3].position}/move/", {"theme": ""}),
    ]
    clients = {person.pk: Client(raise_request_exception=False) for person in room}
    for person in room:
        clients[person.pk].force_login(person)
    hands = [clients[person.pk] for person, _act in zip(cycle(room), acts, strict=False)]
    answers = at_once(lambda one: one[0].post(one[1][0], one[1][1], headers=HX), list(zip(hands, acts, strict=True)))
    assert {answer.status_code for answer in answers} <= {200, 404, 409, 422}
    assert in_order(board) == {"cards": 12, "strays": []}
    # And all of it taken back at once: nobody gets a broken page, and no card is lost then either.
    undos = [(hand, url) for hand, answer in zip(hands, answers, strict=True) for url in undo_urls(answer)]
    back = at_once(lambda one: one[0].post(one[1], headers=HX), undos)
    assert {answer.status_code for answer in back} <= {200, 409}
    assert in_order(board) == {"cards": 12, "strays": []}


def undo_urls(answer: HttpResponse) -> set[str]:
    return set(re.findall(r'action="(/debriefs/\d+/undo/[^"]+)"', answer.content.decode()))
