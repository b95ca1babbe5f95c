"""Forms of others, sessions, second factor, headers, limits, the mailbox's door."""

import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage

import pyotp
import pytest
from sqlalchemy import select

from services.portal.commands import add_staff
from services.portal.tables import sessions
from services.portal.web.envelope import MAX_BODY_BYTES
from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, Portal


async def test_a_form_without_our_token_or_from_another_site_is_refused(portal: Portal, visitor: Browser) -> None:
    assert (await visitor.client.post("/sign-in", data={"email": "a@exemple.example"})).status_code == 403
    for origin in ("https://evil.example", "null"):
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        assert (await visitor.post("/sign-in", {"email": "a@exemple.example"}, headers=headers)).status_code == 403
    assert portal.bus.asked == []


async def test_signing_in_by_code_opens_a_new_session(portal: Portal, visitor: Browser) -> None:
    visitor.client.cookies.set("session", "fixed-beforehand")
    sent = await visitor.post("/sign-in", {"email": "a@exemple.example", "next": "//evil.example"})
    assert sent.headers["location"] == "/sign-in/code"
    entered = await visitor.post("/sign-in/code", {"code": "123 456"})
    assert entered.headers["location"] == "/preferences"
    cookies = entered.headers["set-cookie"]
    assert "HttpOnly" in cookies
    assert "SameSite=Lax" in cookies
    assert "fixed-beforehand" not in cookies
    assert portal.bus.last(r.SignIn).browser == portal.bus.last(r.SendSignInLink).browser


async def test_a_link_opened_elsewhere_sends_back_to_the_code(portal: Portal, visitor: Browser) -> None:
    portal.bus.answers[r.SignIn] = r.SignedIn(refused="other_browser")
    assert "autre navigateur" in (await visitor.post("/sign-in/link", {"token": "t"})).text


async def test_sessions_are_stored_hashed_and_end(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    async with furnished.database.reading() as connection:
        stored = (await connection.execute(select(sessions.c.id_hash))).scalars().all()
    assert visitor.client.cookies["session"] not in stored
    furnished.clock.turn(days=8)
    assert (await visitor.get("/preferences")).status_code == 303


async def test_staff_enter_with_codes_that_work_once(furnished: Portal, visitor: Browser) -> None:
    enrolment = await add_staff(furnished.context, PERSON)
    await visitor.sign_in()
    assert (await visitor.get("/staff")).headers["location"] == "/staff/second-factor"
    code = pyotp.parse_uri(enrolment.otpauth_uri).at(furnished.clock())
    assert (await visitor.post("/staff/second-factor", {"code": code})).headers["location"] == "/staff"
    assert (await visitor.get("/staff")).status_code == 200
    assert (await visitor.post("/staff/second-factor", {"code": code})).status_code == 422
    recovery = enrolment.recovery_codes[0]
    assert (await visitor.post("/staff/second-factor", {"code": recovery})).status_code == 303
    assert (await visitor.post("/staff/second-factor", {"code": recovery})).status_code == 422
    furnished.clock.turn(hours=9)
    assert (await visitor.get("/staff")).status_code == 303


async def test_every_answer_is_dressed(portal: Portal, visitor: Browser) -> None:
    for path in ("/", "/nowhere", "/confirm?token=t"):
        headers = (await visitor.get(path)).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_no_page_holds_an_inline_script_or_style(furnished: Portal, visitor: Browser) -> None:
    for path in ("/", "/declare", "/opportunities", "/opportunities/eu-algues"):
        page = (await visitor.get(path)).text
        assert "<script" not in page
        assert " style=" not in page


async def test_too_much_is_refused_in_words(visitor: Browser) -> None:
    assert (await visitor.post("/sign-in", {"email": "a" * MAX_BODY_BYTES})).status_code in (400, 413)


async def test_cookies_bear_the_host_prefix_by_https(furnished: Portal) -> None:
    common = {"base_url": "https://passerelle.example"}
    secure = Portal(furnished.database, furnished.context.common.home, furnished.clock, **common)
    cookie = (await Browser(secure).get("/declare")).headers["set-cookie"]
    assert cookie.startswith("__Host-browser=")
    assert "; Secure" in cookie


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 404)])
async def test_the_mailbox_opens_on_loopback_only(portal: Portal, address: str, status: int) -> None:
    assert (await Browser(portal, address).get("/boite")).status_code == status


async def test_a_spoofed_header_does_not_open_the_mailbox(portal: Portal) -> None:
    spoofed = Browser(portal, "192.0.2.7", **{"X-Forwarded-For": "127.0.0.1"})
    assert (await spoofed.get("/boite")).status_code == 404


async def test_the_mailbox_is_not_there_beside_a_real_relay(portal: Portal) -> None:
    home = portal.context.common.home
    beside = Portal(portal.database, home, portal.clock, smtp_url="smtp://relay.example:25")
    assert (await Browser(beside).get("/boite")).status_code == 404


async def test_a_mail_is_shown_with_links_and_its_html_apart(portal: Portal, visitor: Browser) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Bonjour <b>", "veille@passerelle.example", "a@exemple.example"
    mail["Date"] = datetime(2027, 1, 12, 16, tzinfo=UTC)
    mail.set_content("Lisez http://localhost:8000/confirm?token=t")
    mail.add_alternative("<p>Bonjour<script>alert(1)</script></p>", subtype="html")
    key = mailbox.Maildir(portal.context.common.home / "mailbox", create=True).add(mail.as_bytes())
    for path in ("/boite", f"/boite/{key}"):
        page = (await visitor.get(path)).text.replace("\N{NO-BREAK SPACE}", " ")
        assert "Bonjour &lt;b&gt;" in page
        assert "mardi 12 janvier 2027 à 17 h 00 (heure de Paris)" in page
    assert 'href="http://localhost:8000/confirm?token=t"' in (await visitor.get(f"/boite/{key}")).text
    html = await visitor.get(f"/boite/{key}/html")
    assert "sandbox" in html.headers["content-security-policy"]
    assert "default-src 'none'" in html.headers["content-security-policy"]


async def test_a_mistake_of_ours_is_a_page_in_words(
    portal: Portal, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("services.portal.store.opportunities.Opportunities.search", break_down)
    answer = await visitor.get("/opportunities")
    assert answer.status_code == 500
    assert "Une erreur est survenue" in answer.text
