"""Looks into the DNS for what our mails need to be believed; at the start in production, daily, and for `doctor`."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.exception
import dns.resolver

from services.notifier.domain.sender_records import Published, dmarc_names, problems
from services.notifier.settings import NotifierSettings

log = logging.getLogger(__name__)
LIFETIME_S = 5.0
DAY_S = 86_400


class DnsTrouble(Exception):
    """The DNS did not answer: nothing is known of the records."""


@dataclass
class SenderRecords:
    """The records of one sender. `servers` are asked in place of the system's, as (address, port)."""

    settings: NotifierSettings
    servers: Sequence[tuple[str, int]] = ()
    lifetime_s: float = LIFETIME_S

    async def problems(self) -> tuple[str, ...]:
        """A sentence for each record that is missing or wrong. Raises DnsTrouble."""
        settings = self.settings
        sender, envelope = (address.partition("@")[2] for address in (settings.mail_from, settings.mail_returns_to))
        selector = settings.dkim_selector
        dmarc: tuple[str, ...] = ()
        for name in dmarc_names(sender):
            dmarc = dmarc or await self._texts(name)
        dkim = None if selector is None else await self._texts(f"{selector}._domainkey.{sender}")
        published = Published(spf=await self._texts(envelope), dmarc=dmarc, dkim=dkim)
        return problems(published, sender=sender, envelope=envelope, selector=selector)

    async def _texts(self, name: str) -> tuple[str, ...]:
        try:
            answer = await self._resolver().resolve(name, "TXT", search=False, lifetime=self.lifetime_s)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise DnsTrouble(f"the DNS does not answer about {name} ({type(error).__name__})") from error
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    def _resolver(self) -> dns.asyncresolver.Resolver:
        if not self.servers:
            return dns.asyncresolver.Resolver()
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [address for address, _port in self.servers]
        resolver.port = self.servers[0][1]
        return resolver


@dataclass
class RecordsWatch:
    """A worker: what is missing is an error in the log, and never keeps anything from starting."""

    settings: NotifierSettings
    records: SenderRecords = field(init=False)

    def __post_init__(self) -> None:
        self.records = SenderRecords(self.settings)

    async def run(self) -> None:
        """Look now, then once a day, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(DAY_S)

    async def look(self) -> None:
        try:
            found = await self.records.problems()
        except DnsTrouble as trouble:
            log.warning("the records of our mail domain could not be read", extra={"cause": str(trouble)})
            return
        for problem in found:
            log.error("a record of our mail domain is missing or wrong", extra={"problem": problem})
