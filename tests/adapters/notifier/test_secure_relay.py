"""A relay that wants encryption and a password: STARTTLS, smtps, LOGIN; nothing leaves when it cannot be trusted."""

import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.notifier.mail.smtp import Relay
from services.notifier.tables import messages, suppressions
from tests.adapters.notifier.sink import Sink, running_sink
from tests.adapters.notifier.world import World, leave, make_tables, make_world
from tests.conftest import TurnableClock

ADDRESS = "contact@laiterie.example"
USER, PASSWORD = "passerelle@departement.example", "p/ss:w@rd é"


@dataclass
class Certificate:
    """A certificate for `localhost` that signs itself, and its key."""

    path: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


@dataclass
class Doorkeeper:
    """Lets in whoever has the password, and notes who came."""

    came: list[str] = field(default_factory=list)

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
        self.came.append(mechanism if right else "wrong")
        return AuthResult(success=right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "relay.pem", folder / "relay.key")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(made.key), "-out", str(made.path)]
    subprocess.run(command, check=True, capture_output=True)
    return made


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system trusts that certificate, as an operator makes it trust a private authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))


Enter = Callable[..., Any]


@pytest.fixture
async def enter(tmp_path: Path, clock: TurnableClock) -> AsyncIterator[Enter]:
    """Open a relay, and a notifier that uses it as a URL says."""
    async with AsyncExitStack() as stack:

        async def opened(url: str, *, tls: ssl.SSLContext | None = None, **options: Any) -> World:
            sink: Sink = await stack.enter_async_context(running_sink(tls, **options))
            port = sink.url.rpartition(":")[2]
            database = f"sqlite+aiosqlite:///{tmp_path}/notifier.sqlite"
            world = await make_world(database, sink, clock, smtp_url=url.replace("PORT", port), allow=ADDRESS)
            stack.push_async_callback(leave, world)
            await make_tables(world)
            assert world.parts.opened is not None
            await world.parts.opened()
            return world

        yield opened


def url(scheme: str, password: str = PASSWORD) -> str:
    return f"{scheme}://{quote(USER, safe='')}:{quote(password, safe='')}@localhost:PORT"


async def one_try(world: World) -> Any:
    """Ask for a confirmation mail, try once to send it; the row it left."""
    await world.subscribe(ADDRESS)
    await world.sender("login").send_next()
    [row] = await world.rows(messages)
    return row


def starttls(certificate: Certificate, doorkeeper: Doorkeeper, **options: Any) -> dict[str, Any]:
    return {"tls_context": certificate.server(), "authenticator": doorkeeper, "auth_required": True, **options}


@pytest.mark.usefixtures("trusted")
async def test_a_password_is_given_after_starttls(enter: Enter, certificate: Certificate) -> None:
    doorkeeper = Doorkeeper()
    world = await enter(url("smtp"), require_starttls=True, **starttls(certificate, doorkeeper))
    assert (await one_try(world)).state == "sent"
    assert doorkeeper.came == ["PLAIN"]
    assert world.sink.taken[0].recipient == ADDRESS


@pytest.mark.usefixtures("trusted")
async def test_a_relay_that_knows_login_alone_is_served(enter: Enter, certificate: Certificate) -> None:
    doorkeeper = Doorkeeper()
    world = await enter(url("smtp"), **starttls(certificate, doorkeeper, auth_exclude_mechanism=["PLAIN"]))
    assert (await one_try(world)).state == "sent"
    assert doorkeeper.came == ["LOGIN"]


@pytest.mark.usefixtures("trusted")
async def test_smtps_is_encrypted_from_the_first_byte(enter: Enter, certificate: Certificate) -> None:
    doorkeeper = Doorkeeper()
    world = await enter(url("smtps"), tls=certificate.server(), authenticator=doorkeeper, auth_require_tls=False)
    assert (await one_try(world)).state == "sent"
    assert doorkeeper.came == ["PLAIN"]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_nothing_is_sent_to_a_relay_whose_certificate_is_not_trusted(
    enter: Enter, certificate: Certificate, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    doorkeeper = Doorkeeper()
    if scheme == "smtps":
        options = {"tls": certificate.server(), "authenticator": doorkeeper, "auth_require_tls": False}
    else:
        options = starttls(certificate, doorkeeper)
    world = await enter(url(scheme), **options)
    row = await one_try(world)
    assert (row.state, row.reason, row.attempts) == ("planned", "relay", 0)
    assert (world.sink.taken, world.sink.phases, doorkeeper.came) == ([], [], [])
    causes = [record.__dict__["cause"] for record in caplog.records if record.name == "services.notifier.refusals"]
    assert causes == ["SSLCertVerificationError"]
    assert PASSWORD not in caplog.text


@pytest.mark.usefixtures("trusted")
async def test_nothing_is_sent_to_a_relay_that_bears_another_name(enter: Enter, certificate: Certificate) -> None:
    world = await enter("smtp://127.0.0.1:PORT", tls_context=certificate.server())
    row = await one_try(world)
    assert (row.state, row.reason, world.sink.taken) == ("planned", "relay", [])


@pytest.mark.usefixtures("trusted")
async def test_a_wrong_password_is_the_relays_matter_and_nobodys_fault(enter: Enter, certificate: Certificate) -> None:
    doorkeeper = Doorkeeper()
    world = await enter(url("smtp", "wrong"), **starttls(certificate, doorkeeper))
    row = await one_try(world)
    assert (row.state, row.reason, row.attempts) == ("planned", "relay", 0)
    assert set(doorkeeper.came) == {"wrong"}
    assert await world.rows(suppressions) == []
    assert world.sink.taken == []


async def test_a_password_is_never_given_in_clear(enter: Enter) -> None:
    doorkeeper = Doorkeeper()
    world = await enter(url("smtp"), authenticator=doorkeeper, auth_require_tls=False)
    row = await one_try(world)
    assert (row.state, row.reason) == ("planned", "relay")
    assert (doorkeeper.came, world.sink.taken) == ([], [])


def test_a_relays_url_is_read_with_its_signs() -> None:
    relay = Relay.parse(url("smtps").replace(":PORT", ""))
    assert (relay.host, relay.port, relay.username, relay.password) == ("localhost", 465, USER, PASSWORD)
    assert not relay.must_start_tls
    assert Relay.parse(url("smtp").replace("PORT", "587")).must_start_tls
    with pytest.raises(ValueError, match="begins with smtp") as refused:
        Relay.parse(f"http://{USER}:{PASSWORD}@relay.example")
    assert "p/ss" not in str(refused.value)
