"""Settings, from the environment: every name known, every error told at once, secrets masked."""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

PREFIX = "PASSERELLE_"
READ_BY_TESTS = {"PASSERELLE_RECORDINGS"}


class SettingsError(Exception):
    """The environment cannot be used; `problems` has a sentence for each thing to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Settings(BaseModel):
    """Base of each service's settings: a field `port` is read from PASSERELLE_PORT."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CommonSettings(Settings):
    """What every service needs to know of its place."""

    environment: Literal["local", "production"] = "local"
    home: Path = Field(default=Path("var"), description="where state is kept")
    host: str = Field(default="127.0.0.1", description="address the pages listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port of the pages, of /health and of /metrics")
    base_url: str | None = Field(default=None, description="how people reach the pages; made from the port when unset")
    secret_file: Path | None = Field(
        default=None, description="file with the key of tokens; made under home when unset"
    )
    trusted_proxies: str = Field(default="", description="addresses of proxies whose forwarded address is believed")
    database_url: SecretStr | None = Field(default=None, description="SQLAlchemy URL; {service} in it is replaced")
    nats_url: SecretStr | None = Field(default=None, description="NATS servers, comma-separated; embedded when unset")
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp:// or smtps:// relay; the built-in mailbox when unset"
    )
    mail_allow: str = Field(default="", description="addresses and @domains that may be mailed outside production")
    timezone: str = Field(
        default="Europe/Paris", description="the territory's time, of recipients and of the dates that are shown"
    )

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone, such as Europe/Paris") from error
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> "CommonSettings":
        if self.environment != "production":
            return self
        missing = [
            name
            for name, value in (
                ("BASE_URL", self.base_url),
                ("SECRET_FILE", self.secret_file),
                ("DATABASE_URL", self.database_url),
                ("NATS_URL", self.nats_url),
                ("SMTP_URL", self.smtp_url),
            )
            if value is None
        ]
        if missing:
            raise ValueError("production needs " + ", ".join(PREFIX + name for name in missing))
        if not (self.base_url or "").startswith("https://"):
            raise ValueError("production needs a PASSERELLE_BASE_URL that starts with https://")
        if "@" not in (self.nats_url.get_secret_value() if self.nats_url else ""):
            raise ValueError("production refuses an open broker: give credentials in PASSERELLE_NATS_URL")
        return self

    @property
    def public_url(self) -> str:
        """How people reach the pages, without a final slash."""
        return (self.base_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def uses_built_in_mailbox(self) -> bool:
        return self.smtp_url is None and self.environment != "production"

    def database_url_for(self, service: str) -> str:
        """The URL of a service's own database."""
        if self.database_url is None:
            return f"sqlite+aiosqlite:///{(self.home / (service + '.sqlite')).absolute()}"
        return self.database_url.get_secret_value().replace("{service}", service)

    def read_secret(self) -> bytes:
        """The key behind tokens; made once, readable by its owner only, when no file is named."""
        path = self.secret_file or self.home / "secret"
        if self.secret_file is None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        try:
            secret = path.read_text().strip().encode()
        except OSError as error:
            raise SettingsError([f"PASSERELLE_SECRET_FILE: {path} cannot be read ({error.strerror})"]) from error
        if len(secret) < 32:
            raise SettingsError([f"PASSERELLE_SECRET_FILE: {path} holds fewer than 32 characters"])
        return secret


def read_settings(classes: Sequence[type[Settings]], environ: Mapping[str, str]) -> dict[type[Settings], Settings]:
    """Read all settings at once. Raises SettingsError with every unknown name and every bad value.

    An empty value counts as not given.
    """
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value != ""}
    known = {PREFIX + field.upper() for cls in classes for field in cls.model_fields} | READ_BY_TESTS
    problems = [f"{name}: unknown setting" for name in sorted(set(given) - known)]
    read: dict[type[Settings], Settings] = {}
    for cls in classes:
        values = {field: given[PREFIX + field.upper()] for field in cls.model_fields if PREFIX + field.upper() in given}
        try:
            read[cls] = cls.model_validate(values)
        except ValidationError as error:
            problems += [_sentence(problem) for problem in error.errors(include_input=False, include_url=False)]
    if problems:
        raise SettingsError(list(dict.fromkeys(problems)))
    return read


def _sentence(problem: Any) -> str:
    field = "_".join(str(part) for part in problem["loc"]).upper()
    message = problem["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{field}: {message}" if field else message
