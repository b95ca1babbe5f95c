"""Every route and who may use it: one table, so that a route without a rule is a mistake a test finds."""

from collections.abc import Mapping
from enum import Enum

from shared.requests.spreadsheets import MAX_FILE_BYTES


class Role(Enum):
    """Who a route is for; staff are people too, with a second factor given today."""

    ANYONE = "anyone"
    PERSON = "person"
    STAFF = "staff"


ACCESS: Mapping[tuple[str, str], Role] = {
    ("GET", "/"): Role.ANYONE,
    ("GET", "/static/{name}"): Role.ANYONE,
    ("GET", "/opportunities"): Role.ANYONE,
    ("GET", "/opportunities/{opportunity_id}"): Role.ANYONE,
    ("GET", "/opportunities/{opportunity_id}/deadline.ics"): Role.ANYONE,
    ("GET", "/accessibility"): Role.ANYONE,
    ("GET", "/legal"): Role.ANYONE,
    ("GET", "/declare"): Role.ANYONE,
    ("POST", "/declare"): Role.ANYONE,
    ("GET", "/declare/draft/{draft_id}"): Role.ANYONE,
    ("GET", "/subscribe-commune"): Role.ANYONE,
    ("POST", "/subscribe-commune"): Role.ANYONE,
    ("GET", "/check-mail"): Role.ANYONE,
    ("GET", "/confirm"): Role.ANYONE,
    ("POST", "/confirm"): Role.ANYONE,
    ("GET", "/sign-in"): Role.ANYONE,
    ("POST", "/sign-in"): Role.ANYONE,
    ("GET", "/sign-in/link"): Role.ANYONE,
    ("POST", "/sign-in/link"): Role.ANYONE,
    ("GET", "/sign-in/code"): Role.ANYONE,
    ("POST", "/sign-in/code"): Role.ANYONE,
    ("GET", "/unsubscribe"): Role.ANYONE,
    ("POST", "/unsubscribe"): Role.ANYONE,
    ("POST", "/unsubscribe/one-click"): Role.ANYONE,
    ("GET", "/answer"): Role.ANYONE,
    ("POST", "/answer"): Role.ANYONE,
    ("GET", "/check-in"): Role.ANYONE,
    ("POST", "/check-in"): Role.ANYONE,
    ("POST", "/hooks/returns"): Role.ANYONE,
    ("GET", "/boite"): Role.ANYONE,
    ("GET", "/boite/{key}"): Role.ANYONE,
    ("GET", "/boite/{key}/html"): Role.ANYONE,
    ("POST", "/sign-out"): Role.PERSON,
    ("GET", "/matches"): Role.PERSON,
    ("GET", "/preferences"): Role.PERSON,
    ("GET", "/preferences/export"): Role.PERSON,
    ("GET", "/preferences/erase"): Role.PERSON,
    ("POST", "/preferences/erase"): Role.PERSON,
    ("POST", "/preferences/rhythm"): Role.PERSON,
    ("POST", "/preferences/resume"): Role.PERSON,
    ("POST", "/preferences/unsubscribe-all"): Role.PERSON,
    ("GET", "/organisations/{organisation_id}"): Role.PERSON,
    ("POST", "/organisations/{organisation_id}"): Role.PERSON,
    ("POST", "/organisations/{organisation_id}/mailing"): Role.PERSON,
    ("POST", "/organisations/{organisation_id}/unsubscribe"): Role.PERSON,
    ("GET", "/staff/second-factor"): Role.PERSON,
    ("POST", "/staff/second-factor"): Role.PERSON,
    ("GET", "/staff"): Role.STAFF,
    ("GET", "/staff/rules"): Role.STAFF,
    ("POST", "/staff/rules/preview"): Role.STAFF,
    ("POST", "/staff/rules/publish"): Role.STAFF,
    ("POST", "/staff/rules/roll-back"): Role.STAFF,
    ("GET", "/staff/vocabulary"): Role.STAFF,
    ("POST", "/staff/vocabulary"): Role.STAFF,
    ("POST", "/staff/vocabulary/remove"): Role.STAFF,
    ("GET", "/staff/pairs"): Role.STAFF,
    ("GET", "/staff/profiles"): Role.STAFF,
    ("POST", "/staff/profiles/preview"): Role.STAFF,
    ("GET", "/staff/profiles/imports/{import_id}"): Role.STAFF,
    ("POST", "/staff/profiles/imports/{import_id}"): Role.STAFF,
    ("POST", "/staff/profiles/imports/{import_id}/undo"): Role.STAFF,
    ("GET", "/staff/profiles/export/{ending}"): Role.STAFF,
    ("GET", "/staff/profiles/template/{ending}"): Role.STAFF,
    ("GET", "/staff/profiles/{profile_id}"): Role.STAFF,
    ("GET", "/staff/partnerships"): Role.STAFF,
    ("POST", "/staff/partnerships/preview"): Role.STAFF,
    ("GET", "/staff/partnerships/imports/{import_id}"): Role.STAFF,
    ("POST", "/staff/partnerships/imports/{import_id}"): Role.STAFF,
    ("GET", "/staff/partnerships/export/{ending}"): Role.STAFF,
    ("GET", "/staff/partnerships/template/{ending}"): Role.STAFF,
    ("GET", "/staff/partnerships/new"): Role.STAFF,
    ("POST", "/staff/partnerships/new"): Role.STAFF,
    ("GET", "/staff/partnerships/{partnership_id}"): Role.STAFF,
    ("POST", "/staff/partnerships/{partnership_id}"): Role.STAFF,
    ("POST", "/staff/partnerships/{partnership_id}/withdraw"): Role.STAFF,
    ("GET", "/staff/sources"): Role.STAFF,
    ("GET", "/staff/sources/{source}/volumes.svg"): Role.STAFF,
    ("POST", "/staff/sources/{source}/harvest"): Role.STAFF,
    ("POST", "/staff/sources/{source}/believe"): Role.STAFF,
    ("POST", "/staff/sources/{source}/release"): Role.STAFF,
    ("POST", "/staff/sources/split"): Role.STAFF,
    ("GET", "/staff/answers"): Role.STAFF,
    ("GET", "/staff/answers/reasons.svg"): Role.STAFF,
    ("GET", "/staff/answers/export"): Role.STAFF,
    ("POST", "/staff/answers/{answer_number}/called-back"): Role.STAFF,
    ("GET", "/staff/dead-letters"): Role.STAFF,
    ("POST", "/staff/dead-letters/{service}/{letter_id}/replay"): Role.STAFF,
    ("GET", "/staff/deliveries"): Role.STAFF,
}

WITHOUT_CSRF = {("POST", "/unsubscribe/one-click"), ("POST", "/hooks/returns")}
"""Sent by programs, without cookie or form. RFC 8058: its signed token is what it is worth; returns: their secret."""

TOKEN_PAGES = {"/confirm", "/sign-in/link", "/unsubscribe", "/unsubscribe/one-click", "/answer", "/check-in"}
"""Their address holds a token, which no other site may learn."""

MAX_RETURN_BYTES = 600_000
UPLOADS: Mapping[str, int] = {
    "/staff/profiles/preview": MAX_FILE_BYTES,
    "/staff/partnerships/preview": MAX_FILE_BYTES,
    "/hooks/returns": MAX_RETURN_BYTES,
}
"""Where one file may be sent, and how many bytes it may have; who may send it is checked before it is read."""
