"""What the database holds about an anonymous card: nothing that joins it to a person (A2 to A8, A13, A16, A18)."""

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models, transaction

from apps.accounts.models import User
from apps.debriefs import permissions
from apps.debriefs.models import Anonymity, Debrief, Draft, LiveEvent, Participation, Perspective, Vote
from apps.debriefs.models import debrief as debrief_module
from apps.debriefs.models.perspectives import publish_batch
from apps.debriefs.models.shuffle import publish_drafts
from apps.debriefs.phases import Phase
from apps.teams.models import Team
from tests.factories import AT, a_draft, a_person, join, prompt_of, write

DebriefIn = Callable[..., Debrief]


def many_drafts(debrief: Debrief, by: User, count: int) -> None:
    """In this order: the text of each is its number."""
    for n in range(count):
        write(debrief, by, str(n), is_anonymous=True)


def spearman(these: list[float], those: list[float]) -> float:
    def ranks(values: list[float]) -> list[int]:
        order = sorted(range(len(values)), key=values.__getitem__)
        return [order.index(n) for n in range(len(values))]

    n = len(these)
    squares = sum((a - b) ** 2 for a, b in zip(ranks(these), ranks(those), strict=True))
    return 1 - 6 * squares / (n * (n**2 - 1))


def test_ids_and_order_of_500_cards_tell_nothing(debrief_in: DebriefIn, alice: User, bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    many_drafts(debrief, bob, 500)
    draft_ids = set(Draft.objects.values_list("pk", flat=True))
    debrief.reveal(by=alice, at=AT)
    cards = list(debrief.perspectives.all())
    assert {card.pk.version for card in cards} == {4}
    assert {card.pk for card in cards} & draft_ids == set()
    assert sorted(card.position for card in cards) == list(range(1, 501))
    written = [float(card.text) for card in cards]
    # By chance the larger of the two stays below 0.15 in more than 999 of 1,000 runs.
    assert abs(spearman([float(card.pk.int) for card in cards], written)) < 0.15
    assert abs(spearman([float(card.position) for card in cards], written)) < 0.15


def test_the_shuffle_is_fixed_once(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.ANONYMOUS)
    first = [card.pk for card in debrief.perspectives.all()]
    assert [card.pk for card in Perspective.objects.filter(debrief=debrief)] == first
    assert [card.position for card in debrief.perspectives.all()] == [1, 2, 3, 4]


# Someone who holds the whole database after the reveal (A3, A13)

WRITERS = 8
REVEALS = 16


def heap_order(model: type[models.Model], where: str, by: str) -> list[Any]:
    """The rows as the heap holds them: by the transaction that wrote them, then by place."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {by} FROM {model._meta.db_table} WHERE {where} ORDER BY xmin::text::bigint, ctid"  # noqa: S608
        )
        return [value for (value,) in cursor.fetchall()]


def guesses(debrief: Debrief) -> dict[str, list[Any]]:
    """For each joinable trace of people, and each of cards, the n-th person is guessed for the n-th card."""
    mine = f"debrief_id = {debrief.pk}"
    cards = {
        "heap": heap_order(Perspective, mine, "text"),
        "position": [card.text for card in debrief.perspectives.all()],
        "id": [card.text for card in debrief.perspectives.order_by("pk")],
    }
    sessions = list(Session.objects.order_by("expire_date", "pk"))
    people = {
        "participation written": heap_order(Participation, mine, "person_id"),
        "participation id": list(debrief.participations.order_by("pk").values_list("person_id", flat=True)),
        "ready": list(debrief.participations.order_by("ready_from", "pk").values_list("person_id", flat=True)),
        "session": [int(one.get_decoded()["_auth_user_id"]) for one in sessions],
        "account": list(debrief.participations.order_by("person").values_list("person_id", flat=True)),
    }
    return {f"{a} × {b}": list(zip(cards[a], people[b], strict=False)) for a in cards for b in people}


def hits_of_an_adversary(debriefs: list[Debrief]) -> dict[str, int]:
    hits: dict[str, int] = {}
    for debrief in debriefs:
        for how, pairs in guesses(debrief).items():
            hits[how] = hits.get(how, 0) + sum(text == f"by {person}" for text, person in pairs)
    return hits


def written_in_order(team: Team, writers: list[User]) -> Debrief:
    """Each signs in, writes one card and says ready, one after the other: as much of a trace as there can be."""
    leader = team.memberships.get(role="leader").person
    debrief = a_draft(team, by=leader, anonymity=Anonymity.ANONYMOUS, people=[])
    debrief.move(Phase.PREPARE, by=leader, at=AT)
    for n, writer in enumerate(writers):
        Participation.objects.create(debrief=debrief, person=writer)
        write(debrief, writer, f"by {writer.pk}", is_anonymous=True)
        debrief.say_ready(writer, at=AT + timedelta(minutes=5 * n))
    return debrief


@pytest.fixture
def writers(team: Team, client: Any) -> list[User]:
    people = [join(team, a_person(f"Writer {n}")) for n in range(WRITERS)]
    for person in people:
        client.logout()
        client.force_login(person)
    return people


def chance(reveals: int) -> float:
    """One hit a reveal is chance, its variance too; fifteen ways to look ask for a fourth sigma."""
    return reveals + 4 * reveals**0.5


@pytest.mark.django_db(transaction=True)
def test_the_whole_database_guesses_at_chance(team: Team, alice: User, writers: list[User]) -> None:
    debriefs = []
    for _ in range(REVEALS):
        debrief = written_in_order(team, writers)
        debrief.reveal(by=alice, at=AT)
        debriefs.append(debrief)
    hits = hits_of_an_adversary(debriefs)
    assert {how: n for how, n in hits.items() if n > chance(REVEALS)} == {}
    assert Draft.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_reveal_that_keeps_the_order_is_caught(
    team: Team, alice: User, writers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the shuffle the same adversary names everyone, so the test above can fail."""

    def in_the_order_they_came(debrief: Debrief) -> None:
        for position, draft in enumerate(Draft.objects.filter(pk__in=heap_order(Draft, "true", "id")), start=1):
            Perspective.objects.create(
                debrief=debrief, prompt=draft.prompt, text=draft.text, is_anonymous=True, position=position
            )
        Draft.objects.all().delete()

    monkeypatch.setattr(debrief_module, "publish_drafts", in_the_order_they_came)
    debriefs = []
    for _ in range(2):
        debrief = written_in_order(team, writers)
        debrief.reveal(by=alice, at=AT)
        debriefs.append(debrief)
    hits = hits_of_an_adversary(debriefs)
    assert hits["heap × participation written"] > chance(2)
    assert hits["position × account"] > chance(2)


@pytest.mark.django_db(transaction=True)
def test_the_cards_of_a_reveal_share_one_transaction(team: Team, alice: User, writers: list[User]) -> None:
    debrief = written_in_order(team, writers)
    debrief.reveal(by=alice, at=AT)
    assert len(set(heap_order(Perspective, "true", "xmin::text"))) == 1


# No person, no time (A4), kept by the database


def test_an_anonymous_card_holds_no_person_and_no_time(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS)
    assert set(debrief.drafts.values_list("author", "written_at", "is_anonymous")) == {(None, None, True)}
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.ANONYMOUS)
    assert set(debrief.perspectives.values_list("author", "written_at", "is_anonymous")) == {(None, None, True)}


def test_no_other_column_could_hold_one() -> None:
    """Every column of the two tables, so that whoever adds one has to answer for it here.

    `guest_name` is what somebody without an account chose to write on a card; the constraints below keep it off every
    anonymous one. `secret_hash` seals with a person or a link, and neither can be read out of it.
    """
    assert {field.column for field in Draft._meta.get_fields() if hasattr(field, "column")} == {
        "id", "debrief_id", "prompt_id", "text", "is_anonymous", "author_id", "guest_name", "written_at",
        "secret_hash", "is_kept",
    }  # fmt: skip
    assert {field.column for field in Perspective._meta.get_fields() if hasattr(field, "column")} == {
        "id", "debrief_id", "prompt_id", "theme_id", "text", "is_anonymous", "author_id", "guest_name", "written_at",
        "position",
    }  # fmt: skip
    assert {field.column for field in LiveEvent._meta.get_fields()} == {"id", "debrief_id", "seq", "region"}


@pytest.mark.parametrize("what", [{"author": "bob"}, {"written_at": AT}, {"secret_hash": ""}])
def test_the_database_refuses_a_draft_with_a_trace(debrief_in: DebriefIn, bob: User, what: dict[str, Any]) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS)
    fields = {name: bob if value == "bob" else value for name, value in what.items()}
    with pytest.raises(IntegrityError, match="draft_anonymous_holds_no_person"), transaction.atomic():
        debrief.drafts.update(**fields)


@pytest.mark.parametrize("what", [{"author": "bob"}, {"written_at": AT}, {"guest_name": "Ann"}])
def test_the_database_refuses_a_card_with_a_trace(debrief_in: DebriefIn, bob: User, what: dict[str, Any]) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.ANONYMOUS)
    fields = {name: bob if value == "bob" else value for name, value in what.items()}
    with pytest.raises(IntegrityError, match="perspective_anonymous_holds_no_person"), transaction.atomic():
        debrief.perspectives.update(**fields)


# No signal (A5, A8)


def everything_but_drafts(debrief: Debrief) -> dict[str, list[Any]]:
    tables = [model for model in debrief_tables() if model is not Draft]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables}


def debrief_tables() -> list[type[models.Model]]:
    return [*registry.get_models()]


def test_writing_anonymously_touches_one_table(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
    before = everything_but_drafts(debrief)
    written = write(debrief, bob, "First", is_anonymous=True)
    written.writer.drafts(debrief).update(text="Second")
    written.writer.drafts(debrief).delete()
    write(debrief, bob, "Third", is_anonymous=True)
    assert everything_but_drafts(debrief) == before


@pytest.mark.parametrize("anonymity", Anonymity.values)
def test_no_live_event_while_everyone_writes(debrief_in: DebriefIn, bob: User, anonymity: str) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity, cards=[])
    events, seq = LiveEvent.objects.count(), Debrief.objects.get(pk=debrief.pk).seq
    write(debrief, bob, "A card", is_anonymous=debrief.allows_anonymous)
    assert (LiveEvent.objects.count(), Debrief.objects.get(pk=debrief.pk).seq) == (events, seq)


@pytest.mark.parametrize("anonymity", [Anonymity.CHOICE, Anonymity.ANONYMOUS])
def test_the_ready_count_moves_at_fixed_instants_only(debrief_in: DebriefIn, bob: User, anonymity: str) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity)
    events = LiveEvent.objects.count()
    debrief.say_ready(bob, at=AT + timedelta(minutes=1, seconds=7))
    counts = {minute: debrief.ready_count(AT + timedelta(minutes=minute)) for minute in range(8)}
    assert counts == {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 6: 1, 7: 1}
    assert set(debrief.participations.exclude(ready_from=None).values_list("ready_from", flat=True)) == {
        AT + timedelta(minutes=5)
    }
    assert LiveEvent.objects.count() == events


def test_said_at_the_instant_it_shows_at_the_next(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS)
    debrief.say_ready(bob, at=AT)
    assert (debrief.ready_count(AT), debrief.ready_count(AT + timedelta(minutes=5))) == (0, 1)
    debrief.say_ready(bob, at=AT + timedelta(hours=1))  # saying it again moves nothing
    assert debrief.ready_count(AT + timedelta(minutes=5)) == 1


def test_among_names_the_count_moves_at_once(debrief: Debrief, bob: User) -> None:
    debrief.say_ready(bob, at=AT)
    assert debrief.ready_count(AT) == 1


# Small groups (A9)


def test_anonymity_asks_for_four_who_write() -> None:
    allowed = {n: bool(permissions.can_be_anonymous(n, Anonymity.ANONYMOUS)) for n in range(6)}
    assert allowed == {0: False, 1: False, 2: False, 3: False, 4: True, 5: True}
    assert permissions.can_be_anonymous(3, Anonymity.NAMED)
    assert "There are 3." in str(permissions.can_be_anonymous(3, Anonymity.CHOICE).why)


@pytest.mark.parametrize("anonymity", Anonymity.values)
def test_a_reveal_of_anonymous_cards_waits_for_three(
    debrief_in: DebriefIn, room: tuple[User, ...], anonymity: str
) -> None:
    debrief = debrief_in(Phase.PREPARE, anonymity=anonymity)
    allowed = []
    for person in room[:4]:
        allowed.append(bool(permissions.can_reveal(room[0], debrief)))
        debrief.say_ready(person, at=AT)
    assert allowed == ([True] * 4 if anonymity == Anonymity.NAMED else [False, False, False, True])


# After the reveal: batches of three


def test_later_anonymous_cards_come_in_threes(debrief_in: DebriefIn, bob: User, dana: User, eli: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.ANONYMOUS)
    seq = debrief.seq
    for n, person in enumerate((bob, dana)):
        write(debrief, person, f"Later {n}", is_anonymous=True)
        assert publish_batch(debrief) is False
    write(debrief, eli, "Not sent yet", is_anonymous=True, keep=False)
    assert publish_batch(debrief) is False
    assert (debrief.perspectives.count(), Debrief.objects.get(pk=debrief.pk).seq) == (4, seq)
    write(debrief, eli, "Later 2", is_anonymous=True)
    assert publish_batch(debrief) is True
    later = debrief.perspectives.filter(position__gt=4)
    assert sorted(later.values_list("text", "position")) != []
    assert {card.text for card in later} == {"Later 0", "Later 1", "Later 2"}
    assert [card.position for card in later] == [5, 6, 7]
    assert [draft.text for draft in debrief.drafts.all()] == ["Not sent yet"]
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("seq", "region")) == [(seq + 1, "board")]


def test_a_batch_takes_no_named_draft(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, anonymity=Anonymity.CHOICE, cards=[])
    write(debrief, dana, "Dana’s own")
    for n in range(3):
        write(debrief, bob, f"Later {n}", is_anonymous=True)
    assert publish_batch(debrief) is True
    assert (debrief.perspectives.count(), debrief.drafts.get().text) == (3, "Dana’s own")


# Changed to be more anonymous (A18)


def test_a_debrief_that_became_anonymous_reveals_no_name(debrief: Debrief, alice: User) -> None:
    assert debrief.drafts.filter(author__isnull=False).count() == 4
    debrief.set_up(anonymity=Anonymity.ANONYMOUS)
    debrief.reveal(by=alice, at=AT)
    assert set(debrief.perspectives.values_list("author", "written_at", "is_anonymous")) == {(None, None, True)}
    assert debrief.perspectives.count() == 4


def test_names_leave_a_board_that_becomes_anonymous(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    seq = debrief.seq
    debrief.set_up(anonymity=Anonymity.ANONYMOUS)
    assert set(debrief.perspectives.values_list("author", "written_at", "is_anonymous")) == {(None, None, True)}
    assert list(debrief.live_events.filter(seq__gt=seq).values_list("region", flat=True)) == ["head", "board"]


def test_where_it_is_the_writers_choice_names_stay(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, cards=[(bob, "wrong", "Bob’s")])
    debrief.set_up(anonymity=Anonymity.CHOICE)
    assert debrief.perspectives.get().author == bob


# Somebody leaves (A16)


def rows(model: type[models.Model]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t ORDER BY 1")  # noqa: S608
        return [row for (row,) in cursor.fetchall()]


@pytest.mark.parametrize("gone", ["removed from the team", "account deleted"])
@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.RECOGNIZE])
def test_who_leaves_takes_no_anonymous_card_along(
    debrief_in: DebriefIn, team: Team, bob: User, phase: Phase, gone: str
) -> None:
    debrief_in(phase, anonymity=Anonymity.ANONYMOUS)
    before = (rows(Draft), rows(Perspective))
    if gone == "account deleted":
        bob.delete()
    else:
        team.remove(bob)
    assert (rows(Draft), rows(Perspective)) == before


@pytest.mark.parametrize("gone", ["removed from the team", "account deleted"])
def test_who_leaves_takes_no_dot_along(debrief_in: DebriefIn, team: Team, bob: User, gone: str) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="open")
    before = sorted(Vote.objects.values_list("pk", "theme", "number"))
    if gone == "account deleted":
        bob.delete()
    else:
        team.remove(bob)
    assert sorted(Vote.objects.values_list("pk", "theme", "number")) == before
    debrief.close_voting(at=AT)
    assert sum(theme.dots for theme in debrief.themes.all()) == len(before)


def test_a_named_card_outlives_the_account_without_it(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RECOGNIZE, cards=[(bob, "wrong", "Bob’s")])
    bob.delete()
    assert [(card.text, card.author) for card in debrief.perspectives.all()] == [("Bob’s", None)]


def test_the_shuffle_is_not_pythons(debrief_in: DebriefIn, bob: User) -> None:
    """A seed that somebody set, in a test or a worker, must not decide the order."""
    orders = set()
    for _ in range(3):
        random.seed(1)
        debrief = debrief_in(Phase.PREPARE, anonymity=Anonymity.ANONYMOUS, cards=[])
        many_drafts(debrief, bob, 12)
        publish_drafts(debrief)
        orders.add(tuple(card.text for card in debrief.perspectives.all()))
    assert len(orders) == 3


def test_a_prompt_of_each_side_is_there_to_write_under(debrief: Debrief) -> None:
    assert {prompt_of(debrief, side).side for side in ("wrong", "right")} == {"wrong", "right"}
    assert uuid.UUID(str(debrief.drafts.first().pk)).version == 4
