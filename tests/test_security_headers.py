"""What the browser is told on the pages that stand in no access table: signing in, refusals, health."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.debriefs.models import Debrief
from apps.debriefs.phases import Phase
from tests.people import Clients
from tests.test_access import faults_of

FOR_VISITORS = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/")
FOR_MEMBERS = ("/accounts/logout/", "/accounts/email/", "/accounts/password/change/", "/nowhere/")


@pytest.mark.parametrize("path", FOR_VISITORS)
@pytest.mark.django_db
def test_what_a_visitor_is_told(path: str) -> None:
    assert faults_of(Client().get(path), "nobody") == []


@pytest.mark.parametrize("path", FOR_MEMBERS)
def test_what_a_member_is_told(clients: Clients, path: str) -> None:
    assert faults_of(clients["bob"].get(path), "bob") == []


def test_refusals_are_told_the_same(clients: Clients, debrief_in: Callable[..., Debrief]) -> None:
    debrief = debrief_in(Phase.RECOGNIZE)
    asked = {
        "403": clients["bob"].get(f"/debriefs/{debrief.pk}/worries/"),
        "404": clients["charlie"].get(f"/debriefs/{debrief.pk}/"),
        "409": clients["bob"].get(f"/debriefs/{debrief.pk}/factors/new/"),
    }
    assert {str(response.status_code): faults_of(response, "bob") for response in asked.values()} == {
        "403": [],
        "404": [],
        "409": [],
    }


def test_a_page_seen_signed_in_is_not_kept(clients: Clients, debrief: Debrief) -> None:
    """After signing out, the back button and a shared cache have nothing of it (A30)."""
    response = clients["bob"].get(f"/debriefs/{debrief.pk}/")
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response
    assert "Last-Modified" not in response


def test_the_secret_of_a_card_stays_in_its_browser(clients: Clients, debrief: Debrief) -> None:
    """An anonymous card's secret travels in a cookie that no script reads and no other page is sent."""
    debrief.set_up(anonymity="anonymous")
    prompt = debrief.prompts.first().pk
    form = {"key": "6f1f5cf0-63c3-4f0e-9d0f-6f3c8f0b7c11", "new_key": "0c0f54a1-7a26-4d37-8d0b-2b8fb9a3f7aa"}
    response = clients["bob"].post(
        f"/debriefs/{debrief.pk}/write/", {**form, "prompt": prompt, "text": "The list was old."}
    )
    [cookie] = [one for name, one in response.cookies.items() if name.startswith("card-")]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", f"/debriefs/{debrief.pk}/")
    assert cookie.value not in response.content.decode() + response.get("Location", "")
