"""Help with a declaration in the whole product: a number through a real directory, a website that leads inside."""

import json
import re
from pathlib import Path

import httpx

from tests.adapters.ingest.sites import Page, running_site
from tests.journeys.product import Product, eventually
from tests.unit.ingest.company_answers import RESULT, SIREN, answer


def form_of(browser: httpx.Client) -> dict[str, str]:
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', browser.get("/declare").text)
    assert token
    return {"csrf_token": token.group(1), "email": "laiterie@exemple.fr"}


def test_a_number_fills_the_form_and_an_inner_address_is_never_reached(tmp_path: Path) -> None:
    found = Page(json.dumps(answer(RESULT)).encode(), "application/json")
    with running_site(lambda _host, _target: found) as directory, running_site({}) as inside:
        product = Product(tmp_path / "home", environ={"DIRECTORY_URL": f"http://127.0.0.1:{directory.port}"})
        product.up()
        with httpx.Client(base_url=product.url, timeout=20) as browser:
            typed = form_of(browser)
            page = browser.post("/declare", data={**typed, "help": "company", "siren": SIREN})
            assert 'value="LAITERIE DES ESSAIS"' in page.text
            assert 'value="Rennes (35238)"' in page.text
            assert "PERSONNE" not in page.text
            assert directory.paths == [f"/search?q={SIREN}&page=1&per_page=1"]

            for website in (f"http://127.0.0.1:{inside.port}", "http://127.0.0.1", "localhost", "http://2130706433"):
                page = browser.post("/declare", data={**typed, "help": "website", "website": website})
                assert "site internet public" in page.text
            page = browser.post("/declare", data={**typed, "help": "website", "website": "inconnue.example"})
            frame = re.search(r'src="(/declare/draft/[0-9a-f]{32})"', page.text)
            assert frame
            path = frame.group(1)
            eventually(lambda: "n’a pas pu être lu" in browser.get(path).text, within_s=40, or_tell=product.log)
        assert inside.asked == []
        assert "PERSONNE" not in product.log()
        assert product.stop() == [0]
