"""The notifier's tables. Addresses are in `people` alone, texts of mails in `messages` alone."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.database import Json, UtcDateTime
from shared.outbox import MessageTables

metadata = MetaData()
messages_of_bus = MessageTables.within(metadata)

ID = String(64)
ENTITY = String(200)

people = Table(
    "people",
    metadata,
    Column("id", ID, primary_key=True),
    Column("address", Text),
    Column("address_key", String(64), nullable=False, unique=True),
    Column("language", String(2), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("digest_at", String(5)),  # local HH:MM; None is the setting's
    Column("reminder_days", Json, nullable=False, default=[30, 7], server_default="[30, 7]"),
    Column("paused_until", UtcDateTime),
    Column("next_morning_at", UtcDateTime, index=True),
    Column("checked_in_at", UtcDateTime),
    Column("is_staff", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("organisation_id", ENTITY, nullable=False, index=True),
    Column("organisation_name", Text, nullable=False),
    Column("cadence", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("welcomed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("planned_until", UtcDateTime),
    Column("is_sample", Boolean, nullable=False),
    UniqueConstraint("person_id", "organisation_id", name="uq_subscriptions_person_organisation"),
)

consents = Table(
    "consents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("organisation_id", ENTITY, nullable=False),
    Column("event", String(16), nullable=False),
    Column("text_version", String(64), nullable=False),
    Column("happened_at", UtcDateTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("address_key", String(64), nullable=False, index=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("organisation_id", ENTITY),
    Column("organisation_name", Text),
    Column("cadence", String(16)),
    Column("language", String(2), nullable=False),
    Column("text_version", String(64)),
    Column("browser", String(128), nullable=False, index=True),
    Column("code_hash", String(64)),
    Column("tries", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_key", String(64), primary_key=True),
    Column("reason", String(16), nullable=False),
    Column("suppressed_at", UtcDateTime, nullable=False),
)

opportunities = Table(
    "opportunities",
    metadata,
    Column("id", ENTITY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("state", Json),
    Column("deadlines", Json, nullable=False, default=[], server_default="[]"),
    Column("heard_at", UtcDateTime),
    Column("changes", Json),
    Column("sentence_fr", Text, nullable=False, default="", server_default=""),
    Column("sentence_en", Text, nullable=False, default="", server_default=""),
    Column("news_version", Integer, nullable=False, default=1, server_default="1"),
    Column("closed_because", String(32)),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", ENTITY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("population", Integer),
    Column("is_removed", Boolean, nullable=False),
)

pairs = Table(
    "pairs",
    metadata,
    Column("opportunity_id", ENTITY, primary_key=True),
    Column("profile_id", ENTITY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("opportunity_version", Integer, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("matched_since", UtcDateTime),
    Column("terms", Json, nullable=False),
    Column("passage", Text, nullable=False),
    Index("ix_pairs_profile", "profile_id", "matched"),
)

rules = Table(
    "rules",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("digest_cap", Integer, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("lane", String(8), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("subscription_id", ID, ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True),
    Column("language", String(2), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("reply", Text),
    Column("phase", String(8)),
    Column("owner", String(255)),
    Column("epoch", Integer),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("lost_replies", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("rest_count", Integer, nullable=False),
    Column("rendered", Json),
    Column("frozen", Boolean, nullable=False),
    Column("bytes", LargeBinary),  # compressed
    Column("domain", String(255), nullable=False, default="", server_default=""),
    Column("notice", Json),
    Column("returned_at", UtcDateTime),
    Column("returned_as", String(16)),
    Index("ix_messages_due", "lane", "state", "next_attempt_at"),
    Index("ix_messages_planned_at", "planned_at"),
)

digests = Table(
    "digests",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("local_day", String(10), nullable=False),
    Column("window_start", UtcDateTime, nullable=False),
    Column("window_end", UtcDateTime, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("chosen", Integer, nullable=False),
    Column("rest", Integer, nullable=False),
    Column("message_id", ID),
    UniqueConstraint("person_id", "kind", "local_day", name="uq_digests_person_day"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("subscription_id", ID, ForeignKey("subscriptions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("opportunity_id", ENTITY, nullable=False, index=True),
    Column("opportunity_version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(64)),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("message_id", ID),  # found through the person, so that giving an alert to a mail moves no index
    Column("deadline", UtcDateTime),
    UniqueConstraint("person_id", "opportunity_id", "opportunity_version", "kind", name="uq_alerts_person_opportunity"),
    postgresql_with={"fillfactor": 70},
)

owners = Table(
    "owners",
    metadata,
    Column("owner", String(255), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)

mutes = Table(
    "mutes",
    metadata,
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("opportunity_id", ENTITY, primary_key=True),
    Column("muted_at", UtcDateTime, nullable=False),
)

check_ins = Table(
    "check_ins",
    metadata,
    Column("message_id", ID, primary_key=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answer", String(16)),
    Column("answered_at", UtcDateTime),
)

paused_domains = Table(
    "paused_domains",
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False),
    Column("reply", Text, nullable=False),
)

returns = Table(
    "returns",
    metadata,
    Column("id", ID, primary_key=True),
    Column("message_id", ID, index=True),
    Column("person_id", ID, ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("kind", String(16), nullable=False),
    Column("status", String(16)),
    Column("detail", Text, nullable=False),
    Column("came_at", UtcDateTime, nullable=False),
)
