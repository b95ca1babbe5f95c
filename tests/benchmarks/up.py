"""From a fresh clone to the first mail in /boite, the install included.

python -m tests.benchmarks.up
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.machine import description, tell
from tests.servers import free_port

ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PASSERELLE_", "VIRTUAL_ENV"))}
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        subprocess.run(["git", "clone", "-q", ROOT, f"{folder}/passerelle"], check=True)
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                ["make", "up"],
                cwd=f"{folder}/passerelle",
                env=outside | {"PASSERELLE_PORT": str(port)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        marks: dict[str, float] = {}
        while len(marks) < 2 and time.monotonic() - began < 600 and process.poll() is None:
            for name, reached in (("pages", pages_answer), ("first mail", has_mail)):
                if name not in marks and reached(port):
                    marks[name] = time.monotonic() - began
            time.sleep(0.3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        assert len(marks) == 2, (Path(folder) / "log").read_text()[-3000:]
    tell("From a fresh clone to the first mail", machine=description(), **{k: f"{v:.0f} s" for k, v in marks.items()})


def pages_answer(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/health/live", timeout=2).is_success
    except httpx.HTTPError:
        return False


def has_mail(port: int) -> bool:
    try:
        return "/boite/" in httpx.get(f"http://localhost:{port}/boite", timeout=2).text
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()
