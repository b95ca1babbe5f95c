"""Who was told what: the mailbox and the databases of an installation, to compare one that was hurt with one not."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from services.notifier.store.planning import FIRST_WORD
from services.notifier.tables import alerts, consents, messages, messages_of_bus, pairs, people, subscriptions
from shared.database import Database
from shared.events import SERVICES
from tests.journeys.product import Product, body_of, eventually

OPPORTUNITY = re.compile(r"/opportunities/([\w.-]+)")
LOGIN_KINDS = {"confirm", "sign_in"}


def opportunities_in(mail: EmailMessage) -> set[str]:
    """Ids of the opportunities a mail links to."""
    return set(OPPORTUNITY.findall(body_of(mail)))


def told(mails: Iterable[EmailMessage]) -> set[tuple[str, str]]:
    """Pairs (recipient, opportunity) over all mails."""
    return {(str(mail["To"]), opportunity) for mail in mails for opportunity in opportunities_in(mail)}


def kind_of(mail: EmailMessage) -> str:
    return str(mail["Feedback-ID"]).partition(":")[0]


def id_of(mail: EmailMessage) -> str:
    """The id of the mail's row."""
    return str(mail["Message-ID"]).strip("<> ").partition("@")[0]


# --- the databases ---


def rows(product: Product, query: Select[Any], service: str = "notifier") -> list[Row[Any]]:
    """What a service's database answers; in a thread of its own, since a browser has its loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _read(product, query, service)).result()


async def _read(product: Product, query: Select[Any], service: str) -> list[Row[Any]]:
    url = product.database_url or f"sqlite+aiosqlite:///{product.home}/{{service}}.sqlite"
    database = Database(url, service=service)
    try:
        async with database.reading() as connection:
            return list(await connection.execute(query))
    finally:
        await database.close()


def subscription_statuses(product: Product, address: str) -> list[str]:
    """The status of each subscription of an address, as the notifier's database has it."""
    mine = select(subscriptions.c.status).join(people).where(people.c.address == address)
    return [row.status for row in rows(product, mine)]


def matched_pairs(product: Product) -> set[tuple[str, str]]:
    """The pairs (opportunity, profile) that match."""
    matching = select(pairs.c.opportunity_id, pairs.c.profile_id).where(pairs.c.matched)
    return {(row.opportunity_id, row.profile_id) for row in rows(product, matching)}


def ids_of_mails(product: Product, *wanted: Any) -> set[str]:
    """Ids of the mails of which something holds."""
    return {row.id for row in rows(product, select(messages.c.id).where(*wanted))}


def past_the_dot(product: Product) -> set[str]:
    """Mails that may have been taken by the relay, for all that the database knows."""
    return ids_of_mails(product, messages.c.state == "attempting", messages.c.phase == "dot")


def is_quiet(product: Product) -> bool:
    """Whether no mail is to leave and no fact is to be told."""
    if ids_of_mails(product, messages.c.state.in_(("planned", "attempting"))):
        return False
    outbox = messages_of_bus.outbox
    untold = select(func.count().label("facts")).select_from(outbox).where(outbox.c.told_at.is_(None))
    return not any(row.facts for service in SERVICES for row in rows(product, untold, service))


# --- where an installation ends ---


@dataclass(frozen=True)
class Outcome:
    """Where an installation ends, whichever way it went there.

    told: (address, kind of mail, opportunity). matched: (opportunity, address). statuses: (address, subscription's).
    """

    told: frozenset[tuple[str, str, str]]
    matched: frozenset[tuple[str, str]]
    statuses: frozenset[tuple[str, str]]


def outcome(product: Product, *, arriving: str, leaving: str, changing: str) -> Outcome:
    """What the mailbox and the notifier's database hold now.

    arriving: confirms at some moment, and is told of what is open in one kind of mail or another. leaving: may have
    left before anything came. changing: what may have ended before somebody came.
    """
    told_now = set()
    for mail in product.mails():
        address = str(mail["To"])
        for opportunity in opportunities_in(mail):
            if address == arriving and not opportunity.endswith(changing):
                told_now.add((address, "any", opportunity))
            elif address not in {arriving, leaving}:
                told_now.add((address, kind_of(mail), opportunity))
    columns = (people.c.address, subscriptions.c.status, subscriptions.c.organisation_id)
    found = rows(product, select(*columns).join(people, people.c.id == subscriptions.c.person_id))
    address_of = {row.organisation_id: row.address for row in found}
    matched = {(opportunity, address_of.get(profile, profile)) for opportunity, profile in matched_pairs(product)}
    statuses = {(row.address, row.status) for row in found}
    return Outcome(frozenset(told_now), frozenset(matched), frozenset(statuses))


# --- the promises ---


def assert_nobody_was_told_twice(product: Product) -> None:
    """A first word comes once; each pair is in as many messages as it has alerts; copies are the same to the byte."""
    texts: dict[str, set[bytes]] = defaultdict(set)
    carriers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in product.mails():
        del mail["X-Envelope-To"]
        texts[id_of(mail)].add(mail.as_bytes())
        for opportunity in opportunities_in(mail):
            carriers[str(mail["To"]), opportunity].add(id_of(mail))
    assert {name: len(copies) for name, copies in texts.items() if len(copies) > 1} == {}
    columns = (people.c.address, alerts.c.opportunity_id, alerts.c.kind)
    query = select(*columns).join(people, people.c.id == alerts.c.person_id).where(alerts.c.status == "sent")
    noted = [(row.address, row.opportunity_id, row.kind) for row in rows(product, query)]
    first = Counter((address, opportunity) for address, opportunity, kind in noted if kind in FIRST_WORD)
    assert {pair: times for pair, times in first.items() if times > 1} == {}
    words = Counter((address, opportunity) for address, opportunity, _kind in noted)
    assert {pair: ids for pair, ids in carriers.items() if len(ids) > words[pair]} == {}


def assert_only_the_confirmed_were_written_to(product: Product) -> None:
    """Whoever got anything but a mail to confirm or to sign in has a row that says they consented."""
    given = consents.c.event.in_(("confirmed", "sample"))
    query = select(people.c.address).join(consents, consents.c.person_id == people.c.id).where(given)
    confirmed = {row.address for row in rows(product, query)}
    written_to = {str(mail["To"]) for mail in product.mails() if kind_of(mail) not in LOGIN_KINDS}
    assert written_to <= confirmed


def assert_it_balances(product: Product) -> None:
    """What the database calls sent is what the mailbox holds, no alert outlived its mail, every match has its alert."""
    assert ids_of_mails(product, messages.c.state == "sent") == {id_of(mail) for mail in product.mails()}
    ended = messages.c.state.in_(("sent", "failed", "cancelled"))
    outlived = select(alerts.c.id).join(messages, messages.c.id == alerts.c.message_id)
    assert rows(product, outlived.where(alerts.c.status == "planned", ended)) == []
    matching = and_(pairs.c.profile_id == subscriptions.c.organisation_id, pairs.c.matched)
    mine = and_(alerts.c.person_id == subscriptions.c.person_id, alerts.c.opportunity_id == pairs.c.opportunity_id)
    unheard = select(subscriptions.c.id, pairs.c.opportunity_id).join(pairs, matching).outerjoin(alerts, mine)
    assert rows(product, unheard.where(subscriptions.c.status == "active", alerts.c.id.is_(None))) == []


def extra_copies(product: Product) -> Counter[str]:
    """How many times more than once each mail came, by its id."""
    return Counter(id_of(mail) for mail in product.mails()) - Counter({id_of(mail) for mail in product.mails()})


def wait_until_it_stays_quiet(product: Product, *, times: int = 4) -> None:
    """Wait until nothing is to leave, and look again for two seconds."""
    seen = [False]

    def quiet() -> bool:
        seen.append(is_quiet(product))
        return all(seen[-times:]) and len(seen) > times

    eventually(quiet, within_s=120, or_tell=lambda: product.log()[-3000:], every_s=0.5)
