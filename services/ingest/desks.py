"""The desks of ingest for spreadsheets, profiles and partnership requests, and which question goes to which."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.domain.communes import Gazetteer
from services.ingest.import_desk import ImportDesk, Importer
from services.ingest.import_store import ImportStore
from services.ingest.partnership_store import PartnershipStore
from services.ingest.partnerships import PartnershipDesk
from services.ingest.profile_desk import ProfileDesk
from services.ingest.profile_store import ProfileStore
from services.ingest.profiles import ProfileImports
from services.ingest.store import Store
from shared import requests as r
from shared.service import Context, RequestHandler


@dataclass(frozen=True)
class Desks:
    """Who answers staff."""

    imports: ImportDesk
    profiles: ProfileDesk
    partnerships: PartnershipDesk

    @classmethod
    def of(cls, context: Context, places: Gazetteer) -> "Desks":
        database, clock = context.database, context.clock
        profiles, imports = ProfileStore(database, context.outbox), ImportStore(database)
        partnerships = PartnershipStore(database)
        of_profiles = ProfileImports(profiles, imports, places, clock)
        of_partnerships = PartnershipDesk(Store(database, context.outbox), partnerships, imports, clock)
        importers: Mapping[str, Importer] = {"profiles": of_profiles, "partnerships": of_partnerships}
        return cls(
            ImportDesk(imports, importers, of_profiles, clock),
            ProfileDesk(profiles, partnerships),
            of_partnerships,
        )

    def requests(self) -> Mapping[type[r.Request], RequestHandler]:
        return {
            r.OfferPart: self.imports.offer,
            r.PreviewImport: self.imports.preview,
            r.TakeImport: self.imports.take,
            r.UndoImport: self.imports.undo,
            r.AskImport: self.imports.one,
            r.AskImports: self.imports.latest,
            r.AskRows: self.profiles.rows,
            r.AskProfiles: self.profiles.page,
            r.AskProfile: self.profiles.one,
            r.SavePartnership: self.partnerships.save,
            r.WithdrawPartnership: self.partnerships.withdraw,
            r.AskPartnerships: self.partnerships.ask,
        }
