import pytest

from apps.web.charts import GAP, LONGEST, Part, bars

PARTS = [Part("a", "ink"), Part("b", "pale")]


def chart(*rows: tuple[str, list[int]]):  # type: ignore[no-untyped-def]
    return bars("c", "Title", "Caption", of_what="Row", parts=PARTS, rows=rows)


def test_the_longest_row_fills_the_width_and_the_others_keep_the_scale() -> None:
    long, short = chart(("long", [6, 2]), ("short", [0, 4])).bars
    assert [(s.css, s.x, s.width) for s in long.stretches] == [
        ("ink", 0, LONGEST * 6 / 8 - GAP),
        ("pale", LONGEST * 6 / 8, LONGEST * 2 / 8 - GAP),
    ]
    assert [(s.css, s.x, s.width) for s in short.stretches] == [("pale", 0, LONGEST / 2 - GAP)]
    assert (long.total, short.total, short.figure_at) == (8, 4, LONGEST / 2 + 6)


@pytest.mark.parametrize("rows", [(), (("none", [0, 0]),)])
def test_nothing_is_drawn_from_nothing(rows: tuple[tuple[str, list[int]], ...]) -> None:
    drawn = chart(*rows)
    assert (drawn.total, [bar.stretches for bar in drawn.bars]) == (0, [()] * len(rows))


def test_a_single_step_beside_thousands_can_still_be_seen() -> None:
    tiny = chart(("many", [5000, 0]), ("one", [1, 0])).bars[1]
    assert tiny.stretches[0].width == 1
