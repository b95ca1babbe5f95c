"""The directory of companies over real HTTP: what it answers, its pace, its Retry-After, and when it lies."""

import asyncio
import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from urllib3.util import parse_url

from services.ingest.directory import PATIENCE_S, Directory
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import Limits, SourceFailed
from services.ingest.sources.manners import Manners
from shared.bus import REQUEST_TIMEOUT_S
from tests.adapters.ingest.portal import streamed
from tests.adapters.ingest.sites import NOW, Page, Site, running_site
from tests.unit.ingest.company_answers import RESULT, SIREN, SIRET, answer, result

QUICK = Limits(request_s=2, tries=2, first_wait_s=0.01, longest_wait_s=120, body_bytes=2_000_000)


def json_page(value: Any, **more: Any) -> Page:
    return Page(json.dumps(value).encode(), **{"kind": "application/json", **more})


def directory_of(site: Site, **more: Any) -> Directory:
    settings = IngestSettings(directory_url=f"http://127.0.0.1:{site.port}")
    return Directory(settings, lambda: NOW, **{"limits": QUICK, **more})


@pytest.fixture
def site() -> Iterator[Site]:
    """The stand-in: it answers like the directory, which knows one company."""

    def respond(_host: str, target: str) -> Page:
        url = parse_url(target)
        asked = dict(part.split("=") for part in (url.query or "").split("&"))
        if url.path != "/search" or "q" not in asked:
            return json_page({"erreur": "Veuillez indiquer au moins un paramètre de recherche."}, status=400)
        return json_page(answer(*([RESULT] if asked["q"] in (SIREN, SIRET) else [])))

    with running_site(respond) as running:
        yield running


async def test_a_company_is_found_by_either_number(site: Site) -> None:
    directory = directory_of(site)
    for number in (SIREN, SIRET):
        found = await directory.company(number)
        assert found is not None
        assert (found.name, found.size, found.insee) == ("LAITERIE DES ESSAIS", "small", "35238")
    assert site.paths == [f"/search?q={number}&page=1&per_page=1" for number in (SIREN, SIRET)]
    assert "Passerelle" in site.agents[0]
    assert "contact@passerelle.example" in site.agents[0]


async def test_a_number_it_does_not_have_is_no_failure(site: Site) -> None:
    assert await directory_of(site).company("900000019") is None


async def test_it_is_asked_at_most_five_times_a_second(site: Site) -> None:
    moments: list[float] = []
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    manners = Manners(per_s=5.0, monotonic=lambda: now[0])
    directory = directory_of(site, manners=manners)
    for _ in range(12):
        await manners.turn("127.0.0.1", sleep)
        moments.append(now[0])
    assert all(later - earlier >= 0.19999 for earlier, later in itertools.pairwise(moments))
    assert Directory(directory.settings, directory.clock).manners.per_s <= 7


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured_by_asking_nothing_before(status: int) -> None:
    def respond(_host: str, _target: str) -> Page:
        return Page(b"", "text/plain", status, {"Retry-After": "30"})

    with running_site(respond) as site:
        now = [1000.0]
        manners = Manners(per_s=5.0, monotonic=lambda: now[0])
        directory = directory_of(site, manners=manners, patience_s=0.2)
        for _ in range(3):
            with pytest.raises(SourceFailed):
                await directory.company(SIREN)
            now[0] += 5
        assert len(site.asked) == 1
        now[0] += 20
        with pytest.raises(SourceFailed):
            await directory.company(SIREN)
        assert len(site.asked) == 2


BROKEN: list[tuple[str, Page]] = [
    ("html with status 200", Page.html("<h1>Maintenance</h1>")),
    ("html as json", Page(b"<h1>Maintenance</h1>", "application/json")),
    ("empty", Page(b"", "application/json")),
    ("truncated", Page(json.dumps(answer(RESULT)).encode()[:300], "application/json")),
    ("no type", Page(json.dumps(answer(RESULT)).encode(), "")),
    ("another charset", Page(json.dumps(answer(RESULT), ensure_ascii=False).encode("utf-16"), "application/json")),
    ("latin-1", Page('{"results": [{"siren": "é"}]}'.encode("latin-1"), "application/json")),
    ("nul", Page(b"\x00" * 100, "application/json")),
    ("deep", Page(b"[" * 100_000 + b"]" * 100_000, "application/json")),
    ("huge", Page(b" " * 3_000_000, "application/json")),
    ("brotli", json_page(answer(RESULT), headers={"Content-Encoding": "br"})),
    ("not gzip", json_page(answer(RESULT), headers={"Content-Encoding": "gzip"})),
    ("null", json_page(None)),
    ("a list", json_page([RESULT])),
    ("wrong envelope", json_page({"data": [RESULT]})),
    ("results as text", json_page({"results": "x"})),
    ("rows that are none", json_page(answer(None, 7, "x"))),
    ("rows without number", json_page(answer({"nom_complet": "X"}))),
    ("an error", json_page({"erreur": "x"}, status=400)),
    ("forbidden", json_page({}, status=403)),
    ("gone", json_page({}, status=410)),
    ("moved", Page.redirect("http://127.0.0.1:1/")),
    ("broken", json_page({}, status=500)),
    ("teapot", json_page({}, status=418)),
]


@pytest.mark.parametrize("page", [page for _, page in BROKEN], ids=[name for name, _ in BROKEN])
async def test_a_broken_answer_is_a_sentence(page: Page) -> None:
    with running_site(lambda _host, _target: page) as site, pytest.raises(SourceFailed) as failed:
        await directory_of(site).company(SIREN)
    assert len(str(failed.value)) > 10


async def test_a_mark_at_the_beginning_or_a_nan_spoils_nothing() -> None:
    whole = json.dumps(answer(result(seat__latitude=math.nan))).encode()
    with running_site(lambda _host, _target: Page(b"\xef\xbb\xbf" + whole, "application/json")) as site:
        found = await directory_of(site).company(SIREN)
    assert found is not None
    assert found.name == "LAITERIE DES ESSAIS"


async def test_a_directory_that_cannot_be_reached_is_a_sentence(free_port: int) -> None:
    with pytest.raises(SourceFailed):
        await directory_of(Site(free_port)).company(SIREN)


async def test_a_directory_that_never_answers_is_given_up_before_the_bus_does() -> None:
    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200)

    assert PATIENCE_S < REQUEST_TIMEOUT_S
    with pytest.raises(SourceFailed, match="in time"):
        await directory_of(Site(1), transport=httpx.MockTransport(never), patience_s=0.1).company(SIREN)


async def test_fields_in_another_shape_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer(result(activite_principale=7)))

    found = await directory_of(Site(1), transport=streamed(respond)).company(SIREN)
    assert found is not None
    assert [record.__dict__["fields"] for record in caplog.records if "another shape" in record.message] == [
        ["activite_principale"]
    ]


# --- against the specification ---


def specification(recordings: Path) -> dict[str, Any]:
    text = (recordings / "companies" / "recherche-entreprises-open-api.yml").read_text(encoding="utf-8")
    return dict(_nullable(yaml.safe_load(text)))


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a list of types."""
    if isinstance(node, list):
        return [_nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: _nullable(value) for name, value in node.items()}
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


@pytest.mark.recordings
def test_the_stand_in_answers_as_the_specification_says(recordings: Path) -> None:
    spec = specification(recordings)
    schema = {"$ref": "#/components/schemas/payload", "components": spec["components"]}
    # Their `oneOf` of leaders has no two shapes that exclude each other.
    in_their_shape = answer(result(complements__collectivite_territoriale={"code": "35"}, dirigeants=[]))
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(in_their_shape)]
    assert [one for one in errors if "None is not of type" not in one] == []
    known = spec["components"]["schemas"]
    assert set(RESULT) <= set(known["result"]["properties"])
    assert set(RESULT["siege"]) <= set(known["siege"]["properties"])
    assert set(RESULT["matching_etablissements"][0]) <= set(known["etablissement"]["properties"])
    assert set(RESULT["complements"]) <= set(known["result"]["properties"]["complements"]["properties"])


@pytest.mark.recordings
def test_every_field_we_read_is_in_the_specification_with_the_type_we_expect(recordings: Path) -> None:
    known = specification(recordings)["components"]["schemas"]
    of_result, of_place = known["result"]["properties"], known["etablissement"]["properties"]
    texts = ("siren", "nom_complet", "nom_raison_sociale", "activite_principale", "tranche_effectif_salarie")
    for name in (*texts, "categorie_entreprise", "nature_juridique", "etat_administratif", "statut_diffusion"):
        assert of_result[name]["type"] == "string", name
    for name in ("siret", "adresse", "commune", "etat_administratif", "statut_diffusion_etablissement"):
        assert of_place[name]["type"] == "string", name
        assert name in known["siege"]["properties"] or name == "statut_diffusion_etablissement"
    flags = of_result["complements"]["properties"]
    assert flags["est_entrepreneur_individuel"]["type"] == flags["est_uai"]["type"] == "boolean"
    assert of_result["matching_etablissements"]["type"] == "array"
    assert "7 requêtes par seconde" in (recordings / "companies" / "recherche-entreprises-open-api.yml").read_text()
