"""The matcher's tables. States, models, rule sets and matches are immutable once written; heads and `in_force` move."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

from shared.database import Json, UtcDateTime
from shared.outbox import MessageTables

metadata = MetaData()
messages = MessageTables.within(metadata)

in_force = Table(
    "in_force",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("change", Integer, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("opportunities_fitted", Integer, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcDateTime),
)
opportunities = Table(
    "opportunities",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("change", Integer, nullable=False, index=True),
    Column("decided_model", Integer, nullable=False),
    Column("decided_rules", Integer, nullable=False),
)
opportunity_versions = Table(
    "opportunity_versions",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Json, nullable=False),
)
profiles = Table(
    "profiles",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("is_removed", Boolean, nullable=False),
    Column("change", Integer, nullable=False, index=True),
)
profile_versions = Table(
    "profile_versions",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Json, nullable=False),
)
models = Table(
    "models",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("blob", LargeBinary, nullable=False),
    Column("fitted_on", Integer, nullable=False),
    Column("fitted_at", UtcDateTime, nullable=False),
)
rule_sets = Table(
    "rule_sets",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rules", Json, nullable=False),
    Column("note", Text, nullable=False),
    Column("published_by", String(200), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)
judgements = Table(
    "judgements",
    metadata,
    Column("opportunity_id", String(200), primary_key=True),
    Column("profile_id", String(200), primary_key=True),
    Column("verdict", String(20), nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
    Column("change", Integer, nullable=False, index=True),
)
translations = Table(
    "translations",
    metadata,
    Column("french", String(200), primary_key=True),
    Column("english", String(200), primary_key=True),
    Column("origin", String(20), primary_key=True),
    Column("weight", Float(53), nullable=False),
    Column("source", String(200), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)
matches = Table(
    "matches",
    metadata,
    Column("opportunity_id", String(200), primary_key=True),
    Column("profile_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("is_current", Boolean, nullable=False),
    Column("opportunity_version", Integer, nullable=False),
    Column("profile_version", Integer, nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("matched", Boolean, nullable=False),
    Column("refused_by", String(40)),
    Column("terms", Json, nullable=False),
    Column("passage", Text, nullable=False),
    Index("ix_matches_opportunity", "opportunity_id", "is_current"),
    Index("ix_matches_profile", "profile_id", "is_current"),
)
