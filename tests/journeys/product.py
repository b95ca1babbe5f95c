"""A Passerelle of one's own for a test: the real processes, with pages to open and mails to read."""

import contextlib
import email
import email.policy
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx

from tests.compose_commands import service_commands
from tests.servers import NatsServer, free_port

T = TypeVar("T")
STARTED: list[subprocess.Popen[bytes]] = []
PASSERELLE = (sys.executable, "-m", "services.cli")
READY_WITHIN_S = 60
ALLOWED = "@exemple.fr,@laiterie.example,@couesnon.example,@jeunesse.example,@numerique.example"


@dataclass
class Product:
    """One installation: a home, a database, and the processes that are running now.

    `environ` are further PASSERELLE_* settings, without the prefix. `later_s` is how far its clock is turned on, as
    `tests/journeys/later.py` does it. `killed_at` names where the process of `up` ends itself, as
    `tests/journeys/killed.py` reads it.
    """

    home: Path
    database_url: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    later_s: float = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def passerelle(self) -> Sequence[str]:
        return (sys.executable, "-m", "tests.journeys.later") if self.later_s else PASSERELLE

    def _environment(self, **more: str) -> dict[str, str]:
        settings = {"HOME": str(self.home), "PORT": str(self.port), "SOURCES": "none", **self.environ, **more}
        if self.database_url:
            settings["DATABASE_URL"] = self.database_url
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PASSERELLE_")}
        if self.later_s:
            outside["LATER_S"] = str(self.later_s)
        return outside | {f"PASSERELLE_{name}": value for name, value in settings.items()} | {"PYTHONPATH": os.getcwd()}

    def _start(self, command: Sequence[str], **more: str) -> subprocess.Popen[bytes]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "log").open("ab") as log:
            process = subprocess.Popen(command, env=self._environment(**more), stderr=log, stdout=log)
        self.processes.append(process)
        STARTED.append(process)
        return process

    def up(self, *, killed_at: str | None = None, raising_once: bool = False) -> None:
        """Start everything in one process, and wait until it is ready or has killed itself."""
        driver = self.passerelle
        if killed_at:
            driver = (sys.executable, "-m", "tests.journeys.killed", killed_at)
        elif raising_once:
            driver = (sys.executable, "-m", "tests.journeys.raising")
        self._start([*driver, "up"])
        self.wait_ready(or_dead=killed_at is not None)

    def wait_ready(self, *, or_dead: bool = False) -> None:
        def ready() -> bool:
            if any(process.poll() is not None for process in self.processes):
                if or_dead:
                    return True
                raise AssertionError(f"a process ended: {self.log()[-3000:]}")
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(f"{self.url}/health", timeout=5).json()["status"] == "ok"
            return False

        eventually(ready, within_s=READY_WITHIN_S, or_tell=lambda: self.log()[-3000:])

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command of `passerelle` to its end; returns what it printed."""
        done = subprocess.run([*self.passerelle, *arguments], env=self._environment(), capture_output=True, timeout=120)
        printed = (done.stdout + done.stderr).decode()
        assert done.returncode == code, printed
        return printed

    def stop(self, number: int = signal.SIGTERM) -> list[int]:
        """Signal every process and wait for it; returns their exit codes."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(number)
        codes = [process.wait(60) for process in self.processes]
        self.processes.clear()
        return codes

    def wait_killed(self, within_s: float = 60) -> None:
        """Wait for processes that kill themselves."""
        for process in self.processes:
            assert process.wait(within_s) == -signal.SIGKILL, self.log()[-3000:]
        self.processes.clear()

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """The mails of the mailbox, oldest first."""
        folder = self.home / "mailbox"
        paths = sorted(
            (p for part in ("new", "cur") for p in (folder / part).glob("*")), key=lambda p: p.stat().st_mtime_ns
        )
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
        return [mail for mail in mails if to is None or to in str(mail["To"])]

    def wait_for_mail(self, true: Callable[[EmailMessage], bool], *, to: str, within_s: float = 40) -> EmailMessage:
        """The first mail to an address that a condition holds for."""

        def found() -> EmailMessage | None:
            return next((mail for mail in self.mails(to) if true(mail)), None)

        return eventually(found, within_s=within_s, or_tell=lambda: self.log()[-3000:])


@dataclass
class ApartProduct(Product):
    """The same, each service a process of its own by compose.yaml, with a broker and a relay beside."""

    nats: NatsServer = field(init=False)

    def up(self, *, killed_at: str | None = None, raising_once: bool = False) -> None:
        """Start the broker, the relay, and the four services; wait until all are heard."""
        assert not killed_at
        assert not raising_once
        self.nats = NatsServer(self.home / "nats")
        self.nats.start()
        relay_port = free_port()
        self._start([sys.executable, "-m", "tests.journeys.relay", str(relay_port), str(self.home / "mailbox")])
        beyond = {"MAIL_ALLOW": ALLOWED}
        for name, command in service_commands().items():
            composed = command.environment_with(**self._filled_in(name, f"smtp://127.0.0.1:{relay_port}"))
            settings = {key.removeprefix("PASSERELLE_"): value for key, value in composed.items()}
            process = self._start([*self.passerelle, *command.argv[1:]], **settings, **beyond)
            if name == "migrate":
                assert process.wait(60) == 0, self.log()
                self.processes.remove(process)
        self.wait_ready()

    def _filled_in(self, name: str, relay_url: str) -> dict[str, str]:
        """What an operator fills in compose.yaml for one container, for this machine."""
        secret = self.home / "secret"
        if not secret.exists():
            secret.write_text("a key for this test alone, long enough")
        values = {
            "ENVIRONMENT": "local",
            "HOME": str(self.home),
            "HOST": "127.0.0.1",
            "PORT": str(self.port if name == "portal" else free_port()),
            "BASE_URL": self.url,
            "TRUSTED_PROXIES": "",
            "SECRET_FILE": str(secret),
            "DATABASE_URL": self.database_url or f"sqlite+aiosqlite:///{self.home}/{{service}}.sqlite",
            "NATS_URL": self.nats.url,
            "SMTP_URL": relay_url,
            "DEPARTEMENT": "35",
            "TIMEZONE": "Europe/Paris",
            "OFFICE": "Mission Europe",
            "CONTACT": "contact@passerelle.example",
            "DATA_CONTACT": "donnees@passerelle.example",
            "MAIL_FROM": "veille@passerelle.example",
            "MAIL_FROM_NAME": "Passerelle",
            "MAIL_SIGNATURE": "Mission Europe",
            "MAIL_REPLY_TO": "contact@passerelle.example",
            "MAIL_RETURNS_TO": "retours@passerelle.example",
        }
        return {f"PASSERELLE_{key}": value for key, value in values.items()}

    def stop(self, number: int = signal.SIGTERM) -> list[int]:
        codes = super().stop(number)
        self.nats.stop()
        return codes


def end_leftovers() -> None:
    """Kill what a test that failed has left running."""
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.wait()


def eventually(
    look: Callable[[], T | None], *, within_s: float, or_tell: Callable[[], str] = str, every_s: float = 0.1
) -> T:
    """Look again and again until something is there, and return it."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(every_s)
    raise AssertionError(f"not within {within_s} s\n{or_tell()}")


@contextlib.contextmanager
def stand_in(recordings: Path, *faults: str) -> Iterator[str]:
    """The EU portal's stand-in on the recordings; yields its base URL."""
    port = free_port()
    tool = recordings.parent / "tools" / "eu_portal.py"
    topics = recordings / "eu_portal" / "topics.jsonl"
    command = [sys.executable, tool, "--port", str(port), "--topics", topics, "--faults", ",".join(faults)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def body_of(mail: EmailMessage, kind: str = "plain") -> str:
    """The text of one part of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
