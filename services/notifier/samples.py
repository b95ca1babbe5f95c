"""Sample subscriptions, so that a newcomer sees mails at once; only where no mail can leave the machine."""

from dataclasses import dataclass

from services.notifier.app import desk_of
from services.notifier.desk import Desk
from services.notifier.digests import plan_welcome
from services.notifier.domain.tokens import address_key
from services.notifier.store.people import Asked
from shared.events import Language
from shared.requests import Cadence
from shared.service import Context

TEXT_VERSION = "sample"


class SamplesRefused(Exception):
    """Samples are for the built-in mailbox alone: their addresses are nobody's."""


@dataclass(frozen=True)
class Sample:
    """One recipient."""

    address: str
    organisation_id: str
    organisation_name: str
    cadence: Cadence
    language: Language


SAMPLES = (
    Sample("contact@laiterie.example", "sample-laiterie", "Laiterie des Trois Chênes", "immediate", "fr"),
    Sample("mairie@couesnon.example", "sample-couesnon", "Commune de Bocage-sur-Couesnon", "daily", "fr"),
    Sample("bonjour@jeunesse.example", "sample-jeunesse", "Cap sur l'ailleurs", "weekly", "fr"),
    Sample("hello@numerique.example", "sample-numerique", "Granit Logiciel", "immediate", "en"),
)


async def load_samples(context: Context) -> None:
    """Subscribe the samples, as if they had confirmed; does nothing when they are there. Raises SamplesRefused."""
    if not context.common.uses_built_in_mailbox:
        raise SamplesRefused("samples load only beside the built-in mailbox: unset PASSERELLE_SMTP_URL first")
    desk = desk_of(context)
    for sample in SAMPLES:
        await _load(desk, sample)


async def _load(desk: Desk, sample: Sample) -> None:
    key = address_key(desk.secret, sample.address)
    asked = Asked(sample.organisation_id, sample.organisation_name, sample.cadence, sample.language)
    async with desk.database.writing() as connection:
        person_id = await desk.people.ensure(
            connection, sample.address, language=sample.language, timezone=desk.timezone
        )
        if await desk.people.subscriptions_of(connection, person_id, sample.organisation_id):
            return
        wanted = await desk.people.ask_subscription(connection, person_id, key, asked, is_sample=True)
        await desk.people.lift_suppression(connection, key)
        await desk.people.note_consent(connection, person_id, sample.organisation_id, "sample", TEXT_VERSION)
        await desk.people.activate(connection, wanted, asked)
        recipient = await desk.planning.recipient(connection, wanted)
        if recipient is not None:
            await plan_welcome(desk, connection, recipient)


async def remove_samples(context: Context) -> None:
    """Forget the sample recipients and all that was sent to them."""
    desk = desk_of(context)
    for sample in SAMPLES:
        async with desk.database.writing() as connection:
            person_id = await desk.people.find(connection, sample.address)
            if person_id is not None:
                await desk.people.lock(connection, person_id)
                await desk.people.erase(connection, person_id)
