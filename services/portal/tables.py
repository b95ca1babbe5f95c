"""The portal's tables: what it owns, and what it keeps of the facts it hears."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.database import Json, UtcDateTime
from shared.outbox import MessageTables

metadata = MetaData()
messages = MessageTables.within(metadata)
_number = BigInteger().with_variant(Integer, "sqlite")

# --- kept of facts; rows without state are tombstones: closed or removed before they were known ---

opportunities = Table(
    "opportunities",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("kind", String(20)),
    Column("programme", String(300)),
    Column("title", Text),
    Column("deadline", UtcDateTime),
    Column("folded", Text, nullable=False, default=""),
    Column("state", Json),
    Column("first_told_at", UtcDateTime, nullable=False),
    Index("ix_opportunities_status_deadline", "status", "deadline"),
)
opportunity_themes = Table(
    "opportunity_themes",
    metadata,
    Column("opportunity_id", ForeignKey("opportunities.id", ondelete="CASCADE"), primary_key=True),
    Column("theme", String(200), primary_key=True),
    Index("ix_opportunity_themes_theme", "theme"),
)
opportunity_changes = Table(
    "opportunity_changes",
    metadata,
    Column("opportunity_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sentence_fr", Text, nullable=False),
    Column("sentence_en", Text, nullable=False),
    Column("told_at", UtcDateTime, nullable=False),
)
source_alarms = Table(
    "source_alarms",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("problem", Text),  # None once it is well again
    Column("since", UtcDateTime, nullable=False),
)
profiles = Table(
    "profiles",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("kind", String(20)),
    Column("name", Text),
    Column("place", Text),
)
matches = Table(
    "matches",
    metadata,
    Column("profile_id", String(200), primary_key=True),
    Column("opportunity_id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("refused_by", String(100)),
    Column("opportunity_version", Integer, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
rule_sets = Table(
    "rule_sets",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("digest_cap", Integer, nullable=False),
    Column("rules", Json, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)
alerts = Table(
    "alerts",
    metadata,
    Column("message_id", String(300), primary_key=True),
    Column("person_id", String(64), nullable=False, index=True),
    Column("kind", String(50), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reason", Text),
    Column("opportunities", Integer, nullable=False),
    Column("happened_at", UtcDateTime, nullable=False, index=True),
)

# --- owned ---

organisations = Table(
    "organisations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("insee", String(5)),
    Column("place", Text),
    Column("siren", String(9)),
    Column("naf", String(6)),
    Column("size", String(10)),
    Column("themes", Json, nullable=False),
    Column("consent_text_version", String(20), nullable=False),
    Column("declared_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Index("ix_organisations_status_declared", "status", "declared_at"),
)
organisation_versions = Table(
    "organisation_versions",
    metadata,
    Column("organisation_id", ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("edited_at", UtcDateTime, nullable=False),
)
memberships = Table(
    "memberships",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("organisation_id", ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("person_id", String(64), nullable=False, index=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("staff_since", UtcDateTime),
)
staff = Table(
    "staff",
    metadata,
    Column("person_id", String(64), primary_key=True),
    Column("totp_secret", String(64), nullable=False),
    Column("last_totp_step", BigInteger, nullable=False, default=0),
    Column("added_at", UtcDateTime, nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", ForeignKey("staff.person_id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("used_at", UtcDateTime),
)
answers = Table(
    "answers",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("organisation_id", String(200), nullable=False),
    Column("opportunity_id", String(200), nullable=False),
    Column("person_id", String(64), nullable=False, index=True),
    Column("verdict", String(20), nullable=False),
    Column("reason", String(20)),
    Column("note", Text, nullable=False),
    Column("reach", Text, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False, index=True),
    Column("called_back_at", UtcDateTime),
    Column("called_back_by", String(64)),
    UniqueConstraint("organisation_id", "opportunity_id", "person_id", name="uq_answers_pair_person"),
)
wishes = Table(
    "wishes",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("token", Text),
    Column("person_id", String(64)),
    Column("organisation_id", String(64)),
    Column("wished_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
)
audit_log = Table(
    "audit_log",
    metadata,
    Column("number", _number, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("person_id", String(64), nullable=False),
    Column("action", String(60), nullable=False),
    Column("details", Text, nullable=False),
)
