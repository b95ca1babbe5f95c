"""What is answered about a number: names of places and activities, and codes for what fails."""

from typing import Any, cast

import pytest

from services.ingest.directory import Directory
from services.ingest.domain.companies import Company, read_company
from services.ingest.finding import Finding
from services.ingest.reference import activities, gazetteer
from services.ingest.sources.bounded import TryLater
from shared.requests import CompanyFound, LookUpCompany
from tests.unit.ingest.company_answers import SIREN, answer, result


class Knowing:
    """A directory that answers one thing."""

    def __init__(self, found: Company | Exception | None) -> None:
        self.found = found
        self.asked: list[str] = []

    async def company(self, number: str) -> Company | None:
        self.asked.append(number)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


async def found_of(knowing: Any, number: str = SIREN) -> CompanyFound:
    return await Finding(cast(Directory, knowing), gazetteer("35")).company(LookUpCompany(number=number))


async def test_the_labels_of_the_activity_and_of_the_commune_are_told() -> None:
    found = await found_of(Knowing(read_company(answer(result()), SIREN)))
    assert (found.naf_label, found.place) == ("Fabrication de lait liquide et de produits frais", "Rennes")


async def test_a_seat_outside_the_territory_has_no_place() -> None:
    found = await found_of(Knowing(read_company(answer(result(seat__commune="75115")), SIREN)))
    assert (found.insee, found.place) == ("75115", None)


@pytest.mark.parametrize(
    ("known", "number", "refused"),
    [
        (None, SIREN, "unknown"),
        (TryLater("It did not answer."), SIREN, "unreachable"),
        (None, "900000002", "number"),
        (None, "x" * 100_000, "number"),
    ],
)
async def test_a_refusal_has_a_code(known: Any, number: str, refused: str) -> None:
    assert (await found_of(Knowing(known), number)).refused == refused


async def test_a_number_that_cannot_be_is_not_asked_for() -> None:
    knowing = Knowing(None)
    await found_of(knowing, "123")
    assert knowing.asked == []


def test_every_activity_of_the_table_has_a_code_and_a_label() -> None:
    assert len(activities()) == 732
    assert all(label and len(code) == 6 for code, label in activities().items())
