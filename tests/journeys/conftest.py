"""What whole products need: a database, a portal to harvest, and how one ends that nobody hurt."""

from collections.abc import Iterator

import pytest

from tests.fakes import eu_portal
from tests.journeys.told import product_with_samples, wait_until_quiet
from tests.servers import fresh_postgresql_database


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
def undisturbed(tmp_path_factory: pytest.TempPathFactory, portal: str) -> set[tuple[str, str]]:
    """Who is told what when nothing happens: pairs (recipient, opportunity)."""
    product = product_with_samples(tmp_path_factory.mktemp("undisturbed") / "home", None, portal)
    product.up()
    pairs = wait_until_quiet(product)
    product.stop()
    assert len({to for to, _ in pairs}) >= 2
    assert any("ours" in opportunity for _, opportunity in pairs), "an opportunity of the portal is told"
    return pairs
