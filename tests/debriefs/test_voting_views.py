"""Blind votes: opened and closed by who runs it, cast in one's own tray, counted at the end."""

from collections.abc import Callable

import pytest

from apps.debriefs import board
from apps.debriefs.models import Debrief, Vote
from apps.debriefs.models.themes import cast_vote
from apps.teams.models import Team
from tests import factories
from tests.factories import AT
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db


def open_it(clients: Clients, debrief: Debrief, action: str = "open", who: str = "alice") -> int:
    return clients[who].post(f"/debriefs/{debrief.pk}/voting/", {"action": action}).status_code


@pytest.mark.parametrize(
    ("who", "status"),
    [("alice", 302), ("bob", 403), ("mia", 404), ("adam", 404), ("charlie", 404), ("eve", 404), ("nobody", 302)],
)
def test_only_who_runs_it_opens_the_voting(clients: Clients, debrief_in: DebriefIn, who: str, status: int) -> None:
    debrief = debrief_in("rationalize")
    assert open_it(clients, debrief, who=who) == status
    debrief.refresh_from_db()
    assert debrief.voting_is_open is (who == "alice")


def test_a_click_on_the_address_opens_nothing(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    assert clients["alice"].get(f"/debriefs/{debrief.pk}/voting/").status_code == 405
    debrief.refresh_from_db()
    assert debrief.voting_is_open is False


def test_dots_are_put_and_taken_back_in_the_tray(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    open_it(clients, debrief)
    first, second = debrief.themes.all()
    for theme, direction in ((first, "plus"), (first, "plus"), (second, "plus"), (first, "minus")):
        response = clients["bob"].post(
            f"/debriefs/{debrief.pk}/vote/", {"theme": str(theme.pk), "direction": direction}
        )
        assert response["Location"] == f"/debriefs/{debrief.pk}/tray/"
    rows = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").context["vote_rows"]
    assert [(row["theme"], row["mine"]) for row in rows] == [(first, 1), (second, 1)]


def test_the_tray_says_how_many_are_left_and_offers_no_fourth(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    open_it(clients, debrief)
    theme = debrief.themes.first()
    fresh = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").content.decode()
    assert "3 dots left" in fresh
    assert f"One dot more for {theme.name}" in fresh
    for _dot in range(3):
        cast_vote(theme, by=clients.people["bob"])
    spent = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").content.decode()
    assert "no dots left" in spent
    assert f"3 dots of yours on {theme.name}" in spent
    refused = clients["bob"].post(f"/debriefs/{debrief.pk}/vote/", {"theme": str(theme.pk), "direction": "plus"})
    assert refused.status_code == 409
    assert "All your dots are used. Take one back from another theme first." in refused.content.decode()
    assert Vote.objects.filter(voter=clients.people["bob"]).count() == 3


def test_nobody_sees_a_total_before_the_close(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="open")
    page = clients["alice"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert 'class="votes"' not in page
    assert "5 of 5 have voted" in page
    assert open_it(clients, debrief, "close") == 302
    debrief.refresh_from_db()
    assert [theme.dots for theme in debrief.themes.all()] == [3, 2]
    page = clients["bob"].get(f"/debriefs/{debrief.pk}/").content.decode()
    assert page.count('class="votes"') == 2
    assert page.index("<b>3</b>") < page.index("<b>2</b>")


def test_after_the_close_no_dot_moves_and_mine_stay_in_sight(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="closed")
    theme = debrief.themes.first()
    late = clients["bob"].post(f"/debriefs/{debrief.pk}/vote/", {"theme": str(theme.pk), "direction": "plus"})
    assert late.status_code == 403
    tray = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").content.decode()
    assert "Voting is closed. Where you put your dots stays yours to see." in tray
    assert 'name="direction"' not in tray
    assert open_it(clients, debrief) == 302  # opening again changes nothing
    debrief.refresh_from_db()
    assert debrief.voting_is_open is False


def test_a_theme_of_another_debrief_takes_no_dot(clients: Clients, debrief_in: DebriefIn, other_team: Team) -> None:
    ours = debrief_in("rationalize")
    theirs = factories.debrief_in("rationalize", team=other_team)
    open_it(clients, ours)
    for theme in (str(theirs.themes.first().pk), "no-theme", ""):
        response = clients["bob"].post(f"/debriefs/{ours.pk}/vote/", {"theme": theme, "direction": "plus"})
        assert response.status_code == 404
    assert not Vote.objects.exists()


def test_without_themes_there_is_nothing_to_vote_on(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("recognize")
    debrief.move("rationalize", by=clients.people["alice"], at=AT)
    response = clients["alice"].post(f"/debriefs/{debrief.pk}/voting/", {"action": "open"})
    assert response.status_code == 409
    assert "There is no theme to put a dot on." in response.content.decode()
    debrief.refresh_from_db()
    assert debrief.voting_opened_at is None


def test_voting_stands_in_no_shared_region_by_name(debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="open")
    html = board.render(debrief, "themes")
    assert not [name for name in ("Alice", "Bob", "Dana", "Eli", "Farah") if name in html]
