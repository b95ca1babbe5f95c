"""Every service built as the runtime builds it, with nothing running behind."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from shared.bus import Bus
from shared.clock import system_clock
from shared.database import Database
from shared.events import SERVICES
from shared.outbox import Outbox
from shared.service import Context, Parts, Service
from shared.settings import CommonSettings, read_settings


class SilentBus:
    """A bus that nobody may use: building a service asks nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a service used bus.{name} while it was built")


def find_service(name: str) -> Service:
    return cast(Service, import_module(f"services.{name}.app").service)


@pytest.fixture
def services() -> list[Service]:
    return [find_service(name) for name in SERVICES]


@pytest.fixture
def built(tmp_path: Path) -> Callable[[str], Parts]:
    """The routing table of a service, by name."""

    def build(name: str) -> Parts:
        service = find_service(name)
        read = read_settings([CommonSettings, service.settings], {"PASSERELLE_HOME": str(tmp_path)})
        database = Database(f"sqlite+aiosqlite:///{tmp_path}/{name}.sqlite", service=name)
        context = Context(
            service=name,
            common=cast(CommonSettings, read[CommonSettings]),
            settings=read[service.settings],
            database=database,
            outbox=Outbox(database, service.messages, system_clock),
            bus=cast(Bus, SilentBus()),
            clock=system_clock,
            secret=b"a key for tests, at least 32 characters",
            metrics=CollectorRegistry(),
            relay_url="smtp://127.0.0.1:2525",
        )
        return service.build(context)

    return build
