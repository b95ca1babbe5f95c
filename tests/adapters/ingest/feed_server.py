"""Feeds on loopback, one a path, with the versions that servers tell of their pages."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.adapters.ingest.json_server import Asked, Faults, Said

RSS = "application/rss+xml; charset=utf-8"


@dataclass
class Feeds:
    """Answers the document of a path; 304 to who has it already, 301 from an old path, 404 for anything else."""

    documents: dict[str, bytes]
    kind: str = RSS
    moved: Mapping[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def __call__(self, asked: Asked) -> Said:
        if (strange := self.faults.instead(asked)) is not None:
            return strange
        if asked.path in self.moved:
            return Said(b"", 301, headers={"Location": self.moved[asked.path]})
        if asked.path not in self.documents:
            return Said(b"<h1>Not found</h1>", 404, kind="text/html")
        document = self.documents[asked.path]
        etag = f'"{hashlib.sha256(document).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == etag:
            return Said(b"", 304)
        return Said(document, kind=self.kind, headers={"ETag": etag, "Last-Modified": "Fri, 30 Oct 2026 08:00:00 GMT"})
