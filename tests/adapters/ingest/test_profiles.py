"""Profiles from the portal's facts, from a CSV file and from the samples."""

import random
from pathlib import Path
from typing import Any

import pytest

from services.ingest.commands import Refused, import_profiles, republish
from services.ingest.handlers import Handlers
from services.ingest.reference import gazetteer
from services.ingest.samples import SAMPLE_ORGANISATION_IDS, load_samples, remove_samples
from shared.events import Fact, OrganisationDeclared, OrganisationState, OrganisationWithdrawn
from tests.adapters.ingest.conftest import Ingest

TEXT = "Nous fabriquons du fromage au lait cru et cherchons des partenaires en Europe."
HEADER = "name;kind;text;commune;siren"


def declared(version: int, clock: Any, **fields: Any) -> OrganisationDeclared:
    state = {"id": "o1", "kind": "business", "name": "Exemple", "text": TEXT, "insee": "35238", **fields}
    return OrganisationDeclared(happened_at=clock(), organisation=OrganisationState(version=version, **state))


def withdrawn(version: int, clock: Any) -> OrganisationWithdrawn:
    return OrganisationWithdrawn(happened_at=clock(), organisation_id="o1", version=version)


async def hear(ingest: Ingest, fact: Fact) -> None:
    handlers = Handlers(ingest.profiles, gazetteer("35"), ingest.clock)
    if isinstance(fact, OrganisationDeclared):
        await handlers.on_organisation_declared(fact)
    elif isinstance(fact, OrganisationWithdrawn):
        await handlers.on_organisation_withdrawn(fact)


async def test_a_declared_organisation_becomes_a_profile_with_its_place(ingest: Ingest) -> None:
    fact = declared(1, ingest.clock)
    await hear(ingest, fact)
    await hear(ingest, fact)
    (told,) = await ingest.told()
    assert told["subject"] == "profile.described"
    assert (told["profile"]["place"], told["profile"]["version"]) == ("Rennes", 1)


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_any_repeats_end_in_the_same_state(ingest: Ingest, seed: int) -> None:
    history: list[Fact] = [
        declared(1, ingest.clock),
        declared(2, ingest.clock, text=f"{TEXT} Encore."),
        withdrawn(3, ingest.clock),
        declared(4, ingest.clock, text=f"{TEXT} De retour."),
    ]
    shuffled = history * 2
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    for fact in shuffled:
        await hear(ingest, fact)
    (profile,) = await ingest.profiles.active()
    assert (profile.version, profile.text) == (4, f"{TEXT} De retour.")


@pytest.mark.parametrize("seed", range(4))
async def test_a_withdrawn_organisation_never_comes_back_by_a_late_copy(ingest: Ingest, seed: int) -> None:
    shuffled: list[Fact] = [declared(1, ingest.clock), declared(2, ingest.clock), withdrawn(3, ingest.clock)]
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    for fact in shuffled:
        await hear(ingest, fact)
    assert await ingest.profiles.active() == []
    assert await ingest.profiles.removed() == [("o1", 3)]
    assert (await ingest.told())[-1]["subject"] == "profile.removed"


async def test_a_file_is_imported_once_and_its_bad_rows_told(ingest: Ingest, tmp_path: Path) -> None:
    file = tmp_path / "profils.csv"
    rows = [
        HEADER,
        f"Café Été;business;{TEXT};Rennes;",
        f"École;school;{TEXT};Lutèce;",
        f"B;business;{TEXT};Vitré;732829320",
    ]
    file.write_bytes("\r\n".join(rows).encode("cp1252"))
    first = await import_profiles(ingest.context, file)
    again = await import_profiles(ingest.context, file)
    assert (first.imported, first.changed, [refused.line for refused in first.refused]) == (2, 0, [3])
    assert (again.imported, again.changed, again.unchanged) == (0, 0, 2)
    assert await ingest.told_by_subject() == {"profile.described": 2}
    file.write_text("\n".join(rows).replace(f"B;business;{TEXT}", f"B;business;{TEXT} Nouveau."), encoding="utf-8-sig")
    edited = await import_profiles(ingest.context, file)
    assert (edited.changed, edited.unchanged) == (1, 1)
    assert (await ingest.told())[-1]["profile"]["version"] == 2


async def test_a_file_that_cannot_be_used_stores_nothing(ingest: Ingest, tmp_path: Path) -> None:
    file = tmp_path / "profils.csv"
    file.write_text(f"nom;type\nA;business\n{TEXT}\n")
    with pytest.raises(Refused, match=r"profils\.csv: the first line must name the columns"):
        await import_profiles(ingest.context, file)
    with pytest.raises(Refused, match="cannot be read"):
        await import_profiles(ingest.context, tmp_path / "absent.csv")
    assert await ingest.told() == []


async def test_an_organisation_that_speaks_for_itself_is_left_alone(ingest: Ingest, tmp_path: Path) -> None:
    await hear(ingest, declared(1, ingest.clock, siren="732829320"))
    file = tmp_path / "profils.csv"
    file.write_text(
        f"{HEADER}\nExemple;business;{TEXT};Rennes;732829320\nSame;business;{TEXT};Rennes;\nSAME;business;{TEXT};rennes;\n"
    )
    report = await import_profiles(ingest.context, file)
    assert report.imported == 1
    assert "declared itself" in report.refused[0].reason
    assert "same organisation as line 3" in report.refused[1].reason


async def test_samples_load_once_and_leave_whole(ingest: Ingest, clock: Any) -> None:
    await load_samples(ingest.context)
    await load_samples(ingest.context)
    assert await ingest.told_by_subject() == {"opportunity.published": 12, "profile.described": 8}
    assert {profile.id for profile in await ingest.profiles.active()} == set(SAMPLE_ORGANISATION_IDS)
    await remove_samples(ingest.context)
    await remove_samples(ingest.context)
    assert await ingest.profiles.active() == []
    assert await ingest.store.live_ids() == []
    told = await ingest.told_by_subject()
    assert (told["opportunity.closed"], told["profile.removed"]) == (12, 8)
    await load_samples(ingest.context)
    assert len(await ingest.store.live_ids()) == 12
    assert await republish(ingest.context) == 20
