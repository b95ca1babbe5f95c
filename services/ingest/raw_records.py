"""Raw records before anything is understood of them: which ones changed, and how to parse many without much memory."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.ingest.sources.contract import Parsed, Source
from services.ingest.store import Head

PARSED_AT_ONCE = 500


def new_ones(
    source: Source, records: Sequence[object], heads: Mapping[str, Head]
) -> tuple[dict[str, str], frozenset[str], list[object]]:
    """Hash the raw records of each key; returns the hashes, the ids that are as they were, and the other records."""
    if source.key_of is None:
        return {}, frozenset(), list(records)
    by_key: dict[str, list[object]] = {}
    for record in records:
        by_key.setdefault(source.key_of(record), []).append(record)
    prints = {key: _raw_print(some) for key, some in by_key.items()}
    same = {head.key: id_ for id_, head in heads.items() if head.live and head.raw_print == prints.get(head.key, "")}
    others = [record for key, some in by_key.items() if key not in same for record in some]
    return prints, frozenset(same.values()), others


def parse(source: Source, records: list[object], now: datetime) -> Parsed:
    """Parse, and let go of raw records on the way: of thousands, both forms at once would be a lot of memory."""
    if source.key_of is None:  # its records may belong together
        return source.parse(tuple(records), now)
    parts: list[Parsed] = []
    while records:
        parts.append(source.parse(tuple(records[-PARSED_AT_ONCE:]), now))
        del records[-PARSED_AT_ONCE:]
    parts.reverse()
    return Parsed(
        tuple(reading for part in parts for reading in part.readings),
        tuple(refused for part in parts for refused in part.refused),
        tuple(filled for part in parts for filled in part.filled),
    )


def _raw_print(records: Sequence[object]) -> str:
    hashed = hashlib.sha256()
    for text in sorted(json.dumps(record, sort_keys=True, default=repr) for record in records):
        hashed.update(text.encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()
