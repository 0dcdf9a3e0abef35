"""Who heard which card when: the sums under the live rows of the bench."""

import pytest

from bench.driver import Ears
from bench.live import QUICK, WHOLE, Posting, growth, most_rows, posting_rows
from bench.reception import Heard, Reception, Sent, numbers_in, percentile, text_of


@pytest.mark.parametrize(
    ("part", "value"),
    [(0.5, 50), (0.95, 95), (0.951, 96), (1.0, 100), (0.001, 1)],
)
def test_a_percentile_is_the_smallest_value_that_reaches_so_far(part, value):
    assert percentile(range(100, 0, -1), part) == value


def test_the_percentile_of_nothing_is_nought():
    assert percentile([], 0.95) == 0


def test_a_card_is_recognised_by_its_number_in_whatever_is_drawn_around_it():
    drawn = f"<li><p>{text_of(7)}</p></li><li><p>{text_of(70)}</p></li>".encode()
    assert numbers_in(drawn) == (7, 70)


def test_every_pair_counts_but_the_writer_and_their_own_card():
    sent = [Sent(1, 0, 10.0), Sent(2, 1, 11.0)]
    heard = [
        Heard(10.001, 0, (1,)),  # the writer's own
        Heard(10.010, 1, (1,)),
        Heard(10.030, 2, (1,)),
        Heard(11.020, 0, (2,)),
        Heard(11.040, 2, (2,)),
    ]
    found = Reception.of(sent, heard, [0, 1, 2], patience=10)
    assert (found.pairs, found.lost) == (4, 0)
    assert (found.p50, found.p95, found.last_p95) == pytest.approx((20, 40, 40))


def test_a_card_that_comes_again_was_received_the_first_time():
    found = Reception.of([Sent(1, 0, 0.0)], [Heard(0.02, 1, (1,)), Heard(5.0, 1, (1, 1))], [0, 1], patience=10)
    assert found.p95 == pytest.approx(20)


def test_what_did_not_come_or_came_too_late_is_lost_and_has_no_last_receiver():
    sent = [Sent(1, 0, 0.0), Sent(2, 0, 0.0)]
    heard = [Heard(0.02, 1, (1,)), Heard(10.1, 2, (1,)), Heard(0.03, 1, (2,)), Heard(0.04, 2, (2,))]
    found = Reception.of(sent, heard, [0, 1, 2], patience=10)
    assert (found.pairs, found.lost) == (4, 1)
    assert found.last_p95 == pytest.approx(10_000)


def test_cards_of_another_run_are_not_counted():
    assert Reception.of([Sent(5, 0, 0.0)], [Heard(0.1, 1, (4,))], [0, 1], patience=10).lost == 1


def test_ears_keep_only_what_holds_a_card():
    ears = Ears()
    for who, events in ((1, b"event: presence\ndata: 3 here\n\n"), (1, text_of(3).encode()), (2, text_of(3).encode())):
        ears.hear(events, who)
    assert [(one.who, one.numbers) for one in ears.heard] == [(1, (3,)), (2, (3,))]


def posting(processes=2, people=200, rate=20, **figures):
    figures = {"p50": 9.0, "p95": 12.0, "last_p95": 15.0, "lost": 0, "refused": 0} | figures
    return Posting(
        processes, people, rate, pairs=100, sent=10, answer_p50=20, answer_p95=30, answer_bytes=1, cpu_a_post=8,
        driver_late_p95=1, driver_cores=0.1, **figures,
    )  # fmt: skip


def test_most_is_the_highest_rate_at_which_everyone_has_every_card_soon():
    climbed = [posting(rate=5), posting(rate=40), posting(rate=80, last_p95=249), posting(rate=120, lost=3)]
    [row] = most_rows(climbed, QUICK)
    assert (row.value, row.limit, row.verdict) == (80, 120, "UNDER")
    assert row.note == "last receiver p95, 40/s: 15 ms; 80/s: 249 ms; 120/s: 15 ms, 3 lost"


@pytest.mark.parametrize("what", [{"lost": 1}, {"refused": 1}, {"last_p95": 250}])
def test_a_rate_does_not_hold_when_a_card_is_lost_refused_or_late(what):
    assert posting(**what).holds is False


def test_the_limits_are_about_two_processes_and_one_is_told_beside():
    posted = [posting(people=people, rate=rate) for people, rate in ((20, 5), (200, 5), (200, 20), (20, 20))]
    rows = posting_rows([*posted, posting(processes=1, people=20, rate=5, p50=30.0, p95=40.0)])
    assert [(row.what, row.value, row.limit, row.note) for row in rows][:2] == [
        ("20 people, 5 cards/s: a card on each other screen, p50", 9.0, 13, "one process: 30.0 / 40.0"),
        ("20 people, 5 cards/s: a card on each other screen, p95", 12.0, 18, "last receiver 15.0"),
    ]
    assert (rows[-1].value, rows[-1].limit) == (0, 0)


def test_growth_tells_what_a_card_costs_for_ever_more_people():
    posted = [posting(processes=1, people=n, rate=5, p95=float(n)) for n in (2, 20, 200)]
    assert [(one.values, one.factors) for one in growth(posted)] == [
        ([(2, 8), (20, 8), (200, 8)], [1.0, 1.0]),
        ([(2, 2.0), (20, 20.0), (200, 200.0)], [10.0, 10.0]),
    ]


@pytest.mark.parametrize("plan", [QUICK, WHOLE])
def test_each_plan_measures_what_the_rows_need(plan):
    points = {
        (processes, people, rate) for processes, some in plan.points.items() for people in some for rate in some[people]
    }
    needed = {(2, 20, 5), (2, 20, 20), (2, 200, 5), (2, 200, 20), *((1, n, 5) for n in (2, 20, 200))}
    assert needed <= points
