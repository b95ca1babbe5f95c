"""The broker goes away or forgets everything, handlers fail: in the end everybody was told once."""

import shutil
import time
from pathlib import Path

import psutil
import pytest

from tests.journeys.conftest import MondayOn
from tests.journeys.monday import assert_ends_as, press_buttons
from tests.journeys.product import ApartProduct

pytestmark = pytest.mark.long


@pytest.mark.parametrize("point", range(10))
def test_a_store_that_is_deleted_is_rebuilt_from_the_databases(point: int, tmp_path: Path, monday_on: MondayOn) -> None:
    monday = monday_on(None)
    product = monday.product(tmp_path / "home", None)
    product.up()
    time.sleep(point * 0.5)
    [process] = product.processes
    [broker] = psutil.Process(process.pid).children()
    broker.kill()
    shutil.rmtree(product.home / "nats" / "jetstream", ignore_errors=True)
    press_buttons(product, monday.weekend)
    assert_ends_as(product, monday.undisturbed)


def test_a_handler_that_raises_once_in_every_subscriber_costs_nothing(
    product_database: str | None, tmp_path: Path, monday_on: MondayOn
) -> None:
    monday = monday_on(product_database)
    product = monday.product(tmp_path / "home", product_database)
    product.up(raising_once=True)
    press_buttons(product, monday.weekend)
    assert_ends_as(product, monday.undisturbed)
    assert product.log().count("raises once on") >= 8


def test_a_broker_away_for_a_minute_only_delays(
    product_database: str | None, tmp_path: Path, monday_on: MondayOn
) -> None:
    monday = monday_on(product_database)
    product = monday.product(tmp_path / "home", product_database, ApartProduct)
    product.up()
    product.nats.stop()
    time.sleep(60)
    product.nats.start()
    press_buttons(product, monday.weekend)
    assert_ends_as(product, monday.undisturbed)
