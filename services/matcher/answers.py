"""What the matcher answers to staff and to pages: rules, previews, and why a pair matches or not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from services.matcher.domain.decide import JUDGED, Decision
from services.matcher.domain.explain import explain
from services.matcher.domain.gates import GATES
from services.matcher.domain.index import Index
from services.matcher.domain.lexicon import can_be_translated
from services.matcher.domain.rules import RuleSet, parse_rules
from services.matcher.keeper import Keeper
from services.matcher.rules_desk import RulesDesk
from services.matcher.vocabulary import Vocabulary
from shared.clock import Clock
from shared.events import OpportunityState, ProfileState
from shared.requests import (
    AddTranslation,
    AskRules,
    AskVocabulary,
    ExplainPair,
    Explanation,
    GateResult,
    PreviewedPair,
    PreviewRules,
    PublishRules,
    RemoveTranslation,
    RollBackRules,
    RulesInForce,
    RulesPreview,
    RulesReply,
    VocabularyPage,
    VocabularyReply,
    WordPair,
)

EXAMPLES = 20


@dataclass(frozen=True)
class Answers:
    """One method a request; `wake` has what is open decided again after new rules."""

    rules_desk: RulesDesk
    keeper: Keeper
    clock: Clock
    wake: asyncio.Event

    async def publish_rules(self, request: PublishRules) -> RulesReply:
        reply = await self.rules_desk.publish(request.rules, note=request.note, by=request.by)
        self.wake.set()
        return reply

    async def roll_back_rules(self, request: RollBackRules) -> RulesReply:
        reply = await self.rules_desk.roll_back(to_version=request.to_version, by=request.by)
        self.wake.set()
        return reply

    async def ask_rules(self, request: AskRules) -> RulesInForce:
        return await self.rules_desk.in_force()

    async def preview_rules(self, request: PreviewRules) -> RulesPreview:
        draft, errors = parse_rules(request.rules)
        if draft is None:
            return RulesPreview(refused="invalid", errors=errors)
        async with self.keeper.fresh() as snapshot:
            return await asyncio.to_thread(self._preview, snapshot.index, draft)

    def _preview(self, index: Index, draft: RuleSet) -> RulesPreview:
        now = self.clock()
        drafted = index.under(index.model, draft, rules_version=index.rules_version)
        before, after = index.matched_pairs(now), drafted.matched_pairs(now)
        gained = sorted(set(after) - set(before), key=lambda pair: (-after[pair].score, pair))
        lost = sorted(set(before) - set(after), key=lambda pair: (-before[pair].score, pair))
        return RulesPreview(
            now=len(before),
            then=len(after),
            gained=len(gained),
            lost=len(lost),
            gained_examples=tuple(_previewed(pair, after[pair]) for pair in gained[:EXAMPLES]),
            lost_examples=tuple(_previewed(pair, _decide(drafted, pair, self.clock)) for pair in lost[:EXAMPLES]),
        )

    async def explain_pair(self, request: ExplainPair) -> Explanation:
        async with self.keeper.fresh() as snapshot:
            index = snapshot.index
            known_opportunity = snapshot.opportunities.get(request.opportunity_id)
            profile = index.profiles.entries.get(request.profile_id)
            if known_opportunity is None or known_opportunity.state is None or profile is None:
                return Explanation(refused="unknown")
            opportunity = index.opportunities.entries.get(request.opportunity_id)
            opportunity = opportunity or index.read_opportunity(known_opportunity.state)
            now = self.clock()
            decision = index.decide(opportunity, profile, now)
            return Explanation(
                score=decision.score,
                words_score=index.model.calibration.score(decision.closeness, decision.spread),
                threshold=index.rules.threshold,
                matched=decision.matched,
                refused_by=decision.refused_by,
                gates=(
                    *_gate_results(opportunity.state, profile.state, index.rules, now),
                    GateResult(name=JUDGED, passed=(request.opportunity_id, request.profile_id) not in index.judged),
                ),
                terms=explain(decision.shared),
                passage=await asyncio.to_thread(index.passage, opportunity.state, decision),
                opportunity_version=opportunity.state.version,
                profile_version=profile.state.version,
                model_version=snapshot.pointer.model_version,
                rules_version=snapshot.pointer.rules_version,
            )


@dataclass(frozen=True)
class WordAnswers:
    """What staff ask of the added words; `new_words` has the model fitted again."""

    vocabulary: Vocabulary
    new_words: asyncio.Event

    async def ask_vocabulary(self, request: AskVocabulary) -> VocabularyPage:
        total, words = await self.vocabulary.page(request.text.strip(), offset=request.offset, limit=request.limit)
        return VocabularyPage(total=total, words=tuple(WordPair(**vars(word)) for word in words))

    async def add_translation(self, request: AddTranslation) -> VocabularyReply:
        french, english = " ".join(request.french.split()), " ".join(request.english.split())
        if not can_be_translated(french, english):
            return VocabularyReply(refused="invalid")
        if not await self.vocabulary.add(french, english, by=request.by):
            return VocabularyReply(refused="known")
        self.new_words.set()
        return VocabularyReply()

    async def remove_translation(self, request: RemoveTranslation) -> VocabularyReply:
        if not await self.vocabulary.remove(request.french, request.english):
            return VocabularyReply(refused="unknown")
        self.new_words.set()
        return VocabularyReply()


def _gate_results(
    opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime
) -> tuple[GateResult, ...]:
    return tuple(GateResult(name=name, passed=not refuses(opportunity, profile, rules, now)) for name, refuses in GATES)


def _decide(index: Index, pair: tuple[str, str], clock: Clock) -> Decision:
    opportunity_id, profile_id = pair
    opportunity, profile = index.opportunities.entries[opportunity_id], index.profiles.entries[profile_id]
    return index.decide(opportunity, profile, clock())


def _previewed(pair: tuple[str, str], decision: Decision) -> PreviewedPair:
    return PreviewedPair(
        opportunity_id=pair[0], profile_id=pair[1], score=decision.score, refused_by=decision.refused_by
    )
