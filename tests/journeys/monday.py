"""An installation on a Monday at noon: everything a mail can be about happens at once.

On Saturday it read its source for the first time, on Sunday people got their digest, and three declared an
organisation. Now a topic is new, one has moved its deadline, one was withdrawn, one is thirty days from its end; the
week's digests are due; somebody confirms, somebody leaves, and somebody has still not confirmed.
"""

import asyncio
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from services.ingest.harvest_store import HarvestStore
from shared.database import Database
from tests.fakes import TOPICS, Topic, eu_portal
from tests.journeys.product import Product, body_of, eventually
from tests.journeys.told import (
    Outcome,
    assert_it_balances,
    assert_nobody_was_told_twice,
    assert_only_the_confirmed_were_written_to,
    is_quiet,
    matched_pairs,
    opportunities_in,
    outcome,
    wait_until_it_stays_quiet,
)
from tests.servers import copy_of_postgresql_database

ARRIVING, LEAVING, SILENT = "arriving@exemple.fr", "leaving@exemple.fr", "silent@exemple.fr"
TEXT = (
    "Nous formons des éleveurs laitiers et des techniciens à la qualité du lait cru, à l'affinage des fromages et à "
    "l'hygiène de la traite, et nous vendons nos fromages et nos yaourts dans les marchés de la région."
)
DAIRY, CYBER, SPACE, DATA = TOPICS
ENDING = Topic(
    "HORIZON-OURS-2026-CHEESE-05",
    "Raw milk cheese: ripening and short supply chains",
    "Projects help cheese makers and dairy farmers with ripening cellars, milk hygiene and short supply chains.",
)
NEW = Topic(
    "HORIZON-OURS-2026-YOGHURT-06",
    "Yoghurt and fermented milk of small dairies",
    "Projects help small dairies and cheese makers with fermented milk, yoghurt and the training of dairy technicians.",
)
CLOSED = "31094503"
WITHDRAWN = CYBER.identifier


def noon(weekday: int) -> datetime:
    """Noon, UTC, of a weekday of the weekend to come, 5 is Saturday and 7 Monday; at most a week and a half ahead."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    return saturday + timedelta(days=weekday - 5)


@dataclass(frozen=True)
class Portals:
    """The source before the weekend, and as it is on Monday."""

    before: str
    on_monday: str


@contextmanager
def portals() -> Iterator[Portals]:
    """Two small EU portals."""
    until_monday = (noon(7).date() - datetime.now(UTC).date()).days
    ending = replace(ENDING, closes_in_days=until_monday + 30)
    moved = replace(DAIRY, closes_in_days=DAIRY.closes_in_days - 12)
    withdrawn = replace(CYBER, status=CLOSED)
    with ExitStack() as stack:
        before = stack.enter_context(eu_portal((DAIRY, CYBER, SPACE, ending)))
        on_monday = stack.enter_context(eu_portal((moved, withdrawn, SPACE, ending, NEW, DATA)))
        yield Portals(before, on_monday)


@dataclass(frozen=True)
class Weekend:
    """An installation at rest on Sunday night, to be copied, and what people hold in their mailboxes."""

    home: Path
    database_url: str | None
    portals: Portals
    confirm_token: str
    leave_token: str

    def copy(self, home: Path, database_url: str | None, make: type[Product] = Product) -> Product:
        """A copy of it on Monday."""
        shutil.copytree(self.home, home)
        if database_url and self.database_url:
            copy_of_postgresql_database(self.database_url, database_url)
        return at_noon(make(home, database_url, source(self.portals.on_monday)), 7)

    def on_monday(self) -> Product:
        """The installation itself on Monday."""
        return at_noon(Product(self.home, self.database_url, source(self.portals.on_monday)), 7)


def source(portal: str) -> dict[str, str]:
    return {"SOURCES": "eu-portal", "SEDIA_URL": portal}


def at_noon(product: Product, weekday: int) -> Product:
    """Its clock turned on, as if it were noon now."""
    product.later_s = (noon(weekday) - datetime.now(UTC)).total_seconds()
    return product


def weekend(home: Path, database_url: str | None, found: Portals, *, killed_at: str | None = None) -> Weekend:
    """Live through Saturday and Sunday; `killed_at` is where the very first start ends itself."""
    product = at_noon(Product(home, database_url, source(found.before)), 5)
    if killed_at:
        product.up(killed_at=killed_at)
        product.wait_killed()
    product.run("samples", "load")
    product.up()
    wanted = {topic.identifier.lower() for topic in (DAIRY, CYBER, ENDING)}
    eventually(lambda: wanted <= set(map(topic_of, matched_pairs(product))), within_s=60, or_tell=product.log)
    eventually(lambda: is_quiet(product), within_s=60, or_tell=product.log)
    product.stop()
    at_noon(product, 6)
    product.up()
    for topic, address in ((DAIRY, "contact@laiterie.example"), (CYBER, "hello@numerique.example")):
        product.wait_for_mail(lambda mail, topic=topic: topic.identifier.lower() in topics_in(mail), to=address)
    tokens = {address: declare(product, address) for address in (ARRIVING, LEAVING, SILENT)}
    confirm(product, tokens[LEAVING])
    welcome = product.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to=LEAVING)
    eventually(lambda: is_quiet(product), within_s=60, or_tell=product.log)
    product.stop()
    ask_for_a_harvest(product)
    return Weekend(home, database_url, found, tokens[ARRIVING], token_in(welcome["List-Unsubscribe"]))


def topic_of(pair: tuple[str, str]) -> str:
    return pair[0].removeprefix("eu-")


def topics_in(mail: object) -> set[str]:
    return {name.removeprefix("eu-") for name in opportunities_in(mail)}  # type: ignore[arg-type]


def token_in(text: str) -> str:
    found = re.search(r"token=([\w.-]+)", text)
    assert found is not None
    return found[1]


def declare(product: Product, address: str) -> str:
    """Declare an organisation by the form; returns the token of the confirmation mail."""
    fields = {
        "kind": "business",
        "name": f"Fromagerie de {address.partition('@')[0]}",
        "commune": "Saint-Malo",
        "text": TEXT,
        "email": address,
        "cadence": "immediate",
        "language": "fr",
        "consent": "2026-11",
    }
    answer = send_form(product, "/declare", fields)
    assert answer.status_code == 303, answer.text
    return token_in(body_of(product.wait_for_mail(lambda mail: "token=" in body_of(mail), to=address)))


def send_form(product: Product, path: str, fields: dict[str, str]) -> httpx.Response:
    """Send a form of the portal, with the token of a page of its own."""
    with httpx.Client(base_url=product.url, timeout=20) as browser:
        page = browser.get("/sign-in")
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
        assert found is not None, page.text
        return browser.post(path, data={"csrf_token": found[1], **fields})


def confirm(product: Product, token: str) -> None:
    answer = send_form(product, "/confirm", {"token": token})
    assert answer.status_code == 200, answer.text


def leave(product: Product, token: str) -> None:
    link = f"{product.url}/unsubscribe/one-click?token={token}"
    answer = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=20)
    assert answer.status_code == 200, answer.text


def press_buttons(product: Product, held: Weekend) -> None:
    """Somebody confirms and somebody leaves, again and again until they are answered or everything is dead."""
    for press, token in ((confirm, held.confirm_token), (leave, held.leave_token)):

        def answered(press: object = press, token: str = token) -> bool:
            if any(process.poll() is not None for process in product.processes):
                return True
            try:
                press(product, token)  # type: ignore[operator]
            except (httpx.HTTPError, AssertionError):
                return False
            return True

        eventually(answered, within_s=60, or_tell=lambda: product.log()[-3000:])


def ask_for_a_harvest(product: Product) -> None:
    """Somebody wished for a harvest just before the installation stopped."""

    async def ask() -> None:
        url = product.database_url or f"sqlite+aiosqlite:///{product.home}/{{service}}.sqlite"
        database = Database(url, service="ingest")
        try:
            assert await HarvestStore(database).ask("eu-portal", datetime.now(UTC))
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, ask()).result()


def outcome_of(product: Product) -> Outcome:
    return outcome(product, arriving=ARRIVING, leaving=LEAVING, changing=WITHDRAWN.lower())


def end_of(product: Product, held: Weekend) -> Outcome:
    """How a Monday ends that nobody disturbs: told in every kind of mail that this story is about."""
    press_buttons(product, held)
    eventually(lambda: says_everything(outcome_of(product)), within_s=120, or_tell=product.log)
    wait_until_it_stays_quiet(product)
    product.stop()
    assert_promises(product)
    return outcome_of(product)


def says_everything(end: Outcome) -> bool:
    kinds = {kind for _, kind, _ in end.told}
    return {"alert", "digest", "amended", "closed", "reminder", "any"} <= kinds


def assert_promises(product: Product) -> None:
    assert_nobody_was_told_twice(product)
    assert_only_the_confirmed_were_written_to(product)
    assert_it_balances(product)


def assert_ends_as(product: Product, expected: Outcome) -> None:
    """Wait until it is where one ended that nobody hurt, and until nothing more is to come; then promises hold."""
    try:
        eventually(lambda: outcome_of(product) == expected, within_s=120, every_s=0.5)
        wait_until_it_stays_quiet(product)
    except AssertionError:
        assert outcome_of(product) == expected, product.log()[-3000:]
        raise
    finally:
        product.stop()
    assert outcome_of(product) == expected
    assert_promises(product)
