"""What whole products need: a database, and installations on a Monday that are copied for each test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.monday import Portals, Weekend, end_of, portals, weekend
from tests.journeys.product import Product, end_leftovers
from tests.journeys.told import Outcome
from tests.servers import fresh_postgresql_database


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    yield
    end_leftovers()


@pytest.fixture
def database_named(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What PASSERELLE_DATABASE_URL is set to: nothing, or a fresh PostgreSQL database; a test says which."""
    if request.param == "sqlite":
        yield None
        return
    with fresh_postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def product_database(database_named: str | None) -> str | None:
    """The same, each in turn unless a module says otherwise."""
    return database_named


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "product_database" in metafunc.fixturenames and "kill" not in metafunc.fixturenames:
        metafunc.parametrize("database_named", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def two_portals() -> Iterator[Portals]:
    with portals() as found:
        yield found


@dataclass(frozen=True)
class Monday:
    """An installation to copy, and how its Monday ends when nothing happens to it."""

    weekend: Weekend
    undisturbed: Outcome

    def product(self, home: Path, database_url: str | None, make: type[Product] = Product) -> Product:
        return self.weekend.copy(home, database_url, make)


MondayOn = Callable[[str | None], Monday]


def _monday(folder: Path, held_on: Portals, urls: tuple[str, str] | tuple[None, None]) -> Monday:
    held = weekend(folder / "weekend", urls[0], held_on)
    product = held.copy(folder / "monday", urls[1])
    product.up()
    return Monday(held, end_of(product, held))


@pytest.fixture(scope="session")
def monday_on_sqlite(tmp_path_factory: pytest.TempPathFactory, two_portals: Portals) -> Monday:
    return _monday(tmp_path_factory.mktemp("monday"), two_portals, (None, None))


@pytest.fixture(scope="session")
def monday_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, two_portals: Portals, postgresql_server: str
) -> Iterator[Monday]:
    with (
        fresh_postgresql_database(postgresql_server) as before,
        fresh_postgresql_database(postgresql_server) as undisturbed,
    ):
        yield _monday(tmp_path_factory.mktemp("monday"), two_portals, (before, undisturbed))


@pytest.fixture
def monday_on(request: pytest.FixtureRequest) -> MondayOn:
    """Makes, once for each kind of database, a weekend and the end of its undisturbed Monday."""

    def monday(database_url: str | None) -> Monday:
        name = "monday_on_sqlite" if database_url is None else "monday_on_postgresql"
        found: Monday = request.getfixturevalue(name)
        return found

    return monday


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many kills there were and what they cost, of the tests that noted it."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, [])]
    noted = [dict(report.user_properties) for report in reports if report.when == "call"]
    kills = [one for one in noted if "copies" in one]
    if kills:
        copies = sum(int(str(one["copies"])) for one in kills)
        failed = len([one for one in terminalreporter.stats.get("failed", []) if "copies" in dict(one.user_properties)])
        terminalreporter.write_line(
            f"{len(kills)} kills, {failed} after which a promise did not hold, {copies} extra copies after a final dot"
        )
