"""When a letter is due: tables of days, working weeks and time zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.follow_through.calendar import Rhythm, next_working_moment, when, zone_of

MONDAY_TO_FRIDAY = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
ZONES = (
    "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "Europe/London", "Africa/Casablanca",
    "America/St_Johns", "Pacific/Chatham",
)  # fmt: skip


def rhythm(
    zone: str = "UTC", start: time = time(9), workdays: frozenset[int] = MONDAY_TO_FRIDAY, paused: date | None = None
) -> Rhythm:
    return Rhythm(ZoneInfo(zone), start, time(17), workdays, paused)


@pytest.mark.parametrize(
    ("day", "workdays", "back", "expected"),
    [
        (date(2026, 11, 25), MONDAY_TO_FRIDAY, False, date(2026, 11, 25)),  # a Wednesday
        (date(2026, 11, 28), MONDAY_TO_FRIDAY, False, date(2026, 11, 30)),  # Saturday: the Monday after
        (date(2026, 11, 28), MONDAY_TO_FRIDAY, True, date(2026, 11, 27)),  # a warning comes before, not after
        (date(2026, 11, 29), MONDAY_TO_FRIDAY, True, date(2026, 11, 27)),
        (date(2026, 11, 27), frozenset({6, 0, 1, 2, 3}), False, date(2026, 11, 29)),  # a week from Sunday to Thursday
        (date(2026, 11, 26), frozenset({2}), False, date(2026, 12, 2)),  # Wednesdays only
        (date(2026, 11, 26), frozenset({2}), True, date(2026, 11, 25)),
    ],
)
def test_a_free_day_gives_way_to_the_next_working_day_or_the_last(
    day: date, workdays: frozenset[int], back: bool, expected: date
) -> None:
    assert when(day, rhythm(workdays=workdays), back=back) == datetime.combine(expected, time(9), tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_four_hundred_days_at_nine_exactly_once_each(zone: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(400)]
    moments = [when(day, rhythm(zone, workdays=EVERY_DAY)) for day in days]
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    assert [(here.date(), here.time()) for here in local] == [(day, time(9)) for day in days]


@pytest.mark.parametrize(
    ("zone", "day", "start", "expected"),
    [
        # The hour that summer time skips is read as the hour after it, and the doubled hour as its first coming.
        ("America/New_York", date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Europe/London", date(2026, 3, 29), time(1, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        # Casablanca leaves its summer hour for Ramadan.
        ("Africa/Casablanca", date(2026, 2, 14), time(9), datetime(2026, 2, 14, 8, 0, tzinfo=UTC)),
        ("Africa/Casablanca", date(2026, 2, 16), time(9), datetime(2026, 2, 16, 9, 0, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2026, 6, 1), time(9), datetime(2026, 6, 1, 3, 15, tzinfo=UTC)),
        # A day that Samoa never had is told on the day after.
        ("Pacific/Apia", date(2011, 12, 30), time(9), datetime(2011, 12, 30, 19, 0, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), time(9), datetime(2011, 12, 30, 19, 0, tzinfo=UTC)),
    ],
)
def test_days_on_which_the_clocks_change(zone: str, day: date, start: time, expected: datetime) -> None:
    assert when(day, rhythm(zone, start, EVERY_DAY)) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-25 08:59", "2026-11-25 09:00"),
        ("2026-11-25 09:00", "2026-11-25 09:00"),
        ("2026-11-25 13:07", "2026-11-25 13:07"),
        ("2026-11-25 17:00", "2026-11-26 09:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),  # Friday evening: Monday
        ("2026-11-28 10:00", "2026-11-30 09:00"),
    ],
)
def test_the_next_working_moment_is_now_or_the_next_morning(at: str, expected: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("America/New_York"))
    then = datetime.fromisoformat(expected).replace(tzinfo=ZoneInfo("America/New_York"))
    assert next_working_moment(now, rhythm("America/New_York")) == then


def test_a_pause_holds_everything_until_the_first_working_day_after_it() -> None:
    away = rhythm(paused=date(2026, 12, 5))  # a Saturday
    back = datetime(2026, 12, 7, 9, tzinfo=UTC)
    assert when(date(2026, 11, 25), away) == back
    assert when(date(2026, 11, 25), away, back=True) == back
    assert next_working_moment(datetime(2026, 11, 25, 10, tzinfo=UTC), away) == back
    assert when(date(2026, 12, 9), away) == datetime(2026, 12, 9, 9, tzinfo=UTC)


def test_a_zone_nobody_knows_any_more_is_read_as_utc() -> None:
    assert zone_of("Mars/Olympus").key == "UTC"
