"""Local mornings, on ordinary days and when clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.cadence import last_morning, next_morning, window_due
from shared.requests import Cadence

PARIS = "Europe/Paris"
MORNING = time(7, 30)


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [
        (date(2026, 10, 24), 5),
        (date(2026, 10, 25), 6),
        (date(2026, 11, 1), 6),
        (date(2027, 3, 27), 6),
        (date(2027, 3, 28), 5),
    ],
)
def test_a_morning_is_half_past_seven_in_paris_whatever_the_season(day: date, utc_hour: int) -> None:
    due = datetime(day.year, day.month, day.day, utc_hour, 30, tzinfo=UTC)
    just_before = due - timedelta(seconds=1)
    assert last_morning(due, cadence="daily", timezone=PARIS, at=MORNING) == (due, day)
    assert next_morning(just_before, cadence="daily", timezone=PARIS, at=MORNING) == due
    assert last_morning(just_before, cadence="daily", timezone=PARIS, at=MORNING)[1] == day - timedelta(days=1)


def test_weekly_is_monday() -> None:
    wednesday = datetime(2026, 11, 4, 12, tzinfo=UTC)
    moment, day = last_morning(wednesday, cadence="weekly", timezone=PARIS, at=MORNING)
    assert day == date(2026, 11, 2)
    assert next_morning(wednesday, cadence="weekly", timezone=PARIS, at=MORNING) == moment + timedelta(days=7)


def test_nothing_is_due_before_the_first_morning_after_the_consent() -> None:
    now = datetime(2026, 11, 4, 12, tzinfo=UTC)
    due = window_due(now, cadence="daily", timezone=PARIS, at=MORNING, since=now, planned_until=None)
    assert due is None


@pytest.mark.parametrize("cadence", ["daily", "weekly", "monthly"])
def test_a_run_that_is_late_has_the_window_of_one_on_time(cadence: Cadence) -> None:
    since, on_time = datetime(2026, 9, 30, 12, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    windows = {
        window_due(
            on_time + timedelta(hours=late),
            cadence=cadence,
            timezone=PARIS,
            at=MORNING,
            since=since,
            planned_until=None,
        )
        for late in (0, 3, 12)
    }
    assert [window.end for window in windows if window is not None] == [on_time]


moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 — given their zone here


@given(
    start=moments,
    cadence=st.sampled_from(["immediate", "daily", "weekly"]),
    zone=st.sampled_from([PARIS, "America/Cayenne", "Pacific/Auckland", "Indian/Reunion"]),
    gaps=st.lists(st.integers(1, 5 * 24 * 60), min_size=1, max_size=30),
)
def test_windows_follow_each_other_without_hole_or_overlap_and_one_a_day(
    start: datetime, cadence: Cadence, zone: str, gaps: list[int]
) -> None:
    now, planned_until, days = start, None, []
    for minutes in gaps:
        now += timedelta(minutes=minutes)
        window = window_due(now, cadence=cadence, timezone=zone, at=MORNING, since=start, planned_until=planned_until)
        if window is None:
            continue
        before = planned_until or start
        assert window.start == max(before, window.end - timedelta(days=7))
        assert window.start < window.end <= now
        planned_until = window.end
        days.append(window.local_day)
    assert len(days) == len(set(days))
    assert days == sorted(days)
