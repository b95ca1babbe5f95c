"""What ingest answers about a company's number: the directory's facts, with names of places and activities."""

import logging
from dataclasses import dataclass

from services.ingest.directory import Directory
from services.ingest.domain.communes import Gazetteer
from services.ingest.domain.companies import Company, NumberRefused, read_number
from services.ingest.reference import activities
from services.ingest.sources.bounded import SourceFailed
from shared.requests import CompanyFound, LookUpCompany

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """Answers with what they need."""

    directory: Directory
    places: Gazetteer

    async def company(self, question: LookUpCompany) -> CompanyFound:
        try:
            found = await self.directory.company(read_number(question.number))
        except NumberRefused:
            return CompanyFound(refused="number")
        except SourceFailed as error:
            log.warning("the directory cannot be asked", extra={"problem": str(error)})
            return CompanyFound(refused="unreachable")
        return told(found, self.places) if found else CompanyFound(refused="unknown")


def told(company: Company, places: Gazetteer) -> CompanyFound:
    """A company as it is answered."""
    commune = places.with_insee(company.insee) if company.insee else None
    return CompanyFound(
        siren=company.siren,
        name=company.name,
        naf=company.naf,
        naf_label=activities().get(company.naf or ""),
        size=company.size,
        kind=company.kind,
        address=company.address,
        insee=company.insee,
        place=commune.name if commune else None,
        is_closed=company.is_closed,
        is_person=company.is_person,
        is_withheld=company.is_withheld,
    )
