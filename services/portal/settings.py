"""What may be set of the pages: who publishes them, and the territory's time."""

from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from shared.settings import Settings


class PortalSettings(Settings):
    """The portal's own settings."""

    office: str = Field(
        default="Mission Europe et international du département", description="who publishes the pages", max_length=200
    )
    contact: str = Field(default="contact@passerelle.example", description="address of the office", max_length=200)
    data_contact: str = Field(
        default="donnees@passerelle.example", description="address of the data protection officer", max_length=200
    )
    timezone: str = Field(default="Europe/Paris", description="time zone of the dates shown")

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone, such as Europe/Paris") from error
        return value
