"""What the portal tells beside its rows: French texts, details of poor topics, lots of tenders; and 60 broken rows."""

import json
from typing import Any

import httpx
import pytest

from services.ingest.sources.eu_portal import source
from services.ingest.sources.eu_portal_tenders import as_written, euros_of
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.portal import PortalInMemory, page
from tests.unit.ingest.rows import numbered, row

FRENCH = (
    '<p class="topicdescriptionkind">Scope:</p><p>Les laiteries récupèrent la chaleur de leurs installations '
    "et la partagent avec les communes de leur territoire pour le chauffage des écoles.</p>"
)
DETAILS = "/topicDetails/"
LOTS = json.dumps(
    {
        "procurementProjectLots": [
            {
                "procurementProject": {"description": "Study of heat networks"},
                "tenderingTerms": {
                    "tenderingProcess": {"tenderSubmissionDeadlinePeriod": {"endDate": "2027-05-04T12:00:00.000+02:00"}}
                },
            },
            {"procurementProject": "odd", "tenderingTerms": None},
            7,
        ]
    }
)


def asks_for_french(request: httpx.Request) -> bool:
    return b'["fr"]' in request.content


async def harvested(ingest: Ingest, portal: PortalInMemory) -> dict[str, Any]:
    """The states told, by id."""
    summary = await ingest.harvester(transport=portal.transport).harvest(source)
    assert summary.problem is None
    return {fact["opportunity"]["id"]: fact["opportunity"] for fact in await ingest.told() if "opportunity" in fact}


async def test_french_texts_are_kept_beside_the_english_when_they_are_french(ingest: Ingest) -> None:
    def answer(request: httpx.Request, _call: int) -> httpx.Response | None:
        if not asks_for_french(request):
            return None
        rows = [
            row(title="Récupération de la chaleur dans les petites laiteries et les communes", descriptionByte=FRENCH),
            numbered(1),  # tagged French, in English
        ]
        return page(rows, total=2)

    portal = PortalInMemory([row(), numbered(1)], before=answer)
    told = await harvested(ingest, portal)
    assert told["eu-demo-2027-heat-01"]["title"] == "Heat recovery in small dairies"
    assert told["eu-demo-2027-heat-01"]["title_fr"].startswith("Récupération de la chaleur")
    assert told["eu-demo-2027-heat-01"]["text_fr"].startswith("Les laiteries")
    assert (told["eu-demo-2027-n-001"]["title_fr"], told["eu-demo-2027-n-001"]["text_fr"]) == (None, None)
    asked = len(portal.asked)
    again = await ingest.harvester(transport=portal.transport).harvest(source)
    assert again.counts == {"unchanged": 2}
    assert len(portal.asked) == asked + 1  # nothing is new: no French is asked for


async def test_without_the_french_the_harvest_is_complete_and_what_was_known_stays(ingest: Ingest) -> None:
    rows = [row()]
    works = True

    def answer(request: httpx.Request, _call: int) -> httpx.Response | None:
        if not asks_for_french(request):
            return None
        return page([row(descriptionByte=FRENCH)], total=1) if works else httpx.Response(503)

    portal = PortalInMemory(rows, before=answer)
    await harvested(ingest, portal)
    works, portal.rows = False, [row(deadlineDate="2027-05-08T00:00:00.000+0000")]
    told = await harvested(ingest, portal)
    assert told["eu-demo-2027-heat-01"]["version"] == 2
    assert told["eu-demo-2027-heat-01"]["text_fr"].startswith("Les laiteries")


async def test_a_topic_that_describes_nothing_is_completed_from_its_details(ingest: Ingest) -> None:
    details = {
        "description": "<p>Objective: heat for all.</p>",
        "conditions": "<p>General annexes</p>",
        "keywords": ["Heat"],
    }
    asked: list[str] = []

    def answer(request: httpx.Request, _call: int) -> httpx.Response | None:
        if DETAILS not in request.url.path:
            return None
        asked.append(request.url.path.rsplit("/", 1)[1])
        return httpx.Response(200, json={"TopicDetails": details})

    poor = row(descriptionByte=None, keywords=None)
    told = await harvested(ingest, DetailedPortal([poor, numbered(1)], before=answer))
    assert asked == ["demo-2027-heat-01.json"]
    state = told["eu-demo-2027-heat-01"]
    assert (state["text"], state["keywords"]) == ("Objective: heat for all.", ["Heat"])
    assert "annexes" not in json.dumps(state)


class DetailedPortal(PortalInMemory):
    """Details are asked for by GET, without a query."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            given = self.before(request, 0) if self.before else None
            return given or httpx.Response(404, html="<h1>Not found</h1>")
        return super().answer(request)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(404, html="<h1>Not found</h1>"),
        lambda: httpx.Response(500),
        lambda: httpx.Response(200, html="<h1>maintenance</h1>"),
        lambda: httpx.Response(200, json=[]),
        lambda: httpx.Response(200, json={"TopicDetails": None}),
        lambda: httpx.Response(
            200, json={"TopicDetails": {"description": 7, "keywords": "x", "budgetOverviewJSONItem": []}}
        ),
        lambda: httpx.Response(200, content=b'{"TopicDetails":', headers={"Content-Type": "application/json"}),
    ],
)
async def test_details_that_cannot_be_had_lose_nothing(ingest: Ingest, answer: Any) -> None:
    def details(request: httpx.Request, _call: int) -> httpx.Response | None:
        return answer() if DETAILS in request.url.path else None

    poor = [numbered(number, descriptionByte=None) for number in range(6)]
    told = await harvested(ingest, DetailedPortal(poor, before=details))
    assert len(told) == 6


async def test_a_tender_has_its_lots_its_value_and_its_reference(ingest: Ingest) -> None:
    tender = row(
        "abcCFTen", type="0", identifier="EC-ENER/2027/OP/0001", descriptionByte=None, deadlineDate=None, lots=LOTS,
        cftEstimatedTotalProcedureValue="460000.00 EUR", budgetOverview=None, title="Study of heat networks in Europe",
    )  # fmt: skip
    told = await harvested(ingest, PortalInMemory([tender, numbered(1)]))
    state = next(state for state in told.values() if state["kind"] == "tender")
    assert state["deadlines"] == ["2027-05-04T10:00:00Z"]
    assert (state["budget_max"], state["text"]) == (460_000, "Study of heat networks")


async def test_what_is_keyed_on_its_reference_is_asked_about_by_it(ingest: Ingest) -> None:
    cascades = [
        row(f"700000{n}COMPETITIVE_CALLen", type="8", title=f"Open call {n}", identifier="HUB-2027") for n in range(8)
    ]
    for one in cascades:
        one["metadata"]["REFERENCE"] = [one["reference"]]
    await harvested(ingest, PortalInMemory(cascades))
    closed = {**cascades[3], "metadata": {**cascades[3]["metadata"], "status": ["31094503"]}}
    portal = PortalInMemory([*cascades[:3], closed, *cascades[4:]])
    await ingest.harvester(transport=portal.transport).harvest(source)
    told = [fact for fact in await ingest.told() if fact["subject"] == "opportunity.closed"]
    assert [(fact["opportunity_id"], fact["reason"]) for fact in told] == [
        (told[0]["opportunity_id"], "closed_by_source")
    ]
    assert {"terms": {"REFERENCE": ["7000003COMPETITIVE_CALLen"]}} in portal.asked[-1]["query"]["bool"]["must"]


@pytest.mark.parametrize(
    ("written", "euros"),
    [("460000 EUR", 460_000), ("350000.00 EUR", 350_000), ("1 250 000,50 €", 1_250_000), ("90 USD", None), ("", None),
     ("EUR", None), ("9" * 40 + " EUR", None)],
)  # fmt: skip
def test_an_amount_of_a_tender_counts_in_euros_only(written: str, euros: int | None) -> None:
    assert euros_of(written) == euros


@pytest.mark.parametrize(
    ("written", "read"),
    [("04-05-2027", "2027-05-04"), ("2027-05-04T12:00:00.000+02:00", "2027-05-04T12:00:00.000+0200"),
     ("2027-05-04T12:00:00", "2027-05-04T12:00:00+0000"), ("soon", "soon")],
)  # fmt: skip
def test_the_dates_of_lots_are_written_in_several_ways(written: str, read: str) -> None:
    assert as_written(written) == read


FIELDS = ("identifier", "title", "type", "status", "deadlineDate", "startDate", "budgetOverview", "keywords", "lots")
ODD: tuple[Any, ...] = (
    None,
    [],
    [None],
    [""],
    ["\x00"],
    [7],
    [True],
    [[]],
    [{}],
    ["\ud800"],
    ["9" * 100_000],
    {"a": 1},
    "x",
)
BROKEN = [
    *({"reference": "1TOPICSen", "metadata": {**row()["metadata"], name: odd}} for name in FIELDS for odd in ODD),
    None, 7, "x", [], {}, {"metadata": None}, {"metadata": []}, {"reference": None, "metadata": {}},
    {"reference": "2TOPICSen", "metadata": {"descriptionByte": ["<div>" * 3_000]}},
]  # fmt: skip


async def test_more_than_sixty_broken_rows_harm_no_other_and_close_nothing(ingest: Ingest) -> None:
    assert len(BROKEN) >= 60
    sound = [numbered(number) for number in range(20)]
    await harvested(ingest, PortalInMemory(sound))
    known = set(await ingest.store.live_ids())
    for start in range(0, len(BROKEN), 10):
        rows = [*BROKEN[start : start + 10], *sound]

        def broken(request: httpx.Request, _call: int, rows: Any = rows) -> httpx.Response | None:
            return None if asks_for_french(request) else page_of(rows)

        summary = await ingest.harvester(transport=PortalInMemory([], before=broken).transport).harvest(source)
        accounted = sum(summary.counts.values())
        assert accounted == len(rows), (summary.counts, summary.problem)
        assert known <= set(await ingest.store.live_ids())
    assert (await ingest.told_by_subject()).get("opportunity.closed") is None


def page_of(rows: Any) -> httpx.Response:
    body = json.dumps({"totalResults": len(rows), "pageNumber": 1, "pageSize": 100, "results": rows})
    return httpx.Response(
        200, content=body.encode("utf-8", "surrogatepass"), headers={"Content-Type": "application/json"}
    )
