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


def test_a_theme_ranks_behind_a_tie_and_the_tie_is_called_one(debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="closed")
    assert "a tie" not in board.render(debrief, "themes")
    debrief.themes.update(dots=2)
    debrief.seq += 1
    html = board.render(debrief, "themes")
    assert (html.count("a tie"), html.count("1.<"), html.count("2.<")) == (2, 2, 0)


# In the tray, over htmx: the count comes from the server, and the buttons stay where they are


HTMX = {"HX-Request": "true", "HX-Target": "my-dots"}


def test_a_dot_answers_with_its_numbers_alone(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    open_it(clients, debrief)
    first, second = debrief.themes.all()
    answer = clients["bob"].post(
        f"/debriefs/{debrief.pk}/vote/", {"theme": str(first.pk), "direction": "plus"}, headers=HTMX
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    for theme, none, said in (
        (first, "", f"1 dot of yours on {first.name}"),
        (second, " data-none", f"0 dots of yours on {second.name}"),
    ):
        assert f'<output id="mine-{theme.pk}" aria-live="off"{none} hx-swap-oob="true" aria-label="{said}">' in html
    left = html.split('hx-swap-oob="innerHTML:#dots-left"')[1]
    assert ("2 dots left" in left, f"1 dot of yours on {first.name}" in left) == (True, True)
    assert ("<button" in html, 'id="tray"' in html, 'role="status"' in html) == (False, False, False)


def test_over_the_budget_nothing_changes_and_it_is_said_in_place(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", votes_each=1)
    open_it(clients, debrief)
    first, second = debrief.themes.all()
    cast_vote(first, by=clients.people["bob"])
    answer = clients["bob"].post(
        f"/debriefs/{debrief.pk}/vote/", {"theme": str(second.pk), "direction": "plus"}, headers=HTMX
    )
    left = answer.content.decode().split('hx-swap-oob="innerHTML:#dots-left"')[1]
    assert answer.status_code == 409
    assert "All your dots are used. Take one back from another theme first." in left
    assert ("HX-Reswap" in answer, "no dots left" in left) == (False, True)
    assert list(Vote.objects.values_list("theme", flat=True)) == [first.pk]


def test_what_is_left_is_a_status_that_stays_on_the_page(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    open_it(clients, debrief)
    tray = clients["bob"].get(f"/debriefs/{debrief.pk}/tray/").content.decode()
    assert 'id="dots-left" role="status"' in tray
    assert tray.count('hx-swap="none" hx-sync="#my-dots:queue all"') == 4
    assert 'hx-trigger="live:tray from:body"' in tray.split('id="my-dots"')[1].split(">")[0]


def test_only_my_dots_come_anew_when_the_voting_opens(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize")
    url = f"/debriefs/{debrief.pk}/tray/"
    before = clients["bob"].get(url, headers=HTMX).content.decode().strip()
    assert before.startswith('<section class="stack tight" id="my-dots"')
    assert (" hidden" in before, "One dot more" in before) == (True, False)
    open_it(clients, debrief)
    after = clients["bob"].get(url, headers=HTMX).content.decode()
    assert ("One dot more" in after, 'id="my-cards"' in after) == (True, False)


def test_in_recognize_only_my_cards_come_anew(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("recognize")
    url = f"/debriefs/{debrief.pk}/tray/"
    tray = clients["bob"].get(url).content.decode()
    assert tray.count("live:tray") == 1
    assert "live:tray from:body" in tray.split('id="my-cards"')[1].split(">")[0]
    mine = clients["bob"].get(url, headers={"HX-Request": "true", "HX-Target": "my-cards"}).content.decode()
    assert (mine.strip().startswith('<section id="my-cards"'), "Add a card" in mine) == (True, False)


# Leaving the voting to the others


def test_who_runs_it_may_leave_the_voting_to_the_others(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="open")
    url = f"/debriefs/{debrief.pk}/"
    assert "I leave the voting to the others" in clients["alice"].get(f"{url}tray/").content.decode()
    assert "I leave the voting to the others" not in clients["bob"].get(f"{url}tray/").content.decode()
    assert clients["bob"].post(f"{url}abstain/", {"abstains": "yes"}).status_code == 403
    assert clients["alice"].post(f"{url}abstain/", {"abstains": "yes"})["Location"] == f"{url}tray/"
    tray = clients["alice"].get(f"{url}tray/").content.decode()
    assert ("I vote after all" in tray, "One dot more" in tray) == (True, False)
    assert "4 of 4 have voted" in clients["bob"].get(url).content.decode()
    back = clients["alice"].post(f"{url}abstain/", {"abstains": "no"}, headers=HTMX).content.decode()
    assert ("One dot more" in back, "3 dots left" in back) == (True, True)
    assert "4 of 5 have voted" in clients["bob"].get(url).content.decode()


def test_nobody_sees_who_abstains(clients: Clients, debrief_in: DebriefIn) -> None:
    debrief = debrief_in("rationalize", voting="open")
    clients["alice"].post(f"/debriefs/{debrief.pk}/abstain/", {"abstains": "yes"})
    for who in ("alice", "bob"):
        page = clients[who].get(f"/debriefs/{debrief.pk}/").content.decode()
        assert ("leave the voting" in page, "vote after all" in page) == (False, False)


def test_who_no_longer_runs_it_may_still_vote_after_all(clients: Clients, debrief_in: DebriefIn, team: Team) -> None:
    debrief = debrief_in("rationalize", voting="open", facilitator=clients.people["bob"])
    url = f"/debriefs/{debrief.pk}/"
    assert clients["bob"].post(f"{url}abstain/", {"abstains": "yes"}).status_code == 302
    debrief.set_up(facilitator=clients.people["alice"])
    assert "I vote after all" in clients["bob"].get(f"{url}tray/").content.decode()
    assert clients["bob"].post(f"{url}abstain/", {"abstains": "no"}).status_code == 302
    assert "I leave the voting" not in clients["bob"].get(f"{url}tray/").content.decode()
