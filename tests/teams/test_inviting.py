import pytest

from apps.teams.models import Invitation, Role
from tests.factories import AT

HERE = "/teams/payments/"


def invite(clients, addresses: str, person: str = "alice", role: str = "member"):
    return clients[person].post(f"{HERE}invite/", {"addresses": addresses, "role": role})


def emails() -> list[str]:
    return sorted(Invitation.objects.pending().values_list("email", flat=True))


@pytest.mark.parametrize(
    ("person", "status", "rows"), [("alice", 302, 1), ("bob", 403, 0), ("mia", 403, 0), ("adam", 403, 0)]
)
def test_only_leaders_invite(clients, team, person, status, rows):
    assert invite(clients, "zoe@example.org", person).status_code == status
    assert Invitation.objects.count() == rows


def test_twenty_addresses_at_once_the_bad_ones_are_listed_and_the_good_ones_invited(clients, team):
    good = [f"new{n:02}@example.org" for n in range(18)]
    response = invite(
        clients, "Ann <" + ">; Ben <".join(good) + ">\nnobody.example.org, two@@example.org", role="manager"
    )
    assert response.status_code == 422
    shown = response.content.decode()
    assert "“nobody.example.org”: it has no @." in shown
    assert "“two@@example.org”: it has more than one @." in shown
    assert ">\nnobody.example.org\ntwo@@example.org</textarea>" in shown
    assert "18 invitations are on their way." in shown
    assert emails() == good
    assert set(Invitation.objects.values_list("role", flat=True)) == {Role.MANAGER}


def test_sent_twice_is_invited_once_and_said_so(clients, team):
    invite(clients, "zoe@example.org yan@example.org")
    response = clients["alice"].post(
        f"{HERE}invite/", {"addresses": "zoe@example.org yan@example.org", "role": "member"}, follow=True
    )
    assert "zoe@example.org and 1 more are in the team or invited already." in response.content.decode()
    assert emails() == ["yan@example.org", "zoe@example.org"]


def test_more_than_fifty_wait_in_the_field(clients, team):
    response = invite(clients, " ".join(f"new{n:02}@example.org" for n in range(52)))
    assert response.status_code == 422
    shown = response.content.decode()
    assert "Fifty at a time: 2 more are here for the next round." in shown
    assert ">\nnew50@example.org\nnew51@example.org</textarea>" in shown
    assert len(emails()) == 50


@pytest.mark.parametrize(
    ("addresses", "role", "said"),
    [
        (" ", "member", "Please fill this in."),
        (";,;", "member", "There is no address in this."),
        ("zoe@example.org", "owner", "Select a valid choice."),
        ("x" * 20_001, "member", "at most 20000 characters"),
        ("zoe&co", "member", "“zoe&amp;co”: it has no @."),
    ],
)
def test_bad_input_gets_a_sentence_and_invites_nobody(clients, team, addresses, role, said):
    response = invite(clients, addresses, role=role)
    assert (response.status_code, Invitation.objects.count()) == (422, 0)
    assert said in response.content.decode()


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 302), ("bob", 403), ("mia", 403), ("adam", 403), ("charlie", 404)]
)
def test_only_leaders_send_again_and_withdraw(clients, team, invited, person, status):
    again, away = invited("again@example.org"), invited("away@example.org")
    key = again.key
    assert clients[person].post(f"{HERE}invitations/{again.pk}/resend/").status_code == status
    assert clients[person].post(f"{HERE}invitations/{away.pk}/withdraw/").status_code == status
    again.refresh_from_db(), away.refresh_from_db()
    done = status == 302
    assert (again.key != key, away.is_withdrawn) == (done, done)


def test_an_invitation_of_another_team_is_not_reached_through_mine(clients, team, other_team, charlie):
    [foreign] = other_team.invite(["zoe@example.org"], role=Role.MEMBER, by=charlie, at=AT)
    for action in ("resend", "withdraw"):
        assert clients["alice"].post(f"{HERE}invitations/{foreign.pk}/{action}/").status_code == 404
    assert Invitation.objects.get() == foreign
    assert not Invitation.objects.get().is_withdrawn


def test_inviting_works_while_the_broker_is_away(clients, team, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("apps.teams.tasks.send_invitations.apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert invite(clients, "zoe@example.org").status_code == 302
    assert emails() == ["zoe@example.org"]
