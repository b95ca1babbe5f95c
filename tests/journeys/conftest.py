"""What whole products need: a database, a portal to harvest, and how one ends that nobody hurt."""

from collections.abc import Iterator

import pytest

from tests.fakes import eu_portal
from tests.journeys.product import end_leftovers
from tests.journeys.told import Outcome, product_with_samples, settled
from tests.servers import fresh_postgresql_database


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    yield
    end_leftovers()


@pytest.fixture(params=["sqlite", "postgresql"])
def product_database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What PASSERELLE_DATABASE_URL is set to: nothing, or a fresh PostgreSQL database."""
    if request.param == "sqlite":
        yield None
        return
    with fresh_postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture(scope="session")
def portal() -> Iterator[str]:
    """Base URL of a small EU portal."""
    with eu_portal() as url:
        yield url


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, portal: str) -> Outcome:
    """How an installation ends when nothing happens to it."""
    product = product_with_samples(tmp_path_factory.mktemp("undisturbed") / "home", None, portal)
    product.up()
    end = settled(product)
    product.stop()
    assert len({to for to, _ in end.told}) == 2
    assert any("ours" in opportunity for _, opportunity in end.told), "an opportunity of the portal is told"
    return end
