"""The samples are whole, and everything in them is said to be one."""

from collections import Counter

from services.ingest.reference import gazetteer
from services.ingest.samples import SAMPLE_ORGANISATION_IDS, sample_opportunities, sample_organisations
from tests.unit.ingest.rows import NOW


def test_a_dozen_opportunities_of_all_kinds_in_both_languages() -> None:
    states = [sample.as_opportunity(NOW) for sample in sample_opportunities()]
    assert len({state.id for state in states}) == 12
    assert set(Counter(state.kind for state in states)) == {"call", "tender", "partnership", "mobility"}
    assert {state.language for state in states} == {"fr", "en"}
    assert all(state.is_sample and state.deadlines[0] > NOW for state in states)


def test_eight_organisations_with_the_agreed_ids_and_real_places() -> None:
    organisations = sample_organisations()
    assert tuple(one.id for one in organisations) == SAMPLE_ORGANISATION_IDS
    assert {one.kind for one in organisations} == {"business", "commune", "association", "school"}
    assert all(one.is_sample and gazetteer("35").with_insee(one.insee or "") for one in organisations)
