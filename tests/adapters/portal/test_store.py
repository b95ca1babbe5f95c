"""What is kept of facts, on both databases: repeats, late copies and tombstones change nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.portal.commands import republish
from services.portal.domain.declaration import Description
from services.portal.store.opportunities import Wanted
from shared import events as e
from shared.database import Database
from shared.requests import Unsubscribe
from tests.adapters.portal.conftest import furnish
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal, opportunity


@pytest.fixture
async def kept(database: Database, tmp_path: Path, clock: Any) -> Portal:
    made = Portal(database, tmp_path, clock)
    await furnish(made)
    return made


async def titles(portal: Portal, **wanted: Any) -> list[str]:
    found = await portal.store.opportunities.search(Wanted(**wanted), now=portal.clock())
    return [one.title for one in found.opportunities]


async def hear(portal: Portal, fact: e.Fact) -> None:
    await portal.parts.handlers[type(fact)](fact)


async def test_a_search_minds_neither_accents_nor_case(kept: Portal) -> None:
    changed = opportunity(kept.clock(), id="eu-ecole", title="Échanges d’Écoles 100% Œuvres", themes=(), deadline=None)
    await hear(kept, e.OpportunityPublished(happened_at=kept.clock(), opportunity=changed))
    for text in ("echanges", "ÉCOLES d'échanges", "oeuvres 100%"):
        assert await titles(kept, text=text) == ["Échanges d’Écoles 100% Œuvres"]
    assert await titles(kept, text="echanges absents") == []


async def test_filters_narrow_and_the_nearest_deadline_comes_first(kept: Portal) -> None:
    now = kept.clock()
    sooner = opportunity(now, id="b", title="Sooner", kind="mobility", programme="P2", themes=("T2",))
    sooner = sooner.model_copy(update={"deadline": now + timedelta(days=3)})
    await hear(kept, e.OpportunityPublished(happened_at=now, opportunity=sooner))
    assert await titles(kept) == ["Sooner", "Seaweed farming in coastal waters"]
    for wanted in ({"kind": "mobility"}, {"programme": "P2"}, {"theme": "T2"}, {"before": now + timedelta(days=5)}):
        assert await titles(kept, **wanted) == ["Sooner"]
    assert await kept.store.opportunities.choices(now) == (("Europe de la mer", "P2"), ("Mer et pêche", "T2"))


async def test_a_late_copy_changes_nothing_and_a_closed_one_stays_closed(kept: Portal) -> None:
    now = kept.clock()
    newer = opportunity(now, version=3, title="Third")
    await hear(kept, e.OpportunityAmended(happened_at=now, opportunity=newer, changes=()))
    await hear(
        kept, e.OpportunityAmended(happened_at=now, opportunity=opportunity(now, version=2, title="Second"), changes=())
    )
    assert await titles(kept) == ["Third"]
    await hear(kept, e.OpportunityClosed(happened_at=now, opportunity_id=newer.id, version=3, reason="withdrawn"))
    await hear(kept, e.OpportunityPublished(happened_at=now, opportunity=newer))
    assert await titles(kept) == []
    closed = await kept.store.opportunities.one(newer.id)
    assert closed is not None
    assert closed.status == "closed"


async def test_a_closing_heard_before_its_opportunity_counts(kept: Portal) -> None:
    now = kept.clock()
    await hear(kept, e.OpportunityClosed(happened_at=now, opportunity_id="x", version=2, reason="closed_by_source"))
    await hear(kept, e.OpportunityPublished(happened_at=now, opportunity=opportunity(now, id="x", title="X")))
    assert "X" not in await titles(kept)
    assert await kept.store.opportunities.one("x") is None


async def test_a_passed_deadline_is_not_open_whatever_the_source_says(kept: Portal) -> None:
    kept.clock.turn(days=41)
    assert await titles(kept) == []
    assert await kept.store.matches.of_profiles([ORGANISATION], now=kept.clock()) == ()


async def test_pairs_follow_their_version_and_a_removed_profile_has_none(kept: Portal) -> None:
    now = kept.clock()

    def told(version: int, *, matched: bool) -> e.MatchesChanged:
        pair = e.Pair(
            opportunity_id="eu-algues",
            opportunity_version=1,
            profile_id=ORGANISATION,
            profile_version=1,
            version=version,
            score=0.4,
            matched=matched,
        )
        return e.MatchesChanged(happened_at=now, cause="rules", model_version=1, rules_version=1, pairs=(pair,))

    async def matching() -> int:
        return len(await kept.store.matches.of_profiles([ORGANISATION], now=now))

    assert await matching() == 1
    await hear(kept, told(3, matched=False))
    await hear(kept, told(2, matched=True))
    assert await matching() == 0
    await hear(kept, told(4, matched=True))
    assert await matching() == 1
    await hear(kept, e.ProfileRemoved(happened_at=now, profile_id=ORGANISATION, version=2))
    await hear(kept, told(5, matched=True))
    assert await matching() == 0


async def test_mails_are_counted_once_whatever_is_repeated(kept: Portal) -> None:
    now = kept.clock()
    sent = e.AlertSent(happened_at=now, message_id="m", person_id=PERSON, kind="digest")
    failed = e.AlertFailed(happened_at=now, message_id="m", person_id=PERSON, kind="digest", reason="late")
    for fact in (sent, sent, failed):
        await hear(kept, fact)
    assert await kept.store.alerts.count_since(now - timedelta(days=1)) == {"sent": 1}


async def test_rules_are_kept_by_version(kept: Portal) -> None:
    fact = e.RulesPublished(happened_at=kept.clock(), version=4, note="n", digest_cap=10, rules={"threshold": 0.5})
    await hear(kept, fact)
    assert await kept.store.rule_sets.version_in_force() == 4
    assert await kept.store.rule_sets.in_force() == {"threshold": 0.5}


async def test_staff_find_what_is_closed_too_the_open_first_and_profiles_by_name_or_place(kept: Portal) -> None:
    now = kept.clock()
    old = opportunity(now, id="a-old", title="Old seaweed", status="closed")
    await hear(kept, e.OpportunityPublished(happened_at=now, opportunity=old))
    harbour = e.ProfileState(id="o2", version=1, kind="commune", name="Port-Élan", text="x", place="Sommeville")
    await hear(kept, e.ProfileDescribed(happened_at=now, profile=harbour))
    holding, named = kept.store.opportunities.holding, kept.store.matches.profiles_named
    assert [one.id for one in await holding("SEAWEED", limit=5)] == ["eu-algues", "a-old"]
    assert [one.id for one in await holding("seaweed", limit=1)] == ["eu-algues"]
    assert await holding(" ! ", limit=5) == ()
    assert [one.id for one in await named("elan sommeville", limit=5)] == ["o2"]
    assert await named("", limit=5) == ()
    assert await kept.store.matches.profile("nobody") is None


async def test_an_edit_keeps_earlier_texts_and_republishing_tells_the_latest(kept: Portal) -> None:
    description = Description(
        "business", "Algues du Large", "Un texte tout neuf, assez long pour être compris.", None, ()
    )
    async with kept.database.writing() as connection:
        state = await kept.store.organisations.edit(connection, ORGANISATION, description, now=kept.clock())
    assert state.version == 2
    assert len(await kept.store.organisations.versions(ORGANISATION)) == 2
    assert await republish(kept.context) == 1
    assert await kept.told() == ["organisation.declared"]


async def test_a_wish_is_kept_once_until_it_is_carried_out(kept: Portal) -> None:
    for _ in range(2):
        await kept.store.wishes.keep(Unsubscribe(token="t"), at=kept.clock())
    (wish,) = await kept.store.wishes.waiting()
    await kept.store.wishes.tried(wish)
    await kept.store.wishes.carried_out(wish)
    assert await kept.store.wishes.count() == 0
