import pytest
from django.contrib import admin

from apps.accounts.models import User
from apps.teams.models import Membership
from tests.factories import a_person


@pytest.fixture
def operator(client, db):
    person = a_person("Opal", is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


def test_whoever_runs_the_installation_makes_and_finds_people_by_address(client, operator):
    said = {"email": "zoe@example.org", "display_name": "Zoe", "password1": "correct horse battery"}
    response = client.post(
        "/admin/accounts/user/add/", {**said, "password2": said["password1"], "usable_password": "true"}
    )
    zoe = User.objects.get(email="zoe@example.org")
    assert response["Location"] == f"/admin/accounts/user/{zoe.pk}/change/"
    assert "zoe@example.org" in client.get("/admin/accounts/user/?q=zoe").content.decode()
    assert client.get(f"/admin/accounts/user/{zoe.pk}/change/").status_code == 200


def test_the_admin_lets_nobody_into_a_room(client, operator, team):
    assert client.get("/admin/teams/membership/add/").status_code == 403
    membership = Membership.objects.get()
    response = client.post(f"/admin/teams/membership/{membership.pk}/change/", {"role": "manager"})
    assert response.status_code == 403


def test_nothing_that_people_wrote_is_registered():
    ours = {model._meta.label for model in admin.site._registry if model._meta.app_config.name.startswith("apps.")}
    assert not {label for label in ours if label.split(".")[0] in {"debriefs", "actions", "follow_through", "insights"}}
    assert "teams.Invitation" not in ours
