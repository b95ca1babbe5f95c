"""Where returned mails come from: a Maildir folder, and a real IMAP server behind TLS."""

import asyncio
import imaplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from services.notifier.returns.imap import Imap, MailboxRefused
from services.notifier.returns.maildir import Maildir
from services.notifier.returns.reading import Reading
from services.notifier.returns.taking import Taking
from services.notifier.store.returns import Noted
from services.notifier.tables import returns, suppressions
from shared.events import Tick
from tests.adapters.notifier.sink import Sink
from tests.adapters.notifier.test_returns import gone, told
from tests.adapters.notifier.world import World, leave, make_tables, make_world
from tests.conftest import TurnableClock

PASSWORD = "p/ss:w@rd"
IN_URL = "p%2Fss%3Aw%40rd"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "returns"
    for part in ("new", "cur", "tmp"):
        (made / part).mkdir(parents=True)
    return made


@pytest.fixture
async def postbox(tmp_path: Path, folder: Path, sink: Sink, clock: TurnableClock) -> AsyncIterator[World]:
    """A notifier that reads a Maildir folder."""
    world = await make_world(f"sqlite+aiosqlite:///{tmp_path}/n.sqlite", sink, clock, returns_maildir=folder)
    await make_tables(world)
    assert world.parts.opened is not None
    await world.parts.opened()
    yield world
    await leave(world)


def files(folder: Path) -> list[str]:
    return sorted(f"{each.parent.name}/{each.name}" for each in folder.glob("*/*"))


async def test_a_maildir_is_read_and_its_mails_marked_as_seen(postbox: World, folder: Path) -> None:
    row = await told(postbox)
    content = gone(row.id)
    (folder / "new" / "1.a.host").write_bytes(content)
    (folder / "cur" / "2.b.host:2,R").write_bytes(b"Subject: watches\r\n\r\nbuy")
    (folder / "cur" / "3.c.host:2,S").write_bytes(gone(row.id, returned_id="<read-before@relay.example>"))
    await postbox.tick("read-returns")
    assert files(folder) == ["cur/1.a.host:2,S", "cur/2.b.host:2,RS", "cur/3.c.host:2,S"]
    assert [each.kind for each in await postbox.rows(returns)] == ["bounced"]
    assert (folder / "cur" / "1.a.host:2,S").read_bytes() == content
    await postbox.tick("read-returns")
    assert len(await postbox.rows(returns)) == 1


class Tripping(Taking):
    """Cannot take in one mail, for good or for now."""

    fault: Exception = ValueError("never")

    async def take(self, content: bytes) -> Noted:
        if b"poison" in content:
            raise self.fault
        return await super().take(content)


async def test_a_mail_that_cannot_be_taken_in_is_kept_aside_and_blocks_nobody(
    postbox: World, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = await told(postbox)
    (folder / "new" / "1").write_bytes(b"Subject: poison\r\n\r\n")
    (folder / "new" / "2").write_bytes(gone(row.id))
    reading = Reading(Tripping.of(postbox.desk), (lambda: Maildir(folder),))
    await reading.read_returns(_tick())
    assert files(folder) == ["cur/1:2,FS", "cur/2:2,S"]
    kinds = sorted(each.kind for each in await postbox.rows(returns))
    assert kinds == ["bounced", "unreadable"]
    assert "a returned mail cannot be read" in caplog.text


async def test_a_mail_stays_unread_when_the_database_is_away(postbox: World, folder: Path) -> None:
    row = await told(postbox)
    (folder / "new" / "1").write_bytes(gone(row.id) + b"poison")
    tripping = Tripping.of(postbox.desk)
    object.__setattr__(tripping, "fault", OperationalError("select 1", {}, Exception("away")))
    reading = Reading(tripping, (lambda: Maildir(folder),))
    with pytest.raises(OperationalError):
        await reading.read_returns(_tick())
    assert files(folder) == ["new/1"]
    await postbox.tick("read-returns")
    assert files(folder) == ["cur/1:2,S"]
    assert [each.reason for each in await postbox.rows(suppressions)] == ["refused"]


async def test_a_folder_that_is_not_there_is_said_and_the_next_place_is_read(
    postbox: World, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = await told(postbox)
    (folder / "new" / "1").write_bytes(gone(row.id))
    places = (lambda: Maildir(folder / "nowhere"), lambda: Maildir(folder))
    await Reading(Taking.of(postbox.desk), places).read_returns(_tick())
    assert "the mailbox of returns cannot be read" in caplog.text
    assert len(await postbox.rows(returns)) == 1


# --- IMAP ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself; its key is in the same file."""
    made = tmp_path_factory.mktemp("certificate") / "imap.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(made.with_suffix(".key")), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + made.with_suffix(".key").read_bytes())
    return made


@pytest.fixture(scope="module")
def pymap_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real IMAP server on loopback, without TLS."""
    port = _free_port()
    program = str(Path(sys.executable).with_name("pymap"))
    command = [program, "--no-service", "admin", "--no-tls", "--host", "127.0.0.1", "--port", str(port)]
    command += ["dict", "--demo-user", "retours@passerelle.example", "--demo-password", PASSWORD]
    with (tmp_path_factory.mktemp("pymap") / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("pymap did not start")


@pytest.fixture
async def imaps_port(pymap_port: int, certificate: Path) -> AsyncIterator[int]:
    """TLS from the first byte, before that server: how providers offer IMAP."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while read := await reader.read(65536):
            writer.write(read)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", pymap_port)
        for step in (pass_on(reader, inner_writer), pass_on(inner_reader, writer)):
            running.add(asyncio.create_task(step))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield int(server.sockets[0].getsockname()[1])
    server.close()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def _tick() -> Any:
    return Tick.of(service="notifier", job="read-returns", due_at=datetime(2026, 11, 2, tzinfo=UTC))


def _url(port: int, password: str = IN_URL) -> str:
    return f"imaps://retours%40passerelle.example:{password}@localhost:{port}/INBOX"


def _flags(port: int) -> list[str]:
    """What the server says of each mail, in order."""
    with imaplib.IMAP4("127.0.0.1", port) as server:
        server.login("retours@passerelle.example", PASSWORD)
        server.select("INBOX", readonly=True)
        return [str(line) for line in server.fetch("1:*", "(FLAGS)")[1]]


def _deliver(port: int, *contents: bytes) -> None:
    with imaplib.IMAP4("127.0.0.1", port) as server:
        server.login("retours@passerelle.example", PASSWORD)
        for content in contents:
            server.append("INBOX", None, None, content)


async def test_an_imap_mailbox_is_read_and_its_mails_marked_after_the_commit(
    tmp_path: Path,
    sink: Sink,
    clock: TurnableClock,
    pymap_port: int,
    imaps_port: int,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    database = f"sqlite+aiosqlite:///{tmp_path}/n.sqlite"
    async with AsyncExitStack() as stack:
        world = await make_world(database, sink, clock, returns_imap=_url(imaps_port))
        stack.push_async_callback(leave, world)
        await make_tables(world)
        assert world.parts.opened is not None
        await world.parts.opened()
        row = await told(world)
        await asyncio.to_thread(_deliver, pymap_port, gone(row.id), b"Subject: poison\r\n\r\nx", b"\xff\x00spam")
        await Reading(Tripping.of(world.desk), (lambda: Imap(_url(imaps_port)),)).read_returns(_tick())
        flags = await asyncio.to_thread(_flags, pymap_port)
        assert [("Seen" in each, "Flagged" in each) for each in flags] == [(True, False), (True, True), (True, False)]
        assert [each.reason for each in await world.rows(suppressions)] == ["refused"]
        await world.tick("read-returns")
        assert sorted(each.kind for each in await world.rows(returns)) == ["bounced", "unreadable"]


async def test_a_wrong_password_and_an_untrusted_server_are_refused_without_a_word_of_the_password(
    imaps_port: int, certificate: Path
) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    wrong = Imap(_url(imaps_port, "wrong-secret"), context)
    with pytest.raises(MailboxRefused) as refused:
        await asyncio.to_thread(wrong.open)
    await asyncio.to_thread(wrong.close)
    assert "wrong-secret" not in f"{refused.value}{wrong}"
    with pytest.raises(ssl.SSLError):
        await asyncio.to_thread(Imap(_url(imaps_port)).open)
