"""Who was told what: mails read as pairs, to compare an installation that was hurt with one that was not."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, select

from services.notifier.tables import pairs, people, subscriptions
from shared.database import Database
from tests.journeys.product import Product, body_of, eventually

IMMEDIATE = {"contact@laiterie.example", "hello@numerique.example"}
OPPORTUNITY = re.compile(r"/opportunities/([\w.-]+)")


def opportunities_in(mail: EmailMessage) -> set[str]:
    """Ids of the opportunities a mail links to."""
    return set(OPPORTUNITY.findall(body_of(mail)))


def told(mails: Iterable[EmailMessage]) -> set[tuple[str, str]]:
    """Pairs (recipient, opportunity) over all mails."""
    return {(str(mail["To"]), opportunity) for mail in mails for opportunity in opportunities_in(mail)}


def assert_nobody_was_told_twice(product: Product) -> None:
    """Each pair is in one message; copies of a message are the same to the byte."""
    messages: dict[str, set[bytes]] = defaultdict(set)
    carriers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in product.mails():
        del mail["X-Envelope-To"]
        messages[mail["Message-ID"]].add(mail.as_bytes())
        for opportunity in opportunities_in(mail):
            carriers[str(mail["To"]), opportunity].add(mail["Message-ID"])
    assert {name: len(copies) for name, copies in messages.items() if len(copies) > 1} == {}
    assert {pair: ids for pair, ids in carriers.items() if len(ids) > 1} == {}


def copies(product: Product) -> int:
    """Mails that came more than once."""
    ids = [mail["Message-ID"] for mail in product.mails()]
    return len(ids) - len(set(ids))


def product_with_samples(home: Path, database: str | None, portal: str) -> Product:
    """An installation at rest, with the samples in it, that is going to harvest a portal."""
    product = Product(home, database, {"SOURCES": "eu-portal", "SEDIA_URL": portal})
    product.run("samples", "load")
    return product


@dataclass(frozen=True)
class Outcome:
    """Where an installation ends: who was told what at once, and which pairs (opportunity, profile) match.

    What waits for a morning's digest is among the pairs, whichever of its mails has left already.
    """

    told: frozenset[tuple[str, str]]
    matched: frozenset[tuple[str, str]]


def outcome(product: Product) -> Outcome:
    """What the mailbox and the notifier's database hold now."""
    at_once = {pair for pair in told(product.mails()) if pair[0] in IMMEDIATE}
    matching = select(pairs.c.opportunity_id, pairs.c.profile_id).where(pairs.c.matched)
    matched = {(row.opportunity_id, row.profile_id) for row in _rows(product, matching)}
    return Outcome(frozenset(at_once), frozenset(matched))


def subscription_statuses(product: Product, address: str) -> list[str]:
    """The status of each subscription of an address, as the notifier's database has it."""
    mine = select(subscriptions.c.status).join(people).where(people.c.address == address)
    return [row.status for row in _rows(product, mine)]


def _rows(product: Product, query: Select[Any]) -> list[Row[Any]]:
    """What the notifier's database answers; in a thread of its own, since a browser has its loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _read(product, query)).result()


async def _read(product: Product, query: Select[Any]) -> list[Row[Any]]:
    url = product.database_url or f"sqlite+aiosqlite:///{product.home}/{{service}}.sqlite"
    database = Database(url, service="notifier")
    try:
        async with database.reading() as connection:
            return list(await connection.execute(query))
    finally:
        await database.close()


def settled(product: Product) -> Outcome:
    """Wait until nothing more comes for a while."""
    seen: list[int] = []

    def quiet() -> bool:
        seen.append(len(product.mails()))
        return len(seen) > 100 and seen[-1] > 0 and len(set(seen[-100:])) == 1

    eventually(quiet, within_s=120, or_tell=product.log)
    return outcome(product)


def assert_ends_as(product: Product, expected: Outcome) -> None:
    """Wait until it is where one ended that nobody hurt; then nobody may have been told twice."""
    try:
        eventually(lambda: outcome(product) == expected, within_s=120)
    except AssertionError:
        assert outcome(product) == expected, product.log()[-3000:]
    finally:
        product.stop()
    assert_nobody_was_told_twice(product)
