"""Rationalize, one theme after the other: which one it is, its cards side by side, its time, and what came of it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.debriefs import board
from apps.debriefs.models import Debrief, LiveEvent, Theme
from apps.debriefs.models.debrief import WrongPhase
from apps.debriefs.models.focus import focus_on, in_order, minutes_each, next_theme, top
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused
from tests.at_once import at_once
from tests.factories import AT, a_factor, a_strength
from tests.people import Clients

DebriefIn = Callable[..., Debrief]
pytestmark = pytest.mark.django_db


def themes_of(debrief: Debrief) -> list[Theme]:
    return in_order(debrief.themes.all())


@pytest.fixture
def voted(debrief_in: DebriefIn) -> Debrief:
    """Two themes, with three dots and with two."""
    return debrief_in(Phase.RATIONALIZE, voting="closed")


def with_dots(debrief: Debrief, *dots: int) -> list[Theme]:
    Theme.objects.bulk_create(
        Theme(debrief=debrief, name=f"Theme {n}", position=n, dots=some) for n, some in enumerate(dots, start=10)
    )
    return [theme for theme in themes_of(debrief) if theme.position >= 10]


# Ranks


@pytest.mark.parametrize(
    ("dots", "places"),
    [
        ((5, 4, 4, 1), [(1, False), (2, True), (2, True), (4, False)]),
        ((3, 3, 3), [(1, True), (1, True), (1, True)]),
        ((2, 0, 0), [(1, False), (None, False), (None, False)]),
        ((0, 0), [(None, False), (None, False)]),
    ],
)
def test_equal_themes_share_a_rank_and_the_next_is_left_out(
    debrief_in: DebriefIn, dots: tuple[int, ...], places: list[tuple[int | None, bool]]
) -> None:
    themes = with_dots(debrief_in(Phase.RECOGNIZE), *reversed(dots))
    assert [(theme.rank, theme.is_tie) for theme in themes] == places
    assert [theme.dots for theme in themes] == list(dots)


def test_the_top_are_three_ranks_with_all_who_share_them(debrief_in: DebriefIn) -> None:
    themes = with_dots(debrief_in(Phase.RECOGNIZE), 9, 7, 2, 2, 1, 0)
    assert [theme.dots for theme in top(themes)] == [9, 7, 2, 2]
    assert [minutes_each(minutes, themes) for minutes in (40, 15, 8, 0)] == [10, 3, 3, 3]


def test_without_dots_the_first_three_share_the_time(debrief_in: DebriefIn) -> None:
    themes = with_dots(debrief_in(Phase.RECOGNIZE), 0, 0, 0, 0)
    assert (top(themes), minutes_each(15, themes), minutes_each(15, [])) == ([], 5, 15)


# Which one


def test_a_theme_comes_into_focus_and_its_time_begins(voted: Debrief) -> None:
    first, _second = themes_of(voted)
    seq = voted.seq
    focus_on(voted, first, minutes=7, at=AT)
    voted.refresh_from_db()
    assert (voted.focus, voted.timer_ends_at) == (first, AT + timedelta(minutes=7))
    told = LiveEvent.objects.filter(debrief=voted, seq__gt=seq).order_by("seq").values_list("region", flat=True)
    assert list(told) == ["focus", "themes", "timer"]


def test_the_same_click_again_starts_no_second_time(voted: Debrief) -> None:
    first, _second = themes_of(voted)
    focus_on(voted, first, minutes=5, at=AT)
    seq = voted.seq
    focus_on(voted, first, minutes=5, at=AT + timedelta(minutes=2))
    voted.refresh_from_db()
    assert (voted.seq, voted.timer_ends_at) == (seq, AT + timedelta(minutes=5))


def test_no_theme_may_be_in_focus_again(voted: Debrief) -> None:
    focus_on(voted, themes_of(voted)[0], minutes=5, at=AT)
    focus_on(voted, None, minutes=5, at=AT)
    voted.refresh_from_db()
    assert (voted.focus, voted.timer_ends_at) == (None, AT + timedelta(minutes=5))


def test_nothing_is_talked_about_while_people_vote(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="open")
    with pytest.raises(Refused, match="still voting"):
        focus_on(debrief, themes_of(debrief)[0], minutes=5, at=AT)
    debrief.refresh_from_db()
    assert (debrief.focus, debrief.timer_ends_at) == (None, None)


@pytest.mark.parametrize("phase", [Phase.RECOGNIZE, Phase.REALIGN])
def test_a_focus_belongs_to_rationalize(debrief_in: DebriefIn, phase: Phase) -> None:
    debrief = debrief_in(phase)
    with pytest.raises(WrongPhase):
        focus_on(debrief, None, minutes=5, at=AT)


def test_a_team_that_does_not_vote_may_talk(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    first, _second = themes_of(debrief)
    focus_on(debrief, first, minutes=5, at=AT)
    assert Debrief.objects.get(pk=debrief.pk).focus == first


def test_next_is_the_one_below_of_which_nothing_was_found_yet(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="closed")
    with_dots(debrief, 1, 0)
    first, second, third, last = themes_of(debrief)
    assert next_theme(themes_of(debrief), None) == first
    a_factor(debrief, theme=second)
    assert [theme.is_talked_about for theme in themes_of(debrief)] == [False, True, False, False]
    assert next_theme(themes_of(debrief), first) == third
    a_strength(debrief, theme=third)
    assert next_theme(themes_of(debrief), first) == last
    assert next_theme(themes_of(debrief), last) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_press_next_at_once_go_one_theme_further(debrief_in: DebriefIn, room: tuple[User, ...]) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, voting="closed")
    first = themes_of(debrief)[0]
    answers = at_once(lambda _n: focus_on(Debrief.objects.get(pk=debrief.pk), first, minutes=5, at=AT), range(6))
    assert answers == [None] * 6
    told = LiveEvent.objects.filter(debrief=debrief, region__in=("focus", "timer")).values_list("region", flat=True)
    assert sorted(told) == ["focus", "timer"]


# What everyone sees


def halves(html: str) -> list[tuple[int, bool]]:
    """(cards, whether it says that there is none) of each half, wrong first."""
    wrong, right = html.split('<section class="half"')[1:]
    return [(half.count('class="card"'), "No card on this side" in half) for half in (wrong, right)]


def test_both_sides_stand_beside_each_other_with_a_way_to_write(debrief_in: DebriefIn, bob: User, dana: User) -> None:
    cards = [(bob, "wrong", "The list was old."), (dana, "right", "The phone rang."), (bob, "wrong", "No alarm.")]
    debrief = debrief_in(Phase.RATIONALIZE, cards=cards, voting="closed")
    theme = debrief.themes.first()
    debrief.perspectives.update(theme=theme)
    focus_on(debrief, theme, minutes=5, at=AT)
    html = board.render(debrief, "focus")
    assert halves(html) == [(2, False), (1, False)]
    assert html.index("The list was old.") < html.index("The phone rang.")
    for kind in ("factors", "strengths"):
        assert f'href="/debriefs/{debrief.pk}/{kind}/new/?theme={theme.pk}"' in html


def test_a_half_without_a_card_says_so(debrief_in: DebriefIn, bob: User) -> None:
    debrief = debrief_in(Phase.RATIONALIZE, cards=[(bob, "wrong", "The list was old.")], voting="closed")
    theme = debrief.perspectives.get().theme
    focus_on(debrief, theme, minutes=5, at=AT)
    assert halves(board.render(debrief, "focus")) == [(1, False), (0, True)]


def test_only_the_cards_of_the_theme_are_there(voted: Debrief) -> None:
    first, second = themes_of(voted)
    focus_on(voted, first, minutes=5, at=AT)
    html = board.render(voted, "focus")
    inside = set(first.perspectives.values_list("position", flat=True))
    assert {
        card for card in voted.perspectives.values_list("position", flat=True) if f'"card-{card}"' in html
    } == inside
    assert second.name not in html


@pytest.mark.parametrize(
    ("voting", "says"),
    [
        ("", "First everyone votes on the themes"),
        ("open", "Everyone votes now"),
        ("closed", "The dots are counted"),
    ],
)
def test_before_the_first_theme_it_says_what_to_do(debrief_in: DebriefIn, voting: str, says: str) -> None:
    assert says in board.render(debrief_in(Phase.RATIONALIZE, voting=voting), "focus")


def test_without_a_theme_it_teaches(debrief_in: DebriefIn) -> None:
    debrief = debrief_in(Phase.RATIONALIZE)
    debrief.themes.all().delete()
    assert "There is no theme yet" in board.render(debrief, "focus")


def test_when_all_were_talked_about_it_asks_what_is_missing(voted: Debrief) -> None:
    for theme in themes_of(voted):
        a_strength(voted, theme=theme)
    assert "Each theme has been talked about" in board.render(voted, "focus")


@pytest.mark.parametrize("phase", [Phase.RECOGNIZE, Phase.REALIGN])
def test_in_other_phases_its_place_is_empty(debrief_in: DebriefIn, phase: Phase) -> None:
    html = board.render(debrief_in(phase), "focus")
    assert "".join(html.split()) == '<sectionid="focus"hidden></section>'


def test_the_list_says_which_is_talked_about_and_which_was(voted: Debrief) -> None:
    first, second = themes_of(voted)
    a_factor(voted, theme=first)
    focus_on(voted, second, minutes=5, at=AT)
    one, other = board.render(voted, "themes").split('<li class="theme"')[1:]
    assert ("talked about" in one, "being talked about" in one, 'aria-current="true"' in one) == (True, False, False)
    assert ("being talked about" in other, 'aria-current="true"' in other) == (True, True)


def test_a_factor_marks_its_theme_for_everyone(voted: Debrief) -> None:
    drawn = dict(board.events(voted, ["factors"]))
    assert list(drawn)[:3] == ["factors", "strengths", "themes"]


def test_a_side_says_when_only_the_other_one_has_anything(voted: Debrief) -> None:
    assert "No strength yet" in board.render(voted, "strengths")
    factor = a_factor(voted)
    assert "So far we have only what went wrong" in board.render(voted, "strengths")
    factor.remove()
    a_strength(voted)
    assert "So far we have only what went right" in board.render(voted, "factors")


def test_a_better_name_reaches_the_focus_and_the_trays(voted: Debrief) -> None:
    theme = themes_of(voted)[0]
    focus_on(voted, theme, minutes=5, at=AT)
    theme.debrief = voted
    theme.rename("Certificates")
    told = LiveEvent.objects.filter(debrief=voted).order_by("-seq").values_list("region", flat=True)[:4]
    assert {"focus", "themes", "tray"} <= set(told)
    assert "Certificates" in board.render(voted, "focus")


@pytest.mark.parametrize("dots", [(4, 0), (4, 3, 2, 1, 0, 0, 0, 0)])
def test_more_themes_and_cards_cost_no_more_queries(
    voted: Debrief, dots: tuple[int, ...], django_assert_max_num_queries: Callable[..., object]
) -> None:
    themes = with_dots(voted, *dots)
    focus_on(voted, themes[0], minutes=5, at=AT)
    voted.perspectives.update(theme=themes[0])
    with django_assert_max_num_queries(5):  # type: ignore[attr-defined]
        board.render(voted, "focus")


# The facilitator's bar


def test_who_runs_it_goes_from_theme_to_theme(clients: Clients, voted: Debrief) -> None:
    first, second = themes_of(voted)
    url = f"/debriefs/{voted.pk}/focus/"
    page = clients["alice"].get(url, headers={"HX-Request": "true", "HX-Target": "focus-bar"})
    assert (page.context_data["next"], page.context_data["minutes"]) == (first, 7)
    answered = clients["alice"].post(
        url, {"theme": str(first.pk)}, headers={"HX-Request": "true", "HX-Target": "focus-bar"}
    )
    html = answered.content.decode()
    assert (answered.status_code, f'name="theme" value="{second.pk}"' in html) == (200, True)
    assert [f'id="{region}" hx-swap-oob="true"' in html for region in ("focus", "themes")] == [True, True]
    assert clients["alice"].post(url, {"theme": str(second.pk)})["Location"] == f"/debriefs/{voted.pk}/#focus"
    voted.refresh_from_db()
    assert voted.focus == second


def test_a_theme_of_nowhere_changes_nothing(clients: Clients, voted: Debrief, other_team: object) -> None:
    first = themes_of(voted)[0]
    focus_on(voted, first, minutes=5, at=AT)
    for theme in (str(uuid.uuid4()), "no-theme"):
        assert clients["alice"].post(f"/debriefs/{voted.pk}/focus/", {"theme": theme}).status_code == 404
    voted.refresh_from_db()
    assert voted.focus == first


def test_the_page_is_the_same_for_everyone(clients: Clients, voted: Debrief) -> None:
    focus_on(voted, themes_of(voted)[0], minutes=5, at=AT)
    html = str(board.render(voted, "focus"))
    for who in ("alice", "bob", "dana"):
        assert html in clients[who].get(f"/debriefs/{voted.pk}/").content.decode()


@pytest.mark.parametrize("kind", ["factors", "strengths"])
def test_a_finding_is_begun_from_its_theme_in_the_dialog(clients: Clients, voted: Debrief, kind: str) -> None:
    theme = themes_of(voted)[1]
    url = f"/debriefs/{voted.pk}/{kind}/new/?theme={theme.pk}"
    htmx = {"HX-Request": "true", "HX-Target": "modal-body"}
    form = clients["bob"].get(url, headers=htmx)
    html = form.content.decode()
    assert html.strip().startswith('<div id="modal-body"')
    assert f'<option value="{theme.pk}" selected>' in html
    faulty = clients["bob"].post(url, {"key": form.context["form"]["key"].value()}, headers=htmx)
    assert (faulty.status_code, faulty.content.decode().strip().startswith('<div id="modal-body"')) == (422, True)
    said = {"key": form.context["form"]["key"].value(), "title": "The desk rang", "theme": str(theme.pk)}
    saved = clients["bob"].post(url, said | {"kind": "unspoken"}, headers=htmx)
    assert (saved.status_code, saved["HX-Trigger"]) == (200, "realign:done")
    assert f'id="{kind}" hx-swap-oob="true"' in saved.content.decode()
    assert [one.theme for one in getattr(voted, kind).all()] == [theme]


def test_without_script_the_form_is_a_page(clients: Clients, voted: Debrief) -> None:
    page = clients["bob"].get(f"/debriefs/{voted.pk}/factors/new/").content.decode()
    assert ("<h1" in page, "hx-post" in page.split('id="factor-form"')[1].split(">")[0]) == (True, False)
    done = clients["bob"].post(
        f"/debriefs/{voted.pk}/factors/new/", {"key": str(uuid.uuid4()), "title": "Old list", "kind": "unforeseeable"}
    )
    assert done["Location"] == f"/debriefs/{voted.pk}/#factors"
