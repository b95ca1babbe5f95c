"""The kinds of mail, their lanes, and the states a mail goes through."""

from datetime import timedelta
from typing import Literal

Lane = Literal["login", "office", "alert"]
MailKind = Literal[
    "confirm", "sign_in", "notice", "canary",
    "alert", "closing_soon", "amended", "reminder", "closed", "digest", "welcome", "check_in",
]  # fmt: skip
AlertKind = Literal["new", "amended", "welcome", "also_open", "closing_soon", "closed", "reminder"]
MessageState = Literal["planned", "attempting", "sent", "failed", "cancelled"]
Phase = Literal["pre", "dot"]

LANES: tuple[Lane, ...] = ("login", "office", "alert")
LANE_OF: dict[MailKind, Lane] = {
    "confirm": "login",
    "sign_in": "login",
    "notice": "office",
    "canary": "office",
    "alert": "alert",
    "closing_soon": "alert",
    "amended": "alert",
    "reminder": "alert",
    "closed": "alert",
    "digest": "alert",
    "welcome": "alert",
    "check_in": "alert",
}

CONFIRM_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(minutes=10)
MAX_CODE_TRIES = 5
MAX_CONFIRMATIONS_A_DAY = 3
MAX_SIGN_INS_A_DAY = 10

PRE_LEASE = timedelta(seconds=60)
FOREIGN_DOT_WAIT = timedelta(minutes=11)
MAX_LOST_REPLIES = 2

TOLD_AGAIN_ON = frozenset({"deadline", "deadlines", "opens_on", "status", "budget_min", "budget_max", "audience"})
"""What must change in an opportunity for those who know it to be told; its words may be mended in silence."""
REMINDER_DAYS = (30, 7)
MAX_REMINDERS = 4
FARTHEST_REMINDER = 90
CHECK_IN_EVERY = timedelta(days=91)
NEW_FOR = timedelta(days=1)
LONGEST_PAUSE = timedelta(days=366)
