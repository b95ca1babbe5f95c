"""Organisations as people declared them, who speaks for them, and the facts told of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.declaration import CONSENT_TEXT_VERSION, CompanyNumber, Description
from services.portal.tables import memberships, organisation_versions, organisations
from shared.database import Database
from shared.events import Language, OrganisationState


@dataclass(frozen=True)
class Organisation:
    """An organisation as last declared; `status` is pending, confirmed or withdrawn."""

    state: OrganisationState
    place: str | None
    status: str
    declared_at: datetime
    consent_text_version: str


class Organisations:
    """The tables of organisations and memberships."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def add_pending(
        self,
        organisation_id: str,
        description: Description,
        *,
        language: Language,
        insee: str,
        place: str,
        now: datetime,
        number: CompanyNumber = CompanyNumber(),  # noqa: B008 - frozen
    ) -> None:
        """Keep a declaration until its address is proved."""
        row: dict[str, object] = {
            "id": organisation_id,
            "version": 1,
            "status": "pending",
            **_columns(description),
            "language": language,
            "insee": insee,
            "place": place,
            "siren": number.siren,
            "naf": number.naf,
            "consent_text_version": CONSENT_TEXT_VERSION,
            "declared_at": now,
        }
        async with self.database.writing() as connection:
            await connection.execute(self.database.insert(organisations).values(**row))
            await self._keep_version(connection, organisation_id, 1, description.text, now)

    async def drop_pending(self, organisation_id: str) -> None:
        """Take back a declaration that could not be followed by a mail."""
        async with self.database.writing() as connection:
            pending = and_(organisations.c.id == organisation_id, organisations.c.status == "pending")
            await connection.execute(delete(organisations).where(pending))

    async def confirm(
        self, connection: AsyncConnection, organisation_id: str, person_id: str, *, now: datetime
    ) -> OrganisationState | None:
        """Let a person speak for an organisation; its state when it is newly confirmed, None when it was already."""
        joined = self.database.insert(memberships).values(
            person_id=person_id, organisation_id=organisation_id, since=now, ended_at=None
        )
        confirm = update(organisations).where(
            organisations.c.id == organisation_id, organisations.c.status == "pending"
        )
        newly = (await connection.execute(confirm.values(status="confirmed", confirmed_at=now))).rowcount == 1
        if await self.one(organisation_id, connection) is None:
            return None
        await connection.execute(joined.on_conflict_do_nothing())
        found = await self.one(organisation_id, connection)
        return found.state if newly and found else None

    async def edit(
        self, connection: AsyncConnection, organisation_id: str, description: Description, *, now: datetime
    ) -> OrganisationState:
        """A new version of a confirmed organisation."""
        edited = (
            update(organisations)
            .where(organisations.c.id == organisation_id)
            .values(**_columns(description), version=organisations.c.version + 1)
        )
        await connection.execute(edited)
        found = await self.one(organisation_id, connection)
        assert found is not None  # noqa: S101 - its membership was checked in this request
        await self._keep_version(connection, organisation_id, found.state.version, description.text, now)
        return found.state

    async def leave(
        self, connection: AsyncConnection, person_id: str, organisation_ids: Iterable[str], *, now: datetime
    ) -> tuple[tuple[str, int], ...]:
        """End memberships; an organisation without anybody is withdrawn. Returns (id, version) of those."""
        withdrawn: list[tuple[str, int]] = []
        for organisation_id in organisation_ids:
            of_it = (memberships.c.organisation_id == organisation_id, memberships.c.ended_at.is_(None))
            end = update(memberships).where(*of_it, memberships.c.person_id == person_id).values(ended_at=now)
            await connection.execute(end)
            alone = (
                update(organisations)
                .where(organisations.c.id == organisation_id, organisations.c.status == "confirmed")
                .where(~exists(select(memberships.c.person_id).where(*of_it)))
                .values(status="withdrawn", version=organisations.c.version + 1)
                .returning(organisations.c.version)
            )
            if (version := (await connection.execute(alone)).scalar_one_or_none()) is not None:
                withdrawn.append((organisation_id, version))
        return tuple(withdrawn)

    async def forget(self, connection: AsyncConnection, person_id: str) -> None:
        """Drop a person's memberships, and the words of organisations nobody speaks for any more."""
        mine = select(memberships.c.organisation_id).where(memberships.c.person_id == person_id)
        ids: Sequence[str] = (await connection.execute(mine)).scalars().all()
        await connection.execute(delete(memberships).where(memberships.c.person_id == person_id))
        unspoken = organisations.c.status == "withdrawn"
        await connection.execute(delete(organisations).where(organisations.c.id.in_(ids), unspoken))

    async def forget_unconfirmed(self, before: datetime) -> int:
        """Drop declarations never confirmed."""
        old = and_(organisations.c.status == "pending", organisations.c.declared_at < before)
        async with self.database.writing() as connection:
            return (await connection.execute(delete(organisations).where(old))).rowcount

    async def one(self, organisation_id: str, connection: AsyncConnection) -> Organisation | None:
        row = (
            await connection.execute(select(organisations).where(organisations.c.id == organisation_id))
        ).one_or_none()
        return _organisation(row) if row is not None else None

    async def of_person(self, person_id: str) -> tuple[Organisation, ...]:
        """Those a person speaks for."""
        joined = organisations.join(memberships, memberships.c.organisation_id == organisations.c.id)
        mine = (memberships.c.person_id == person_id, memberships.c.ended_at.is_(None))
        query = select(organisations).select_from(joined).where(*mine).order_by(organisations.c.declared_at)
        async with self.database.reading() as connection:
            return tuple(_organisation(row) for row in await connection.execute(query))

    async def versions(self, organisation_id: str) -> tuple[tuple[int, str, datetime], ...]:
        """Earlier texts with their version and moment, for the export."""
        columns = (organisation_versions.c.version, organisation_versions.c.text, organisation_versions.c.edited_at)
        of_it = organisation_versions.c.organisation_id == organisation_id
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*columns).where(of_it).order_by(organisation_versions.c.version))
            return tuple((row[0], row[1], row[2]) for row in rows)

    async def confirmed(self) -> tuple[OrganisationState, ...]:
        """Every organisation to be matched, to tell them again."""
        query = select(organisations).where(organisations.c.status == "confirmed").order_by(organisations.c.id)
        async with self.database.reading() as connection:
            return tuple(_organisation(row).state for row in await connection.execute(query))

    async def count_by_kind(self) -> dict[str, int]:
        confirmed = organisations.c.status == "confirmed"
        query = select(organisations.c.kind, func.count()).where(confirmed).group_by(organisations.c.kind)
        async with self.database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def _keep_version(
        self, connection: AsyncConnection, organisation_id: str, version: int, text: str, now: datetime
    ) -> None:
        row = {"organisation_id": organisation_id, "version": version, "text": text, "edited_at": now}
        await connection.execute(self.database.insert(organisation_versions).values(**row))


def _columns(description: Description) -> dict[str, object]:
    return {
        "kind": description.kind,
        "name": description.name,
        "text": description.text,
        "size": description.size,
        "themes": list(description.themes),
    }


def _organisation(row: Row[tuple[object, ...]]) -> Organisation:
    columns = row._mapping
    names = ("id", "version", "kind", "name", "text", "language", "insee", "siren", "naf", "size", "themes")
    return Organisation(
        state=OrganisationState.model_validate({name: columns[name] for name in names}),
        place=columns["place"],
        status=columns["status"],
        declared_at=columns["declared_at"],
        consent_text_version=columns["consent_text_version"],
    )
