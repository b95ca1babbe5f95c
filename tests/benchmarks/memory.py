"""Memory of the whole embedded process: with the samples, and after harvesting the recorded topics.

python -m tests.benchmarks.memory
"""

import os
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.benchmarks.machine import description, tell
from tests.journeys.product import Product, stand_in


def resident_mb(product: Product) -> dict[str, float]:
    """Resident memory of the process and of its broker, in MB."""
    [process] = product.processes
    own = psutil.Process(process.pid)
    broker = sum(child.memory_info().rss for child in own.children(recursive=True))
    return {"process": own.memory_info().rss / 1e6, "broker": broker / 1e6}


def watch(product: Product, seconds: float) -> float:
    """The most that process and broker take together while it is watched, in MB."""
    most, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        most = max(most, sum(resident_mb(product).values()))
        time.sleep(0.2)
    return most


def main() -> None:
    recordings = Path(os.environ["PASSERELLE_RECORDINGS"])
    with tempfile.TemporaryDirectory() as home, stand_in(recordings) as url:
        product = Product(Path(home) / "home", environ={"SOURCES": "eu-portal", "SEDIA_URL": url})
        product.up()
        most = watch(product, 60)
        for page in ("/", "/opportunities", "/boite"):
            httpx.get(f"{product.url}{page}", timeout=10).raise_for_status()
        stored = product.run("harvest", "eu-portal", "--once")
        assert "625 unchanged" in stored, stored
        settled = resident_mb(product)
        product.stop()
    tell(
        "Memory of the whole embedded process, samples and 625 harvested topics",
        machine=description(),
        most_mb=round(most),
        settled_mb={name: round(value) for name, value in settled.items()},
    )


if __name__ == "__main__":
    main()
