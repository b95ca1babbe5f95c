"""What may be set of the pages: who publishes them."""

from pydantic import Field, SecretStr

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
    returns_hook_secret: SecretStr | None = Field(
        default=None, min_length=16, description="secret of whoever hands returned mails to /hooks/returns"
    )
