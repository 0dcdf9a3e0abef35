"""How a meeting closes: lines with names, and two questions of which only four numbers are ever kept."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps as registry
from django.db import connection, models, transaction

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Audience, ClosingLine, ClosingTally, Debrief, Lesson, LiveEvent, Participation
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from apps.web.verdict import Refused
from tests import factories
from tests.at_once import at_once
from tests.factories import AT, LOOK_AGAIN_AT, a_person, join, worked
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db

YES_NO = {"learned": "yes", "again": "no"}


def url(debrief: Debrief, what: str = "") -> str:
    return f"/debriefs/{debrief.pk}/closing/{what}"


def numbers(debrief: Debrief) -> tuple[int, int, int, int] | None:
    fields = ("learned_yes", "learned_no", "again_yes", "again_no")
    return ClosingTally.objects.filter(debrief=debrief).values_list(*fields).first()


def count(debrief: Debrief, *people: User, learned: bool = True, again: bool = True) -> None:
    for person in people:
        ClosingTally.count(debrief, by=person, learned=learned, again=again)


def shown(debrief: Debrief) -> str:
    return str(board.render(Debrief.objects.get(pk=debrief.pk), "closing"))


def page(client: Any, address: str) -> str:
    return str(client.get(address).content.decode())


# The round: one line each


def test_a_line_is_said_changed_and_taken_back(clients: Clients, debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("realign")
    for said, kept in (("To ask  twice.", ["To ask twice."]), ("To ask earlier.", ["To ask earlier."]), (" ", [])):
        response = clients["bob"].post(url(debrief, "line/"), {"text": said})
        assert response["Location"] == f"/debriefs/{debrief.pk}/#close"
        assert list(debrief.closing_lines.filter(person=bob).values_list("text", flat=True)) == kept


def test_lines_stand_in_the_order_in_which_people_first_spoke(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in("realign")
    for person, text in ((bob, "One."), (dana, "Two."), (bob, "One, in other words.")):
        ClosingLine.say(debrief, text, by=person)
    html = shown(debrief)
    assert html.index("One, in other words.") < html.index("Bob") < html.index("Two.") < html.index("Dana")


def test_each_has_one_line_however_fast_it_is_sent(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    for _ in range(3):
        clients["bob"].post(url(debrief, "line/"), {"text": "To ask twice."})
    assert debrief.closing_lines.count() == 1


def test_a_line_that_is_too_long_is_kept_in_its_box(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    response = clients["bob"].post(url(debrief, "line/"), {"text": "x" * 201})
    assert (response.status_code, debrief.closing_lines.count()) == (422, 0)
    assert "x" * 201 in response.content.decode()


def test_the_room_hears_of_a_line(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("realign")
    seq = Debrief.objects.get(pk=debrief.pk).seq
    ClosingLine.say(debrief, "", by=bob)  # passing is fine, and needs no word
    ClosingLine.say(debrief, "To ask twice.", by=bob)
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == ["closing"]


def test_my_part_is_mine_and_the_region_is_everyones(clients: Clients, debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("realign")
    ClosingLine.say(debrief, "To ask twice.", by=bob)
    assert "To ask twice.</textarea>" in page(clients["bob"], url(debrief))
    assert "To ask twice." not in page(clients["dana"], url(debrief))
    regions = {clients[who].get(f"/debriefs/{debrief.pk}/").context["regions"]["closing"] for who in ("bob", "dana")}
    [region] = regions
    assert not [word for word in ("csrf", "<input", "<textarea", "<form") if word in region]


# The two questions


def test_an_answer_is_one_added_to_two_numbers(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    for who, learned, again in (("bob", "yes", "no"), ("dana", "yes", "yes"), ("alice", "no", "yes")):
        clients[who].post(url(debrief, "answers/"), {"learned": learned, "again": again})
    assert numbers(debrief) == (2, 1, 2, 1)
    assert debrief.participations.filter(has_closed=True).count() == 3


def test_it_counts_once_and_stays(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("realign")
    assert "cannot be changed afterwards" in page(clients["bob"], url(debrief))  # said before the click
    clients["bob"].post(url(debrief, "answers/"), YES_NO)
    seq = Debrief.objects.get(pk=debrief.pk).seq
    again = clients["bob"].post(url(debrief, "answers/"), {"learned": "no", "again": "yes"}, follow=True)
    assert "You had answered before" in again.content.decode()
    assert (numbers(debrief), Debrief.objects.get(pk=debrief.pk).seq) == ((1, 0, 0, 1), seq)
    assert 'name="learned"' not in page(clients["bob"], url(debrief))


@pytest.mark.parametrize("said", [{}, {"learned": "yes"}, {"again": "no"}, {"learned": "yes", "again": "perhaps"}])
def test_half_an_answer_is_none(clients: Clients, debrief_in: DebriefIn, said: dict[str, str]) -> None:
    debrief = debrief_in("realign")
    response = clients["bob"].post(url(debrief, "answers/"), said)
    assert (response.status_code, numbers(debrief)) == (422, None)
    assert debrief.participations.filter(has_closed=True).count() == 0


@pytest.mark.parametrize(
    ("phase", "status"), [("rationalize", 409), ("realign", 302), ("follow_through", 302), ("learned", 409)]
)
def test_a_meeting_closes_in_realign_or_just_after(
    clients: Clients, debrief_in: DebriefIn, phase: str, status: int
) -> None:
    debrief = debrief_in(phase)
    assert clients["bob"].post(url(debrief, "answers/"), YES_NO).status_code == status
    assert clients["bob"].post(url(debrief, "line/"), {"text": "To ask twice."}).status_code == status
    assert (numbers(debrief) is not None, debrief.closing_lines.count()) == (status == 302, int(status == 302))


def test_who_only_runs_it_is_not_asked(clients: Clients, team: Team, debrief_in: DebriefIn, alice: User) -> None:
    debrief = debrief_in("realign")
    debrief.participations.filter(person=alice).delete()
    html = page(clients["alice"], url(debrief))
    assert ("Show the answers to all" in html, 'name="learned"' in html, 'name="text"' in html) == (True, False, False)
    assert clients["alice"].post(url(debrief, "answers/"), YES_NO).status_code == 403
    with pytest.raises(Refused):
        count(debrief, alice)
    assert numbers(debrief) is None


# Shown, at once, and only with three


def test_only_how_many_until_they_are_shown(debrief_in: DebriefIn, bob: User, dana: User, eli: User) -> None:
    debrief = debrief_in("realign")
    for n, person in enumerate((bob, dana, eli), start=1):
        count(debrief, person, learned=n > 1)
        html = shown(debrief)
        assert f"{n} of 5 have answered the two questions." in html
        assert '<svg class="chart"' not in html
        assert "<table" not in html


def test_fewer_than_three_are_not_shown(clients: Clients, debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana)
    response = clients["alice"].post(url(debrief, "show/"))
    assert response.status_code == 409
    assert "The answers are shown once three people have given theirs" in response.content.decode()
    assert Debrief.objects.get(pk=debrief.pk).closing_shown_at is None
    assert "everybody could guess" in shown(debrief)


def test_even_if_it_said_shown_fewer_than_three_stay_hidden(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana)
    Debrief.objects.filter(pk=debrief.pk).update(closing_shown_at=AT)
    assert "<table" not in shown(debrief)
    assert "everybody could guess" in shown(debrief)


def test_the_totals_are_words_and_bars(
    clients: Clients, debrief_in: DebriefIn, bob: User, dana: User, eli: User, farah: User
) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana)
    count(debrief, eli, learned=False)
    assert clients["alice"].post(url(debrief, "show/")).status_code == 302
    html = shown(debrief)
    assert [" ".join(row.split()) for row in rows_of(html)] == [
        "Learned something one will use 2 1",
        "Would come to one like this again 3 0",
    ]
    assert not [person.display_name for person in (bob, dana, eli, farah) if person.display_name in html]
    # One more answer would be read off the difference.
    late = clients["farah"].post(url(debrief, "answers/"), YES_NO)
    assert (late.status_code, numbers(debrief)) == (409, (2, 1, 3, 0))
    assert 'name="learned"' not in page(clients["farah"], url(debrief))


def rows_of(html: str) -> list[str]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.sub(r"<[^>]+>", " ", row) for row in body.split("</tr>") if row]


def test_showing_tells_the_pages_that_the_questions_are_over(
    debrief_in: DebriefIn, bob: User, dana: User, eli: User
) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana, eli)
    seq = Debrief.objects.get(pk=debrief.pk).seq
    for _ in range(2):
        ClosingTally.show(debrief, at=AT)
    told = list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    assert told == ["closing", "closing-shown"]
    assert dict(board.events(debrief, told))["closing-shown"] == "event: closing-shown\ndata: \n\n"


@pytest.mark.parametrize(
    ("who", "status"),
    [("bob", 403), ("mia", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_only_who_runs_it_shows_them(
    clients: Clients, debrief_in: DebriefIn, who: str, status: int, bob: User, dana: User, eli: User
) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana, eli)
    assert clients[who].post(url(debrief, "show/")).status_code == status
    assert Debrief.objects.get(pk=debrief.pk).closing_shown_at is None


# It stays in the room


@pytest.mark.parametrize("phase", ["follow_through", "learned"])
def test_managers_the_summary_and_outsiders_see_nothing_of_it(
    clients: Clients, debrief_in: DebriefIn, team: Team, phase: str, alice: User, bob: User, dana: User, eli: User
) -> None:
    debrief = debrief_in("follow_through")
    ClosingLine.say(debrief, "CANARY of Bob", by=bob)
    count(debrief, bob, dana, eli)
    ClosingTally.show(debrief, at=AT)
    if phase == "learned":
        publish(debrief, alice)
    traces = ("CANARY", "closing-tally", "Learned something one will use", "have answered the two questions")
    everywhere = [
        "/",
        "/library/",
        f"/follow-through/{team.slug}/",
        f"/teams/{team.slug}/",
        f"/steps/team/{team.slug}/",
    ]
    own = [f"/debriefs/{debrief.pk}/summary/", f"/debriefs/{debrief.pk}/publish/", f"/steps/debrief/{debrief.pk}/"]
    for who in ("alice", "bob", "mia", "adam", "charlie", "eve", "nobody"):
        for address in (*everywhere, *own):
            html = page(clients[who], address)
            assert (who, address, [trace for trace in traces if trace in html]) == (who, address, [])
    for who in ("mia", "adam", "charlie", "eve"):
        for address in (url(debrief), f"/debriefs/{debrief.pk}/", f"/debriefs/{debrief.pk}/?phase=realign"):
            assert (who, clients[who].get(address).status_code) == (who, 404)


def publish(debrief: Debrief, leader: User) -> None:
    for step in debrief.steps.all():
        worked(step)
    Lesson.write(debrief, uuid.uuid4(), text="What nobody owns runs out.")
    debrief.publish(by=leader, at=LOOK_AGAIN_AT, closing_statement="Thank you.", audience=Audience.ORGANIZATION)


def test_the_room_finds_it_again(clients: Clients, debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("follow_through")
    ClosingLine.say(debrief, "To ask twice.", by=bob)
    for address in (f"/debriefs/{debrief.pk}/", f"/debriefs/{debrief.pk}/?phase=realign"):
        assert "To ask twice." in page(clients["dana"], address)


def test_the_page_says_what_leaves_and_what_stays(clients: Clients, debrief_in: DebriefIn) -> None:
    html = page(clients["bob"], f"/debriefs/{debrief_in('realign').pk}/")
    leaves, stays = html.split("What leaves the room</span>")[1].split("What stays</span>")
    assert "the lessons" in leaves
    assert "To whom:" in leaves
    for kept in ("every card", "the votes", "check-ins, worries", "the lines of this round"):
        assert kept in stays


# Someone who holds the whole database


def everything() -> dict[str, list[Any]]:
    """Every table, row by row, without the numbers a sequence gives."""
    found = {}
    for model in registry.get_models():
        names = [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        found[model.__name__] = sorted(model._default_manager.values_list(*names), key=repr)
    return found


@contextmanager
def undone() -> Iterator[None]:
    point = transaction.savepoint()
    yield
    transaction.savepoint_rollback(point)


def once_answered(clients: Clients, debrief: Debrief, **said: str) -> dict[str, list[Any]]:
    """The whole database, but for the sessions of those who look, once these have answered; then it is taken back."""
    browsers = {clients[who]: word for who, word in said.items()}  # signing in is no answer
    with undone():
        for browser, word in browsers.items():
            browser.post(url(debrief, "answers/"), {"learned": word, "again": word})
        return {name: rows for name, rows in everything().items() if name != "Session"}


def test_opposite_answers_leave_the_same_database(
    clients: Clients, debrief_in: DebriefIn, bob: User, dana: User, eli: User
) -> None:
    """Bob yes and Dana no, or the other way round: no table differs, in whichever order they came."""
    debrief = debrief_in("realign", anonymity="anonymous")
    one = once_answered(clients, debrief, bob="yes", dana="no", eli="yes")
    assert one["ClosingTally"] == [(debrief.pk, 2, 1, 2, 1)]
    for other in ({"bob": "no", "dana": "yes", "eli": "yes"}, {"eli": "no", "bob": "yes", "dana": "yes"}):
        assert once_answered(clients, debrief, **other) == one


def test_a_row_for_each_answer_would_be_caught(
    clients: Clients, debrief_in: DebriefIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: were an answer kept with its person, the comparison above would see it."""
    debrief = debrief_in("realign")
    counted = ClosingTally.count

    def and_keep_it(debrief: Debrief, *, by: User, learned: bool, again: bool) -> bool:
        Participation.objects.filter(debrief=debrief, person=by).update(spoke_in="realign" if learned else "")
        return counted(debrief, by=by, learned=learned, again=again)

    monkeypatch.setattr(ClosingTally, "count", and_keep_it)
    one, other = ({"bob": "yes", "dana": "no"}, {"bob": "no", "dana": "yes"})
    assert once_answered(clients, debrief, **one) != once_answered(clients, debrief, **other)


def test_the_rows_hold_no_time_and_no_person() -> None:
    """Every column, so that whoever adds one has to answer for it here."""
    assert {field.attname for field in ClosingTally._meta.concrete_fields} == {
        "debrief_id", "learned_yes", "learned_no", "again_yes", "again_no",
    }  # fmt: skip
    assert {field.attname for field in LiveEvent._meta.concrete_fields} == {"id", "debrief_id", "seq", "region"}


def heap(table: str, key: str) -> dict[Any, str]:
    """Row → the transaction that wrote it last."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, xmin::text FROM {table}")  # noqa: S608
        return dict(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_the_row_was_written_by_whoever_came_last_whatever_they_said(
    debrief_in: DebriefIn, bob: User, dana: User, eli: User
) -> None:
    """The one join there is, by transaction: it tells who came last, and of no answer what it was."""
    debrief = debrief_in("realign")
    for person, yes in ((bob, True), (dana, False), (eli, True)):
        count(debrief, person, learned=yes, again=yes)
    tally = heap("debriefs_closingtally", "debrief_id")
    people = heap("debriefs_participation", "person_id")
    assert [person for person, xid in people.items() if xid == tally[debrief.pk]] == [eli.pk]
    assert len(tally) == 1


# What the others are told


def test_the_others_are_told_the_same_whatever_was_said(
    clients: Clients, debrief_in: DebriefIn, htmx: Callable[[str], dict[str, Any]]
) -> None:
    debrief = debrief_in("realign")
    told, answered = set(), set()
    for word in ("yes", "no"):
        with undone():
            seq = Debrief.objects.get(pk=debrief.pk).seq
            said = {"learned": word, "again": word}
            response = clients["bob"].post(url(debrief, "answers/"), said, **htmx("my-answers"))
            fresh = Debrief.objects.get(pk=debrief.pk)
            regions = fresh.live_events.filter(seq__gt=seq).values_list("region", flat=True)
            told.add(tuple(board.events(fresh, list(regions))))
            answered.add((response.status_code, response.content, tuple(response.headers)))
    assert (len(told), len(answered)) == (1, 1)
    [[(region, drawn)]] = told
    assert region == "closing"
    assert "1 of 5 have answered the two questions." in drawn


@pytest.fixture
def htmx() -> Callable[[str], dict[str, Any]]:
    return lambda target: {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": target}


# At the same instant


@pytest.mark.django_db(transaction=True)
def test_fifty_clicks_of_one_person_count_once(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("realign")

    def click(n: int) -> bool:
        mine = Debrief.objects.get(pk=debrief.pk)
        return ClosingTally.count(mine, by=bob, learned=n % 2 == 0, again=True)

    answers = at_once(click, range(50))
    assert sorted(answers) == [False] * 49 + [True]
    tally = numbers(debrief)
    assert tally is not None
    assert (tally[0] + tally[1], tally[2:]) == (1, (1, 0))


@pytest.mark.django_db(transaction=True)
def test_the_totals_equal_the_people_when_all_answer_at_once(debrief_in: DebriefIn, room: tuple[User, ...]) -> None:
    debrief = debrief_in("realign")
    clicks = [(person, n) for n, person in enumerate(room) for _ in range(8)]

    def click(one: tuple[User, int]) -> bool:
        person, n = one
        return ClosingTally.count(Debrief.objects.get(pk=debrief.pk), by=person, learned=n < 3, again=n < 1)

    assert sum(at_once(click, clicks)) == len(room)
    assert numbers(debrief) == (3, 2, 1, 4)
    assert debrief.participations.filter(has_closed=True).count() == len(room)


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_showing_at_once_never_both(
    debrief_in: DebriefIn, alice: User, bob: User, dana: User, eli: User
) -> None:
    """Whoever is counted is in what was shown; whoever came too late is in nothing."""
    debrief = debrief_in("realign")
    count(debrief, bob, dana, eli)

    def act(who: User | None) -> Any:
        mine = Debrief.objects.get(pk=debrief.pk)
        if who is None:
            return ClosingTally.show(mine, at=AT)
        return ClosingTally.count(mine, by=who, learned=True, again=True)

    _none, late = at_once(act, [None, alice])
    events = list(LiveEvent.objects.filter(debrief=debrief).order_by("seq").values_list("region", flat=True))
    counted = late is True
    assert isinstance(late, Refused) is not counted
    assert numbers(debrief) == ((4, 0, 4, 0) if counted else (3, 0, 3, 0))
    assert events[-2:] == ["closing", "closing-shown"]  # nothing of an answer after the showing
    assert debrief.participations.get(person=alice).has_closed is counted


@pytest.mark.django_db(transaction=True)
def test_two_lines_of_one_person_at_once_are_one(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in("realign")
    at_once(lambda n: ClosingLine.say(Debrief.objects.get(pk=debrief.pk), f"Line {n}", by=bob), range(12))
    assert debrief.closing_lines.count() == 1


# Constant, and told to whoever joins


def test_drawing_costs_the_same_for_many(
    debrief_in: DebriefIn, room: tuple[User, ...], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    debrief = debrief_in("realign")
    for person in room:
        ClosingLine.say(debrief, f"By {person}", by=person)
    count(debrief, *room)
    ClosingTally.show(debrief, at=AT)
    with django_assert_max_num_queries(3):  # how many, the lines with their people, the tally
        html = board.render(debrief, "closing")
    assert html.count("By ") == len(room)


def test_somebody_who_joins_is_counted_among_those_asked(
    debrief_in: DebriefIn, room: tuple[User, ...], bob: User
) -> None:
    debrief = debrief_in("realign")
    debrief.participations.filter(person=bob).delete()
    seq = Debrief.objects.get(pk=debrief.pk).seq
    assert "0 of 4" in shown(debrief)
    debrief.set_people(room)
    regions = list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True))
    assert "0 of 5" in dict(board.events(debrief, regions))["closing"]


def test_who_leaves_changes_no_number(debrief_in: DebriefIn, bob: User, dana: User, eli: User) -> None:
    debrief = debrief_in("realign")
    count(debrief, bob, dana, eli)
    ClosingTally.show(debrief, at=AT)
    eli.delete()
    assert numbers(debrief) == (3, 0, 3, 0)
    assert "<table" in shown(debrief)


def test_a_foreign_debrief_is_none(clients: Clients, other_team: Team, charlie: User) -> None:
    join(other_team, a_person("Zoe"))
    foreign = factories.debrief_in(Phase.REALIGN, team=other_team)
    for what, said in (("line/", {"text": "Hello"}), ("answers/", YES_NO), ("show/", {})):
        assert clients["bob"].post(url(foreign, what), said).status_code == 404
    assert (foreign.closing_lines.count(), numbers(foreign)) == (0, None)
