"""The broker goes away or forgets everything, handlers fail: in the end everybody was told once."""

import shutil
import time
from pathlib import Path

import psutil
import pytest

from tests.journeys.told import assert_nobody_was_told_twice, product_with_samples, wait_until_quiet

pytestmark = pytest.mark.long


@pytest.mark.parametrize("point", range(10))
def test_a_store_that_is_deleted_is_rebuilt_from_the_databases(
    point: int,
    tmp_path: Path,
    portal: str,
    undisturbed: set[tuple[str, str]],
) -> None:
    product = product_with_samples(tmp_path / "home", None, portal)
    product.up()
    time.sleep(point * 0.5)
    [process] = product.processes
    [broker] = psutil.Process(process.pid).children()
    broker.kill()
    shutil.rmtree(product.home / "nats" / "jetstream", ignore_errors=True)
    assert wait_until_quiet(product, undisturbed) == undisturbed
    product.stop()
    assert_nobody_was_told_twice(product)


def test_a_handler_that_raises_once_in_every_subscriber_costs_nothing(
    product_database: str | None,
    tmp_path: Path,
    portal: str,
    undisturbed: set[tuple[str, str]],
) -> None:
    product = product_with_samples(tmp_path / "home", product_database, portal)
    product.up(raising_once=True)
    assert wait_until_quiet(product, undisturbed) == undisturbed
    product.stop()
    assert product.log().count("raises once on") >= 8
    assert_nobody_was_told_twice(product)
