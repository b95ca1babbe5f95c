"""Why an opportunity is not proposed to an organisation, in a sentence that holds the fact behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations

from babel.lists import format_list

from services.portal.domain.dates import euros, long_day, long_moment
from services.portal.domain.labels import N_, OPPORTUNITY_AS_SUCH, ORGANISATIONS, REFUSALS, TO_ORGANISATIONS
from services.portal.domain.reasons import Standing
from services.portal.domain.words import fold
from shared.events import OpportunityState, OrganisationKind

Sentence = Callable[["Case", "Speech"], str]
MAX_WORDS_NAMED = 8
ADVICE: Mapping[str, str] = {
    "threshold": N_("Plus votre description est précise, mieux nous pouvons rapprocher ses mots de ceux des annonces."),
    "place": N_("Si vous travaillez avec ce pays ou voulez le faire, dites-le dans votre description."),
    "size": N_("Si votre taille a changé, corrigez-la dans votre description."),
}
"""What somebody may do, where their own description decides."""
QUOTED: Mapping[str, Callable[[OpportunityState], str]] = {
    "programme": lambda opportunity: opportunity.programme or "",
    "instrument": lambda opportunity: opportunity.instrument or opportunity.title,
}
"""What a sentence ends with, in the words of the opportunity."""


@dataclass(frozen=True)
class Case:
    """A pair that is not proposed. `rules` are those in force, as the matcher told them; empty when not heard of."""

    opportunity: OpportunityState
    organisation: str
    kind: OrganisationKind
    standing: Standing
    rules: Mapping[str, object]
    now: datetime

    def rule(self, name: str) -> object:
        """A rule, that of the kind of organisation first; None when the set has no such rule."""
        of_kind = self.rules.get(self.kind)
        if isinstance(of_kind, Mapping) and name in of_kind:
            return of_kind[name]
        return self.rules.get(name)


@dataclass(frozen=True)
class Speech:
    """The language sentences are made in, and where days begin."""

    texts: NullTranslations
    language: str
    zone: str


@dataclass(frozen=True)
class Refusal:
    """`quoted` ends the sentence in the language of the opportunity; `advice` is empty when nothing can be done."""

    sentence: str
    quoted: str = ""
    advice: str = ""


def why_not(refused_by: str, case: Case, say: Speech) -> Refusal:
    """The sentence of a gate or of the threshold; its label alone for a gate or a fact that is not known here."""
    quoted = QUOTED[refused_by](case.opportunity) if refused_by in QUOTED else ""
    has_facts = refused_by in SENTENCES and (quoted or refused_by not in QUOTED)
    sentence = SENTENCES[refused_by] if has_facts else _of_label(refused_by)
    advice = say.texts.gettext(ADVICE[refused_by]) if refused_by in ADVICE else ""
    return Refusal(sentence(case, say), quoted, advice)


def _of_status(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    if case.opportunity.status == "closed":
        return _("Elle est close : il n’est plus possible d’y répondre.")
    if case.opportunity.opens_on is None:
        return _("Elle n’est pas encore ouverte, et sa date d’ouverture n’est pas annoncée.")
    day = long_day(case.opportunity.opens_on, say.language)
    return _("Elle n’est pas encore ouverte : elle ouvrira le %(day)s.") % {"day": day}


def _of_deadline(case: Case, say: Speech) -> str:
    _, ngettext = say.texts.gettext, say.texts.ngettext
    deadline, days = case.opportunity.deadline, case.rule("min_days_ahead")
    if deadline is None:
        return _of_label("deadline")(case, say)
    moment = long_moment(deadline, say.language, say.zone)
    if deadline <= case.now:
        return _("Sa date limite est passée : c’était le %(moment)s.") % {"moment": moment}
    sentence = _("Sa date limite est trop proche : le %(moment)s.") % {"moment": moment}
    if not isinstance(days, int):
        return sentence
    rule = ngettext(
        "Nous proposons ce qui laisse au moins %(num)s jour pour répondre.",
        "Nous proposons ce qui laisse au moins %(num)s jours pour répondre.",
        days,
    )
    return f"{sentence} {rule % {'num': days}}"


def _of_organisation(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    return _("Pour le moment, nous ne proposons rien %(whom)s.") % {"whom": _(TO_ORGANISATIONS[case.kind])}


def _of_kind(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    what, whom = _(OPPORTUNITY_AS_SUCH[case.opportunity.kind]), _(TO_ORGANISATIONS[case.kind])
    return _("C’est %(what)s : nous n’en proposons pas %(whom)s.") % {"what": what, "whom": whom}


def _of_audience(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    locale = "en_GB" if say.language == "en" else "fr_FR"
    them = format_list([_(ORGANISATIONS[kind]) for kind in case.opportunity.audience], locale=locale)
    return _("Elle s’adresse à d’autres : %(them)s, et non %(whom)s.") % {
        "them": them,
        "whom": _(TO_ORGANISATIONS[case.kind]),
    }


def _of_programme(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    whom = _(TO_ORGANISATIONS[case.kind])
    return _("Elle relève d’un programme que nous ne proposons pas %(whom)s :") % {"whom": whom}


def _of_instrument(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    whom = _(TO_ORGANISATIONS[case.kind])
    return _("Elle prend une forme que nous ne proposons pas %(whom)s :") % {"whom": whom}


def _of_size(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    least, most = case.opportunity.budget_min, case.rule("micro_max_budget")
    if least is None or not isinstance(most, int | float):
        return _("Les projets attendus sont trop grands pour une structure de moins de 10 personnes.")
    return _(
        "Elle attend des projets d’au moins %(least)s. À une structure de moins de 10 personnes, "
        "nous proposons jusqu’à %(most)s."
    ) % {"least": euros(least, say.language), "most": euros(int(most), say.language)}


def _of_place(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    names = {"name": case.organisation, "places": ", ".join(case.opportunity.places)}
    if not case.opportunity.places:
        return _("Elle se passe à l’étranger, dans un pays dont la description de %(name)s ne parle pas.") % names
    return _("Elle se passe à l’étranger (%(places)s), et la description de %(name)s ne parle pas de ce pays.") % names


def _of_required_words(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    words = _words_of(case, "required_words")
    if not words:
        return _("Elle ne contient aucun des mots que nous demandons.")
    named = _named(words[:MAX_WORDS_NAMED], say)
    return _("Elle ne contient aucun des mots que nous demandons : %(words)s.") % {"words": named}


def _of_excluded_words(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    one = case.opportunity
    texts = fold(" ".join((one.title, one.text, one.expected_outcome, one.scope, *one.keywords)))
    there = [word for word in _words_of(case, "excluded_words") if f" {fold(word)} " in f" {texts} "]
    if not there:
        return _("Elle contient un mot que nous écartons.")
    return _("Elle contient un mot que nous écartons : %(words)s.") % {"words": _named(there, say)}


def _of_judged(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    return _("L’organisation a répondu : « Pas pour nous ».")


def _of_threshold(case: Case, say: Speech) -> str:
    _ = say.texts.gettext
    return _("%(words)s : %(score)s sur 100, il en faut %(needed)s.") % {
        **vars(case.standing),
        "words": _(case.standing.words),
    }


def _of_label(refused_by: str) -> Sentence:
    def sentence(case: Case, say: Speech) -> str:
        _ = say.texts.gettext
        reason = REFUSALS.get(refused_by, N_("une règle l’écarte"))
        return _("Raison : %(reason)s.") % {"reason": _(reason)}

    return sentence


def _words_of(case: Case, name: str) -> list[str]:
    words = case.rule(name)
    return [str(word) for word in words] if isinstance(words, list | tuple) else []


def _named(words: list[str], say: Speech) -> str:
    _ = say.texts.gettext
    return ", ".join(_("« %(word)s »") % {"word": word} for word in words)


SENTENCES: Mapping[str, Sentence] = {
    "status": _of_status,
    "deadline": _of_deadline,
    "organisation": _of_organisation,
    "kind": _of_kind,
    "audience": _of_audience,
    "programme": _of_programme,
    "instrument": _of_instrument,
    "size": _of_size,
    "place": _of_place,
    "required_words": _of_required_words,
    "excluded_words": _of_excluded_words,
    "judged": _of_judged,
    "threshold": _of_threshold,
}
