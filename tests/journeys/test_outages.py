"""The broker goes away or forgets everything, handlers fail: in the end everybody was told once."""

import shutil
import time
from pathlib import Path

import psutil
import pytest

from tests.journeys.product import ApartProduct
from tests.journeys.told import Outcome, assert_ends_as, product_with_samples

pytestmark = pytest.mark.long


@pytest.mark.parametrize("point", range(10))
def test_a_store_that_is_deleted_is_rebuilt_from_the_databases(
    point: int,
    tmp_path: Path,
    portal: str,
    undisturbed: Outcome,
) -> None:
    product = product_with_samples(tmp_path / "home", None, portal)
    product.up()
    time.sleep(point * 0.5)
    [process] = product.processes
    [broker] = psutil.Process(process.pid).children()
    broker.kill()
    shutil.rmtree(product.home / "nats" / "jetstream", ignore_errors=True)
    assert_ends_as(product, undisturbed)


def test_a_handler_that_raises_once_in_every_subscriber_costs_nothing(
    product_database: str | None,
    tmp_path: Path,
    portal: str,
    undisturbed: Outcome,
) -> None:
    product = product_with_samples(tmp_path / "home", product_database, portal)
    product.up(raising_once=True)
    assert_ends_as(product, undisturbed)
    assert product.log().count("raises once on") >= 8


def test_a_broker_away_for_a_minute_only_delays(
    product_database: str | None, tmp_path: Path, portal: str, undisturbed: Outcome
) -> None:
    at_rest = product_with_samples(tmp_path / "home", product_database, portal)
    product = ApartProduct(at_rest.home, product_database, at_rest.environ)
    product.up()
    product.nats.stop()
    time.sleep(60)
    product.nats.start()
    assert_ends_as(product, undisturbed)
