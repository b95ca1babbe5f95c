"""The matcher, wired: which fact, request and hour goes where."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from services.matcher.answers import Answers, WordAnswers
from services.matcher.archive import Archive
from services.matcher.handlers import Handlers
from services.matcher.jobs import DAILY_FIT, Jobs
from services.matcher.judging import Judging
from services.matcher.keeper import Keeper
from services.matcher.redecide import Redecision
from services.matcher.refit import Refit
from services.matcher.replay import Replayer
from services.matcher.rules_desk import RulesDesk
from services.matcher.settings import MatcherSettings
from services.matcher.store import Store
from services.matcher.tables import messages, metadata
from services.matcher.vocabulary import Vocabulary
from shared.clock import Clock
from shared.database import Database
from shared.events import (
    MatchJudged,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    ProfileDescribed,
    ProfileRemoved,
)
from shared.outbox import Outbox
from shared.requests import (
    AddTranslation,
    AskRules,
    AskVocabulary,
    ExplainPair,
    PreviewRules,
    PublishRules,
    RemoveTranslation,
    RollBackRules,
)
from shared.service import Context, Job, Parts, Service


@dataclass(frozen=True)
class Matcher:
    """The parts of the matcher around one database."""

    store: Store
    archive: Archive
    keeper: Keeper
    handlers: Handlers
    judging: Judging
    redecision: Redecision
    refit: Refit
    rules_desk: RulesDesk
    answers: Answers
    words: WordAnswers
    vocabulary: Vocabulary
    replayer: Replayer
    jobs: Jobs


def assemble(database: Database, outbox: Outbox, clock: Clock) -> Matcher:
    """Build the parts; nothing is read or written yet."""
    wake, new_words = asyncio.Event(), asyncio.Event()
    store, archive = Store(database, outbox), Archive(database)
    keeper = Keeper(store, archive)
    handlers = Handlers(database, outbox, store, keeper, clock)
    redecision = Redecision(database, outbox, store, keeper, handlers)
    vocabulary = Vocabulary(database, clock)
    refit = Refit(database, store, archive, keeper, redecision, vocabulary, clock)
    rules_desk = RulesDesk(database, outbox, store, archive, clock)
    return Matcher(
        store=store,
        archive=archive,
        keeper=keeper,
        handlers=handlers,
        judging=Judging(handlers),
        redecision=redecision,
        refit=refit,
        rules_desk=rules_desk,
        answers=Answers(rules_desk, keeper, clock, wake),
        words=WordAnswers(vocabulary, new_words),
        vocabulary=vocabulary,
        replayer=Replayer(store, archive),
        jobs=Jobs(refit, redecision, keeper, clock, wake, new_words),
    )


def build(context: Context) -> Parts:
    """The routing table."""
    matcher = assemble(context.database, context.outbox, context.clock)
    handlers, answers = matcher.handlers, matcher.answers

    async def opened() -> None:
        await matcher.rules_desk.open()
        async with matcher.keeper.fresh():
            return

    return Parts(
        handlers={
            OpportunityPublished: handlers.on_opportunity_published,
            OpportunityAmended: handlers.on_opportunity_amended,
            OpportunityClosed: handlers.on_opportunity_closed,
            ProfileDescribed: handlers.on_profile_described,
            ProfileRemoved: handlers.on_profile_removed,
            MatchJudged: matcher.judging.on_match_judged,
        },
        requests={
            PublishRules: answers.publish_rules,
            RollBackRules: answers.roll_back_rules,
            AskRules: answers.ask_rules,
            PreviewRules: answers.preview_rules,
            ExplainPair: answers.explain_pair,
            AskVocabulary: matcher.words.ask_vocabulary,
            AddTranslation: matcher.words.add_translation,
            RemoveTranslation: matcher.words.remove_translation,
        },
        jobs=(Job("fit-daily", matcher.jobs.fit_daily, cron=DAILY_FIT),),
        workers=(matcher.jobs.watch,),
        opened=opened,
    )


service = Service(
    name="matcher",
    metadata=metadata,
    messages=messages,
    migrations=Path(__file__).parent / "migrations",
    settings=MatcherSettings,
    build=build,
)
