import pytest

from apps.teams import permissions
from apps.teams.models import Organization
from apps.teams.permissions import can_administer, can_invite, can_look_after, can_manage_people
from tests.factories import AT

WHO = ("alice", "bob", "mia", "adam", "charlie", "eve")


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        (can_manage_people, {"alice"}),
        (can_invite, {"alice"}),
        (can_look_after, {"alice", "adam"}),
    ],
)
def test_who_may_do_what_in_a_team(people, team, question, allowed):
    assert {name for name in WHO if question(people[name], team)} == allowed
    assert all(question(people[name], team).why for name in WHO if name not in allowed)


def test_nobody_is_invited_into_an_archived_team(team, alice):
    team.archive(by=alice, at=AT)
    assert str(can_invite(alice, team).why) == str(permissions.ARCHIVED)


def test_only_its_admins_administer_an_organization(people, organization):
    assert {name for name in WHO if can_administer(people[name], organization)} == {"adam"}


def test_where_a_person_may_start_a_team(people, organization, other_team):
    may = {name: set(Organization.objects.open_to_teams_of(people[name])) for name in WHO}
    elsewhere = other_team.organization
    assert may == {
        "alice": {organization}, "adam": {organization}, "charlie": {elsewhere},
        "bob": set(), "mia": set(), "eve": set(),
    }  # fmt: skip


def test_ten_questions_cost_two_queries(team, alice, django_assert_num_queries):
    with django_assert_num_queries(2):
        for _ in range(5):
            can_invite(alice, team)
            can_look_after(alice, team)
