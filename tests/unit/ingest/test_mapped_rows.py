"""Records understood as a mapping file says; what is wrong with one never spoils another."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest

from services.ingest.sources.mapped_rows import parse_records, read_record
from shared.events import OpportunityState
from tests.unit.ingest.aids import nested
from tests.unit.ingest.mapped import FEEDS, PROVIDERS, RECORD, described, file, record, without
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.understood import understood

FILE = file()
parse = understood(partial(parse_records, FILE))
FIELDS = described()["fields"]


def state(**fields: Any) -> OpportunityState:
    return read_record(FILE, record(**fields), NOW).state


def with_fields(**changed: Any) -> Any:
    return file(fields={**FIELDS, **changed})


def test_a_record_becomes_an_opportunity_as_the_file_says() -> None:
    read = read_record(FILE, record(), NOW)
    assert (read.key, read.state.id, read.state.source) == ("haies-27", "guide-region--haies-27", "guide-region")
    assert read.state.title == "Haies & talus"
    assert read.state.text == "Planter des haies.\nCent mètres de haies au moins."
    assert read.state.scope == "Un plan de gestion."
    assert (read.state.programme, read.state.instrument) == ("Guide des aides", "Subvention")
    assert read.state.url == "https://aides.region.example/aides/haies-et-talus"
    assert (read.state.status, read.state.opens_on) == ("open", date(2026, 10, 1))
    assert read.state.deadlines == (datetime(2027, 4, 8, 15, tzinfo=UTC), datetime(2027, 9, 1, 15, tzinfo=UTC))
    assert read.state.budget_max == 1500
    assert read.state.audience == ("association", "commune")
    assert (read.state.themes, read.state.keywords) == (("Nature", "Agriculture"), ("haies", "talus"))
    assert read.state.places == ("Pays imaginaire",)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("08/04/2027", date(2027, 4, 8)),
        ("8 avril 2027", date(2027, 4, 8)),
        ("1er Août 2027", date(2027, 8, 1)),
        ("12 févr. 2027", date(2027, 2, 12)),
        ("12 décembre 2027", date(2027, 12, 12)),
    ],
)
def test_dates_are_read_in_the_formats_and_the_language_of_the_file(written: str, day: date) -> None:
    (deadline,) = state(cloture=written, cloture_2=None).deadlines
    assert deadline.date() == day


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-04-08", datetime(2027, 4, 8, 15, 0, tzinfo=UTC)),
        ("20270408", datetime(2027, 4, 8, 15, 0, tzinfo=UTC)),
        (20270408, datetime(2027, 4, 8, 15, 0, tzinfo=UTC)),
        ("2027-04-07T22:00:00.000Z", datetime(2027, 4, 8, 15, 0, tzinfo=UTC)),
        ("2027-04-08T12:00:00+02:00", datetime(2027, 4, 8, 10, 0, tzinfo=UTC)),
        ("2027-04-08T12:00", datetime(2027, 4, 8, 10, 0, tzinfo=UTC)),
        ("2027-04-08T23:59:59+0200", datetime(2027, 4, 8, 21, 59, tzinfo=UTC)),
    ],
)
def test_without_formats_dates_are_those_of_iso_in_the_files_time(written: object, moment: datetime) -> None:
    read = read_record(with_fields(deadlines="cloture"), record(cloture=written), NOW)
    assert read.state.deadlines == (moment,)


@pytest.mark.parametrize(
    ("statut", "ouverture", "status"),
    [
        ("PUBLIEE", "2026-10-01", "open"),
        ("publiee", None, "open"),
        ("PUBLIEE", "2027-01-01", "forthcoming"),
        ("A VENIR", None, "forthcoming"),
        ("RETIREE", "2027-01-01", "closed"),
        (None, None, "open"),
    ],
)
def test_status_by_the_sources_words(statut: str | None, ouverture: str | None, status: str) -> None:
    assert state(statut=statut, ouverture=ouverture).status == status


@pytest.mark.parametrize(
    ("publics", "kinds"),
    [
        ([{"libelle": "Clubs"}], ("association",)),
        ([{"libelle": "Entreprises"}, {"libelle": "Particuliers"}], ("business",)),
        ([{"libelle": "Lutins"}], ()),
        ([{"libelle": "Lutins"}, {"libelle": "Particuliers"}], ()),
        ([], ()),
        (None, ()),
        ({"libelle": "Communes"}, ("commune",)),
    ],
)
def test_who_may_apply_by_the_file_then_by_known_words(publics: object, kinds: tuple[str, ...]) -> None:
    assert state(publics=publics).audience == kinds


@pytest.mark.parametrize("amount", [1500, 1500.2, "1500", "1 500", "1\u202f500 €", "1 500,40 euros", "1500.40 EUR"])
def test_amounts_as_numbers_or_written_out(amount: object) -> None:
    assert state(plafond=amount).budget_max == 1500


def test_two_sources_never_share_an_id_though_their_keys_meet() -> None:
    first = read_record(file(name="guide"), record("region-1"), NOW).state.id
    second = read_record(file(name="guide-region"), record("1"), NOW).state.id
    assert (first, second) == ("guide--region-1", "guide-region--1")


def test_ids_of_european_calls_in_markup_are_seen() -> None:
    hidden = '<p>Voir <a href="https://ec.example/topic-details/life-2027-sap-env">ici</a>.</p>'
    assert state(description=hidden).text.splitlines()[-1] == "Appel : LIFE-2027-SAP-ENV"


def test_an_address_that_leads_nowhere_is_left_out() -> None:
    plain = with_fields(url="slug")
    for address in ("javascript:alert(1)", "https: //a.example", "ftp://a.example", "https://a.example/" + "x" * 500):
        assert read_record(plain, record(slug=address), NOW).state.url is None


@pytest.mark.parametrize("name", sorted(set(RECORD) - {"id", "titre"}))
@pytest.mark.parametrize("given", ["gone", "null", "empty"])
def test_any_field_but_key_and_title_may_be_missing(name: str, given: str) -> None:
    one = without(name) if given == "gone" else record(**{name: None if given == "null" else ""})
    parsed = parse_records(FILE, (one,), NOW)
    assert (len(parsed.readings), parsed.refused) == (1, ())


TEXTS = ("chapeau", "description", "conditions", "slug", "themes", "mots_cles", "territoires")
DAYS = ("ouverture", "cloture", "cloture_2")
BAD: list[tuple[str, Any, str]] = [
    ("text", "a record", "not_a_record"),
    ("number", 7, "not_a_record"),
    ("null", None, "not_a_record"),
    ("list", [RECORD], "not_a_record"),
    ("deep list", nested(900), "not_a_record"),
    ("nothing", {}, "bad_field"),
    ("no key", without("id"), "bad_field"),
    ("no title", without("titre"), "no_title"),
    *((f"key {value!r}"[:20], record(value), "bad_field") for value in (None, "", "\x00", [], {}, {"a": 1}, "x" * 201)),
    ("key of lines", record("a\nb"), "bad_field"),
    *((f"title {value!r}"[:20], record(titre=value), "no_title") for value in (None, "", "\x00", "<p></p>", [], " ")),
    ("title an object", record(titre={"fr": "x"}), "bad_field"),
    *((f"{name} an object", record(**{name: {"a": 1}}), "bad_field") for name in TEXTS),
    *((f"{name} lists in lists", record(**{name: [["x"]]}), "bad_field") for name in TEXTS),
    *((f"{name} endless", record(**{name: "x" * 1_000_001}), "bad_field") for name in TEXTS[:3]),
    *((f"{name} deep", record(**{name: nested(800)}), "bad_field") for name in TEXTS[:2]),
    ("nature deep", record(nature={"libelle": nested(5)}), "bad_field"),
    *((f"{name} in words", record(**{name: "bientôt"}), "bad_field") for name in DAYS),
    *((f"{name} that is none", record(**{name: "30/02/2027"}), "bad_field") for name in DAYS),
    *((f"{name} in year 1", record(**{name: "01/01/0001"}), "bad_field") for name in DAYS),
    *((f"{name} true", record(**{name: True}), "bad_field") for name in DAYS),
    *((f"{name} an object", record(**{name: {"date": "2027-01-01"}}), "bad_field") for name in DAYS),
    ("one good and one bad deadline", record(cloture=["8 avril 2027", "soon"]), "bad_field"),
    ("start far away", record(ouverture="9999-12-31T23:59:59-14:00"), "bad_field"),
    *(
        (f"amount {value!r}"[:25], record(plafond=value), "bad_field")
        for value in ("beaucoup", "6 millions", {"eur": 1}, [[1]], True, float("nan"), float("inf"), "1e9999999", "--3")
    ),
    ("amount absurd", record(plafond=9e15), "absurd_amount"),
    ("amount negative", record(plafond=-5), "absurd_amount"),
    ("amount endless", record(plafond="9" * 5000), "bad_field"),
    ("deadline of 30 years ahead", record(cloture="01/01/2056"), "absurd_deadline"),
    ("for private persons", record(publics=[{"libelle": "Particuliers"}]), "not_for_organisations"),
    ("stale", record(chapeau="", description="", conditions="", cloture="01/01/2024", cloture_2=""), "ghost"),
]


@pytest.mark.parametrize(("bad", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_record_is_set_aside_alone(bad: Any, reason: str) -> None:
    parsed = parse((record("first"), bad, record("last")), NOW)
    assert [reading.key for reading in parsed.readings] == ["first", "last"]
    assert [refused.reason for refused in parsed.refused] == [reason]
    assert all(refused.key for refused in parsed.refused)
    assert len(parsed.filled) == 3


def test_there_are_enough_malformed_records() -> None:
    assert len(BAD) >= 60


def test_an_unknown_status_is_refused_when_the_file_says_nothing_of_others() -> None:
    strict = with_fields(status={"at": "statut", "map": {"PUBLIEE": "open"}})
    (refused,) = parse_records(strict, (record(statut="PERDUE"),), NOW).refused
    assert (refused.reason, refused.detail) == ("unknown_status", "status 'PERDUE' is not known")


def test_what_is_filled_is_told_under_the_names_of_the_file() -> None:
    (filled,) = parse_records(FILE, (without("cloture_2"),), NOW).filled
    assert {"key", "title", "deadlines", "audience"} <= filled
    assert "expected_outcome" not in filled


# --- the shapes of real providers, with fictional aids ---


def read_feed(name: str) -> dict[str, OpportunityState]:
    body, path = FEEDS[name], PROVIDERS[name].records
    records = body[path] if path else body
    return {one.key: one.state for one in parse_records(PROVIDERS[name], tuple(records), NOW).readings}


def test_a_feed_like_ademes_is_read() -> None:
    read = read_feed("ademe")
    assert (read["a1"].title, read["a1"].url) == ("Fours à pain électriques", None)
    assert read["a1"].deadlines == (datetime(2027, 3, 31, 21, 59, tzinfo=UTC),)
    assert (read["a2"].status, read["a2"].places) == ("forthcoming", ("Régional", "Bretagne"))


def test_a_feed_like_dromes_is_read() -> None:
    read = read_feed("drome")
    assert (read["162"].audience, read["162"].deadlines) == (("commune", "association"), ())
    assert (read["163"].audience, len(read["163"].deadlines)) == (("school",), 2)
    assert read["163"].text == "Planter un potager d’école.\nÉcole des Tilleuls"


def test_a_feed_like_manches_is_read_but_for_private_persons() -> None:
    read = read_feed("manche")
    assert set(read) == {"36021", "36022"}
    assert read["36021"].title == "Crèches d’entreprise"
    assert read["36022"].scope == "Cent mètres au moins."


def test_a_feed_like_ile_de_frances_is_read() -> None:
    read = read_feed("ile-de-france")
    assert (read["Fan9wq"].status, read["Old1"].status) == ("forthcoming", "closed")
    assert read["Fan9wq"].deadlines == (datetime(2027, 7, 8, 15, tzinfo=UTC),)
    assert read["Fan9wq"].opens_on == date(2027, 1, 3)
    assert read["Fan9wq"].audience == ("association", "commune")
    assert read["Fan9wq"].url == "https://idf.example/aides/Fan9wq"


def test_a_feed_like_welcomeuropes_is_read_with_the_id_of_its_call() -> None:
    state = read_feed("welcomeurope")["42"]
    assert state.title == "Ports verts – Appel 2027"
    assert [deadline.date() for deadline in state.deadlines] == [date(2027, 2, 14), date(2027, 9, 14)]
    assert state.audience == ("business", "association", "commune")
    assert state.themes == ("Mer & Pêche", "Environnement")
    assert "EMFAF-2027-PORTS-01" in state.keywords
    assert state.text.endswith("Appel : EMFAF-2027-PORTS-01")
