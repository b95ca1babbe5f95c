"""Databases for whole products: none of their own (the home's SQLite files), or a fresh one in PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.servers import fresh_postgresql_database


@pytest.fixture(params=["sqlite", "postgresql"])
def product_database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What PASSERELLE_DATABASE_URL is set to: nothing, or a fresh PostgreSQL database."""
    if request.param == "sqlite":
        yield None
        return
    with fresh_postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield url
