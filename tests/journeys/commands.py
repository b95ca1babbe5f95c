"""What tests of commands share: a refusal, and a look at what is stored."""

import contextlib
import sqlite3

from tests.journeys.product import Product


def refused(product: Product, *command: str) -> str:
    """What a refused command says; never a traceback."""
    said = product.run(*command, code=2)
    assert "Traceback" not in said
    return said


def rows(product: Product, service: str, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(product.home / f"{service}.sqlite")) as connection:
        return connection.execute(query).fetchall()
