"""What somebody sees who starts Passerelle for the first time, and how it stops."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.journeys.product import Product, body_of, eventually
from tests.journeys.told import assert_nobody_was_told_twice, opportunities_in
from tests.servers import free_port


@pytest.fixture
def newcomer(tmp_path: Path) -> Product:
    return Product(tmp_path / "home")


def test_a_newcomer_sees_matches_and_mails_within_a_minute_and_leaves_cleanly(newcomer: Product) -> None:
    began = time.monotonic()
    newcomer.up()
    french = newcomer.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="laiterie.example")
    english = newcomer.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="numerique.example")
    assert time.monotonic() - began < 60
    assert "Pourquoi" in body_of(french)
    assert "Why" in body_of(english)
    for mail in (french, english):
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "<h1" in body_of(mail, "html")
    page = httpx.get(f"{newcomer.url}/boite")
    assert page.status_code == 200
    assert "laiterie.example" in page.text
    assert_nobody_was_told_twice(newcomer)

    again = newcomer.run("up", code=2)
    assert "already runs" in again

    [process] = newcomer.processes
    broker = psutil.Process(process.pid).children()[0]
    assert newcomer.stop(signal.SIGINT) == [0]
    assert not broker.is_running()

    newcomer.up()
    time.sleep(3)
    assert_nobody_was_told_twice(newcomer)
    assert newcomer.stop(signal.SIGTERM) == [0]


def test_a_killed_process_leaves_its_home_usable(newcomer: Product) -> None:
    newcomer.up()
    [broker] = psutil.Process(newcomer.processes[0].pid).children()
    newcomer.stop(signal.SIGKILL)
    eventually(lambda: not broker.is_running(), within_s=5)
    newcomer.up()
    newcomer.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="laiterie.example")
    assert newcomer.stop() == [0]


def test_everything_wrong_with_the_settings_is_said_at_once(tmp_path: Path) -> None:
    said = Product(tmp_path / "home", environ={"PROT": "1", "ENVIRONMENT": "staging", "SOURCES": "nowhere"}).run(
        "up", code=2
    )
    for name in ("PASSERELLE_PROT", "PASSERELLE_ENVIRONMENT", "PASSERELLE_SOURCES"):
        assert name in said


def test_an_unreachable_source_is_said_so_and_the_rest_works(tmp_path: Path) -> None:
    nowhere = {"SOURCES": "eu-portal", "SEDIA_URL": f"http://127.0.0.1:{free_port()}"}
    product = Product(tmp_path / "home", environ=nowhere)
    product.up()
    product.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="laiterie.example")
    product.stop()
    said = product.run("harvest", "eu-portal", "--once", code=2)
    assert "eu-portal: incomplete, 0 seen" in said


def test_the_mailbox_is_not_there_beside_a_real_relay(tmp_path: Path) -> None:
    product = Product(tmp_path / "home", environ={"SMTP_URL": "smtp://127.0.0.1:1"})
    product.up()
    assert httpx.get(f"{product.url}/boite").status_code == 404
    assert httpx.get(f"{product.url}/").status_code == 200
    product.stop()
    assert "samples" in product.run("samples", "load", code=2)


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    first, second = Product(tmp_path / "one"), Product(tmp_path / "two")
    first.up()
    second.port = first.port
    assert f"port {first.port} is taken" in second.run("up", code=2)
    first.stop()


def test_help_is_said_without_any_service(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "--help"]
    assert b"harvest" in subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def test_a_broker_that_dies_is_started_again_and_nothing_is_lost(newcomer: Product) -> None:
    newcomer.up()
    [process] = newcomer.processes
    for _ in range(3):
        [broker] = psutil.Process(process.pid).children()
        broker.kill()
        eventually(lambda dead=broker: [c for c in psutil.Process(process.pid).children() if c != dead], within_s=20)
    newcomer.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="laiterie.example", within_s=60)
    newcomer.stop()
    assert_nobody_was_told_twice(newcomer)
