"""New, amended, closed, back again, or nothing at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.ingest.domain.changes import Known, at_deadline, decide, strangeness
from services.ingest.domain.readings import as_version
from services.ingest.sources.eu_portal_rows import read_row
from shared.events import MAX_FACT_BYTES, Change, OpportunityAmended, OpportunityState
from tests.unit.ingest.rows import NOW, row

LATER = datetime(2027, 4, 8, 15, 1, tzinfo=UTC)
DEADLINE = "2027-04-08T00:00:00.000+0000"


def read(**metadata: Any) -> OpportunityState:
    return read_row(row(**metadata)).state


def known(state: OpportunityState | None = None, *, live: bool = True, reason: Any = None) -> Known:
    return Known(as_version(state or read(), version=3, now=NOW), live, reason)


def test_the_first_reading_is_new_with_its_next_deadline() -> None:
    two_stages = read(deadlineDate=["2027-09-14T00:00:00.000+0000", DEADLINE, "2026-01-05T00:00:00.000+0000"])
    decision = decide(None, two_stages, NOW)
    assert decision.outcome == "new"
    assert decision.state is not None
    assert decision.state.deadline == datetime(2027, 4, 8, 15, 0, tzinfo=UTC)


def test_today_is_still_open_until_five_in_brussels() -> None:
    state = read(deadlineDate="2026-11-02T00:00:00.000+0000")
    assert decide(None, state, datetime(2026, 11, 2, 15, 59, tzinfo=UTC)).outcome == "new"
    assert decide(None, state, datetime(2026, 11, 2, 16, 0, tzinfo=UTC)).outcome == "past"


def test_the_same_reading_changes_nothing() -> None:
    assert decide(known(), read(), NOW).outcome == "unchanged"


def test_jitter_of_a_deadline_changes_nothing() -> None:
    for jittered in ("2027-04-08T00:01:50.000+0000", "2027-04-08T14:58:59.000+0000", "2027-04-08T00:00:00.000+0200"):
        state = read(deadlineDate=jittered)
        assert decide(known(), state, NOW).outcome == "unchanged"


def test_a_moved_deadline_is_an_amendment_told_by_its_days() -> None:
    decision = decide(known(), read(deadlineDate="2027-05-08T00:00:00.000+0000"), NOW)
    assert decision.outcome == "amended"
    assert decision.changes == (Change(field="deadline", before="2027-04-08", after="2027-05-08"),)
    assert decision.state is not None
    assert decision.state.version == 4


def test_each_changed_field_is_named() -> None:
    decision = decide(known(), read(title="Another title", status="31094501"), NOW)
    assert {change.field for change in decision.changes} == {"title", "status"}


def test_a_stub_never_empties_a_known_description() -> None:
    assert decide(known(), read(descriptionByte=None), NOW).outcome == "unchanged"


def test_a_deadline_that_vanishes_is_suspect() -> None:
    assert strangeness(known(), read(deadlineDate=None))
    assert strangeness(known(), read(deadlineDate=None, status="31094503")) is None


def test_only_the_source_or_the_clock_close() -> None:
    by_source = decide(known(), read(status="31094503"), NOW)
    by_clock = decide(known(), read(), LATER)
    assert (by_source.outcome, by_source.reason) == ("closed", "closed_by_source")
    assert (by_clock.outcome, by_clock.reason) == ("closed", "deadline_passed")
    assert by_source.state is not None
    assert by_source.state.status == "closed"


def test_a_closed_one_stays_closed_while_the_flag_lags() -> None:
    past = known(live=False, reason="deadline_passed")
    assert decide(past, read(), LATER).outcome == "unchanged"
    assert decide(past, read(deadlineDate=None), LATER).outcome == "unchanged"


def test_an_extended_deadline_reopens() -> None:
    decision = decide(known(live=False, reason="deadline_passed"), read(deadlineDate="2027-06-01"), LATER)
    assert decision.outcome == "reopened"
    assert decision.state is not None
    assert (decision.state.status, decision.state.version) == ("open", 4)


def test_the_next_of_several_deadlines_takes_over() -> None:
    rolling = known(read(deadlineDate=[DEADLINE, "2027-09-14T00:00:00.000+0000"]))
    decision = at_deadline(rolling, LATER)
    assert decision.outcome == "amended"
    assert decision.changes == (Change(field="deadline", before="2027-04-08", after="2027-09-14"),)
    assert at_deadline(rolling, LATER + timedelta(days=365)).outcome == "closed"


def test_the_longest_texts_still_fit_a_fact() -> None:
    # Four bytes a character is the worst UTF-8 can do.
    text = "".join(f'<p class="topicdescriptionkind">{kind}</p><p>{"😀" * 100_000}</p>' for kind in ("Scope:", "Expected Outcome:", "Objective:"))  # fmt: skip  # noqa: E501
    state = read(descriptionByte=text, title="😀" * 900, keywords=["😀" * 200 + str(n) for n in range(200)])
    decision = decide(known(), state, NOW)
    assert decision.state is not None
    fact = OpportunityAmended(happened_at=NOW, opportunity=decision.state, changes=decision.changes)
    assert len(fact.model_dump_json().encode()) < MAX_FACT_BYTES
