"""What commands say of the mails: whether the DNS lets receivers believe them."""

from typing import cast

from services.commands.place import common, settings
from services.commands.speech import tell
from services.notifier.sender_records import DnsTrouble, SenderRecords
from services.notifier.settings import NotifierSettings


async def problems_of_mail(records: SenderRecords | None = None) -> list[str]:
    """A sentence for each DNS record to mend; nothing outside production, whose mails go nowhere.

    A DNS that does not answer is told, and is no fault of the records.
    """
    read = settings()
    if common(read).environment != "production":
        return []
    records = records or SenderRecords(cast(NotifierSettings, read[NotifierSettings]))
    try:
        return [f"mails: {problem}" for problem in await records.problems()]
    except DnsTrouble as trouble:
        tell(f"mails: {trouble}")
        return []
