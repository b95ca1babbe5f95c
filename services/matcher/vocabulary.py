"""Words added to the shipped lexicon: learned from labels in both languages, or given by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain import lexicon
from services.matcher.domain.learning import Translation
from services.matcher.tables import translations
from shared.clock import Clock
from shared.database import Database

Origin = Literal["learned", "staff"]
ROWS_AT_ONCE = 1000
COLUMNS = (translations.c.french, translations.c.english, translations.c.weight, translations.c.origin)


@dataclass(frozen=True)
class Word:
    """A pair as it is kept."""

    french: str
    english: str
    weight: float
    origin: Origin


@dataclass(frozen=True)
class Vocabulary:
    """Reads and writes the added words. They count from the next fit on."""

    database: Database
    clock: Clock

    async def lexicon(self) -> str:
        """The text a fit reads with: the shipped lexicon, what was learned, then what staff gave, which wins."""
        async with self.database.reading() as connection:
            query = select(*COLUMNS).order_by(translations.c.origin, translations.c.french, -translations.c.weight)
            words = [Word(**row) for row in (await connection.execute(query)).mappings()]
        return lexicon.lexicon_text() + "".join(f"\n[{origin}]\n{text}" for origin, text in _sections(words))

    async def learn(self, found: Sequence[Translation], source: str) -> None:
        """Keep what was learned in place of all that was learned before; staff's words stay."""
        rows = [_row(one.french, one.english, one.weight, "learned", source, self.clock) for one in found]
        async with self.database.writing() as connection:
            await connection.execute(delete(translations).where(translations.c.origin == "learned"))
            for start in range(0, len(rows), ROWS_AT_ONCE):
                await connection.execute(translations.insert(), rows[start : start + ROWS_AT_ONCE])

    async def add(self, french: str, english: str, by: str) -> bool:
        """Keep a pair given by staff; False when it is there already."""
        async with self.database.writing() as connection:
            insert = self.database.insert(translations).values(_row(french, english, 1.0, "staff", by, self.clock))
            kept = await connection.execute(insert.on_conflict_do_nothing())
            return kept.rowcount == 1

    async def remove(self, french: str, english: str) -> bool:
        """Take back a pair given by staff; False when there is none."""
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(translations).where(_is(french, english)))
            return gone.rowcount == 1

    async def page(self, text: str, *, offset: int, limit: int) -> tuple[int, list[Word]]:
        """How many pairs hold a text on either side, and some of them; staff's first, then by French word."""
        async with self.database.reading() as connection:
            holding = _holding(text)
            query = select(*COLUMNS).where(holding)
            ordered = query.order_by(translations.c.origin.desc(), translations.c.french, translations.c.english)
            rows = (await connection.execute(ordered.offset(offset).limit(limit))).mappings()
            return await _count(connection, holding), [Word(**row) for row in rows]


def _sections(words: Sequence[Word]) -> list[tuple[str, str]]:
    sections = []
    for origin, held in groupby(words, key=lambda word: word.origin):
        lines = [
            lexicon.write_translation(
                lexicon.Translation(french, tuple(lexicon.Phrase(one.english, one.weight) for one in same))
            )
            for french, same in groupby(held, key=lambda word: word.french)
        ]
        sections.append((origin, "\n".join(lines)))
    return sections


def _row(french: str, english: str, weight: float, origin: Origin, source: str, clock: Clock) -> dict[str, object]:
    return {
        "french": french,
        "english": english,
        "weight": weight,
        "origin": origin,
        "source": source[:200],
        "added_at": clock(),
    }


def _is(french: str, english: str) -> ColumnElement[bool]:
    return and_(translations.c.french == french, translations.c.english == english, translations.c.origin == "staff")


def _holding(text: str) -> ColumnElement[bool]:
    return or_(
        translations.c.french.contains(text, autoescape=True), translations.c.english.contains(text, autoescape=True)
    )


async def _count(connection: AsyncConnection, holding: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.count()).select_from(translations).where(holding))).scalar_one())
