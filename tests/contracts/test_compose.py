"""compose.yaml is valid, runs commands and settings that exist, and holds no secret."""

import json
import os
import re
import subprocess
from importlib.resources import files
from typing import Any

import pytest
import typer
from jsonschema.validators import validator_for  # type: ignore[import-untyped]

from services import cli
from services.nats_server import nats_binary
from shared.bus import Bus
from shared.events import SERVICES
from shared.settings import PREFIX, CommonSettings, Settings, read_settings
from tests.compose_commands import read_compose, service_commands
from tests.contracts.conftest import find_service
from tests.contracts.pages import ROOT

BROKERS = ("nats-1", "nats-2", "nats-3")
NATS_CONFIGURATION = ROOT / "deploy" / "nats" / "nats.conf"
FILLED = {
    "PASSERELLE_BASE_URL": "https://passerelle.example",
    "PASSERELLE_TRUSTED_PROXIES": "",
    "PASSERELLE_DEPARTEMENT": "35",
    "PASSERELLE_TIMEZONE": "Europe/Paris",
    "PASSERELLE_OFFICE": "Mission Europe",
    "PASSERELLE_CONTACT": "contact@passerelle.example",
    "PASSERELLE_DATA_CONTACT": "donnees@passerelle.example",
    "PASSERELLE_MAIL_FROM": "veille@passerelle.example",
    "PASSERELLE_MAIL_FROM_NAME": "Mission Europe",
    "PASSERELLE_MAIL_SIGNATURE": "Mission Europe",
    "PASSERELLE_MAIL_REPLY_TO": "contact@passerelle.example",
    "PASSERELLE_MAIL_RETURNS_TO": "retours@passerelle.example",
    "PASSERELLE_DATABASE_URL": "postgresql+asyncpg://passerelle:word@postgres/passerelle",
    "PASSERELLE_NATS_URL": "nats://p:w@nats-1:4222,nats://p:w@nats-2:4222,nats://p:w@nats-3:4222",
}


@pytest.fixture
def compose() -> Any:
    return read_compose()


def test_it_follows_the_compose_specification(compose: Any) -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    faults = [
        f"{'/'.join(map(str, fault.path))}: {fault.message}"
        for fault in validator_for(schema)(schema).iter_errors(compose)
    ]
    assert faults == []


def test_each_service_runs_on_its_own_after_the_migration(compose: Any) -> None:
    ours = service_commands()
    assert set(ours) == {"migrate", *SERVICES}
    for name in SERVICES:
        assert ours[name].argv == ("passerelle", "run", name)
        assert compose["services"][name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["migrate", *SERVICES])
def test_its_commands_exist(name: str) -> None:
    program, command, *_ = service_commands()[name].argv
    assert program == cli.app.info.name
    assert command in typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["migrate", *SERVICES])
def test_its_settings_are_fit_for_production(name: str) -> None:
    environment = service_commands()[name].environment_with(**FILLED)
    classes: list[type[Settings]] = [CommonSettings, *(find_service(service).settings for service in SERVICES)]
    common = read_settings(classes, environment)[CommonSettings]
    assert isinstance(common, CommonSettings)
    assert common.environment == "production"
    assert Bus(environment["PASSERELLE_NATS_URL"], service="ingest").replicas == 3


def test_a_setting_it_does_not_give_is_not_taken_from_a_test() -> None:
    portal = service_commands()["portal"]
    with pytest.raises(ValueError, match="PASSERELLE_NO_SUCH"):
        portal.environment_with(**FILLED, PASSERELLE_NO_SUCH="x")
    with pytest.raises(ValueError, match="PASSERELLE_DATABASE_URL"):
        portal.environment_with()


def test_no_secret_stands_in_it(compose: Any) -> None:
    for name, container in compose["services"].items():
        for variable, value in container.get("environment", {}).items():
            if "PASSWORD" in variable:
                assert value.startswith("${"), f"{name} {variable}"
            if variable.startswith(PREFIX) and "://" in value and "@" in value:
                credentials = [part.split("@")[0].rsplit(":", 1)[1] for part in value.replace(":?}", "}").split(",")]
                assert all(word.startswith("${") or word.endswith("}") for word in credentials), f"{name} {variable}"
    assert not (ROOT / ".env").exists() or ".env" in (ROOT / ".gitignore").read_text().split()


def test_every_variable_it_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    lines = (ROOT / "deploy" / "env.example").read_text().splitlines()
    offered = {line.rstrip("=") for line in lines if line and not line.startswith("#")}
    assert asked == offered
    assert all(line.endswith("=") for line in lines if line and not line.startswith("#")), "the example holds no value"


def test_three_brokers_keep_facts_on_disk_before_they_say_so(compose: Any) -> None:
    for name in BROKERS:
        broker = compose["services"][name]
        assert broker["environment"]["SERVER_NAME"] == name
        assert f"{name}:/data" in broker["volumes"]
        assert all(f"@{other}:6222" in broker["command"][-1] for other in BROKERS)
    assert "sync_interval: always" in NATS_CONFIGURATION.read_text()


def test_the_broker_takes_its_configuration() -> None:
    environment = {**os.environ, "SERVER_NAME": "nats-1", "BROKER_PASSWORD": "only-for-this-test"}
    tried = subprocess.run(
        [nats_binary(), "-c", NATS_CONFIGURATION, "-t"], env=environment, capture_output=True, text=True
    )
    assert tried.returncode == 0, tried.stderr


def test_everything_kept_is_in_a_named_volume(compose: Any) -> None:
    used = {
        volume.split(":")[0]
        for container in compose["services"].values()
        for volume in container.get("volumes", [])
        if not volume.startswith(".")
    }
    assert used == set(compose["volumes"])
