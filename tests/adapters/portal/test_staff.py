"""Staff publish rules with a note, see what a draft changes, and read an interruption in words."""

import re
from pathlib import Path

from sqlalchemy.event import listen

from services.portal.commands import add_staff
from services.portal.domain.rules_form import groups
from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, RULES, Portal


def typed() -> dict[str, str]:
    return {field.path: field.value for group in groups(RULES) for field in group.fields}


async def as_staff(portal: Portal, visitor: Browser) -> None:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def test_a_draft_shows_what_it_gains_with_titles(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.post("/staff/rules/preview", {**typed(), "threshold": "0,4"})
    assert "Alertes gagnées : 1. Perdues : 0." in page.text
    assert "Seaweed farming" in page.text
    assert furnished.bus.last(r.PreviewRules).rules["threshold"] == 0.4


async def test_publishing_needs_a_note_and_the_version_it_was_made_from(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    assert (await visitor.post("/staff/rules/publish", {**typed(), "base": "2"})).status_code == 422
    stale = await visitor.post("/staff/rules/publish", {**typed(), "base": "1", "note": "Un essai"})
    assert "publiées entre-temps" in stale.text
    assert (await visitor.post("/staff/rules/publish", {**typed(), "base": "2", "note": "Un essai"})).status_code == 303
    assert furnished.bus.last(r.PublishRules).rules == RULES
    assert (await furnished.store.staff.latest_deeds())[0].action == "published rules"


async def test_an_absent_matcher_loses_nothing_typed(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away.add(r.AskRules)
    page = await visitor.post("/staff/rules/publish", {**typed(), "base": "2", "note": "Un long travail"})
    assert page.status_code == 503
    assert "Un long travail" in page.text
    assert "nucléaire" in page.text


async def test_what_the_matcher_refuses_is_told_beside_its_field(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    sentences = ("Seuil : la valeur doit être au plus 1", "Autre chose")
    furnished.bus.answers[r.PreviewRules] = r.RulesPreview(refused="invalid", errors=sentences)
    page = await visitor.post("/staff/rules/preview", {**typed(), "threshold": "4"})
    assert page.status_code == 422
    assert 'id="threshold-problem">Seuil : la valeur' in page.text
    assert "Autre chose" in page.text


async def test_kinds_of_opportunities_are_boxes(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    rules = {**RULES, "business": {"active": True, "opportunity_kinds": ["call", "mobility"]}}
    furnished.bus.answers[r.AskRules] = r.RulesInForce(version=2, rules=rules)
    page = (await visitor.get("/staff/rules")).text
    assert re.findall(r'opportunity_kinds" value="(\w+)" checked', page) == ["call", "mobility"]
    await visitor.post("/staff/rules/preview", {**typed(), "business.opportunity_kinds": ["call", "tender"]})
    sent = furnished.bus.last(r.PreviewRules).rules["business"]
    assert sent["opportunity_kinds"] == ["call", "tender"]


async def test_the_log_is_only_ever_added_to(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    written: list[str] = []
    listen(furnished.database.engine.sync_engine, "before_cursor_execute", lambda *heard: written.append(heard[2]))
    staff = furnished.store.staff
    await staff.log(PERSON, "signed in", "", now=furnished.clock())
    await staff.remove(PERSON)
    about_the_log = [statement.split()[0] for statement in written if "audit_log" in statement]
    assert about_the_log == ["INSERT"]
    assert len(await staff.latest_deeds()) == 2


def test_no_code_changes_or_removes_a_line_of_the_log() -> None:
    for file in Path("services/portal").rglob("*.py"):
        assert not re.search(r"(update|delete)\(\s*audit_log", file.read_text()), file


async def test_staff_add_words_and_take_them_back(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.get("/staff/vocabulary?text=selle")
    assert furnished.bus.last(r.AskVocabulary).text == "selle"
    assert page.text.count("/staff/vocabulary/remove") == 1  # what was learned is replaced by learning again
    added = await visitor.post("/staff/vocabulary", {"french": " taillandier ", "english": "edge-tool maker"})
    assert added.status_code == 303
    assert furnished.bus.last(r.AddTranslation).french == "taillandier"
    assert (await furnished.store.staff.latest_deeds())[0].action == "added words"
    await visitor.post("/staff/vocabulary/remove", {"french": "bourrelier", "english": "saddler"})
    assert furnished.bus.last(r.RemoveTranslation).english == "saddler"


async def test_words_that_are_refused_stay_in_the_form(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.AddTranslation] = r.VocabularyReply(refused="invalid")
    page = await visitor.post("/staff/vocabulary", {"french": "a, b", "english": "c"})
    assert page.status_code == 422
    assert 'value="a, b"' in page.text
    assert "sans virgule ni signe" in page.text


async def test_words_typed_while_the_matcher_is_away_are_kept(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away |= {r.AddTranslation, r.AskVocabulary}
    page = await visitor.post("/staff/vocabulary", {"french": "taillandier", "english": "edge-tool maker"})
    assert page.status_code == 503
    assert 'value="taillandier"' in page.text
