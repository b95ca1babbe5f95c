"""Who was told what: mails read as pairs, to compare an installation that was hurt with one that was not."""

import re
from collections import defaultdict
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

from tests.journeys.product import Product, body_of, eventually

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


def wait_until_quiet(product: Product, expected: set[tuple[str, str]] | None = None) -> set[tuple[str, str]]:
    """Wait until everything expected was told; without an expectation, until nothing more comes for a while."""
    if expected is not None:
        eventually(lambda: expected <= told(product.mails()), within_s=120, or_tell=product.log)
        return told(product.mails())
    seen: list[int] = []

    def quiet() -> bool:
        seen.append(len(product.mails()))
        return len(seen) > 80 and seen[-1] > 0 and len(set(seen[-80:])) == 1

    eventually(quiet, within_s=90, or_tell=product.log)
    return told(product.mails())
