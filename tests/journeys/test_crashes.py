"""The whole process is killed at a named point, started again, and ends like one that was not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import eu_portal
from tests.journeys.product import Product, eventually
from tests.journeys.told import assert_nobody_was_told_twice, copies, told

pytestmark = pytest.mark.long

POINTS = {
    "before a harvest is stored": "services.ingest.store:Store.save:before:1",
    "after a harvest is stored": "services.ingest.harvest:Harvester.harvest:after:1",
    "after a fact is told": "shared.outbox:Outbox.next_batch:after:3",
    "after publishing, before it is marked": "shared.relay:Relay.publish:after:1",
    "in the middle of publishing": "shared.bus:Bus.publish:after:7",
    "before scores are stored": "services.matcher.store:Store.save_matches:before:2",
    "after matches are stored": "services.matcher.store:Store.save_matches:after:2",
    "while a mail is planned": "services.notifier.store.planning:Planning.plan_message:before:1",
    "after a mail is claimed": "services.notifier.sender:Sender.claim:after:2",
    "between the body and the point of no return": "services.notifier.sender:Sender.commit_dot:before:2",
    "at the point of no return": "services.notifier.sender:Sender.commit_dot:after:2",
    "after the final dot": "services.notifier.sender:Sender.final_dot:after:2",
    "after a mail is marked sent": "services.notifier.sender:Sender.commit_sent:after:2",
}
MAY_COPY = {"after the final dot"}
EXPECTED_MAILS = 4


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    with eu_portal() as url:
        yield url


def product_with_samples(home: Path, database: str | None, portal: str) -> Product:
    product = Product(home, database, {"SOURCES": "eu-portal", "SEDIA_URL": portal})
    product.run("samples", "load")
    return product


def wait_until_quiet(product: Product, expected: set[tuple[str, str]] | None = None) -> set[tuple[str, str]]:
    """Wait until everything expected was told; without an expectation, until nothing more comes for a while."""
    if expected is not None:
        eventually(lambda: expected <= told(product.mails()), within_s=60, or_tell=product.log)
        return told(product.mails())
    seen: list[int] = []

    def quiet() -> bool:
        seen.append(len(product.mails()))
        return len(seen) > 80 and seen[-1] > 0 and len(set(seen[-80:])) == 1

    eventually(quiet, within_s=90, or_tell=product.log)
    return told(product.mails())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, portal: str) -> set[tuple[str, str]]:
    product = product_with_samples(tmp_path_factory.mktemp("undisturbed") / "home", None, portal)
    product.up()
    pairs = wait_until_quiet(product)
    product.stop()
    assert len({to for to, _ in pairs}) >= 2
    assert any("ours" in opportunity for _, opportunity in pairs), "an opportunity of the portal is told"
    return pairs


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_tells_nobody_twice(
    point: str, product_database: str | None, tmp_path: Path, portal: str, undisturbed: set[tuple[str, str]]
) -> None:
    product = product_with_samples(tmp_path / "home", product_database, portal)
    product.up(killed_at=POINTS[point])
    product.wait_dead()
    product.up()
    assert wait_until_quiet(product, undisturbed) == undisturbed
    product.stop()
    assert_nobody_was_told_twice(product)
    assert copies(product) <= (1 if point in MAY_COPY else 0)
