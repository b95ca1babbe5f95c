"""Local days as stretches of time, when clocks change too."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from services.notifier.domain.days import last_days, local_day


def test_a_day_is_as_long_as_people_live_it() -> None:
    lengths = [local_day(date(2026, *day), "Europe/Paris") for day in ((3, 29), (6, 1), (10, 25))]
    assert [each.end - each.start for each in lengths] == [timedelta(hours=23), timedelta(days=1), timedelta(hours=25)]


def test_the_last_days_end_with_today_where_people_are_and_leave_no_gap() -> None:
    late = datetime(2026, 10, 26, 23, 30, tzinfo=UTC)
    days = last_days(late, "Europe/Paris", 30)
    assert days[-1].day == date(2026, 10, 27)
    assert len(days) == 30
    assert all(before.end == after.start for before, after in pairwise(days))
    assert days[-1].start <= late < days[-1].end
