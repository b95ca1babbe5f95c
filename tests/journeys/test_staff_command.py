"""`passerelle staff add`: a second factor and recovery codes, shown once, drawn only where somebody looks."""

import contextlib
import os
import pty
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.contracts.pages import ROOT
from tests.journeys.commands import refused, rows
from tests.journeys.product import PASSERELLE, Product


def test_a_member_of_staff_is_given_a_second_factor_and_recovery_codes_once(tmp_path: Path) -> None:
    product = Product(tmp_path / "home")
    assert refused(product, "staff", "add", "not an address") == "not a mail address: not an address\n"
    assert rows(product, "notifier", "SELECT count(*) FROM people") == [(0,)]
    assert not (product.home / "portal.sqlite").exists()

    first, again = product.run("staff", "add", "office@mission.example"), on_a_terminal(product)
    secrets = {secret_in(first), secret_in(again)}
    codes = re.findall(r"^  ([0-9a-f]{6}-[0-9a-f]{6})$", first, re.MULTILINE)
    assert len(secrets) == 2
    assert len(set(codes)) == 10
    assert (first.count("█"), again.count("█") > 100) == (0, True), "a drawing only where somebody looks"
    assert len(rows(product, "portal", "SELECT person_id FROM staff")) == 1
    kept = str(rows(product, "portal", "SELECT * FROM recovery_codes"))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def secret_in(said: str) -> str:
    uri = re.search(r"^otpauth://\S+$", said, re.MULTILINE)
    assert uri
    return parse_qs(urlsplit(uri[0]).query)["secret"][0]


def on_a_terminal(product: Product) -> str:
    """What a terminal shows when the same member of staff is added once more."""
    shown = b""
    leader, follower = pty.openpty()
    environment = {**os.environ, "PASSERELLE_HOME": str(product.home), "TERM": "xterm"}
    command = [*PASSERELLE, "staff", "add", "office@mission.example"]
    process = subprocess.Popen(command, env=environment, stdout=follower, stderr=follower, cwd=ROOT)
    os.close(follower)
    with contextlib.suppress(OSError):  # the terminal goes with the process
        while chunk := os.read(leader, 4096):
            shown += chunk
    os.close(leader)
    assert process.wait(60) == 0
    return shown.decode().replace("\r\n", "\n")
