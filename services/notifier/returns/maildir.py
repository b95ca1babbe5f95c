"""Returned mails in a Maildir folder: unread are those in `new`, and those in `cur` that nobody marked as seen.

Files are renamed, never rewritten, as the format has it: whoever looks into the folder finds each mail as it came.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from services.notifier.domain.returned_mail import MAX_BYTES


@dataclass(frozen=True)
class Maildir:
    """A folder with `new` and `cur`."""

    folder: Path
    name = "maildir"

    def open(self) -> None:
        """Raises OSError when there is no such folder."""
        for part in ("new", "cur"):
            os.listdir(self.folder / part)

    def unread(self, most: int) -> list[str]:
        """The oldest first, as `new/…` or `cur/…`."""
        found: list[tuple[float, str]] = []
        for part in ("new", "cur"):
            with os.scandir(self.folder / part) as entries:
                found += [(entry.stat().st_mtime, f"{part}/{entry.name}") for entry in entries if _is_unread(entry)]
        return [key for _, key in sorted(found)[:most]]

    def read(self, key: str) -> bytes | None:
        """Its bytes, as many as are looked at; None when somebody else moved it."""
        try:
            with (self.folder / key).open("rb") as file:
                return file.read(MAX_BYTES)
        except FileNotFoundError:
            return None

    def mark(self, key: str, *, aside: bool) -> None:
        """Seen; flagged too when it is kept aside for a person to look at."""
        name, _, flags = key.partition("/")[2].partition(":2,")
        marks = "".join(sorted({*flags, "S", *("F" if aside else "")}))
        source = self.folder / key
        if source.exists():
            source.rename(self.folder / "cur" / f"{name}:2,{marks}")

    def close(self) -> None:
        """Nothing is held open."""


def _is_unread(entry: "os.DirEntry[str]") -> bool:
    return entry.is_file() and not entry.name.startswith(".") and "S" not in entry.name.partition(":2,")[2]
