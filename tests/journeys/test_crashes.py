"""The whole process is killed at a named point, started again, and ends like one that was not."""

from pathlib import Path

import pytest

from tests.journeys.told import Outcome, assert_ends_as, copies, product_with_samples

pytestmark = pytest.mark.long

POINTS = {
    "after a source is read": "services.ingest.harvest:Harvester._fetch:after:1",
    "before a harvest is stored": "services.ingest.store:Store.save:before:1",
    "after a harvest is stored": "services.ingest.harvest:Harvester._store_batch:after:1",
    "in the middle of publishing": "shared.bus:Bus.publish:after:7",
    "after publishing, before it is marked": "shared.relay:Relay.publish:after:1",
    "while scores are computed": "services.matcher.handlers:Handlers.score_opportunity:after:2",
    "before matches are stored": "services.matcher.store:Store.save_matches:before:2",
    "after matches are stored, before the fact is acknowledged": "services.matcher.handlers:Handlers._write:after:2",
    "while a mail is planned": "services.notifier.store.planning:Planning.plan_message:after:1",
    "after a mail is claimed": "services.notifier.sender:Sender.claim:after:2",
    "between the body and the point of no return": "services.notifier.sender:Sender.commit_dot:before:2",
    "at the point of no return": "services.notifier.sender:Sender.commit_dot:after:2",
    "after the final dot": "services.notifier.sender:Sender.final_dot:after:2",
    "after a mail is marked sent": "services.notifier.sender:Sender.commit_sent:after:2",
}
MAY_COPY = {"after the final dot"}


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_tells_nobody_twice(
    point: str, product_database: str | None, tmp_path: Path, portal: str, undisturbed: Outcome
) -> None:
    product = product_with_samples(tmp_path / "home", product_database, portal)
    product.up(killed_at=POINTS[point])
    product.wait_dead()
    product.up()
    assert_ends_as(product, undisturbed)
    assert copies(product) <= (1 if point in MAY_COPY else 0)
