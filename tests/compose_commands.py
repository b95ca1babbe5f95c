"""What compose.yaml runs, for tests that run the same commands as plain processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

COMPOSE_FILE = Path(__file__).parent.parent / "compose.yaml"
OUR_IMAGE = "passerelle:latest"


@dataclass(frozen=True)
class ComposedCommand:
    """One container made from our image: what it runs, and the settings it is given."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]

    def environment_with(self, **values: str) -> dict[str, str]:
        """The same settings with values for this machine; every one that compose.yaml fills in must be given.

        Raises ValueError for a setting that compose.yaml does not have, or one left without a value.
        """
        if unknown := sorted(set(values) - set(self.environment)):
            raise ValueError(f"compose.yaml gives {self.name} no {', '.join(unknown)}")
        environment = {**self.environment, **values}
        if unfilled := sorted(name for name, value in environment.items() if "${" in value):
            raise ValueError(f"{self.name} needs {', '.join(unfilled)}")
        return environment


def read_compose() -> Any:
    """compose.yaml as YAML reads it, anchors and merges resolved."""
    return yaml.safe_load(COMPOSE_FILE.read_text())


def service_commands() -> dict[str, ComposedCommand]:
    """What is made from our image, by name: `migrate` first, then the services."""
    containers = read_compose()["services"]
    return {
        name: ComposedCommand(name, tuple(container["command"]), container["environment"])
        for name, container in containers.items()
        if container["image"] == OUR_IMAGE
    }
