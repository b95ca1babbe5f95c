"""The tables of ingest; nobody else writes them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text, false

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
    Column("raw_print", String(64)),  # hash of the source's raw records; as it was, nothing needs reading again
    Column("flips", Json),  # when its status changed lately, ISO
    Column("missed", Integer, nullable=False, server_default="0"),  # complete harvests in a row without it
    Column("missed_since", UtcDateTime),
    Column("merged_into", String(200), index=True),  # the opportunity that is told in its place
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
    Column("folded", Text),  # name and place as they are searched
    Column("state", Json),  # None once removed: a tombstone keeps only the version
    Column("changed_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
)

earlier_profiles = Table(
    "earlier_profiles",
    metadata,
    Column("profile_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("origin", String(20), nullable=False),
    Column("state", Json, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(20), nullable=False),
    Column("filename", String(200), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("offered_at", UtcDateTime, nullable=False, index=True),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("undone_at", UtcDateTime),
    Column("counts", Json, nullable=False),
    Column("lines", Json, nullable=False),
)

import_parts = Table(
    "import_parts",
    metadata,
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

imported_profiles = Table(
    "imported_profiles",
    metadata,
    Column("import_id", ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    Column("profile_id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
)

partnerships = Table(
    "partnerships",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("wanted", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
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
    Column("afresh", Boolean, nullable=False, server_default=false()),  # even what the source says did not change
    Column("believe_vanished", Boolean, nullable=False, server_default=false()),  # staff looked: they may be gone
)

validators = Table(
    "validators",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("url", String(700), primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
)

apart = Table(  # pairs that staff said are not one: `one` sorts before `other`
    "kept_apart",
    metadata,
    Column("one", String(200), primary_key=True),
    Column("other", String(200), primary_key=True),
    Column("said_at", UtcDateTime, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("raised_at", UtcDateTime, primary_key=True),
    Column("problem", Text, nullable=False),
    Column("ended_at", UtcDateTime),
)

releases = Table(  # what staff let through: the same record with the same detail is no longer set aside
    "releases",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("source_key", String(200), primary_key=True),
    Column("reason", String(60), primary_key=True),
    Column("detail", Text, nullable=False),
    Column("released_at", UtcDateTime, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("source_key", String(200), primary_key=True),
    Column("reason", String(60), primary_key=True),
    Column("detail", Text, nullable=False),
    Column("state", Json),  # the reading, when there is one to look at
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
