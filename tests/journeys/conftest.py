"""What whole products need: a database, and installations on a Monday that are copied for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


@pytest.fixture(scope="session")
def monday_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, two_portals: Portals
) -> Iterator[MondayOn]:
    """Makes, once for each kind of database, a weekend and the end of its undisturbed Monday."""
    made: dict[bool, Monday] = {}
    with ExitStack() as stack:

        def fresh_database() -> str:
            return stack.enter_context(fresh_postgresql_database(request.getfixturevalue("postgresql_server")))

        def make(is_postgresql: bool) -> Monday:
            folder = tmp_path_factory.mktemp("monday")
            urls = [fresh_database(), fresh_database()] if is_postgresql else [None, None]
            held = weekend(folder / "weekend", urls[0], two_portals)
            product = held.copy(folder / "monday", urls[1])
            product.up()
            return Monday(held, end_of(product, held))

        def monday(database_url: str | None) -> Monday:
            is_postgresql = database_url is not None
            if is_postgresql not in made:
                made[is_postgresql] = make(is_postgresql)
            return made[is_postgresql]

        yield monday


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
