"""What the figures were measured on, and how fast this disk commits, so that other machines can compare."""

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path


def description() -> str:
    """Processor, cores, memory, system and Python, in a line."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown processor")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    system = f"{platform.platform()}, Python {platform.python_version()}"
    return f"{cpu}, {os.cpu_count()} cores, {memory_gb:.0f} GB, {system}"


def commits_per_second(seconds: float = 2) -> float:
    """One-row SQLite transactions a second, with WAL and synchronous=FULL, in the folder of temporary files."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "commits.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE t (n INTEGER)")
        began, commits = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            connection.execute("INSERT INTO t VALUES (1)")
            commits += 1
        connection.close()
        return commits / seconds


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p90, p99 and the largest, in the unit of the values."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "max": max(values)}


def tell(title: str, **figures: object) -> None:
    """Print figures as a paragraph for docs/benchmarks.md."""
    lines = [title, *(f"  {name}: {value}" for name, value in figures.items())]
    sys.stdout.write("\n".join(lines) + "\n")
