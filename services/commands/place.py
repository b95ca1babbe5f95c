"""Where commands work: the settings, found fit to use, and a service at rest on its database."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from services.commands.speech import about_database, refuse
from services.ingest.settings import IngestSettings
from services.matcher.settings import MatcherSettings
from services.notifier.settings import NotifierSettings
from services.portal.settings import PortalSettings
from shared.events import SERVICES
from shared.runtime import Place, at_rest
from shared.service import Context, Service
from shared.settings import CommonSettings, Settings, SettingsError, read_settings

ALL_SETTINGS = (CommonSettings, IngestSettings, MatcherSettings, NotifierSettings, PortalSettings)
NO_BROKER = "nats://127.0.0.1:4222"


def settings() -> Mapping[type[Settings], Settings]:
    """Everybody's settings, from the environment. Raises SettingsError with every problem."""
    read = read_settings(ALL_SETTINGS, os.environ)
    if problems := [*_problems_of_urls(common(read)), *_problems_of_home(common(read))]:
        raise SettingsError(problems)
    return read


def common(read: Mapping[type[Settings], Settings]) -> CommonSettings:
    """The settings that all services share."""
    found = read[CommonSettings]
    assert isinstance(found, CommonSettings)  # noqa: S101 - for the type checker
    return found


def place() -> Place:
    """Where commands work: the databases, without broker or relay. Raises SettingsError."""
    read = settings()
    return Place(common=common(read), settings=read, nats_url=NO_BROKER, relay_url="")


def service_named(name: str) -> Service:
    """A service, imported now; an unknown one is refused."""
    if name not in SERVICES:
        refuse(f"there is no service {name}: choose among {', '.join(sorted(SERVICES))}")
    service = import_module(f"services.{name}.app").service
    assert isinstance(service, Service)  # noqa: S101 - for the type checker
    return service


@asynccontextmanager
async def service_at_rest(name: str) -> AsyncIterator[Context]:
    """A service's context with its database open and up to date. Raises SettingsError and CannotStart."""
    with about_database(name):
        async with at_rest(service_named(name), place()) as context:
            yield context


def _problems_of_urls(given: CommonSettings) -> list[str]:
    """A sentence for each URL that nothing here could open. No sentence holds the URL: it may bear a password."""
    problems = _problems_of_database(given.database_url)
    servers = given.nats_url.get_secret_value().split(",") if given.nats_url else []
    if not all(server.strip().startswith(("nats://", "tls://")) for server in servers):
        problems.append("PASSERELLE_NATS_URL: each server must begin with nats:// or tls://")
    if given.smtp_url and not given.smtp_url.get_secret_value().startswith(("smtp://", "smtps://")):
        problems.append("PASSERELLE_SMTP_URL: it must begin with smtp:// or smtps://")
    return problems


def _problems_of_database(url: SecretStr | None) -> list[str]:
    if url is None:
        return []
    name = "PASSERELLE_DATABASE_URL"
    try:
        driver = make_url(url.get_secret_value()).drivername
    except (ArgumentError, ValueError):
        return [f"{name}: it is not a database URL"]
    if driver not in ("postgresql", "postgresql+asyncpg", "sqlite+aiosqlite"):
        return [f"{name}: it must begin with postgresql:// or sqlite+aiosqlite://"]
    if driver.startswith("sqlite") and "{service}" not in url.get_secret_value():
        return [f"{name}: {{service}} must be in the path, each service has a SQLite file of its own"]
    return []


def _problems_of_home(given: CommonSettings) -> list[str]:
    """What a home needs, where one is used: with a database and a key elsewhere, a container may have none."""
    if given.database_url is None or given.secret_file is None:
        try:
            given.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return [f"PASSERELLE_HOME: {given.home} cannot be a folder ({error.strerror})"]
    try:
        given.read_secret()
    except SettingsError as error:
        return list(error.problems)
    except UnicodeDecodeError:
        return [f"PASSERELLE_SECRET_FILE: {given.secret_file or given.home / 'secret'} is not text"]
    except OSError as error:
        return [f"PASSERELLE_HOME: the key of the links cannot be kept in {given.home} ({error.strerror})"]
    return []
