"""The environment is read at once, and everything wrong with it is told at once."""

from pathlib import Path

import pytest

from shared.settings import CommonSettings, SettingsError, read_settings


def read(**environ: str) -> CommonSettings:
    settings = read_settings([CommonSettings], {f"PASSERELLE_{name}": value for name, value in environ.items()})
    assert isinstance(settings[CommonSettings], CommonSettings)
    return settings[CommonSettings]


def test_an_empty_environment_is_enough_to_begin() -> None:
    settings = read()
    assert settings.environment == "local"
    assert settings.public_url == "http://localhost:8000"
    assert settings.uses_built_in_mailbox


def test_an_unknown_name_and_every_bad_value_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        read(PROT="8000", PORT="eighty", ENVIRONMENT="staging")
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 3
    for name in ("PASSERELLE_PROT: unknown setting", "PASSERELLE_PORT:", "PASSERELLE_ENVIRONMENT:"):
        assert name in told


@pytest.mark.parametrize("zone", ["Europe/Rennes", "../zone", "Europe"])
def test_a_time_zone_is_one_that_exists(zone: str) -> None:
    with pytest.raises(SettingsError, match="PASSERELLE_TIMEZONE: not a time zone, such as Europe/Paris"):
        read(TIMEZONE=zone)


def test_a_bad_value_is_not_repeated_in_the_message() -> None:
    with pytest.raises(SettingsError) as caught:
        read(PORT="hunter2")
    assert "hunter2" not in str(caught.value)


def test_secrets_are_masked() -> None:
    assert "hunter2" not in repr(read(DATABASE_URL="postgresql://me:hunter2@db/passerelle"))


def test_an_empty_value_counts_as_not_given() -> None:
    assert read(PORT="").port == 8000


SAFE = {
    "ENVIRONMENT": "production",
    "BASE_URL": "https://passerelle.example",
    "SECRET_FILE": "/run/secrets/passerelle",
    "DATABASE_URL": "postgresql://me@db/passerelle",
    "NATS_URL": "nats://me:word@nats:4222",
    "SMTP_URL": "smtps://relay:465",
}


def test_production_starts_with_all_it_needs() -> None:
    assert not read(**SAFE).uses_built_in_mailbox


@pytest.mark.parametrize("name", ["BASE_URL", "SECRET_FILE", "DATABASE_URL", "NATS_URL", "SMTP_URL"])
def test_production_refuses_a_default(name: str) -> None:
    with pytest.raises(SettingsError, match=f"PASSERELLE_{name}"):
        read(**{key: value for key, value in SAFE.items() if key != name})


def test_production_refuses_http_and_an_open_broker() -> None:
    with pytest.raises(SettingsError, match="https"):
        read(**SAFE | {"BASE_URL": "http://passerelle.example"})
    with pytest.raises(SettingsError, match="open broker"):
        read(**SAFE | {"NATS_URL": "nats://nats:4222"})


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = read(HOME=str(tmp_path))
    assert settings.read_secret() == settings.read_secret()
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_short_or_missing_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    for name in ("short", "missing"):
        with pytest.raises(SettingsError, match="PASSERELLE_SECRET_FILE"):
            read(SECRET_FILE=str(tmp_path / name)).read_secret()
