"""A figure beyond its limit is called so, in the table and in the file; nothing else is."""

import json

import pytest

from bench.table import Growth, Row, growth_as_text, over, rows_as_text, write


@pytest.mark.parametrize(
    ("value", "limit", "verdict"),
    [
        (14.9, 15, "ok"),
        (15.04, 15, "ok"),  # printed as 15.0
        (15.1, 15, "OVER"),
        (8, 8, "ok"),
        (9, 8, "OVER"),
        (0.0, 5, "ok"),
        (400.0, None, ""),
        (None, 5, "not measured"),
    ],
)
def test_a_row_says_whether_it_holds(value, limit, verdict):
    assert Row("a list", value, "ms", limit).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(120, "ok"), (80, "UNDER"), (None, "not measured")])
def test_a_limit_may_be_what_must_be_reached(value, verdict):
    row = Row("cards", value, "/s", 120, at_least=True)
    assert (row.verdict, row.limit_as_text) == (verdict, "≥ 120")
    assert over([row]) == ([row] if verdict == "UNDER" else [])


def test_the_table_shows_value_limit_and_verdict_in_columns():
    rows = [Row("a list: CPU", 26.84, "ms", 15, "20 rows"), Row("a board", 1164.2, "kB"), Row("a start", None, "s", 5)]
    assert rows_as_text(rows).splitlines() == [
        "what         value  limit  unit                note",
        "a list: CPU   26.8     15  ms    OVER          20 rows",
        "a board      1,164      –  kB",
        "a start          –      5  s     not measured",
    ]


def test_only_what_was_measured_and_is_beyond_its_limit_is_over():
    rows = [Row("one", 16, "ms", 15), Row("two", 14, "ms", 15), Row("three", None, "s", 5), Row("four", 99, "MiB")]
    assert [row.what for row in over(rows)] == ["one"]


def test_growth_tells_what_each_tenfold_costs():
    board = Growth("board", "ms", [(20, 10.0), (200, 20.0), (2000, 200.0)])
    assert board.factors == [2.0, 10.0]
    assert growth_as_text([board]).splitlines()[1] == "board           20: 10  200: 20  2,000: 200  ms    x 2.0 x 10.0"


def test_the_file_holds_the_verdicts(tmp_path):
    write(
        tmp_path / "bench.json",
        [Row("one", 16, "ms", 15)],
        [Growth("board", "ms", [(1, 2.0), (10, 4.0)])],
        {"cores": 2},
    )
    told = json.loads((tmp_path / "bench.json").read_text())
    assert told["cores"] == 2
    assert [(row["what"], row["verdict"]) for row in told["rows"]] == [("one", "OVER")]
    assert told["growth"][0]["factors"] == [2.0]
