"""A relay for services that run apart: `python -m tests.journeys.relay PORT FOLDER` keeps mails in a Maildir."""

import asyncio
import sys
from pathlib import Path

from services.mailbox import built_in_mailbox


async def main(port: int, folder: Path) -> None:
    async with built_in_mailbox(folder, port=port):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
