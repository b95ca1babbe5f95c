"""The tables of ingest; nobody else writes them."""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

from shared.database import Json, UtcDateTime
from shared.outbox import MessageTables

metadata = MetaData()
messages = MessageTables.within(metadata)

opportunities = Table(
    "opportunities",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("source_key", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("closed_reason", String(40)),
    Column("next_deadline", UtcDateTime),
    Column("fingerprint", String(64), nullable=False),
    Column("state", Json, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_opportunities_source", "source", "live"),
    Index("ix_opportunities_next_deadline", "next_deadline"),
)

earlier_versions = Table(
    "earlier_versions",
    metadata,
    Column("opportunity_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Json, nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("origin", String(20), nullable=False),
    Column("siren", String(9), index=True),
    Column("fingerprint", String(64), nullable=False),
    Column("state", Json),  # None once removed: a tombstone keeps only the version
    Column("changed_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

harvests = Table(
    "harvests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(40), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("alive_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("complete", Boolean, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("counts", Json, nullable=False),
    Column("filled", Json, nullable=False),
    Column("problem", Text),
    Index("ix_harvests_source_started_at", "source", "started_at"),
)

wishes = Table(
    "harvest_wishes",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("source_key", String(200), primary_key=True),
    Column("reason", String(60), primary_key=True),
    Column("detail", Text, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

website_drafts = Table(
    "website_drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("site", String(253), nullable=False),
    Column("state", String(10), nullable=False),  # waiting, reading, ready or failed
    Column("tries", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("problem", String(20)),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("alive_at", UtcDateTime, nullable=False),
    Index("ix_website_drafts_state", "state", "asked_at"),
)
