"""Whether a mail may leave, at its point of no return."""

from typing import Any

from services.notifier.domain.leaving import Now, Shown, decide

ONE, TWO = Shown("a", 1, "s1", "new"), Shown("b", 3, "s2", "amended")
STANDING = {"a": Now(1, is_open=True), "b": Now(3, is_open=True)}


def outcome(*shown: Shown, **changes: Any) -> tuple[str, str | None]:
    values: dict[str, Any] = {"frozen": False, "active": {"s1", "s2"}, "now": STANDING, "planned": {"a", "b"}}
    decision = decide(shown, **(values | changes))
    return decision.outcome, decision.reason


def test_what_is_still_so_leaves() -> None:
    assert outcome(ONE, TWO) == ("dot", None)
    assert outcome() == ("dot", None)


def test_a_mail_is_written_again_without_the_subscription_that_ended() -> None:
    assert outcome(ONE, TWO, active={"s2"}) == ("stale", None)
    assert outcome(ONE, TWO, active=set()) == ("cancelled", "unsubscribed")


def test_a_frozen_mail_changes_no_more_so_it_goes_whole_or_not_at_all() -> None:
    assert outcome(ONE, TWO, active={"s2"}, frozen=True) == ("cancelled", "unsubscribed")
    assert outcome(ONE, TWO, now=STANDING | {"a": Now(2, is_open=True)}, frozen=True) == ("dot", None)
    assert outcome(ONE, now={"a": Now(2, is_open=False)}, frozen=True) == ("cancelled", "closed")


def test_another_version_or_an_alert_called_off_is_written_again() -> None:
    assert outcome(ONE, TWO, now=STANDING | {"a": Now(2, is_open=True)}) == ("stale", None)
    assert outcome(ONE, TWO, planned={"b"}) == ("stale", None)
    assert outcome(ONE, TWO, now=STANDING | {"a": Now(1, is_open=False)}) == ("stale", None)
    assert outcome(ONE, now={}) == ("cancelled", "closed")


def test_an_end_is_told_only_while_it_lasts() -> None:
    ended = Shown("a", 2, "s1", "closed")
    assert outcome(ended, now={"a": Now(2, is_open=False)}) == ("dot", None)
    assert outcome(ended, now={"a": Now(3, is_open=True)}) == ("cancelled", "closed")
