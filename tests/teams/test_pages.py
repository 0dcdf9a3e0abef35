"""Each route as each person: strangers get 404, members without the role 403 and the reason."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.teams.models import Invitation, Membership, Organization, Role, Team
from tests.factories import AT, a_person, join

HERE = "/teams/payments/"


def page(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize(
    ("person", "status"),
    [("alice", 200), ("bob", 200), ("mia", 200), ("adam", 200), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_a_team_exists_only_for_its_people_and_admins(clients, team, person, status):
    assert clients[person].get(HERE).status_code == status


@pytest.mark.parametrize("action", ["rename", "archive", "restore", "invite", "leave"])
@pytest.mark.parametrize("person", ["charlie", "eve"])
def test_strangers_change_nothing_and_learn_nothing(clients, team, action, person):
    mine = clients[person].post(f"{HERE}{action}/", {"name": "Mine", "addresses": "x@example.org", "role": "member"})
    none = clients[person].post(f"/teams/there-is-none/{action}/", {"name": "Mine"})
    assert (mine.status_code, none.status_code) == (404, 404)
    team.refresh_from_db()
    assert (team.name, team.archived_at, Invitation.objects.count()) == ("Payments", None, 0)


@pytest.mark.parametrize(
    ("person", "status", "name"),
    [("alice", 302, "Billing"), ("adam", 302, "Billing"), ("bob", 403, "Payments"), ("mia", 403, "Payments")],
)
def test_leaders_and_admins_rename_a_team(clients, team, person, status, name):
    response = clients[person].post(f"{HERE}rename/", {"name": "  Billing \n"})
    team.refresh_from_db()
    assert (response.status_code, team.name, team.slug) == (status, name, "payments")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (" ", "Please fill this in."),
        ("\u200b", "Please fill this in."),
        ("x" * 81, "at most 80 characters"),
        ("PAYROLL", "There is already a team called “PAYROLL”"),
    ],
)
def test_a_bad_name_gets_a_sentence_and_stays_in_the_field(clients, team, alice, name, said):
    team.organization.create_team(name="Payroll", by=alice, at=AT)
    response = clients["alice"].post(f"{HERE}rename/", {"name": name})
    team.refresh_from_db()
    assert (response.status_code, team.name) == (422, "Payments")
    assert said in page(response)
    assert f'value="{name}"' in page(response) or not name.strip(" \u200b")


@pytest.mark.parametrize(
    ("person", "status", "archived"),
    [("alice", 302, True), ("adam", 302, True), ("bob", 403, False), ("mia", 403, False)],
)
def test_archiving_and_back(clients, team, person, status, archived):
    assert clients[person].post(f"{HERE}archive/").status_code == status
    team.refresh_from_db()
    assert bool(team.archived_at) is archived
    assert clients[person].post(f"{HERE}restore/").status_code == status
    team.refresh_from_db()
    assert team.archived_at is None


def test_an_archived_team_can_be_read_and_nobody_invited(clients, team, alice):
    team.archive(by=alice, at=AT)
    shown = page(clients["alice"].get(HERE))
    assert "Alice archived this team." in shown
    assert f"{HERE}invite/" not in shown
    response = clients["alice"].post(f"{HERE}invite/", {"addresses": "zoe@example.org", "role": "member"})
    assert (response.status_code, Invitation.objects.count()) == (403, 0)
    assert "Restore it first" in page(response)


# --- People -------------------------------------------------------------------------------------------


def test_only_leaders_see_addresses_and_invitations(clients, team, invited):
    invited("zoe@example.org")
    for person, sees in [("alice", True), ("bob", False), ("mia", False), ("adam", False)]:
        shown = page(clients[person].get(HERE))
        assert ("zoe@example.org" in shown, "dana@example.org" in shown) == (sees, sees)
        assert "Dana" in shown


def test_the_link_of_an_invitation_is_in_no_page_of_the_team(clients, invited):
    invitation = invited("zoe@example.org")
    assert invitation.token not in page(clients["alice"].get(HERE))
    assert invitation.key not in page(clients["alice"].get(HERE))


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 302), ("bob", 403), ("mia", 403), ("adam", 403), ("charlie", 404)]
)
def test_only_leaders_change_roles_and_remove_people(clients, team, person, status):
    bob, dana = clients.people["bob"], clients.people["dana"]
    bobs, danas = (team.memberships.get(person=one).pk for one in (bob, dana))
    assert clients[person].post(f"{HERE}people/{bobs}/role/", {"role": "leader"}).status_code == status
    assert clients[person].post(f"{HERE}people/{danas}/remove/").status_code == status
    done = status == 302
    assert (team.role_of(bob) == Role.LEADER, team.role_of(dana) is None) == (done, done)


@pytest.mark.parametrize("role", ["", "owner", "LEADER"])
def test_an_unknown_role_is_refused(clients, team, bob, role):
    membership = team.memberships.get(person=bob)
    response = clients["alice"].post(f"{HERE}people/{membership.pk}/role/", {"role": role})
    assert (response.status_code, team.role_of(bob)) == (422, Role.MEMBER)
    assert "Choose one of the three roles." in page(response)


def test_a_membership_of_another_team_is_not_reached_through_mine(clients, team, other_team, charlie):
    foreign = other_team.memberships.get(person=charlie)
    assert clients["alice"].post(f"{HERE}people/{foreign.pk}/remove/").status_code == 404
    assert clients["alice"].post(f"{HERE}people/{foreign.pk}/role/", {"role": "member"}).status_code == 404
    assert other_team.role_of(charlie) == Role.LEADER


def test_the_last_leader_is_told_kindly_that_she_cannot_leave(clients, team, alice):
    mine = team.memberships.get(person=alice)
    for url, data in [
        ("leave/", {}),
        (f"people/{mine.pk}/remove/", {}),
        (f"people/{mine.pk}/role/", {"role": "member"}),
    ]:
        response = clients["alice"].post(HERE + url, data)
        assert response.status_code == 409
        assert "A team needs someone to lead it. Please make someone else a leader first" in page(response)
    assert team.role_of(alice) == Role.LEADER


@pytest.mark.parametrize("person", ["bob", "mia"])
def test_who_leaves_finds_the_team_closed_at_the_next_click(clients, people, team, person):
    response = clients[person].post(f"{HERE}leave/")
    assert (response.status_code, response["Location"]) == (302, "/teams/")
    assert clients[person].get(HERE).status_code == 404
    assert team.role_of(people[person]) is None


def test_an_admin_who_is_not_in_the_team_has_nothing_to_leave(clients, team):
    assert f"{HERE}leave/" not in page(clients["adam"].get(HERE))
    assert clients["adam"].post(f"{HERE}leave/").status_code == 404


# --- Starting -----------------------------------------------------------------------------------------


def test_someone_without_a_team_is_led_to_the_first_one(client, db):
    zoe = a_person("Zoe")
    client.force_login(zoe)
    assert "Start with your first team" in page(client.get("/teams/"))
    response = client.post("/teams/new/", {"name": "Stage crew", "new_organization": "Harbour Festival"})
    assert response["Location"] == "/teams/stage-crew/"
    team = Team.objects.get()
    assert (team.name, team.organization.name, team.role_of(zoe)) == ("Stage crew", "Harbour Festival", Role.LEADER)
    assert list(team.organization.admins.all()) == [zoe]


def test_the_same_new_team_sent_twice_is_one_team(client, db):
    client.force_login(a_person("Zoe"))
    said = {"name": "Stage crew", "new_organization": "Harbour Festival"}
    first, second = client.post("/teams/new/", said), client.post("/teams/new/", said)
    assert first["Location"] == second["Location"] == "/teams/stage-crew/"
    assert (Team.objects.count(), Organization.objects.count(), Membership.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(("person", "status"), [("alice", 302), ("adam", 302), ("bob", 422), ("charlie", 422)])
def test_a_team_in_an_organization_is_started_by_its_admins_and_leaders(clients, organization, team, person, status):
    response = clients[person].post("/teams/new/", {"name": "Refunds", "organization": organization.pk})
    assert response.status_code == status
    assert organization.teams.filter(name="Refunds").exists() is (status == 302)


def test_what_was_typed_stays_when_a_new_team_is_refused(clients, organization, team):
    said = {"name": "Refunds & <more>", "organization": "new", "new_organization": " "}
    shown = page(clients["alice"].post("/teams/new/", said))
    assert "Give the new organization a name." in shown
    assert 'value="Refunds &amp; &lt;more&gt;"' in shown
    said = {"name": "payments", "organization": organization.pk}
    response = clients["alice"].post("/teams/new/", said)
    assert "There is already a team called “payments”." in page(response)
    assert Team.objects.filter(organization=organization).count() == 1


# --- Lists --------------------------------------------------------------------------------------------


def test_the_lists_cost_the_same_for_one_row_and_for_three(clients, team, alice, invited):
    client, organization = clients["alice"], team.organization
    client.get("/teams/")
    urls = ["/teams/", HERE, organization.get_absolute_url()]
    for person in ("dana", "eli", "farah", "bob", "mia"):
        team.remove(clients.people[person])
    invited("one@example.org")
    costs = [_queries(client, url) for url in urls]
    for name in ("Refunds", "Ledger"):
        organization.create_team(name=name, by=alice, at=AT)
    for name in ("Gus", "Hal"):
        invited(f"{name}@example.org")
        organization.add_admin(join(team, a_person(name)))
    assert [_queries(client, url) for url in urls] == costs
    assert max(costs) <= 13


def _queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_people_and_invitations_are_paged_each_on_their_own(clients, team, alice):
    for n in range(60):
        join(team, a_person(f"Person {n:02}"))
    team.invite([f"new{n:02}@example.org" for n in range(30)], role=Role.MEMBER, by=alice, at=AT)
    shown = clients["alice"].get(f"{HERE}?invited=2")
    assert (len(shown.context["people"]), len(shown.context["invitations"])) == (50, 10)
    shown = clients["alice"].get(f"{HERE}?page=2&invited=nonsense")
    assert (len(shown.context["people"]), len(shown.context["invitations"])) == (16, 20)


def test_archived_teams_stand_apart(clients, team, alice):
    team.archive(by=alice, at=AT)
    assert "Payments" not in page(clients["bob"].get("/teams/"))
    assert "Payments" in page(clients["bob"].get("/teams/?archived"))


# --- Organizations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "status"), [("adam", 200), ("alice", 200), ("bob", 200), ("charlie", 404), ("eve", 404), ("nobody", 302)]
)
def test_an_organization_exists_for_its_people(clients, organization, team, person, status):
    assert clients[person].get(organization.get_absolute_url()).status_code == status


def test_members_see_their_own_teams_and_admins_all(clients, organization, team):
    zoe = a_person("Zoe")
    organization.create_team(name="Ledger", by=zoe, at=AT)
    for person, sees in [("bob", False), ("adam", True)]:
        assert ("Ledger" in page(clients[person].get(organization.get_absolute_url()))) is sees


@pytest.mark.parametrize(("person", "status"), [("adam", 302), ("alice", 403), ("bob", 403), ("charlie", 404)])
def test_only_admins_change_an_organization(clients, organization, person, status):
    bob = clients.people["bob"]
    here = organization.get_absolute_url()
    assert clients[person].post(f"{here}rename/", {"name": "Brightriver"}).status_code == status
    assert clients[person].post(f"{here}admins/", {"email": bob.email.upper()}).status_code == status
    organization.refresh_from_db()
    done = status == 302
    assert (organization.name == "Brightriver", organization.admins.filter(pk=bob.pk).exists()) == (done, done)


def test_an_admin_is_somebody_from_the_organizations_teams(clients, organization, team, charlie):
    here = organization.get_absolute_url()
    for email in (charlie.email, "unknown@example.org"):
        response = clients["adam"].post(f"{here}admins/", {"email": email})
        assert response.status_code == 422
        assert "Nobody in this organization’s teams has this address." in page(response)
        assert f'value="{email}"' in page(response)
    assert organization.admins.count() == 1


def test_the_last_admin_cannot_step_back(clients, organization, team, adam, bob):
    here = organization.get_absolute_url()
    response = clients["adam"].post(f"{here}admins/{adam.pk}/remove/")
    assert response.status_code == 409
    assert "An organization needs an admin." in page(response)
    organization.add_admin(bob)
    response = clients["adam"].post(f"{here}admins/{adam.pk}/remove/")
    assert response["Location"] == "/teams/"
    assert list(organization.admins.all()) == [bob]


@pytest.mark.parametrize("name", ["archive", "restore", "leave", "rename", "invite"])
def test_a_link_changes_nothing(clients, team, name):
    assert clients["alice"].get(reverse(f"teams:{name}", args=[team.slug])).status_code == 405
