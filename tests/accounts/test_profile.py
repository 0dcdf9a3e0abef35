from datetime import time

import pytest

from apps.accounts.forms import time_zones
from apps.accounts.models import User

HERE = "/accounts/profile/"
SAID = {
    "display_name": "Alice Lind", "time_zone": "Europe/Berlin", "workdays": ["0", "2"],
    "workday_start": "08:00", "workday_end": "12:30",
}  # fmt: skip


def test_a_person_changes_name_zone_and_hours_and_reminders_are_planned_anew(clients, alice):
    assert clients["alice"].post(HERE, SAID)["Location"] == HERE
    alice.refresh_from_db()
    assert (alice.display_name, alice.time_zone, alice.workdays) == ("Alice Lind", "Europe/Berlin", [0, 2])
    assert (alice.workday_start, alice.workday_end, alice.replan) == (time(8), time(12, 30), True)


def test_saving_without_a_change_plans_nothing(clients, alice):
    same = {
        "display_name": "Alice", "time_zone": "UTC", "workdays": ["0", "1", "2", "3", "4"],
        "workday_start": "09:00", "workday_end": "17:00",
    }  # fmt: skip
    assert clients["alice"].post(HERE, same).status_code == 302
    alice.refresh_from_db()
    assert alice.replan is False


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"display_name": " "}, "Please fill this in."),
        ({"display_name": "x" * 81}, "at most 80 characters"),
        ({"time_zone": "Mars/Base"}, "Select a valid choice."),
        ({"workdays": []}, "Choose at least one day"),
        ({"workdays": ["7"]}, "Select a valid choice."),
        ({"workday_end": "08:00"}, "The end must come after the start."),
        ({"workday_start": "noon"}, "Enter a valid time."),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(clients, alice, wrong, said):
    response = clients["alice"].post(HERE, {**SAID, **wrong})
    assert response.status_code == 422
    assert said in response.content.decode()
    alice.refresh_from_db()
    assert (alice.display_name, alice.replan) == ("Alice", False)


def test_an_unusual_zone_that_somebody_has_stays_to_be_chosen(clients, alice):
    alice.change_rhythm(time_zone="US/Pacific")
    assert '<option value="US/Pacific" selected>' in clients["alice"].get(HERE).content.decode()


def test_visitors_are_asked_to_sign_in(client, db):
    assert client.get(HERE)["Location"] == f"/accounts/login/?next={HERE}"


def test_every_zone_offered_is_one_the_model_takes():
    zones = [zone for _region, places in time_zones() for zone, _place in places]
    assert len(zones) == len(set(zones)) > 300
    for zone in zones:
        User(email="x@example.org", display_name="X", time_zone=zone, password="x").clean_fields(
            exclude=["muted_kinds"]
        )
