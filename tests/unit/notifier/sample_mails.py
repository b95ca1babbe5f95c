"""Every kind of mail about the sample organisations: what tests read, and pictures show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.ingest.samples import sample_opportunities
from services.notifier.domain.kinds import LANE_OF, AlertKind, MailKind
from services.notifier.domain.news import News, Told
from services.notifier.mail.compose import Head, compose
from services.notifier.mail.content import Content, LoginContent, NewsContent
from services.notifier.mail.contents import (
    Letterhead,
    canary_content,
    check_in_content,
    news_content,
    notice_content,
    subscriptions_in,
)  # fmt: skip
from services.notifier.mail.links import Links
from services.notifier.mail.readers import Reader
from services.notifier.mail.texts import write
from shared.events import Change, Language, OpportunityState, Term
from shared.requests import Cadence

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PUBLIC = "https://passerelle.departement.example"
SIGNATURE = "La mission Europe et international du département"
TOKEN = "s" * 24 + "." + "t" * 43
MESSAGE = "f" * 32
ONE_CLICK = f"{PUBLIC}/unsubscribe/one-click?token={'x' * 120}"
LINKS = Links(PUBLIC, b"a secret of tests")
DAIRY, COMMUNE, COMPANY = "Laiterie des Trois Chênes", "Commune de Bocage-sur-Couesnon", "Granit Logiciel"
LONGEST_NAME = (
    "Syndicat mixte intercommunal pour l’aménagement, l’entretien et la restauration des milieux aquatiques des "
    "bassins versants du Couesnon, de la Rance et de la Haute-Vilaine-Sauvegarde-Environnementale"
)

OPPORTUNITIES = {each.key: each.as_opportunity(NOW) for each in sample_opportunities()}

# What the matcher finds in them: the profile's word, the opportunity's word; then the passage.
WHY: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "alaotra-lait": (
        (("laiterie", "laiterie"), ("éleveurs", "éleveurs"), ("fromage", "fromages"), ("hygiène", "hygiène")),
        "Deux missions d'expertise de trois semaines, un accueil en stage dans une laiterie ou une fromagerie, un "
        "suivi à distance pendant un an.",
    ),
    "fromager-croatie": (
        (("fromage", "cheese"), ("lait cru", "lait cru"), ("laiterie", "dairy"), ("affinage", "ripening")),
        "It offers distribution to hotels and restaurants and looks for ripening know-how, starter cultures, milk "
        "quality control and packaging advice.",
    ),
    "plateforme-donnees": ((("logiciels", "software"), ("analyse de données", "open data platform")), ""),
    "algues-cosmetique": ((), "Études, essais et premières lignes de production : de la récolte à l'extraction."),
    "reseau-chaleur": (
        (("réseau de chaleur", "réseau de chaleur"), ("école", "école"), ("bois", "chaufferie bois")),
        "Études de faisabilité, chaufferie bois, réseau de chaleur, sous-stations, rénovation énergétique des "
        "bâtiments raccordés.",
    ),
}


def bytes_of(kind: MailKind, language: Language, content: Content) -> bytes:
    """The whole mail as the relay gets it; alerts have the one-click link."""
    to_dairy = Head(
        message_id=MESSAGE,
        kind=kind,
        to="contact@laiterie.example",
        from_name="Passerelle",
        from_address="veille@passerelle.example",
        reply_to="contact@passerelle.example",
        planned_at=NOW,
        language=language,
        one_click_link=ONE_CLICK if LANE_OF[kind] == "alert" else None,
    )
    return compose(to_dairy, write(kind, language, content))


def head(language: Language, *subscription_ids: str) -> Letterhead:
    """The head of a mail to one person."""
    reader = Reader(language, "Europe/Paris", NOW)
    return Letterhead(reader, LINKS, SIGNATURE, LINKS.leaving_token("p" * 32, subscription_ids))


def told(key: str, kind: AlertKind = "new", *, organisation: str = DAIRY, **changes: object) -> Told:
    """One of the sample opportunities, as a mail is given it."""
    words, passage = WHY.get(key, ((("partenaires", "partners"),), ""))
    terms = tuple(Term(profile_word=one, opportunity_word=other, share=0.3) for one, other in words)
    return told_of(
        OPPORTUNITIES[key].model_copy(update=changes), kind, organisation=organisation, terms=terms, passage=passage
    )


def told_of(
    state: OpportunityState,
    kind: AlertKind = "new",
    *,
    organisation: str = DAIRY,
    terms: tuple[Term, ...] = (),
    passage: str = "",
) -> Told:
    """An opportunity as a mail is given it; what is amended has moved its deadline."""
    moved = Change(field="deadline", before="2026-12-01", after="2026-12-20")
    return Told(
        kind=kind,
        opportunity=state,
        changes=(moved,) if kind == "amended" else (),
        score=0.8,
        terms=terms,
        passage=passage,
        subscription_id=organisation.encode().hex()[:32],
        organisation_name=organisation,
        organisation_kind="commune" if organisation == COMMUNE else "business",
        deadline=state.deadlines[0] if kind == "reminder" and state.deadlines else None,
        closed_because="withdrawn" if kind == "closed" else None,
    )


def awkward(number: int = 0, kind: AlertKind = "also_open") -> Told:
    """An opportunity with a title beyond measure, and neither deadline nor amount nor programme nor reason."""
    title = "Innovative, climate-resilient and inter-municipal agri-food value chains " * 4 + "x" * 90
    state = OpportunityState(
        id=f"eu-horizon-cl6-2026-{number}", version=1, kind="call", source="eu-portal", title=title, status="open"
    )
    return told_of(state, kind, organisation=LONGEST_NAME)


def longest(number: int, kind: AlertKind = "new") -> Told:
    """An opportunity of which everything is as long as a mail lets it be."""
    state = OpportunityState(
        id=f"eu-horizon-cl6-2026-02-communities-two-stage-{number}",
        version=1,
        kind="call",
        source="eu-portal",
        title=f"{number}. Strengthening decentralised cooperation, clean water and rural energy in small towns " * 9,
        status="open",
        language="en",
        programme="Coopération décentralisée et développement " * 9,
        deadlines=(NOW + timedelta(days=7),),
        opens_on=(NOW + timedelta(days=2)).date(),
        budget_min=1_250_000,
        budget_max=12_500_000,
        audience=("business", "commune", "association", "school"),
        instrument="HORIZON Research and Innovation Actions",
        is_sample=True,
    )
    words = ("assainissement", "coopération décentralisée", "énergies renouvelables", "bâtiments", "eau")
    answers = ("decentralised cooperation between towns", "rural electrification", "drinking water")
    terms = tuple(Term(profile_word=one, opportunity_word=other, share=0.5) for one in words for other in answers)
    passage = "Consortia of small towns share their experience of water, energy and cooperation with partners. " * 9
    why = told_of(state, kind, organisation=LONGEST_NAME, terms=terms, passage=passage)
    return replace(why, organisation_kind="commune", subscription_id=f"{number:032x}")


def forthcoming() -> Told:
    """One that may be answered next month."""
    return told("reseau-chaleur", status="forthcoming", opens_on=(NOW + timedelta(days=39)).date())


def european(kind: AlertKind = "new") -> Told:
    """An English call, for a commune."""
    state = OpportunityState(
        id="eu-life-2027-sap-clima-cca",
        version=1,
        kind="call",
        source="eu-portal",
        title="Climate change adaptation: protecting small coastal towns from flooding",
        status="open",
        programme="LIFE",
        deadlines=(NOW + timedelta(days=31, hours=8, minutes=30),),
        budget_min=1_000_000,
        budget_max=3_500_000,
        audience=("commune", "association"),
        instrument="LIFE Project Grants",
    )
    terms = tuple(
        Term(profile_word=one, opportunity_word=other, share=0.3)
        for one, other in (("marais", "salt marshes"), ("inondations", "flooding"), ("rivière", "river"))
    )
    passage = "Projects restore salt marshes and rivers so that small towns are protected from flooding."
    return told_of(state, kind, organisation=COMMUNE, terms=terms, passage=passage)


def news(language: Language, all_told: Sequence[Told], *, cadence: Cadence = "daily", rest: int = 0) -> NewsContent:
    """A mail about these, for the organisations they are for."""
    organisations = tuple(dict.fromkeys(each.organisation_name for each in all_told))
    told_now = News(organisations, cadence, tuple(all_told))
    return news_content(told_now, head(language, *subscriptions_in(told_now)), rest=rest)


def sample_mails(language: Language) -> dict[str, tuple[MailKind, Content]]:
    """By name, the kind and the content of mails that show all that templates can."""
    return {**_office(language), **_about_one(language), **_about_several(language)}


def _office(language: Language) -> dict[str, tuple[MailKind, Content]]:
    ends_at = "10 h 40" if language == "fr" else "10:40"
    confirm = LoginContent(PUBLIC, SIGNATURE, f"{PUBLIC}/confirm?token={TOKEN}", DAIRY, "weekly")
    sign_in = LoginContent(PUBLIC, SIGNATURE, f"{PUBLIC}/sign-in/link?token={TOKEN}", code="012345", ends_at=ends_at)
    interested = {"what": "interested", "organisation": DAIRY, "title": OPPORTUNITIES["fromager-croatie"].title}
    reply = "550 5.7.1 Service refused: messages from this network are not accepted for policy reasons"
    paused = {"what": "domain_paused", "domain": "fournisseur.example", "reply": reply}
    return {
        "confirm": ("confirm", confirm),
        "confirm-long-name": ("confirm", replace(confirm, organisation=LONGEST_NAME)),
        "sign_in": ("sign_in", sign_in),
        "check_in": ("check_in", check_in_content(MESSAGE, head(language))),
        "notice": ("notice", notice_content(interested, head(language))),
        "notice-paused": ("notice", notice_content(paused, head(language))),
        "notice-unknown": ("notice", notice_content({"what": "something_else"}, head(language))),
        "canary": ("canary", canary_content(head(language))),
    }


def _about_one(language: Language) -> dict[str, tuple[MailKind, Content]]:
    cheese, milk = told("fromager-croatie"), told("alaotra-lait")
    soon = {"deadlines": (NOW + timedelta(days=3, hours=8, minutes=30),)}
    near = {"deadlines": (NOW + timedelta(days=7, hours=8, minutes=30),)}
    amended = told(
        "cyber-pme", "amended", organisation=COMPANY, deadlines=(NOW + timedelta(days=27, hours=8, minutes=30),)
    )
    return {
        "alert": ("alert", news(language, [cheese], cadence="immediate")),
        "alert-commune": ("alert", news(language, [european()])),
        "alert-awkward": ("alert", news(language, [awkward()])),
        "alert-longest": ("alert", news(language, [longest(1)])),
        "alert-two": ("alert", news(language, [cheese, milk])),
        "closing_soon": ("closing_soon", news(language, [told("alaotra-lait", "closing_soon", **soon)])),
        "amended": ("amended", news(language, [amended])),
        "reminder": ("reminder", news(language, [told("alaotra-lait", "reminder", **near)])),
        "closed": ("closed", news(language, [told("fromager-croatie", "closed")])),
        "closed-awkward": ("closed", news(language, [awkward(kind="closed")])),
    }


def _about_several(language: Language) -> dict[str, tuple[MailKind, Content]]:
    milk, cheese = told("alaotra-lait"), told("fromager-croatie")
    near = told("reseau-chaleur", "reminder", organisation=COMMUNE)
    others = [told("plateforme-donnees", "also_open"), told("algues-cosmetique", "also_open")]
    moved = told("cyber-pme", "amended", deadlines=(NOW + timedelta(days=27, hours=8, minutes=30),))
    every = [milk, european(), moved, near, told("fromager-croatie", "closed"), *others]
    ten = [milk, cheese, told("cyber-pme", "amended"), forthcoming(), *others, *(awkward(n) for n in range(4))]
    return {
        "reminder-two": ("reminder", news(language, [told("alaotra-lait", "reminder"), near])),
        "digest": ("digest", news(language, every, rest=12)),
        "digest-one": ("digest", news(language, [cheese], cadence="weekly")),
        "digest-closed": ("digest", news(language, [told("fromager-croatie", "closed"), awkward(kind="closed")])),
        "digest-ten": ("digest", news(language, ten, cadence="monthly", rest=1)),
        "digest-longest": ("digest", news(language, [longest(number) for number in range(20)], rest=480)),
        "welcome": ("welcome", news(language, [told("alaotra-lait", "welcome"), told("fromager-croatie", "welcome")])),
    }
