"""From the link in the letter to a place in the team."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from apps.accounts.models import User
from apps.teams.models import INVITATION_LIFE, Invitation, Role
from tests.factories import AT, a_person

WORD = "correct horse battery"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def zoe(db) -> User:
    return a_person("Zoe")


def path(invitation: Invitation) -> str:
    return f"/teams/invitations/{invitation.token}/"


def test_one_click_joins_and_the_token_leaves_the_address(client, team, invited, zoe):
    client.force_login(zoe)
    here = path(invited("zoe@example.org", role=Role.MANAGER))
    shown = client.get(here).content.decode()
    assert "Join the team Payments" in shown
    assert "Alice would like to have you in the team." in shown
    response = client.post(here, follow=True)
    assert response.redirect_chain == [("/teams/payments/", 302)]
    assert "Welcome to the team Payments." in response.content.decode()
    assert team.role_of(zoe) == Role.MANAGER


def test_looking_does_not_join(client, team, invited, zoe):
    client.force_login(zoe)
    client.get(path(invited("zoe@example.org")))
    assert team.role_of(zoe) is None


def test_the_second_click_leads_to_the_team(client, team, invited, zoe):
    client.force_login(zoe)
    here = path(invited("zoe@example.org"))
    client.post(here)
    assert [client.post(here)["Location"], client.get(here)["Location"]] == ["/teams/payments/"] * 2
    assert team.memberships.filter(person=zoe).count() == 1


def test_somebody_else_is_told_so_kindly_and_joins_nothing(clients, team, charlie, invited):
    here = path(invited("zoe@example.org"))
    shown = clients["charlie"].get(here).content.decode()
    assert "The invitation is for <b>zoe@example.org</b>, and you are signed in as <b>charlie@example.org</b>." in shown
    assert f'<input type="hidden" name="next" value="{here}">' in shown
    assert clients["charlie"].post(here).status_code == 409
    assert team.role_of(charlie) is None
    assert clients["charlie"].post("/accounts/logout/", {"next": here})["Location"] == here


@pytest.mark.parametrize(
    ("happen", "said"),
    [
        (lambda one: Invitation.objects.all().withdraw(), "This invitation was withdrawn."),
        (lambda one: Invitation.objects.update(expires_at=AT), "This invitation has run out"),
        (lambda one: one.accept(by=a_person("Zoe"), at=AT), "This invitation has been used."),
        (lambda one: one.team.archive(by=one.invited_by, at=AT), "This team has been archived"),
    ],
    ids=["withdrawn", "expired", "used", "archived"],
)
def test_each_reason_has_its_own_sentence_and_nothing_to_press(client, invited, happen, said):
    invitation = invited("zoe@example.org")
    happen(invitation)
    response = client.get(path(invitation))
    assert response.status_code == 410
    assert said in response.content.decode()
    assert "Payments" not in response.content.decode()
    assert client.post(f"{path(invitation)}sign-up/")["Location"] == path(invitation)


def test_it_runs_out_after_seven_days_to_the_second(client, invited, now):
    here = path(invited("zoe@example.org"))
    now.move_to(AT + INVITATION_LIFE - timedelta(seconds=1))
    assert client.get(here).status_code == 200
    now.move_to(AT + INVITATION_LIFE)
    assert client.get(here).status_code == 410


@pytest.mark.parametrize("person", ["nobody", "charlie"])
def test_forged_and_replaced_links_are_nothing(clients, invited, person):
    invitation = invited("zoe@example.org")
    old = path(invitation)
    invitation.resend(at=AT)
    for url in (old, "/teams/invitations/forged/", path(invitation)[:-3] + "/"):
        assert clients[person].get(url).status_code == 404
        assert clients[person].post(url).status_code == 404
        assert clients[person].post(f"{url}sign-up/").status_code == 404


def test_a_page_with_a_token_is_kept_nowhere(client, invited):
    assert "no-store" in client.get(path(invited("zoe@example.org")))["Cache-Control"]


def test_from_the_letter_to_the_team_without_a_second_letter(client, team, invited):
    here = path(invited("zoe@example.org"))
    assert "Make an account and join" in client.get(here).content.decode()
    response = client.post(f"{here}sign-up/", follow=True)
    form = response.content.decode()
    assert re.search(r'<input[^>]*name="email"[^>]*value="zoe@example.org"[^>]*disabled', form)
    signup = response.redirect_chain[-1][0]
    said = {"email": "eve@example.org", "display_name": "Zoe Marsh", "password1": WORD, "time_zone": "Europe/Berlin"}
    response = client.post(signup, {**said, "next": here})
    assert response["Location"] == here
    assert mail.outbox == []
    zoe = User.objects.get(email="zoe@example.org")
    assert (zoe.display_name, zoe.time_zone) == ("Zoe Marsh", "Europe/Berlin")
    assert not User.objects.filter(email="eve@example.org").exists()
    assert client.post(here)["Location"] == "/teams/payments/"
    assert team.role_of(zoe) == Role.MEMBER


def test_who_has_an_account_signs_in_and_comes_back(client, team, invited, zoe):
    zoe.set_password(WORD)
    zoe.save()
    zoe.emailaddress_set.create(email=zoe.email, verified=True, primary=True)
    here = path(invited("zoe@example.org"))
    shown = client.get(here).content.decode()
    [login] = set(re.findall(r'href="(/accounts/login/\?next=[^"]+)"', shown))
    response = client.post(login, {"login": "zoe@example.org", "password": WORD, "next": here})
    assert response["Location"] == here


def test_the_proved_address_counts_only_on_the_way_from_the_letter(client, invited):
    here = path(invited("zoe@example.org"))
    client.post(f"{here}sign-up/")
    assert "zoe@example.org" not in client.get("/accounts/signup/").content.decode()
    said = {"email": "yan@example.org", "display_name": "Yan", "password1": WORD}
    response = client.post("/accounts/signup/", said)
    assert response["Location"] == "/accounts/confirm-email/"
    assert [letter.to for letter in mail.outbox] == [["yan@example.org"]]
    assert not User.objects.filter(email="zoe@example.org").exists()


def test_someone_signed_in_proves_no_further_address(clients, invited):
    here = path(invited("zoe@example.org"))
    assert clients["charlie"].post(f"{here}sign-up/")["Location"] == here
    assert "account_verified_email" not in clients["charlie"].session


def test_joining_needs_a_token_against_forgery(invited, zoe):
    client = Client(enforce_csrf_checks=True)
    client.force_login(zoe)
    assert client.post(path(invited("zoe@example.org"))).status_code == 403
