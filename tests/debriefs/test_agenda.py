"""The minutes of each phase: by their shares, or as the leader chose, and always adding up."""

import pytest

from apps.debriefs.agenda import SHARES, spread
from apps.debriefs.models.debrief import AGENDAS


@pytest.mark.parametrize(
    ("total", "minutes"), [(30, [15, 10, 5]), (45, [25, 10, 10]), (60, [35, 15, 10]), (90, [50, 25, 15])]
)
def test_each_length_has_its_minutes(total: int, minutes: list[int]) -> None:
    assert list(spread(total, {}).values()) == minutes
    assert list(spread(total, {})) == ["recognize", "rationalize", "realign"]


@pytest.mark.parametrize("total", [total for total, _name in AGENDAS])
@pytest.mark.parametrize("phase", SHARES)
def test_what_was_chosen_stays_and_the_rest_adds_up(total: int, phase: str) -> None:
    for minutes in range(1, total - 1):
        spread_out = spread(total, {phase: minutes})
        assert (spread_out[phase], sum(spread_out.values())) == (minutes, total)
        assert min(spread_out.values()) >= 1


def test_all_chosen_is_all_kept() -> None:
    assert spread(60, {"recognize": 20, "rationalize": 20, "realign": 20, "learned": 5}) == {
        "recognize": 20, "rationalize": 20, "realign": 20,
    }  # fmt: skip
