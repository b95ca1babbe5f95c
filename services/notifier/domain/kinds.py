"""The kinds of mail, their lanes, and the states a mail goes through."""

from datetime import timedelta
from typing import Literal

Lane = Literal["login", "alert"]
MailKind = Literal["confirm", "sign_in", "alert", "digest", "welcome"]
AlertKind = Literal["new", "amended", "welcome", "also_open"]
MessageState = Literal["planned", "attempting", "sent", "failed", "cancelled"]
Phase = Literal["pre", "dot"]

LANES: tuple[Lane, ...] = ("login", "alert")
LANE_OF: dict[MailKind, Lane] = {
    "confirm": "login",
    "sign_in": "login",
    "alert": "alert",
    "digest": "alert",
    "welcome": "alert",
}

CONFIRM_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(minutes=10)
MAX_CODE_TRIES = 5
MAX_CONFIRMATIONS_A_DAY = 3
MAX_SIGN_INS_A_DAY = 10

PRE_LEASE = timedelta(seconds=60)
FOREIGN_DOT_WAIT = timedelta(minutes=11)
MAX_LOST_REPLIES = 2
