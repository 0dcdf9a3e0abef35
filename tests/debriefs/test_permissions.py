"""Who sees a debrief and its summary in each phase, and who may do what: tables of people."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.debriefs import permissions
from apps.debriefs.models import Anonymity, Debrief
from apps.debriefs.phases import Phase
from apps.debriefs.stream import people_in_room
from apps.teams.models import Role, Team
from tests.factories import AT, a_person, join
from tests.factories import debrief_in as a_debrief_in

DebriefIn = Callable[..., Debrief]
ROOM = {"alice", "bob", "dana", "eli", "farah"}
LEADERS = {"alice"}

SEES_THE_ROOM = {
    Phase.DRAFT: LEADERS,
    Phase.PREPARE: ROOM,
    Phase.RECOGNIZE: ROOM,
    Phase.RATIONALIZE: ROOM,
    Phase.REALIGN: ROOM,
    Phase.FOLLOW_THROUGH: ROOM,
    Phase.LEARNED: ROOM,
    Phase.CANCELLED: ROOM,
}
SEES_THE_SUMMARY = {
    Phase.DRAFT: set(),
    Phase.PREPARE: set(),
    Phase.RECOGNIZE: ROOM,
    Phase.RATIONALIZE: ROOM,
    Phase.REALIGN: ROOM | {"mia"},
    Phase.FOLLOW_THROUGH: ROOM | {"mia"},
    Phase.LEARNED: ROOM | {"mia"},
    Phase.CANCELLED: set(),
}


def who(people: dict[str, User], sees: Callable[[User], bool]) -> set[str]:
    return {name for name, person in people.items() if sees(person)}


@pytest.mark.parametrize("phase", Phase)
def test_who_sees_the_room(people: dict[str, User], debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    assert who(people, lambda one: debrief in Debrief.objects.visible_to(one)) == SEES_THE_ROOM[phase]


@pytest.mark.parametrize("phase", Phase)
def test_who_sees_the_summary(people: dict[str, User], debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    assert who(people, lambda one: debrief in Debrief.objects.summary_visible_to(one)) == SEES_THE_SUMMARY[phase]


def test_a_summary_for_the_organization(
    people: dict[str, User], debrief_in: DebriefIn, alice: User, team: Team
) -> None:
    other = team.organization.create_team(name="Search", by=a_person("Gus"), at=AT)
    people["gus"] = other.memberships.get().person
    debrief = debrief_in(Phase.LEARNED)
    debrief.move(Phase.FOLLOW_THROUGH, by=alice, at=AT)
    assert "gus" not in who(people, lambda one: debrief in Debrief.objects.summary_visible_to(one))
    debrief.publish(by=alice, at=AT, closing_statement="Thank you.", audience="organization")
    assert who(people, lambda one: debrief in Debrief.objects.summary_visible_to(one)) == ROOM | {"mia", "gus", "adam"}
    assert who(people, lambda one: debrief in Debrief.objects.visible_to(one)) == ROOM


def test_nobody_is_shown_a_debrief_twice(people: dict[str, User], debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.LEARNED)
    assert list(Debrief.objects.visible_to(people["alice"])) == [debrief]
    assert list(Debrief.objects.summary_visible_to(people["alice"])) == [debrief]


def test_who_does_not_take_part_sees_nothing(team: Team, bob: User, dana: User, alice: User) -> None:
    debrief = a_debrief_in(Phase.RECOGNIZE, team=team, people=[alice, bob], cards=[])
    assert (debrief in Debrief.objects.visible_to(bob), debrief in Debrief.objects.visible_to(dana)) == (True, False)


def test_a_named_facilitator_sees_the_draft(team: Team, bob: User, dana: User) -> None:
    draft = a_debrief_in(Phase.DRAFT, team=team, facilitator=bob)
    assert (draft in Debrief.objects.visible_to(bob), draft in Debrief.objects.visible_to(dana)) == (True, False)


@pytest.mark.parametrize("becomes", ["removed", "manager"])
def test_who_leaves_the_room_sees_nothing_at_once(team: Team, bob: User, becomes: str) -> None:
    debrief = a_debrief_in(Phase.PREPARE, team=team, facilitator=bob)
    assert debrief in Debrief.objects.visible_to(bob)
    if becomes == "removed":
        team.remove(bob)
    else:
        team.change_role(bob, Role.MANAGER)
    assert debrief not in Debrief.objects.visible_to(bob)
    assert not permissions.can_run(bob, Debrief.objects.get())
    assert not permissions.can_take_part(bob, Debrief.objects.get())


MAY = {
    permissions.can_run: {"alice"},
    permissions.can_take_part: ROOM,
    permissions.can_write: ROOM,
    permissions.can_reveal: {"alice"},
    permissions.can_read_worries: {"alice"},
    permissions.can_vote: set(),
}


@pytest.mark.parametrize("may", MAY, ids=lambda may: may.__name__)
def test_who_may_while_everyone_writes(people: dict[str, User], debrief: Debrief, may: Callable[..., object]) -> None:
    assert who(people, lambda one: bool(may(one, Debrief.objects.get()))) == MAY[may]


def test_who_may_not_is_told_why(people: dict[str, User], debrief: Debrief) -> None:
    for may in MAY:
        for person in people.values():
            verdict = may(person, Debrief.objects.get())
            assert bool(verdict) != bool(str(verdict.why))


def test_only_the_facilitator_reads_the_worries(team: Team, room: tuple[User, ...], bob: User) -> None:
    debrief = a_debrief_in(Phase.PREPARE, team=team, facilitator=bob)
    allowed = [person for person in room if permissions.can_read_worries(person, Debrief.objects.get(pk=debrief.pk))]
    assert allowed == [bob]  # not even the leader who chose him


@pytest.mark.parametrize(("voting", "voters"), [("", set()), ("open", ROOM), ("closed", set())])
def test_those_who_take_part_vote_while_it_is_open(
    people: dict[str, User], debrief_in: DebriefIn, voting: str, voters: set[str]
) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting=voting)
    assert who(people, lambda one: bool(permissions.can_vote(one, debrief))) == voters


def test_who_only_runs_it_writes_no_card(team: Team, room: tuple[User, ...]) -> None:
    debrief = a_debrief_in(Phase.PREPARE, team=team, people=room[1:], cards=[])
    assert permissions.can_run(room[0], debrief)
    assert not permissions.can_write(room[0], debrief)
    assert not permissions.can_vote(room[0], debrief)


def test_who_opens_a_debrief(people: dict[str, User], team: Team) -> None:
    assert who(people, lambda one: bool(permissions.can_start(one, team))) == {"alice"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"happened": " "}, "Say first what happened"),
        ({"people": []}, "Choose first who takes part."),
        ({"people": 3, "anonymity": Anonymity.ANONYMOUS}, "There are 3."),
        ({"people": 3}, ""),
        ({"people": 4, "anonymity": Anonymity.CHOICE}, ""),
    ],
)
def test_when_writing_may_begin(team: Team, room: tuple[User, ...], fields: dict[str, object], why: str) -> None:
    if isinstance(number := fields.get("people"), int):
        fields = {**fields, "people": room[:number]}
    verdict = permissions.can_open(room[0], a_debrief_in(Phase.DRAFT, team=team, **fields))
    assert (bool(verdict), why in str(verdict.why)) == (not why, True)


def test_those_who_left_are_not_counted_as_writers(team: Team, room: tuple[User, ...]) -> None:
    draft = a_debrief_in(Phase.DRAFT, team=team, people=room[:4], anonymity=Anonymity.ANONYMOUS)
    assert permissions.can_open(room[0], draft)
    team.remove(room[3])
    assert not permissions.can_open(room[0], draft)


def test_an_archived_team_is_for_reading(debrief: Debrief, team: Team, alice: User, bob: User) -> None:
    team.archive(by=alice, at=AT)
    for may in (permissions.can_run, permissions.can_take_part, permissions.can_write, permissions.can_reveal):
        verdict = may(alice, Debrief.objects.get())
        assert (bool(verdict), "archived" in str(verdict.why)) == (False, True)
    assert not permissions.can_start(alice, team)
    assert debrief in Debrief.objects.visible_to(bob)


def test_a_new_member_is_not_in_older_rooms(debrief: Debrief, team: Team) -> None:
    newcomer = join(team, a_person("Nora"))
    assert debrief not in Debrief.objects.visible_to(newcomer)


@pytest.mark.parametrize("phase", ["draft", "prepare", "recognize", "learned", "cancelled"])
def test_who_may_go_on_listening_is_who_sees_the_debrief(
    debrief_in: DebriefIn, people: dict[str, User], phase: str
) -> None:
    """The stream asks for many people at once; the answer is the one rule's, for each of them."""
    for facilitator in ("alice", "bob"):
        debrief = debrief_in(phase)
        debrief.participations.filter(person=people["dana"]).delete()
        Debrief.objects.filter(pk=debrief.pk).update(facilitator=people[facilitator])
        everyone = {person.pk for person in people.values()}
        sees = {one.pk for one in people.values() if Debrief.objects.visible_to(one).filter(pk=debrief.pk).exists()}
        assert people_in_room(debrief.pk, everyone) == sees
        assert 0 < len(sees) < len(everyone)
