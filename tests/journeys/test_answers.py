"""From the links of a mail to everybody who hears of the answer, through the real processes."""

import re
import sqlite3
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from icalendar import Calendar

from tests.journeys.product import Product, body_of, eventually
from tests.journeys.told import opportunities_in


def links_in(text: str, path: str) -> list[str]:
    return re.findall(rf"https?://[^\s<>\"]+/{path}[^\s<>\"]*", text)


def press(client: httpx.Client, link: str) -> httpx.Response:
    """Open a link and press the first button of its page, as a person does."""
    page = client.get(link)
    assert page.status_code == 200, page.text
    form = page.text.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    fields = {
        name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    }
    return client.post(str(page.url).partition("?")[0], data=fields)


def standing(product: Product, opportunity_id: str, profile_id: str) -> tuple[int, str | None]:
    """Whether the portal's lists have the pair, and which gate refused it."""
    with sqlite3.connect(f"file:{product.home}/portal.sqlite?mode=ro", uri=True) as database:
        query = "SELECT matched, refused_by FROM matches WHERE opportunity_id = ? AND profile_id = ?"
        found: tuple[int, str | None] = database.execute(query, (opportunity_id, profile_id)).fetchone()
    return found


def muted(product: Product) -> list[str]:
    with sqlite3.connect(f"file:{product.home}/notifier.sqlite?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT opportunity_id FROM mutes")]


def last_judged(product: Product) -> tuple[str, str]:
    with sqlite3.connect(f"file:{product.home}/portal.sqlite?mode=ro", uri=True) as database:
        query = "SELECT opportunity_id, organisation_id FROM answers ORDER BY answered_at DESC LIMIT 1"
        found: tuple[str, str] = database.execute(query).fetchone()
    return found


def test_an_answer_from_a_mail_is_heard_by_everybody_and_can_be_changed(tmp_path: Path) -> None:
    product = Product(tmp_path / "home")
    product.up()
    mail = product.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to="laiterie.example")
    links = links_in(body_of(mail), "answer")
    refusal = next(link for link in links if parse_qs(urlsplit(link).query)["verdict"] == ["not_for_us"])
    with httpx.Client(headers={"Accept-Language": "fr"}) as client:
        assert "C’est noté" in press(client, refusal).text
        pair = last_judged(product)
        eventually(lambda: standing(product, *pair) == (0, "judged"), within_s=20)
        eventually(lambda: muted(product) == [pair[0]], within_s=20)

        interest = refusal.replace("not_for_us", "interested")
        assert "vous rappelle" in press(client, interest).text
        eventually(lambda: standing(product, *pair) == (1, None), within_s=20)
        eventually(lambda: muted(product) == [], within_s=20)

        [calendar, *_] = links_in(body_of(mail, "html"), 'opportunities/[^\\s"]+/deadline.ics')
        [event, *_] = Calendar.from_ical(client.get(calendar).content).walk("VEVENT")
        assert str(event["STATUS"]) == "CONFIRMED"

        [leave, *_] = links_in(body_of(mail), "unsubscribe")
        assert "Désinscription enregistrée" in press(client, leave).text
    assert product.stop() == [0]
