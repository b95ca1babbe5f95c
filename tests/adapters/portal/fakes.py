"""A portal on a real database with a bus that answers from a table, as tests and the browser meet it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from prometheus_client import CollectorRegistry

from services.portal.app import build
from services.portal.settings import PortalSettings
from services.portal.store import Store
from services.portal.tables import messages, metadata
from shared import requests as r
from shared.bus import Bus, OwnerDown
from shared.database import Database
from shared.events import Change, OpportunityState, ProfileState, Term
from shared.outbox import Outbox
from shared.service import Context, Parts
from shared.settings import CommonSettings

PERSON, ORGANISATION = "p1", "o1"
RULES: dict[str, object] = {
    "threshold": 0.5,
    "digest_cap": 10,
    "business": {"active": True, "min_days_ahead": 7, "refused_programmes": ["Programme Ancien"]},
    "programme_boosts": [{"name": "LIFE", "factor": 1.5}],
    "excluded_words": ["nucléaire"],
}
SOMMEVILLE = r.Commune(insee="35999", name="Sommeville", postcodes=("35990",), population=1200)
WHEN = datetime(2026, 11, 1, 8, tzinfo=UTC)
SUBSCRIPTION = r.Subscription(organisation_id=ORGANISATION, cadence="weekly", language="fr", status="active")

EXPLAINED = r.Explanation(
    score=0.8,
    words_score=0.8,
    threshold=0.5,
    matched=True,
    gates=(r.GateResult(name="status", passed=True), r.GateResult(name="size", passed=True)),
    terms=(Term(profile_word="algues", opportunity_word="seaweed", share=0.6),),
    passage="seaweed farming in coastal waters",
    opportunity_version=1,
    profile_version=1,
    model_version=1,
    rules_version=2,
)

IMPORT = r.ImportSummary(
    id="1" * 32, subject="profiles", filename="profils.xlsx", status="done", offered_at=WHEN, counts={"new": 1}
)
LINES = (
    r.ReportLine(line=3, outcome="refused", code="not_here", values={"value": "'Lutèce'"}, sentence="not here"),
    r.ReportLine(line=2, outcome="changed", id="org-1", name="Fromagerie Exemple", fields=("text", "naf")),
)
REQUEST = r.HeldPartnership(
    id="partners-1",
    version=1,
    state="open",
    changed_at=WHEN,
    wanted=r.WantedPartnership(
        title="Formateurs en fromagerie",
        organisation="Fédération laitière fictive",
        country="MG",
        need="Former trente éleveurs à la transformation du lait en fromage.",
    ),
)
PROFILE = ProfileState(
    id="org-1",
    version=2,
    kind="business",
    name="Fromagerie Exemple",
    text="Nous faisons du fromage.",
    place="Sommeville",
)
ABOUT_SPREADSHEETS: dict[type[r.Request], r.Reply] = {
    r.AskProfiles: r.ProfilesPage(
        total=1,
        profiles=(
            r.ProfileSummary(
                id="org-1",
                name=PROFILE.name,
                kind="business",
                place="Sommeville",
                origin="csv",
                version=2,
                changed_at=WHEN,
                text=PROFILE.text,
            ),
        ),
    ),
    r.AskProfile: r.ProfileHistory(
        profile=PROFILE,
        versions=(
            r.ProfileVersion(
                version=2,
                origin="csv",
                since=WHEN,
                changes=(Change(field="text", before="Nous faisons du beurre.", after=PROFILE.text),),
            ),
            r.ProfileVersion(version=1, origin="csv", since=WHEN),
        ),
    ),
    r.PreviewImport: r.ImportReport(summary=IMPORT.model_copy(update={"status": "offered"}), lines=LINES),
    r.TakeImport: r.ImportReport(summary=IMPORT, lines=LINES),
    r.UndoImport: r.ImportReport(summary=IMPORT.model_copy(update={"status": "undone"})),
    r.AskImport: r.ImportReport(summary=IMPORT, lines=LINES),
    r.AskImports: r.Imports(imports=(IMPORT,)),
    r.AskRows: r.RowsPage(columns=("name", "text"), rows=(("=Exemple", "Du fromage"),)),
    r.AskPartnerships: r.Partnerships(total=1, partnerships=(REQUEST,)),
    r.SavePartnership: r.PartnershipSaved(id="partners-1"),
}


LINKS = {
    "answer": r.LinkMeaning(
        purpose="answer",
        person_id=PERSON,
        organisation_id=ORGANISATION,
        organisation_name="Algues du Large",
        opportunity_id="eu-algues",
    ),
    "check": r.LinkMeaning(purpose="check_in", person_id=PERSON),
    "leave": r.LinkMeaning(purpose="unsubscribe", person_id=PERSON),
    "t": r.LinkMeaning(
        purpose="unsubscribe", person_id=PERSON, organisation_id=ORGANISATION, organisation_name="Algues du Large"
    ),
}


def read_link(request: r.ReadLink) -> r.LinkMeaning:
    """What a few tokens mean; any other is not ours."""
    return LINKS.get(request.token, r.LinkMeaning(refused="unknown"))


class FakeBus:
    """Answers by class of request, with a reply or what makes one; a class in `away` has no owner. Remembers all."""

    def __init__(self) -> None:
        self.asked: list[r.Request] = []
        self.away: set[type[r.Request]] = set()
        self.answers: dict[type[r.Request], Any] = {
            r.ReadLink: read_link,
            r.FindCommunes: r.Communes(communes=(SOMMEVILLE,)),
            r.Confirm: r.Confirmed(person_id=PERSON, organisation_id=ORGANISATION, same_browser=True),
            r.SignIn: r.SignedIn(person_id=PERSON),
            r.AskPreferences: r.Preferences(masked_email="a…@exemple.example", subscriptions=(SUBSCRIPTION,)),
            r.ExplainPair: EXPLAINED,
            r.AskRules: r.RulesInForce(
                version=2,
                rules=RULES,
                history=(
                    r.RuleSetSummary(version=2, note="Deux", by=PERSON, published_at=WHEN),
                    r.RuleSetSummary(version=1, note="Un", by=PERSON, published_at=WHEN),
                ),
            ),
            r.PreviewRules: r.RulesPreview(
                now=4,
                then=5,
                gained=1,
                gained_examples=(r.PreviewedPair(opportunity_id="eu-algues", profile_id=ORGANISATION, score=0.6),),
            ),
            r.PublishRules: r.RulesReply(version=3),
            r.RollBackRules: r.RulesReply(version=3),
            r.AskVocabulary: r.VocabularyPage(
                total=2,
                words=(
                    r.WordPair(french="bourrelier", english="saddler", weight=1, origin="staff"),
                    r.WordPair(french="selle", english="saddle", weight=0.6, origin="learned"),
                ),
            ),
            r.AskHarvests: r.Harvests(
                sources=(r.SourceSummary(name="eu-portal", enabled=True, opportunities=3, last_complete_at=WHEN),),
                harvests=(
                    r.HarvestSummary(source="eu-portal", started_at=WHEN, complete=True, seen=3, counts={"new": 3}),
                ),
                quarantined={"no title": 1},
            ),
            **ABOUT_SPREADSHEETS,
            r.AskDeadLetters: r.DeadLetters(
                dead_letters=(
                    r.DeadLetter(
                        id="d1",
                        service="matcher",
                        subject="profile.described",
                        error="ValueError",
                        failed_at=WHEN,
                        deliveries=8,
                        payload="{}",
                    ),
                )
            ),
            r.AskDeliveries: r.Deliveries(
                deliveries=(
                    r.Delivery(
                        message_id="m1",
                        person_id=PERSON,
                        kind="digest",
                        status="sent",
                        attempts=1,
                        opportunities=2,
                        planned_at=WHEN,
                        sent_at=WHEN,
                    ),
                ),
                by_status={"sent": 1},
            ),
        }

    async def ask(self, request: r.Request, *, service: str | None = None) -> Any:
        self.asked.append(request)
        if type(request) in self.away:
            raise OwnerDown(service or request.owner)
        answer = self.answers.get(type(request), request.reply())
        return answer(request) if callable(answer) else answer

    def last(self, kind: type[r.Request]) -> Any:
        return next(request for request in reversed(self.asked) if type(request) is kind)


class Portal:
    """A built portal; `parts.web` is its application."""

    def __init__(
        self, database: Database, home: Path, clock: Any, *, settings: PortalSettings | None = None, **common: object
    ) -> None:
        self.database = database
        self.bus = FakeBus()
        self.clock = clock
        self.context = Context(
            service="portal",
            common=CommonSettings(home=home, **common),  # type: ignore[arg-type]
            settings=settings or PortalSettings(),
            database=database,
            outbox=Outbox(database, messages, clock),
            bus=cast(Bus, self.bus),
            clock=clock,
            secret=b"a key for tests, at least 32 characters",
            metrics=CollectorRegistry(),
        )
        self.store = Store.over(database, self.context.outbox)
        self.parts: Parts = build(self.context)

    async def told(self) -> list[str]:
        return [waiting.subject for waiting in await self.context.outbox.next_batch()]


async def create_tables(database: Database) -> None:
    await database.create_schema()
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


def opportunity(now: datetime, **changes: Any) -> OpportunityState:
    """An open call about seaweed."""
    state = {
        "id": "eu-algues",
        "version": 1,
        "kind": "call",
        "source": "eu-portal",
        "title": "Seaweed farming in coastal waters",
        "text": "Grow algues and mussels near the shore.\nShare the results.",
        "expected_outcome": "Better farms.",
        "language": "en",
        "programme": "Europe de la mer",
        "status": "open",
        "deadline": now + timedelta(days=40),
        "deadlines": (now + timedelta(days=40), now + timedelta(days=400)),
        "budget_min": 100_000,
        "budget_max": 250_000,
        "themes": ("Mer et pêche",),
        "url": "https://exemple.example/appel",
        **changes,
    }
    return OpportunityState.model_validate(state)
