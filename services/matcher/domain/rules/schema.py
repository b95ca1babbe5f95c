"""The schema of a rule set, with the titles and descriptions the staff form shows.

A rule set is immutable. Titles and descriptions are French, the source language; the portal translates them.
"""

from pydantic import BaseModel, ConfigDict, Field

from shared.events import OpportunityKind, OrganisationKind

ALL_KINDS: tuple[OpportunityKind, ...] = ("call", "tender", "partnership", "mobility")


class Rules(BaseModel):
    """A part of a rule set: frozen, and a name it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldWeights(Rules):
    """How much a word counts, by the part of the opportunity it is in; 0 leaves that part aside."""

    title: float = Field(default=3.0, ge=0, le=10, title="Titre", description="Mots du titre")
    text: float = Field(default=1.0, ge=0, le=10, title="Description", description="Mots de l’objectif ou du texte")
    expected_outcome: float = Field(
        default=1.0, ge=0, le=10, title="Résultats attendus", description="Mots des résultats attendus"
    )
    scope: float = Field(default=1.0, ge=0, le=10, title="Périmètre", description="Mots du périmètre de l’appel")
    keywords: float = Field(default=1.5, ge=0, le=10, title="Mots-clés", description="Mots-clés donnés par la source")
    call_title: float = Field(
        default=0.5, ge=0, le=10, title="Appel", description="Mots du titre de l’appel qui regroupe le sujet"
    )
    themes: float = Field(default=1.0, ge=0, le=10, title="Thèmes", description="Thèmes donnés par la source")


class KindRules(Rules):
    """What is let through for one kind of organisation."""

    active: bool = Field(default=True, title="Proposer des opportunités", description="Décoché : rien n’est proposé")
    opportunity_kinds: tuple[OpportunityKind, ...] = Field(
        default=ALL_KINDS, title="Types d’opportunités", description="Les types proposés à ces organisations"
    )
    include_forthcoming: bool = Field(
        default=True, title="Avant l’ouverture", description="Proposer aussi ce qui est annoncé mais pas encore ouvert"
    )
    min_days_ahead: int = Field(
        default=7,
        ge=0,
        le=365,
        title="Jours avant l’échéance",
        description="Ne rien proposer dont l’échéance est à moins de ce nombre de jours",
    )
    check_audience: bool = Field(
        default=True, title="Respecter le public visé", description="Écarter ce qui vise d’autres organisations"
    )
    refused_programmes: tuple[str, ...] = Field(
        default=(), max_length=50, title="Programmes écartés", description="Un programme par ligne, tel qu’affiché"
    )
    refused_instruments: tuple[str, ...] = Field(
        default=("prize", "prizes", "awards"),
        max_length=50,
        title="Formes d’aide écartées",
        description="Mots de la forme de l’aide ou du titre ; un prix récompense ce qui est fait, il ne finance pas",
    )


class Boost(Rules):
    """A programme or a theme whose closeness counts more (above 1) or less (below 1)."""

    name: str = Field(min_length=1, max_length=200, title="Nom", description="Le programme ou le thème, tel qu’affiché")
    factor: float = Field(ge=0.1, le=3, title="Facteur", description="1 ne change rien, 2 double la proximité")


class RuleSet(Rules):
    """Everything staff can tune. Words are plain words: no pattern, no wildcard; case and accents do not count."""

    threshold: float = Field(
        default=0.26,
        ge=0.01,
        le=1,
        title="Seuil",
        description="Score à partir duquel une opportunité est proposée, de 0 à 1",
    )
    digest_cap: int = Field(
        default=8, ge=1, le=100, title="Opportunités par message", description="Au-delà, un lien mène à la suite"
    )
    field_weights: FieldWeights = Field(default_factory=FieldWeights, title="Poids des parties du texte")
    business: KindRules = Field(default_factory=KindRules, title="Entreprises")
    commune: KindRules = Field(default_factory=KindRules, title="Communes et intercommunalités")
    association: KindRules = Field(default_factory=KindRules, title="Associations")
    school: KindRules = Field(default_factory=KindRules, title="Établissements scolaires")
    programme_boosts: tuple[Boost, ...] = Field(
        default=(), max_length=50, title="Programmes favorisés", description="Programme et facteur"
    )
    instrument_boosts: tuple[Boost, ...] = Field(
        default=(
            Boost(name="coordination and support", factor=0.6),
            Boost(name="procurement", factor=0.6),
            Boost(name="research and innovation actions", factor=0.85),
        ),
        max_length=50,
        title="Formes d’aide favorisées",
        description="Mots de la forme de l’aide et facteur ; au-dessous de 1, elle est proposée moins souvent",
    )
    theme_boosts: tuple[Boost, ...] = Field(
        default=(), max_length=50, title="Thèmes favorisés", description="Thème et facteur"
    )
    abroad_programmes: tuple[str, ...] = Field(
        default=("external action", "relex", "prospect", "ndici", "intpa"),
        max_length=50,
        title="Programmes menés à l’étranger",
        description="Proposés seulement à qui nomme l’un de leurs pays, ou l’un des mots qui suivent",
    )
    abroad_words: tuple[str, ...] = Field(
        default=(
            "coopération internationale",
            "coopération décentralisée",
            "solidarité internationale",
            "aide humanitaire",
            "ong",
            "international cooperation",
            "afrique",
            "asie",
            "amérique latine",
        ),
        max_length=100,
        title="Mots de la coopération",
        description="Qui les emploie se voit proposer ce qui se passe à l’étranger",
    )
    micro_max_budget: int = Field(
        default=15_000_000,
        ge=0,
        title="Budget maximal pour une très petite structure (euros)",
        description="Écarter pour elle les projets dont le budget minimal dépasse cette somme ; 0 : aucune limite",
    )
    required_words: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        title="Mots exigés",
        description="S’il y en a, l’opportunité doit contenir au moins l’un d’eux",
    )
    excluded_words: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        title="Mots écartés",
        description="Une opportunité qui contient l’un d’eux est écartée",
    )

    def for_kind(self, kind: OrganisationKind) -> KindRules:
        """The gates of one kind of organisation."""
        return {
            "business": self.business,
            "commune": self.commune,
            "association": self.association,
            "school": self.school,
        }[kind]
