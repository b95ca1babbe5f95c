"""Publishing rule sets: the first one at the first start, then what staff decide, and going back to an earlier one."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.archive import Archive
from services.matcher.domain.document import Terms
from services.matcher.domain.model import UnreadableModel, fit
from services.matcher.domain.rules import DEFAULT_RULES, RuleSet, parse_rules
from services.matcher.store import Store
from shared.clock import Clock
from shared.database import Database
from shared.events import RulesPublished
from shared.outbox import Outbox
from shared.requests import RulesInForce, RulesReply

log = logging.getLogger(__name__)

FIRST_NOTE = "Règles par défaut"
FIRST_AUTHOR = "passerelle"


@dataclass(frozen=True)
class RulesDesk:
    """Checks, keeps, puts in force and tells rule sets. What is open is decided again afterwards; see `redecide`."""

    database: Database
    outbox: Outbox
    store: Store
    archive: Archive
    clock: Clock

    async def open(self) -> None:
        """At the first start, put the default rules and a model of the language alone in force.

        Such a model also takes the place of one that an earlier version of the program made and this one cannot read,
        until the next fit.
        """
        can_go_on = await self._has_readable_model()
        async with self.database.writing() as connection:
            is_first_start = await self.archive.begin(connection)
            if can_go_on and not is_first_start:
                return
            await self.store.begin_change(connection)
            if is_first_start:
                await self._put(connection, DEFAULT_RULES, note=FIRST_NOTE, by=FIRST_AUTHOR)
            await self.archive.put_model(connection, fit([], Terms()), opportunities=0, at=self.clock())

    async def _has_readable_model(self) -> bool:
        pointer = await self.store.in_force()
        if pointer is None or not pointer.model_version:
            return True
        try:
            await self.archive.read_model(pointer.model_version)
        except UnreadableModel as error:
            log.warning("the model in force cannot be read, a new one takes its place", extra={"problem": str(error)})
            return False
        return True

    async def publish(self, given: Mapping[str, object], *, note: str, by: str) -> RulesReply:
        """Put a whole rule set in force, or say what to mend in it."""
        rules, errors = parse_rules(given)
        if rules is None:
            return RulesReply(refused="invalid", errors=errors)
        return RulesReply(version=await self._publish(rules, note=note, by=by))

    async def roll_back(self, *, to_version: int, by: str) -> RulesReply:
        """Publish an earlier rule set again, as a new version."""
        rules = await self.archive.read_rules(to_version)
        if rules is None:
            return RulesReply(refused="unknown_version")
        return RulesReply(version=await self._publish(rules, note=f"Retour à la version {to_version}", by=by))

    async def in_force(self) -> RulesInForce:
        """The rules in force and their history."""
        pointer = await self.store.in_force()
        rules = await self.archive.read_rules(pointer.rules_version) if pointer else None
        if pointer is None or rules is None:
            return RulesInForce(rules=DEFAULT_RULES.model_dump(mode="json"))
        history = tuple(await self.archive.history())
        return RulesInForce(version=pointer.rules_version, rules=rules.model_dump(mode="json"), history=history)

    async def tell_again(self) -> None:
        """Tell the rules in force once more."""
        now = await self.in_force()
        note = next((one.note for one in now.history if one.version == now.version), FIRST_NOTE)
        if now.version:
            async with self.database.writing() as connection:
                fact = self._fact(RuleSet.model_validate(now.rules), version=now.version, note=note)
                await self.outbox.tell(connection, fact)

    async def _publish(self, rules: RuleSet, *, note: str, by: str) -> int:
        async with self.database.writing() as connection:
            await self.store.begin_change(connection)
            version = await self._put(connection, rules, note=note, by=by)
        log.info("rules published", extra={"rules_version": version})
        return version

    async def _put(self, connection: AsyncConnection, rules: RuleSet, *, note: str, by: str) -> int:
        version = await self.archive.put_rules(connection, rules, note=note, by=by, at=self.clock())
        await self.outbox.tell(connection, self._fact(rules, version=version, note=note))
        return version

    def _fact(self, rules: RuleSet, *, version: int, note: str) -> RulesPublished:
        return RulesPublished(
            happened_at=self.clock(),
            version=version,
            note=note,
            digest_cap=rules.digest_cap,
            rules=rules.model_dump(mode="json"),
        )
