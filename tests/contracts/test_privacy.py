"""The privacy page promises the durations that the code has."""

from datetime import timedelta

from services.ingest import draft_store, import_store
from services.notifier.store import retention
from services.portal import jobs
from services.portal.store import sessions
from shared import outbox
from tests.contracts.pages import DOCS, read_sections

KEPT = {
    "a declaration or a subscription never confirmed": (retention.UNCONFIRMED, jobs.FORGET_UNCONFIRMED_AFTER),
    "the text of a mail": (retention.BODIES,),
    "the address of somebody who left": (retention.ADDRESS_AFTER_LEAVING,),
    "a sign-in or confirmation token": (retention.SIGN_IN_TOKENS,),
    "a draft from a website": (draft_store.KEPT,),
    "an answer to an opportunity, with its note": (jobs.FORGET_ANSWERS_AFTER,),
    "a session left idle": (sessions.IDLE,),
    "any session": (sessions.ABSOLUTE,),
    "a spreadsheet that staff offered and nobody confirmed": (import_store.OFFERED_FOR,),
    "the lines of the report of an import": (import_store.LINES_FOR,),
    "a fact told, in an outbox": (outbox.KEEP_TOLD,),
    "the id of a fact heard, in an inbox": (outbox.KEEP_HEARD,),
}


def in_days(text: str) -> timedelta:
    number, unit = text.split()
    assert unit.rstrip("s") == "day"
    return timedelta(days=int(number))


def test_what_is_promised_is_what_is_done() -> None:
    rows = {row[0]: in_days(row[1]) for row in read_sections(DOCS / "privacy.md")["Until when"].rows}
    assert {what: (duration,) for what, duration in rows.items()} == {
        what: tuple(set(code)) for what, code in KEPT.items()
    }
