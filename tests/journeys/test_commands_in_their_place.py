"""Where commands and services run: settings, homes, keys and databases that cannot be used are said in sentences."""

import contextlib
import os
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from services.commands.place import ALL_SETTINGS
from services.embedded import ALL
from shared.settings import CommonSettings
from tests.contracts.pages import ROOT
from tests.journeys.commands import refused
from tests.journeys.product import PASSERELLE, Product

LOCKED_FOR_MS = 300


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """An installation at rest, that the commands of this file are given to."""
    return Product(tmp_path_factory.mktemp("commands") / "home")


def test_tables_are_migrated_service_by_service(product: Product) -> None:
    told = sorted(product.run("migrate").splitlines())
    assert told == sorted(f"{service.name}: up to date" for service in ALL)


def test_commands_know_the_settings_of_every_service() -> None:
    assert set(ALL_SETTINGS) == {CommonSettings, *(service.settings for service in ALL)}


def test_a_service_runs_apart_only_with_what_it_needs(product: Product) -> None:
    assert "there is no service nowhere: choose among ingest" in refused(product, "run", "nowhere")
    assert "`passerelle run` needs PASSERELLE_NATS_URL" in refused(product, "run", "ingest")
    beside_a_broker = replace(product, environ={"NATS_URL": "nats://127.0.0.1:1"})
    assert "the notifier needs PASSERELLE_SMTP_URL" in refused(beside_a_broker, "run", "notifier")


def test_in_production_everything_at_once_is_refused_and_tables_are_not_made_by_the_way(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123456789" * 4)
    settings = {
        "ENVIRONMENT": "production",
        "BASE_URL": "https://passerelle.example",
        "SECRET_FILE": str(tmp_path / "key"),
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/{{service}}.sqlite",
        "NATS_URL": "nats://me:word@127.0.0.1:1",
        "SMTP_URL": "smtp://127.0.0.1:1",
    }
    product = Product(tmp_path / "home", environ=settings)
    assert "in production run each service" in refused(product, "up")
    assert "run `passerelle migrate` first" in refused(product, "staff", "add", "office@mission.example")


@pytest.mark.parametrize(
    ("wrong", "sentences"),
    [
        (
            {
                "DATABASE_URL": "mysql://me:hunter2@127.0.0.1/x",
                "NATS_URL": "http://me:hunter2@127.0.0.1",
                "SMTP_URL": "imap://me:hunter2@127.0.0.1",
                "SECRET_FILE": "{here}/binary",
            },
            [
                "PASSERELLE_DATABASE_URL: it must begin with postgresql:// or sqlite+aiosqlite://",
                "PASSERELLE_NATS_URL: each server must begin with nats:// or tls://",
                "PASSERELLE_SMTP_URL: it must begin with smtp:// or smtps://",
                "PASSERELLE_SECRET_FILE: {here}/binary is not text",
            ],
        ),
        (
            {"DATABASE_URL": "sqlite+aiosqlite:///{here}/one.sqlite", "SECRET_FILE": "{here}/missing"},
            [
                "PASSERELLE_DATABASE_URL: {service} must be in the path, each service has a SQLite file of its own",
                "PASSERELLE_SECRET_FILE: {here}/missing cannot be read (No such file or directory)",
            ],
        ),
        ({"HOME": "{here}/binary"}, ["PASSERELLE_HOME: {here}/binary cannot be a folder (File exists)"]),
        (
            {"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/x"},
            ["the database of ingest cannot be used: [Errno 111] Connect call failed ('127.0.0.1', 1)"],
        ),
    ],
    ids=["urls", "files", "home", "unreachable"],
)
def test_a_place_that_cannot_be_used_is_said_in_sentences_without_a_password(
    tmp_path: Path, wrong: dict[str, str], sentences: list[str]
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe" * 40)
    here = {name: value.replace("{here}", str(tmp_path)) for name, value in wrong.items()}
    said = refused(Product(tmp_path / "home", environ=here), "migrate")
    assert said.splitlines() == [sentence.replace("{here}", str(tmp_path)) for sentence in sentences]


def test_a_damaged_or_newer_database_is_said_in_a_sentence(tmp_path: Path) -> None:
    product = Product(tmp_path / "home")
    product.home.mkdir()
    (product.home / "ingest.sqlite").write_text("this was a database once " * 50)
    assert "the database of ingest cannot be used: file is not a database" in refused(product, "republish", "ingest")

    product.run("staff", "add", "office@mission.example")
    with contextlib.closing(sqlite3.connect(product.home / "portal.sqlite")) as connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
        connection.commit()
    assert "made by another version of Passerelle" in refused(product, "republish", "portal")


def test_a_locked_database_is_said_in_a_sentence(product: Product, tmp_path: Path) -> None:
    """The same process, but less patient than the 30 s that commands wait."""
    impatient = (
        "import shared.database as d, sys\n"
        f"d.SQLITE_PRAGMAS = (*d.SQLITE_PRAGMAS, 'busy_timeout={LOCKED_FOR_MS}')\n"
        "from services.cli import main\n"
        "main()\n"
    )
    (tmp_path / "impatient.py").write_text(impatient)
    product.run("migrate")
    with contextlib.closing(sqlite3.connect(product.home / "notifier.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        environment = {**os.environ, "PASSERELLE_HOME": str(product.home), "PYTHONPATH": str(ROOT)}
        command = [PASSERELLE[0], str(tmp_path / "impatient.py"), "staff", "add", "late@mission.example"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert done.stderr == "the database of notifier cannot be used: database is locked\n"
