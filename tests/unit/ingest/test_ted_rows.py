"""TED's rows, understood: languages, lots, dates, amounts, and what several notices of one purchase say together."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.readings import Reading
from services.ingest.sources import ted_rows
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.ted_notices import PROCEDURE, notice, numbered
from tests.unit.ingest.understood import understood

parse = understood(ted_rows.parse)


def reading(*rows: Any) -> Reading:
    """The one reading of these rows."""
    parsed = parse(rows, NOW)
    assert parsed.refused == ()
    (one,) = parsed.readings
    return one


def state(**fields: Any) -> Any:
    return reading(notice(**fields)).state


def test_a_notice_becomes_a_tender_known_by_its_procedure() -> None:
    read = reading(notice())
    assert read.key == PROCEDURE
    assert read.state.id == f"ted-{PROCEDURE}"
    assert (read.state.kind, read.state.source, read.state.status) == ("tender", "ted", "open")
    assert read.state.title == "Réseau d'eau de Valdoré"
    assert read.state.language == "fr"
    assert read.state.opens_on == date(2026, 10, 20)
    assert read.state.url == "https://ted.europa.eu/fr/notice/-/detail/700001-2026"
    assert read.state.places == ("Madagascar",)
    assert read.state.keywords == ("Services d'ingénierie", "Engineering services")
    assert read.state.instrument == "Marché de services, procédure ouverte"
    assert (read.state.budget_min, read.state.budget_max) == (100_000, 300_000)


def test_the_text_tells_the_buyer_and_each_lot_with_its_own_deadline() -> None:
    text = state().text
    assert text.startswith("Études et suivi d'un réseau d'eau potable")
    assert "Lot LOT-0001 : Études. Plans et calculs." in text
    assert "réponse avant le 15 décembre 2026 à 17:30 (heure de Bruxelles)" in text
    assert "Acheteur : Régie des eaux de Valdoré (Valdoré, Madagascar)." in text


def test_each_lot_has_its_deadline_and_all_are_kept() -> None:
    assert state().deadlines == (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), datetime(2026, 12, 15, 16, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "hour", "moment"),
    [
        ("2026-09-24+02:00", "16:00:00+02:00", "2026-09-24T14:00"),
        ("2026-12-02Z", "16:00:00Z", "2026-12-02T16:00"),
        ("2026-12-02Z", "16:00:00", "2026-12-02T16:00"),
        ("2026-12-02+03:00", "16:00", "2026-12-02T13:00"),
        ("2026-12-02-05:00", "23:59:59-05:00", "2026-12-03T04:59"),
        ("2026-12-02", "10:00", "2026-12-02T09:00"),
        ("2026-12-02Z", None, "2026-12-02T16:00"),
        ("2026-07-02+02:00", None, "2026-07-02T15:00"),
    ],
)
def test_a_day_and_its_time_are_read_with_their_offset(day: str, hour: str | None, moment: str) -> None:
    read = state(
        identifier_lot=["LOT-0001"],
        deadline_receipt_tender_date_lot=[day],
        deadline_receipt_tender_time_lot=[hour] if hour else None,
    )
    assert [one.isoformat()[:16] for one in read.deadlines] == [moment]


def test_days_and_times_that_do_not_pair_are_not_paired_by_guessing() -> None:
    read = state(
        identifier_lot=["A", "B", "C"],
        deadline_receipt_tender_date_lot=["2026-12-01Z", "2026-12-02Z", "2026-12-03Z"],
        deadline_receipt_tender_time_lot=["08:00:00Z", "09:00:00Z"],
    )
    assert [one.hour for one in read.deadlines] == [16, 16, 16]


def test_a_purchase_in_two_steps_closes_to_newcomers_at_its_first() -> None:
    read = state(deadline_receipt_request_date_lot=["2026-11-20Z"], deadline_receipt_request_time_lot=["10:00:00Z"])
    assert read.deadlines == (datetime(2026, 11, 20, 10, 0, tzinfo=UTC),)


def test_both_shapes_of_a_text_are_read() -> None:
    read = state(title_proc={"fra": ["Réseau d'eau"]}, buyer_name={"fra": "Régie de Valdoré"})
    assert read.title == "Réseau d'eau"
    assert "Régie de Valdoré" in read.text


def test_english_is_shown_with_the_french_beside_it() -> None:
    read = state(
        title_proc={"fra": "Réseau d'eau", "eng": "Water network"},
        description_proc={"fra": "Des études.", "eng": "Some studies."},
        title_lot=None,
        description_lot=None,
    )
    assert (read.language, read.title, read.title_fr) == ("en", "Water network", "Réseau d'eau")
    assert "Some studies." in read.text
    assert "Buyer: Régie des eaux" in read.text
    assert read.text_fr is not None
    assert "Des études." in read.text_fr
    assert "Some studies." not in read.text_fr


def test_another_language_is_kept_and_its_subject_is_told_in_french() -> None:
    read = state(
        official_language=["DEU"],
        title_proc={"deu": "Wassernetz Musterfeld"},
        description_proc={"deu": "Planung eines Wassernetzes."},
        title_lot={"deu": ["Planung", "Aufsicht"]},
        description_lot=None,
        notice_title={"fra": "Allemagne – Services d'ingénierie – Wassernetz Musterfeld"},
    )
    assert (read.language, read.title) == ("de", "Wassernetz Musterfeld")
    assert read.title_fr == "Allemagne – Services d'ingénierie – Wassernetz Musterfeld"
    assert read.text_fr is None


def test_amounts_in_another_currency_are_told_and_never_counted() -> None:
    read = state(estimated_value_cur_proc="XOF", estimated_value_cur_lot=["XOF", "XOF"])
    assert (read.budget_min, read.budget_max) == (None, None)
    assert "Montant estimé : 300 000 XOF." in read.text


def test_the_only_lots_amount_in_another_currency_is_told_too() -> None:
    read = state(
        identifier_lot=["LOT-0001"],
        title_lot={"fra": ["Études"]},
        description_lot={"fra": ["Plans."]},
        estimated_value_proc=None,
        estimated_value_lot=[50_000.0],
        estimated_value_cur_lot=["USD"],
    )
    assert "Montant estimé : 50 000 USD." in read.text


def test_a_long_description_leaves_room_for_the_lots_and_the_buyer() -> None:
    text = state(description_proc={"fra": "Long. " * 10_000}).text
    assert "Lot LOT-0002 : Suivi du chantier" in text
    assert text.endswith("Acheteur : Régie des eaux de Valdoré (Valdoré, Madagascar).")


@pytest.mark.parametrize("amount", ["0", "1", 1.0])
def test_a_token_amount_is_no_budget(amount: object) -> None:
    read = state(estimated_value_proc=amount, estimated_value_lot=None, estimated_value_cur_lot=None)
    assert read.budget_max is None


@pytest.mark.parametrize("amount", [300000, 300000.0, "300000", "300000.00"])
def test_an_amount_is_read_as_a_number_or_as_a_text(amount: object) -> None:
    assert state(estimated_value_proc=amount).budget_max == 300_000


def test_one_currency_given_once_is_that_of_all_lots() -> None:
    read = state(estimated_value_proc=None, estimated_value_cur_lot=["EUR"])
    assert (read.budget_min, read.budget_max) == (100_000, 300_000)


def test_values_that_are_not_one_a_lot_belong_to_none() -> None:
    read = state(estimated_value_proc=None, estimated_value_lot=[5.0, 6.0, 7.0], title_lot={"fra": ["Seul"]})
    assert (read.budget_min, read.budget_max) == (None, None)
    assert "Seul" not in read.text


def test_a_notice_without_description_is_known_as_poor() -> None:
    assert not reading(notice(description_proc=None, description_lot=None)).has_description


def test_markup_in_a_description_is_left_out() -> None:
    text = state(description_proc={"fra": "<p>Moins de 5 &lt; 6</p><script>alert(1)</script>"}).text
    assert text.startswith("Moins de 5 < 6\n")
    assert "alert" not in text


def changed(**fields: Any) -> dict[str, Any]:
    """A correction: a new publication, with a new identifier of its own, of the same procedure."""
    return notice(
        publication_number="760000-2026",
        publication_date=["2026-11-01+01:00"],
        notice_identifier="bbbb0000-0000-4000-8000-000000000002",
        **fields,
    )


def test_a_changed_notice_is_the_same_purchase_whatever_the_order() -> None:
    later = changed(
        deadline_receipt_tender_date_lot=["2027-01-05+01:00", "2027-01-05+01:00"],
        change_reason_code="update-add",
        change_description={"fra": ["Le délai est prolongé."]},
        description_proc=None,
    )
    for rows in ((notice(), later), (later, notice())):
        read = reading(*rows)
        assert read.key == PROCEDURE
        assert [one.date() for one in read.state.deadlines] == [date(2027, 1, 5), date(2027, 1, 5)]
        assert "Avis modifié : Le délai est prolongé." in read.state.text


def test_the_later_publication_counts_and_not_the_longer_one() -> None:
    earlier = notice(publication_number="99999-2026", description_proc={"fra": "Long. " * 500})
    assert "Long" not in reading(earlier, changed()).state.text


def test_a_cancelled_purchase_is_closed() -> None:
    assert reading(notice(), changed(change_reason_code="cancel")).state.status == "closed"


@pytest.mark.parametrize("reason", ["update-add", "cor-buy", "cancel-intent", "susp-review"])
def test_other_changes_close_nothing(reason: str) -> None:
    assert reading(notice(), changed(change_reason_code=reason)).state.status == "open"


def result(**fields: Any) -> dict[str, Any]:
    given = {"form_type": "result", "notice_type": "can-standard", "deadline_receipt_tender_date_lot": None}
    return changed(**{**given, "winner_selection_status": ["selec-w", "selec-w"], **fields})


def test_a_result_closes_the_purchase_and_its_call_stays_shown() -> None:
    read = reading(result(title_proc={"fra": "Attribution"}), notice()).state
    assert (read.status, read.title) == ("closed", "Réseau d'eau de Valdoré")


def test_a_result_that_leaves_a_lot_in_competition_does_not_close_it() -> None:
    assert reading(notice(), result(winner_selection_status=["selec-w", "open-nw"])).state.status == "open"


def test_an_award_in_a_dynamic_purchasing_system_does_not_close_it() -> None:
    assert reading(notice(), result(dps_usage_lot=["dps-list"])).state.status == "open"


def test_a_new_call_after_a_result_is_open_again() -> None:
    relaunched = notice(publication_number="770000-2026", publication_date=["2026-11-02Z"])
    assert reading(notice(), result(), relaunched).state.status == "open"


def test_a_number_with_zeros_in_front_is_the_same_number() -> None:
    assert (state(publication_number="00700001-2026").url or "").endswith("/700001-2026")


def test_a_date_given_by_itself_is_read_as_in_a_list() -> None:
    assert state(publication_date="2026-10-20+02:00").opens_on == date(2026, 10, 20)


def test_a_deadline_too_far_to_be_true_is_set_aside() -> None:
    parsed = parse((notice(deadline_receipt_tender_date_lot=["2049-12-01Z"] * 2), numbered(1)), NOW)
    assert [one.reason for one in parsed.refused] == ["absurd_deadline"]
    assert len(parsed.readings) == 1


def test_many_lots_are_counted_and_the_text_stays_short() -> None:
    count = 400
    read = state(
        identifier_lot=[f"LOT-{number:04d}" for number in range(count)],
        title_lot={"fra": [f"Tronçon {number}" for number in range(count)]},
        description_lot={"fra": ["Long. " * 300] * count},
        deadline_receipt_tender_date_lot=["2026-12-01Z"] * count,
        deadline_receipt_tender_time_lot=["12:00:00Z"] * count,
        estimated_value_lot=None,
    )
    assert len(read.text) <= 16_000
    assert len(read.deadlines) == 1
