"""How fast mails leave, and how long a domain is left alone."""

from datetime import UTC, datetime, timedelta

from services.notifier.domain.pace import Pace, batch_size, pause_after

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def leaves_within(pace: Pace, mails: int, minutes: int) -> list[timedelta]:
    """When each of many mails to one domain left, looked at again at the moments it was told."""
    waiting, left = [NOW] * mails, []
    while waiting:
        waiting.sort()
        at = waiting.pop(0)
        if at > NOW + timedelta(minutes=minutes):
            break
        later = pace.comes_back_at("orange.example", at)
        if later is None:
            left.append(at - NOW)
        else:
            assert later > at
            waiting.append(later)
    return left


def test_a_domain_gets_no_more_mails_a_minute_than_it_is_to() -> None:
    left = leaves_within(Pace(per_minute=60), 500, 4)
    for start in range(4):
        within = [wait for wait in left if timedelta(minutes=start) <= wait < timedelta(minutes=start + 1)]
        assert 50 <= len(within) <= 60 + 11


def test_domains_do_not_wait_for_each_other_and_no_limit_is_none() -> None:
    pace = Pace(per_minute=1)
    assert [pace.comes_back_at(f"d{number}.example", NOW) for number in range(5)] == [None] * 5
    assert [Pace().comes_back_at("one.example", NOW) for _ in range(500)] == [None] * 500


def test_a_domain_has_as_many_mails_in_hand_as_it_may() -> None:
    pace = Pace(at_once=2)
    pace.begin("one.example")
    pace.begin("one.example")
    assert not pace.may_begin("one.example")
    assert pace.may_begin("two.example")
    pace.end("one.example")
    assert pace.may_begin("one.example")


def test_a_domain_that_goes_on_refusing_is_left_alone_longer() -> None:
    assert [pause_after(times) / timedelta(hours=1) for times in range(1, 7)] == [1, 4, 12, 24, 24, 24]


def test_no_more_mails_are_taken_in_hand_than_leave_within_their_lease() -> None:
    assert batch_size(4, 0.01) == 50
    assert batch_size(4, 5) * 5 / 4 <= 20
    assert batch_size(4, 50) == 4
