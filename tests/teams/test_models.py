from datetime import timedelta
from functools import partial

import pytest

from apps.teams.models import INVITATION_LIFE, Invitation, Membership, Organization, Role, Team
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, a_person, an_organization, join

LATER = AT + timedelta(minutes=5)


def test_the_founder_administers_the_organization_and_leads_its_first_team(alice):
    team = Organization.found(name="Brightwater", team_name="Payments", by=alice, at=AT)
    assert list(team.organization.admins.all()) == [alice]
    assert [(one.person, one.role) for one in team.memberships.all()] == [(alice, Role.LEADER)]


def test_founding_twice_within_a_click_is_founding_once(alice):
    first = Organization.found(name="Brightwater", team_name="Payments", by=alice, at=AT)
    again = Organization.found(name="Brightwater", team_name="Payments", by=alice, at=AT + timedelta(seconds=5))
    assert again == first
    assert (Organization.objects.count(), Team.objects.count(), Membership.objects.count()) == (1, 1, 1)


def test_a_second_team_of_that_name_is_refused_later_whatever_its_letters_case(team, alice):
    with pytest.raises(Refused, match="There is already a team called “payments”"):
        team.organization.create_team(name="payments", by=alice, at=LATER)
    assert Team.objects.count() == 1


@pytest.mark.parametrize("name", ["New", "Invitations", "organizations"])
def test_a_team_never_takes_an_address_that_means_something_else(organization, alice, name):
    team = organization.create_team(name=name, by=alice, at=AT)
    assert team.slug.startswith(f"{name.lower()}-")


def test_a_name_without_latin_letters_gets_an_address_too(organization, alice):
    assert organization.create_team(name="手術室", by=alice, at=AT).slug == "team"


def test_the_last_leader_can_neither_leave_nor_step_down(team, alice, bob):
    for attempt in (lambda: team.remove(alice), lambda: team.change_role(alice, Role.MEMBER)):
        with pytest.raises(Refused, match="A team needs someone to lead it"):
            attempt()
    team.change_role(bob, Role.LEADER)
    team.remove(alice)
    assert (team.role_of(alice), team.role_of(bob)) == (None, Role.LEADER)


def test_the_last_admin_stays(organization, adam, alice):
    with pytest.raises(Refused, match="An organization needs an admin"):
        organization.remove_admin(adam)
    organization.add_admin(alice)
    organization.remove_admin(adam)
    assert list(organization.admins.all()) == [alice]


def test_whoever_is_removed_has_no_pending_invitation_left(team, alice, invited):
    invitation = invited("zoe@example.org")
    zoe = join(team, a_person("Zoe"))
    team.remove(zoe)
    with pytest.raises(Refused, match="withdrawn"):
        Invitation.of_token(invitation.token).accept(by=zoe, at=AT)
    assert team.role_of(zoe) is None


def test_inviting_again_makes_no_second_invitation_and_members_get_none(team, alice, bob):
    assert len(team.invite(["Zoe@Example.org", "zoe@example.org"], role=Role.MEMBER, by=alice, at=AT)) == 1
    assert team.invite(["zoe@example.org", bob.email], role=Role.MEMBER, by=alice, at=LATER) == []
    assert Invitation.objects.count() == 1


def test_an_invitation_that_ran_out_makes_room_for_a_new_one(team, alice, invited):
    old = invited("zoe@example.org")
    [new] = team.invite(["zoe@example.org"], role=Role.MANAGER, by=alice, at=AT + INVITATION_LIFE)
    old.refresh_from_db()
    assert (old.is_withdrawn, new.role, new.is_withdrawn) == (True, Role.MANAGER, False)


def test_an_invitation_works_once_for_seven_days_and_for_its_address_alone(team, invited):
    zoe, yan = a_person("Zoe"), a_person("Yan")
    invitation = invited("zoe@example.org", role=Role.MANAGER)
    with pytest.raises(Refused, match=r"This invitation is for zoe@example\.org"):
        invitation.accept(by=yan, at=AT)
    with pytest.raises(Refused, match="has run out"):
        invitation.accept(by=zoe, at=AT + INVITATION_LIFE)
    invitation.accept(by=zoe, at=AT + INVITATION_LIFE - timedelta(seconds=1))
    assert (team.role_of(zoe), team.role_of(yan)) == (Role.MANAGER, None)
    with pytest.raises(Refused, match="has been used"):
        invitation.accept(by=zoe, at=AT)


def test_sending_again_kills_the_older_link_and_starts_the_seven_days_anew(invited):
    invitation = invited("zoe@example.org")
    old = Invitation.of_token(invitation.token)
    token = invitation.token
    invitation.resend(at=AT + timedelta(days=6))
    assert Invitation.of_token(token) is None
    assert invitation.expires_at == AT + timedelta(days=13)
    with pytest.raises(Refused, match="A newer letter has replaced"):
        old.accept(by=a_person("Zoe"), at=AT)


@pytest.mark.parametrize("token", ["", "x", "WzEsImEiXQ:1abc:sig", "W10:x", "null"])
def test_a_forged_token_is_nothing(token, invited):
    invited()
    assert Invitation.of_token(token) is None


def test_a_token_is_bound_to_its_invitation(invited):
    first, second = invited("zoe@example.org"), invited("yan@example.org")
    payload, seal = first.token.split(":", 1), second.token.split(":", 1)
    assert Invitation.of_token(f"{payload[0]}:{seal[1]}") is None


@pytest.mark.django_db(transaction=True)
def test_fifty_redemptions_at_the_same_instant_join_once():
    """Fails when the acceptance is one conditional UPDATE that joins the team: about half of them get through."""
    alice, zoe = a_person("Alice"), a_person("Zoe")
    team = an_organization("Brightwater", admin=alice).create_team(name="Payments", by=alice, at=AT)
    [invitation] = team.invite([zoe.email], role=Role.MEMBER, by=alice, at=AT)
    answers = at_once(lambda token: Invitation.of_token(token).accept(by=zoe, at=AT), [invitation.token] * 50)
    assert [type(answer) for answer in answers].count(Membership) == 1
    assert [type(answer) for answer in answers].count(Refused) == 49
    assert Membership.objects.filter(team=team, person=zoe).count() == 1
    assert Invitation.objects.exclude(accepted_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_leaders_who_leave_at_the_same_instant_one_stays():
    alice, bob = a_person("Alice"), a_person("Bob")
    team = an_organization("Brightwater", admin=alice).create_team(name="Payments", by=alice, at=AT)
    join(team, bob, Role.LEADER)
    answers = at_once(lambda person: Team.objects.get(pk=team.pk).remove(person), [alice, bob])
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    assert team.memberships.filter(role=Role.LEADER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_new_team_sent_ten_times_at_once_is_one_team():
    alice = a_person("Alice")
    found = partial(Organization.found, name="Brightwater", by=alice, at=AT)
    teams = at_once(lambda name: found(team_name=name), ["Payments"] * 10)
    assert len(set(teams)) == 1
    assert (Organization.objects.count(), Team.objects.count(), Membership.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_invitation_sent_ten_times_at_once_is_one_letter():
    alice = a_person("Alice")
    team = an_organization("Brightwater", admin=alice).create_team(name="Payments", by=alice, at=AT)
    at_once(lambda email: team.invite([email], role=Role.MEMBER, by=alice, at=AT), ["zoe@example.org"] * 10)
    [invitation] = Invitation.objects.all()
    claims = at_once(lambda pk: Invitation.objects.get(pk=pk).claim(lease=timedelta(minutes=5)), [invitation.pk] * 10)
    assert sorted(claims) == [False] * 9 + [True]
