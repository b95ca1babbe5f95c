"""Everything the portal reads and writes in its database, one class for each thing it keeps."""

from dataclasses import dataclass

from services.portal.store.alerts import Alerts
from services.portal.store.answers import Answers
from services.portal.store.matches import Matches
from services.portal.store.opportunities import Opportunities
from services.portal.store.organisations import Organisations
from services.portal.store.rule_sets import RuleSets
from services.portal.store.sessions import Sessions
from services.portal.store.sources import Sources
from services.portal.store.staff import Staff
from services.portal.store.wishes import Wishes
from shared.database import Database
from shared.outbox import Outbox


@dataclass(frozen=True)
class Store:
    """The portal's database."""

    database: Database
    outbox: Outbox
    opportunities: Opportunities
    matches: Matches
    organisations: Organisations
    sessions: Sessions
    staff: Staff
    wishes: Wishes
    alerts: Alerts
    rule_sets: RuleSets
    sources: Sources
    answers: Answers

    @classmethod
    def over(cls, database: Database, outbox: Outbox) -> "Store":
        return cls(
            database,
            outbox,
            Opportunities(database),
            Matches(database),
            Organisations(database),
            Sessions(database),
            Staff(database),
            Wishes(database),
            Alerts(database),
            RuleSets(database),
            Sources(database),
            Answers(database),
        )
