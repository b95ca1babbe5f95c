"""Every kind of mail about the sample organisations: what tests read, and pictures show."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.ingest.samples import sample_opportunities
from services.notifier.domain.kinds import AlertKind, MailKind
from services.notifier.domain.news import Told
from services.notifier.mail.cards import card_of
from services.notifier.mail.content import Content, LoginContent, NewsContent
from shared.events import Change, Language, OpportunityState, Term

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
PUBLIC = "https://passerelle.departement.example"
SIGNATURE = "La mission Europe et international du département"
TOKEN = "s" * 24 + "." + "t" * 43
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
}


def told(key: str, kind: AlertKind = "new", **changes: object) -> Told:
    """One of the sample opportunities, as a mail is given it."""
    words, passage = WHY.get(key, ((("partenaires", "partners"),), ""))
    terms = tuple(Term(profile_word=one, opportunity_word=other, share=0.3) for one, other in words)
    moved = Change(field="deadline", before="2026-12-01", after="2026-12-20")
    state = OPPORTUNITIES[key].model_copy(update=changes)
    return Told(kind, state, (moved,) if kind == "amended" else (), 0.8, terms, passage)


def awkward(number: int = 0) -> Told:
    """An opportunity with a title beyond measure, and neither deadline nor amount nor programme nor reason."""
    title = "Innovative, climate-resilient and inter-municipal agri-food value chains " * 4 + "x" * 90
    state = OpportunityState(
        id=f"eu-horizon-cl6-2026-{number}", version=1, kind="call", source="eu-portal", title=title, status="open"
    )
    return Told("also_open", state, (), 0.5, (), "")


def forthcoming() -> Told:
    """One that may be answered next month."""
    return told("reseau-chaleur", status="forthcoming", opens_on=(NOW + timedelta(days=39)).date())


def news(language: Language, all_told: Sequence[Told], *, organisation: str, rest: int = 0) -> NewsContent:
    cards = tuple(
        card_of(each, language=language, timezone="Europe/Paris", now=NOW, public_url=PUBLIC) for each in all_told
    )
    links = (f"{PUBLIC}/preferences", f"{PUBLIC}/unsubscribe?token={TOKEN}")
    return NewsContent(PUBLIC, SIGNATURE, organisation, "daily", cards, rest, *links)


def sample_mails(language: Language) -> dict[str, tuple[MailKind, Content]]:
    """By name, the kind and the content of mails that show all that templates can."""
    dairy = "Laiterie des Trois Chênes"
    ends_at = "10 h 40" if language == "fr" else "10:40"
    confirm = LoginContent(PUBLIC, SIGNATURE, f"{PUBLIC}/confirm?token={TOKEN}", dairy, "weekly")
    sign_in = LoginContent(PUBLIC, SIGNATURE, f"{PUBLIC}/sign-in/link?token={TOKEN}", code="012345", ends_at=ends_at)
    milk, cheese = told("alaotra-lait"), told("fromager-croatie")
    others: list[Told] = [told("plateforme-donnees", "also_open"), told("algues-cosmetique", "also_open")]
    ten = [
        milk,
        cheese,
        told("cyber-pme", "amended"),
        forthcoming(),
        *others,
        *(awkward(number) for number in range(4)),
    ]
    return {
        "confirm": ("confirm", confirm),
        "confirm-long-name": ("confirm", replace(confirm, organisation=LONGEST_NAME)),
        "sign_in": ("sign_in", sign_in),
        "alert": ("alert", news(language, [cheese], organisation=dairy)),
        "alert-amended": ("alert", news(language, [told("cyber-pme", "amended")], organisation="Granit Logiciel")),
        "alert-awkward": ("alert", news(language, [awkward()], organisation=LONGEST_NAME)),
        "digest": ("digest", news(language, [milk, cheese, *others], organisation=dairy, rest=12)),
        "digest-ten": ("digest", news(language, ten, organisation=LONGEST_NAME, rest=1)),
        "welcome": ("welcome", news(language, [milk, cheese], organisation=dairy)),
    }
