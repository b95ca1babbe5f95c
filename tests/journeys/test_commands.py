"""The commands of `passerelle`, as one types them: what they answer and refuse, and that a refusal leaves nothing."""

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.pages import ROOT
from tests.journeys.commands import refused, rows
from tests.journeys.product import Product, eventually

COLUMNS = ("name", "kind", "text", "commune")
CHEESE = (
    "Fromagerie d’été",
    "business",
    "Fabrication de fromages fermiers, séchage solaire et petits ateliers",
    "Rennes",
)
SCHOOL = (
    "École des Marées",
    "school",
    "Échanges de jeunes, mobilité et classes de mer en Europe du Nord",
    "Saint-Malo",
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """An installation at rest, that the commands of this file are given to."""
    return Product(tmp_path_factory.mktemp("commands") / "home")


def csv_file(path: Path, *lines: tuple[str, ...], encoding: str = "utf-8", separator: str = ";") -> str:
    path.write_bytes("\r\n".join(separator.join(cells) for cells in lines).encode(encoding))
    return str(path)


# --- ingest ---


def test_only_a_known_source_is_read_and_only_when_asked_once(product: Product) -> None:
    said = refused(product, "harvest", "nowhere", "--once")
    assert said == "there is no source nowhere: choose among eu-portal, ted, aides-territoires, een, feeds\n"
    assert "add --once" in refused(product, "harvest", "eu-portal")


@pytest.fixture
def fresh(product: Product, tmp_path: Path) -> Product:
    """A home of its own, for what counts rows."""
    return replace(product, home=tmp_path / "home", processes=[])


def profiles_of(product: Product) -> list[str]:
    return [str(name) for (name,) in rows(product, "ingest", "SELECT json_extract(state, '$.name') FROM profiles")]


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8", ";"), ("cp1252", ";"), ("utf-8-sig", ",")], ids=lambda value: value
)
def test_profiles_are_imported_whatever_the_spreadsheet_saves(
    fresh: Product, tmp_path: Path, encoding: str, separator: str
) -> None:
    quoted = tuple(f'"{cell}"' for cell in CHEESE)
    file = csv_file(tmp_path / "p.csv", COLUMNS, quoted, encoding=encoding, separator=separator)
    said = fresh.run("profiles", "import", file)
    assert re.fullmatch(
        r"1 new, 0 changed, 0 unchanged, 0 refused\nto undo it: passerelle profiles undo [0-9a-f]{32}\n", said
    )
    assert profiles_of(fresh) == [CHEESE[0]]


def test_a_refused_row_has_its_line_and_the_good_ones_are_stored_once(fresh: Product, tmp_path: Path) -> None:
    lines = (
        CHEESE,
        ("Trop court", "business", "du pain", "Rennes"),
        ("Ailleurs", "business", CHEESE[2], "Ville-Imaginaire"),
        ("Quoi", "club", CHEESE[2], "Rennes"),
        SCHOOL,
        CHEESE,
    )
    file = csv_file(tmp_path / "p.csv", COLUMNS, *lines)
    said = refused(fresh, "profiles", "import", file)
    assert said.startswith("2 new, 0 changed, 0 unchanged, 4 refused\n")
    assert "line 3: it has a text of 7 characters; at least 40 are needed to match it" in said
    assert "line 4: it names a commune that is not of the territory: 'Ville-Imaginaire'" in said
    assert "line 5: it has the kind 'club'; allowed: " in said
    assert "line 7: it is the same organisation as line 2" in said
    assert sorted(profiles_of(fresh)) == sorted([CHEESE[0], SCHOOL[0]])

    told = rows(fresh, "ingest", "SELECT count(*) FROM outbox")
    assert told == [(2,)]
    again = csv_file(tmp_path / "again.csv", COLUMNS, CHEESE, SCHOOL)
    assert fresh.run("profiles", "import", again) == "0 new, 0 changed, 2 unchanged, 0 refused\n"
    assert rows(fresh, "ingest", "SELECT count(*) FROM outbox") == told


def test_a_file_that_holds_no_profiles_is_refused_whole(product: Product, tmp_path: Path) -> None:
    nothing = csv_file(tmp_path / "headers.csv", ("nom", "kind", "text", "commune"), CHEESE)
    said = refused(product, "profiles", "import", nothing)
    assert "headers.csv: the first line must name the columns" in said
    assert "missing: name; unknown: nom" in said
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert "image.csv: this is not a text file" in refused(product, "profiles", "import", str(tmp_path / "image.csv"))
    assert "cannot be read" in refused(product, "profiles", "import", str(tmp_path / "missing.csv"))
    assert profiles_of(product) == []


def test_samples_come_and_go_whole(fresh: Product) -> None:
    assert fresh.run("samples", "load") == "samples loaded\n"
    loaded = profiles_of(fresh)
    assert len(loaded) >= 8
    fresh.run("samples", "load")
    assert profiles_of(fresh) == loaded
    assert fresh.run("samples", "remove") == "samples removed\n"
    addresses = rows(fresh, "notifier", "SELECT count(*) FROM people WHERE address IS NOT NULL")
    assert addresses == [(0,)]
    real = replace(fresh, home=fresh.home.parent / "real", environ={"SMTP_URL": "smtp://127.0.0.1:1"})
    assert "samples load only beside the built-in mailbox" in refused(real, "samples", "load")
    assert not (real.home / "ingest.sqlite").exists()


# --- matcher ---


@pytest.fixture
def scoring(product: Product, tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """The command `score` for two files with these lines; `out` may be elsewhere."""
    calls = [
        {"id": "sun", "title": "Solar villages", "description": "Solar energy for rural villages and small workshops"},
        {"id": "sea", "title": "Coasts", "description": "Youth exchange on coasts", "deadline": "2026-12-01"},
    ]
    profiles = [{"id": "atelier", "kind": "business", "text": "énergie solaire pour de petits ateliers ruraux"}]

    def command(*, line: str = "", out: str = "scores.jsonl", missing: bool = False) -> tuple[str, ...]:
        opportunities, wanting = tmp_path / "calls.jsonl", tmp_path / "profiles.jsonl"
        opportunities.write_text("".join(json.dumps(call) + "\n" for call in calls) + line)
        wanting.write_text("".join(json.dumps(profile) + "\n" for profile in profiles))
        files = ("--opportunities", str(tmp_path / "gone.jsonl" if missing else opportunities))
        return ("score", *files, "--profiles", str(wanting), "--as-of", "2026-11-02", "--out", str(tmp_path / out))

    return command


def test_the_same_files_score_to_the_same_bytes(
    product: Product, tmp_path: Path, scoring: Callable[..., tuple[str, ...]]
) -> None:
    for out in ("once.jsonl", "twice.jsonl"):
        assert product.run(*scoring(out=out)) == ""
    once = (tmp_path / "once.jsonl").read_bytes()
    assert once == (tmp_path / "twice.jsonl").read_bytes()
    first = json.loads(once.splitlines()[0])
    assert (first["profile_id"], first["opportunity_id"], first["rank"]) == ("atelier", "sun", 1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"line": "{"}, "calls.jsonl:3: not a JSON object"),
        ({"missing": True}, "gone.jsonl: there is no such file"),
        ({"out": "nowhere/scores.jsonl"}, "there is no folder"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_a_file_that_cannot_be_scored_is_told_by_its_line(
    product: Product,
    tmp_path: Path,
    scoring: Callable[..., tuple[str, ...]],
    given: dict[str, str],
    sentence: str,
) -> None:
    said = refused(product, *scoring(**given))
    assert sentence in said
    assert not (tmp_path / "scores.jsonl").exists()


def test_rules_go_out_to_a_file_and_come_back(fresh: Product, tmp_path: Path) -> None:
    rules = json.loads(fresh.run("rules", "show"))
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({**rules, "digest_cap": 7}))
    assert re.fullmatch(r"rule set \d+ published\n", fresh.run("rules", "publish", str(file), "--note", "sept"))
    assert json.loads(fresh.run("rules", "show"))["digest_cap"] == 7
    first = rows(fresh, "matcher", "SELECT min(version) FROM rule_sets")[0][0]
    assert f"rule set {first} published again, as " in fresh.run("rules", "rollback", str(first))
    assert json.loads(fresh.run("rules", "show")) == rules


def test_rules_that_are_none_are_refused_and_change_nothing(product: Product, tmp_path: Path) -> None:
    for text, sentences in (
        ('{"digest_cap": "many", "no_such_rule": 1}', ("un nombre est attendu", "cette règle n’existe pas")),
        ("[1, 2]", ("it must hold one JSON object",)),
        ("{", ("it is not JSON",)),
    ):
        (tmp_path / "rules.json").write_text(text)
        said = refused(product, "rules", "publish", str(tmp_path / "rules.json"))
        assert all(sentence in said for sentence in sentences), said
    assert "it cannot be read" in refused(product, "rules", "publish", str(tmp_path / "gone.json"))
    assert refused(product, "rules", "rollback", "4242") == "there is no rule set 4242\n"
    assert rows(product, "matcher", "SELECT count(*) FROM rule_sets WHERE version > 1") == [(0,)]


# --- operations ---


def set_aside(product: Product, id_: str, payload: str) -> None:
    """Keep a fact as one that failed for good in the portal."""
    with contextlib.closing(sqlite3.connect(product.home / "portal.sqlite")) as connection:
        connection.execute(
            "INSERT INTO dead_letters (id, subject, payload, error, deliveries, failed_at) VALUES (?, ?, ?, ?, 8, ?)",
            (id_, "rules.published", payload, "ValueError: [/b] no luck\nsecond line", "2026-11-01 09:00:00.000000"),
        )
        connection.commit()


def test_a_fact_set_aside_is_listed_and_handled_once_more(fresh: Product) -> None:
    assert fresh.run("dead-letters", "list") == "no dead letters\n"
    good, bad = "0190aaaa-mended-fact-with-a-long-name", "0190bbbb-never-a-fact"
    set_aside(fresh, good, (ROOT / "tests" / "contracts" / "facts" / "rules.published.json").read_text())
    set_aside(fresh, bad, "{")
    listed = fresh.run("dead-letters", "list")
    assert good in listed
    assert "ValueError: [/b] no luck" in listed
    assert refused(fresh, "dead-letters", "replay", good, "nobody") == "no dead letter nobody\n"
    assert rows(fresh, "portal", "SELECT count(*) FROM dead_letters WHERE replay_asked_at IS NOT NULL") == [(0,)]

    assert fresh.run("dead-letters", "replay") == "2 to be handled once more\n"
    fresh.up()
    replayed = "SELECT id FROM dead_letters WHERE replayed_at IS NOT NULL"
    eventually(lambda: rows(fresh, "portal", replayed) == [(good,)], within_s=20, or_tell=fresh.log)
    tried_again = "SELECT id FROM dead_letters WHERE deliveries > 8 AND error NOT LIKE '%no luck%'"
    eventually(lambda: rows(fresh, "portal", tried_again) == [(bad,)], within_s=20, or_tell=fresh.log)
    assert fresh.stop() == [0]


def test_only_a_service_that_tells_a_state_tells_it_again(product: Product) -> None:
    assert "notifier tells no state: choose among ingest" in refused(product, "republish", "notifier")
    for service in ("ingest", "portal"):
        assert product.run("republish", service) == "0 facts to be told again\n"


# --- notifier ---


def test_reconcile_counts_matches_and_fails_when_one_became_of_nothing(fresh: Product) -> None:
    assert fresh.run("reconcile").startswith("0 found: 0 told, 0 pending, 0 failed, 0 cancelled, 0 unaccounted for")
    moment = "2026-11-02 09:00:00.000000"
    with contextlib.closing(sqlite3.connect(fresh.home / "notifier.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO people (id, address_key, language, timezone, is_staff, created_at)"
            " VALUES ('p', 'k', 'fr', 'Europe/Paris', 0, ?)",
            (moment,),
        )
        connection.execute(
            "INSERT INTO subscriptions (id, person_id, organisation_id, organisation_name, cadence, language, status,"
            " created_at, confirmed_at, is_sample) VALUES ('s', 'p', 'o', 'O', 'daily', 'fr', 'active', ?, ?, 0)",
            (moment, moment),
        )
        connection.execute(
            "INSERT INTO pairs (opportunity_id, profile_id, version, opportunity_version, profile_version,"
            " model_version, rules_version, score, matched, terms, passage)"
            " VALUES ('e', 'o', 1, 1, 1, 1, 1, 0.5, 1, '[]', '')"
        )
    said = fresh.run("reconcile", code=1)
    assert "1 found: 0 told, 0 pending, 0 failed, 0 cancelled, 1 unaccounted for" in said
    assert "matches became of nothing" in said
