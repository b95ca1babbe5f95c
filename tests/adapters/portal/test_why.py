"""Why, and why not: to the owner of an organisation on the opportunity's page, to staff for any pair."""

from typing import Any

import pytest

from services.portal.commands import add_staff
from shared import requests as r
from shared.events import OpportunityPublished, ProfileDescribed, ProfileRemoved, ProfileState, RulesPublished, Term
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import EXPLAINED, ORGANISATION, PERSON, Portal, opportunity
from tests.adapters.portal.test_staff import typed

WEAK: dict[str, Any] = {"score": 0.12, "words_score": 0.12, "matched": False, "refused_by": "threshold"}
BIG: dict[str, Any] = {
    "score": 0.0,
    "words_score": 0.8,
    "matched": False,
    "refused_by": "size",
    "gates": (r.GateResult(name="status", passed=True), r.GateResult(name="size", passed=False)),
}


def answer(portal: Portal, **changes: Any) -> None:
    portal.bus.answers[r.ExplainPair] = EXPLAINED.model_copy(update=changes)


async def of_owner(visitor: Browser) -> str:
    await visitor.sign_in()
    return (await visitor.get("/opportunities/eu-algues")).text


async def of_staff(portal: Portal, visitor: Browser, query: str) -> str:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)
    return (await visitor.get(f"/staff/pairs?{query}")).text


async def test_a_match_says_its_score_its_words_and_the_passage(furnished: Portal, visitor: Browser) -> None:
    page = await of_owner(visitor)
    assert "Pourquoi elle correspond à Algues du Large" in page
    assert "Très bon rapprochement : 80 sur 100." in page
    assert "Nous proposons à partir de 50." in page
    assert "<b>algues</b>" in page
    assert '<span lang="en">seaweed</span>' in page
    assert '<span class="figure">60\N{NO-BREAK SPACE}%</span>' in page
    assert '<blockquote lang="en">seaweed farming in coastal waters</blockquote>' in page


async def test_too_weak_a_match_says_by_how_much_and_what_one_can_do(furnished: Portal, visitor: Browser) -> None:
    answer(furnished, **WEAK)
    page = await of_owner(visitor)
    assert "Rapprochement trop faible : 12 sur 100, il en faut 50." in page
    assert "Les mots qui s’en rapprochent le plus" in page
    assert f'href="/organisations/{ORGANISATION}">Compléter la description' in page


async def test_without_a_word_in_common_the_page_says_so(furnished: Portal, visitor: Browser) -> None:
    answer(furnished, **{**WEAK, "score": 0.0, "terms": (), "passage": ""})
    assert "Aucun mot de votre description n’en rencontre un" in await of_owner(visitor)


async def test_a_gate_is_told_with_the_figures_of_the_rules_in_force(furnished: Portal, visitor: Browser) -> None:
    rules: dict[str, object] = {"micro_max_budget": 50_000}
    fact = RulesPublished(happened_at=furnished.clock(), version=7, note="", digest_cap=10, rules=rules)
    await furnished.parts.handlers[RulesPublished](fact)
    answer(furnished, **BIG)
    page = (await of_owner(visitor)).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert "Elle attend des projets d’au moins 100 000 €." in page
    assert "nous proposons jusqu’à 50 000 €." in page
    assert "corrigez-la dans votre description" in page


async def test_what_no_description_changes_is_told_as_such(furnished: Portal, visitor: Browser) -> None:
    answer(furnished, matched=False, refused_by="audience")
    assert "Votre description n’y est pour rien." in await of_owner(visitor)


async def test_a_pair_never_compared_is_told_unless_the_opportunity_is_over(
    furnished: Portal, visitor: Browser
) -> None:
    furnished.bus.answers[r.ExplainPair] = r.Explanation(refused="unknown")
    assert "Pas encore comparée à Algues du Large" in await of_owner(visitor)
    furnished.clock.turn(days=41)
    assert "Pas encore comparée" not in await of_owner(visitor)


async def test_without_the_matcher_the_opportunity_is_shown_all_the_same(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.away.add(r.ExplainPair)
    page = await of_owner(visitor)
    assert "Les raisons du rapprochement ne peuvent pas être affichées" in page
    assert "Better farms." in page


async def test_somebody_who_is_not_signed_in_is_told_nothing_of_anybody(furnished: Portal, visitor: Browser) -> None:
    page = (await visitor.get("/opportunities/eu-algues")).text
    assert "Algues du Large" not in page
    assert "/staff/pairs" not in page
    assert furnished.bus.asked == []


@pytest.mark.parametrize(
    "query", [f"organisation={ORGANISATION}&opportunity=eu-algues", "organisation=LARGE&opportunity=seaweed+ÉLEVAGE"]
)
async def test_staff_find_a_pair_by_ids_or_by_words(furnished: Portal, visitor: Browser, query: str) -> None:
    told = opportunity(furnished.clock(), text="Élevage of seaweed")
    fact = OpportunityPublished(happened_at=furnished.clock(), opportunity=told.model_copy(update={"version": 2}))
    await furnished.parts.handlers[OpportunityPublished](fact)
    page = await of_staff(furnished, visitor, query)
    assert furnished.bus.last(r.ExplainPair) == r.ExplainPair(opportunity_id="eu-algues", profile_id=ORGANISATION)
    assert "Proposée." in page


async def test_staff_see_gates_score_words_passage_and_versions(furnished: Portal, visitor: Browser) -> None:
    answer(furnished, **BIG, opportunity_version=31, profile_version=32, model_version=33, rules_version=34)
    page = await of_staff(furnished, visitor, f"organisation={ORGANISATION}&opportunity=eu-algues")
    assert "Pas proposée." in page
    assert "État de l’annonce</span><span>laisse passer" in page
    assert 'Taille des projets</span><strong class="refused">écarte</strong>' in page
    assert "80 sur 100, pour un seuil de 50. Les mots seuls suffiraient" in page
    assert "seaweed farming in coastal waters</blockquote>" in page
    for version in (31, 32, 33, 34):
        assert f"<dd>{version}</dd>" in page


async def test_staff_choose_when_several_answer_and_keep_the_other_side(furnished: Portal, visitor: Browser) -> None:
    hear = furnished.parts.handlers[ProfileDescribed]
    for number in range(12):
        profile = ProfileState(id=f"x{number}", version=1, kind="association", name=f"Algues {number}", text="x")
        await hear(ProfileDescribed(happened_at=furnished.clock(), profile=profile))
    page = await of_staff(furnished, visitor, "organisation=algues&opportunity=eu-algues")
    assert page.count('href="/staff/pairs?organisation=x') == 10
    assert 'href="/staff/pairs?organisation=x0&amp;opportunity=eu-algues"' in page
    assert "ajoutez un mot" in page
    assert furnished.bus.asked == []


async def test_staff_are_told_what_nothing_answers(furnished: Portal, visitor: Browser) -> None:
    gone = ProfileRemoved(happened_at=furnished.clock(), profile_id=ORGANISATION, version=2)
    await furnished.parts.handlers[ProfileRemoved](gone)
    page = await of_staff(furnished, visitor, f"organisation={ORGANISATION}&opportunity=zeppelin")
    assert "Aucune organisation ne répond à ces mots." in page
    assert "Aucune opportunité ne répond à ces mots." in page


async def test_staff_read_an_interruption_in_words(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.away.add(r.ExplainPair)
    page = await of_staff(furnished, visitor, f"organisation={ORGANISATION}&opportunity=eu-algues")
    assert "les raisons ne peuvent pas être affichées" in page


async def test_light_words_are_counted_and_not_listed(furnished: Portal, visitor: Browser) -> None:
    light = tuple(Term(profile_word=f"mot{n}", opportunity_word=f"word{n}", share=0.004) for n in range(3))
    answer(furnished, terms=(*EXPLAINED.terms, *light))
    page = await of_owner(visitor)
    assert "mot0" not in page
    assert "et 3 autres mots, qui pèsent moins" in page


async def test_a_previewed_pair_leads_to_its_explanation(furnished: Portal, visitor: Browser) -> None:
    await add_staff(furnished.context, PERSON)
    await visitor.sign_in(staff=True)
    page = (await visitor.post("/staff/rules/preview", typed())).text
    assert f'href="/staff/pairs?organisation={ORGANISATION}&amp;opportunity=eu-algues"' in page
