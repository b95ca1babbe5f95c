"""What every test may ask for: a fresh database of either kind, a real broker, a clock to turn."""

import os
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers import NatsServer, Unavailable, fresh_postgresql_database, start_postgresql

IN_CI = bool(os.environ.get("CI"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of what could go on for hours is done."""
    parser.addoption("--kills", type=int, default=1, help="how often the process is killed at each point, 1 to 5")
    parser.addoption("--databases", choices=["sqlite", "postgresql", "both"], default="sqlite", help="killed on which")


def missing(what: str) -> None:
    """Skip aloud on a developer's machine; fail where everything must be there."""
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must run everything")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a PostgreSQL server, without a database name: TEST_PG_URL, the system's, or the wheel's.

    Its folder is not one of pytest's, which another run of pytest may clean away.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="passerelle-") as folder, start_postgresql(Path(folder)) as url:
            yield url
    except Unavailable as reason:
        missing(f"PostgreSQL ({reason})")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database; `{service}` in the SQLite one is a file a service."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/{{service}}.sqlite"
        return
    server = request.getfixturevalue("postgresql_server")
    with fresh_postgresql_database(server) as url:
        yield url


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A real nats-server with JetStream, which the test may stop, start again and wipe."""
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


class TurnableClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded data; skipped aloud when none is named, a failure when the named one is not there."""
    named = os.environ.get("PASSERELLE_RECORDINGS")
    if not named:
        pytest.skip("PASSERELLE_RECORDINGS is not set")
    if not (Path(named) / "eu_portal" / "topics.jsonl").exists():
        pytest.fail(f"PASSERELLE_RECORDINGS names {named}, which holds no recordings")
    return Path(named)
