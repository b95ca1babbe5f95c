"""The whole process is killed at a named point, started again, and ends like one that was not."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import MondayOn
from tests.journeys.kill_points import FIRST_START, POINTS, STOPPING, WHEN_FIRST_STARTED, WHEN_STOPPED
from tests.journeys.monday import Weekend, assert_ends_as, press_buttons, weekend
from tests.journeys.product import Product
from tests.journeys.told import extra_copies, past_the_dot

pytestmark = pytest.mark.long
Note = Callable[[str, object], None]
DATABASES = {"sqlite": ["sqlite"], "postgresql": ["postgresql"], "both": ["sqlite", "postgresql"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each point as often as `--kills` says, on the databases that `--databases` names."""
    metafunc.parametrize("database_named", DATABASES[metafunc.config.getoption("--databases")], indirect=True)
    metafunc.parametrize("kill", range(metafunc.config.getoption("--kills")))


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_tells_nobody_twice(
    point: str,
    kill: int,
    product_database: str | None,
    tmp_path: Path,
    monday_on: MondayOn,
    record_property: Note,
) -> None:
    monday = monday_on(product_database)
    product = monday.product(tmp_path / "home", product_database)
    product.up(killed_at=POINTS[point][kill])
    press_buttons(product, monday.weekend)
    product.wait_killed()
    uncertain = past_the_dot(product)
    start_again(product, monday.weekend)
    assert_ends_as(product, monday.undisturbed)
    assert_copies_only_of(uncertain, product, record_property)


def test_a_crash_while_it_stops_is_one_like_any(
    kill: int, product_database: str | None, tmp_path: Path, monday_on: MondayOn, record_property: Note
) -> None:
    monday = monday_on(product_database)
    product = monday.product(tmp_path / STOPPING, product_database)
    product.up(killed_at=WHEN_STOPPED[kill])
    time.sleep(kill * 0.3)
    product.processes[0].send_signal(signal.SIGTERM)
    product.wait_killed()
    uncertain = past_the_dot(product)
    start_again(product, monday.weekend)
    assert_ends_as(product, monday.undisturbed)
    assert_copies_only_of(uncertain, product, record_property)


def test_a_first_start_that_is_killed_while_it_makes_tables_is_made_up_for(
    kill: int, product_database: str | None, tmp_path: Path, monday_on: MondayOn, record_property: Note
) -> None:
    monday = monday_on(product_database)
    killed_at = WHEN_FIRST_STARTED[kill]
    held = weekend(tmp_path / FIRST_START, product_database, monday.weekend.portals, killed_at=killed_at)
    product = held.on_monday()
    start_again(product, held)
    assert_ends_as(product, monday.undisturbed)
    assert_copies_only_of(set(), product, record_property)


def start_again(product: Product, held: Weekend) -> None:
    product.up()
    press_buttons(product, held)


def assert_copies_only_of(uncertain: set[str], product: Product, record_property: Note) -> None:
    """At most one more copy of each mail whose `dot` was committed when the process died, of no other."""
    copies = extra_copies(product)
    record_property("copies", copies.total())
    assert set(copies) <= uncertain
    assert set(copies.values()) <= {1}
