"""Staff watch the mails, find a recipient who calls, read what was sent, and have a mail tried again."""

import re
from base64 import b64encode
from datetime import timedelta
from email.message import EmailMessage

import pytest

from services.portal.commands import add_staff
from services.portal.domain import mail_words
from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import DELIVERIES, PERSON, RECIPIENT, WHEN, Portal

EMAIL = "contact@laiterie.example"
FAILED = r.Delivery(
    message_id="m2", person_id=PERSON, kind="alert", status="failed", reason="uncertain", attempts=3, opportunities=1,
    planned_at=WHEN, reply="554 5.7.1 refused <script>", has_bytes=True,
)  # fmt: skip


def mail_bytes() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Un appel <b>pour</b> vous"
    mail.set_content("Le texte\nde l’alerte & la suite")
    return mail.as_bytes()


async def as_staff(portal: Portal, visitor: Browser) -> None:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def deeds(portal: Portal) -> list[tuple[str, str]]:
    return [(deed.action, deed.details) for deed in await portal.store.staff.latest_deeds()]


async def test_mails_are_shown_by_day_and_state_with_their_reason_in_words(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.get("/staff/deliveries")
    assert page.status_code == 200
    assert "/staff/deliveries/days.svg" in page.text
    assert "La réponse du serveur s’est perdue deux fois" in page.text
    assert "Revenu : non remis" in page.text
    assert "554 5.7.1 our policy" in page.text
    assert "Perdues de vue" in page.text


async def test_the_plot_has_its_legend_and_no_script_and_is_for_staff_only(furnished: Portal, visitor: Browser) -> None:
    assert (await visitor.get("/staff/deliveries/days.svg")).status_code in (303, 401, 403)
    await as_staff(furnished, visitor)
    drawn = await visitor.get("/staff/deliveries/days.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "en échec" in drawn.text
    assert "<script" not in drawn.text


async def test_a_list_is_narrowed_and_its_links_keep_what_was_chosen(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.get("/staff/deliveries?status=failed&kind=alert&day=2026-11-01&page=2")
    asked = furnished.bus.last(r.AskDeliveries)
    assert (asked.status, asked.kind, asked.day.isoformat(), asked.offset) == ("failed", "alert", "2026-11-01", 50)
    assert "/staff/deliveries?status=sent&amp;kind=alert&amp;day=2026-11-01&amp;" in page.text
    await visitor.get("/staff/deliveries?status=x%27&kind=nothing&day=demain")
    asked = furnished.bus.last(r.AskDeliveries)
    assert (asked.status, asked.kind, asked.day) == (None, None, None)


async def test_what_became_of_nothing_is_an_alert(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.AskReconciliation] = r.Reconciliation(found=3, told=1, unaccounted=2)
    page = (await visitor.get("/staff/deliveries")).text
    assert "2 correspondances n’ont été ni annoncées" in page
    furnished.bus.away.add(r.AskReconciliation)
    slow = await visitor.get("/staff/deliveries")
    assert slow.status_code == 200
    assert "n’a pas répondu à temps" in slow.text


async def test_a_domain_is_written_to_again_and_it_is_logged(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    done = await visitor.post("/staff/deliveries/release", {"domain": "laiterie.example"})
    assert done.headers["location"] == "/staff/deliveries?done=released"
    assert furnished.bus.last(r.ReleaseDomain).domain == "laiterie.example"
    assert (await deeds(furnished))[0] == ("released a domain", "laiterie.example")
    furnished.bus.answers[r.ReleaseDomain] = r.Reply(refused="unknown")
    refused = await visitor.post("/staff/deliveries/release", {"domain": "ailleurs.example"})
    assert (refused.status_code, "n’est pas en pause" in refused.text) == (422, True)
    assert len(await deeds(furnished)) == 2


async def test_a_failed_mail_is_sent_again_and_any_refusal_is_a_sentence(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.AskDeliveries] = r.Deliveries(deliveries=(FAILED,))
    page = await visitor.get("/staff/deliveries/m2")
    assert 'action="/staff/deliveries/m2/replay"' in page.text
    assert "554 5.7.1 refused &lt;script&gt;" in page.text
    assert (await visitor.post("/staff/deliveries/m2/replay")).headers[
        "location"
    ] == "/staff/deliveries/m2?done=replayed"
    assert (await deeds(furnished))[0] == ("replayed a mail", "m2")
    for code in ("unknown", "not_failed", "not_wanted", "too_old"):
        furnished.bus.answers[r.ReplayMail] = r.Reply(refused=code)
        refused = await visitor.post("/staff/deliveries/m2/replay")
        assert refused.status_code == 422
        assert mail_words.REFUSED[code].partition(" :")[0] in refused.text


async def test_a_mail_that_left_cannot_be_sent_again(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    assert "/replay" not in (await visitor.get("/staff/deliveries/m1")).text
    assert furnished.bus.last(r.AskDeliveries).message_id == "m1"
    furnished.bus.answers[r.AskDeliveries] = r.Deliveries()
    assert (await visitor.get("/staff/deliveries/m1")).status_code == 404


async def test_the_bytes_are_a_file_to_keep_and_each_look_is_logged(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    content = mail_bytes()
    furnished.bus.answers[r.AskMailBytes] = r.MailBytes(content=b64encode(content).decode())
    answer = await visitor.get("/staff/deliveries/m1/mail.eml")
    assert answer.content == content
    assert answer.headers["content-disposition"] == 'attachment; filename="m1.eml"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = await visitor.get("/staff/deliveries/m1/text")
    assert "Un appel &lt;b&gt;pour&lt;/b&gt; vous" in text.text
    assert "de l’alerte &amp; la suite" in text.text
    assert [deed for deed in await deeds(furnished) if deed[0] == "read a mail"] == [("read a mail", "m1")] * 2


async def test_forgotten_bytes_are_a_sentence_and_nothing_is_logged(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.AskMailBytes] = r.MailBytes(refused="forgotten")
    for path in ("mail.eml", "text"):
        answer = await visitor.get(f"/staff/deliveries/m1/{path}")
        assert answer.status_code == 404
        assert "n’est plus gardé" in answer.text
    assert "read a mail" not in dict(await deeds(furnished))


async def test_a_recipient_is_found_by_an_address_that_no_page_address_or_log_holds(
    furnished: Portal, visitor: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await as_staff(furnished, visitor)
    found = await visitor.post("/staff/recipients", {"email": f" {EMAIL} "})
    assert furnished.bus.last(r.AskRecipient) == r.AskRecipient(email=EMAIL)
    assert found.headers["location"] == f"/staff/recipients/{PERSON}"
    assert (await deeds(furnished))[0] == ("looked a recipient up", PERSON)
    assert EMAIL not in caplog.text
    page = await visitor.get(f"/staff/recipients/{PERSON}")
    assert furnished.bus.last(r.AskRecipient) == r.AskRecipient(person_id=PERSON)
    for words in ("c•••••@laiterie.example", "Algues du Large", "a confirmé son adresse", "5.1.1", "actif"):
        assert words in page.text


async def test_an_unknown_address_is_told_beside_its_field_with_why_it_is_not_written_to(
    furnished: Portal, visitor: Browser
) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.AskRecipient] = r.RecipientHistory(refused="unknown", suppressed="erased")
    page = await visitor.post("/staff/recipients", {"email": EMAIL})
    assert page.status_code == 422
    assert "la personne a fait effacer ses données" in page.text
    assert re.search(r'id="email-problem">Aucun destinataire', page.text)
    assert f'value="{EMAIL}"' in page.text
    assert (await visitor.get("/staff/recipients/nobody")).status_code == 404


async def test_an_absent_notifier_is_a_sentence(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away |= {
        r.AskDeliveries, r.AskRecipient, r.AskMailBytes, r.AskReconciliation, r.ReplayMail, r.ReleaseDomain,
    }  # fmt: skip
    for path in ("/staff/deliveries", "/staff/deliveries/m1", "/staff/deliveries/m1/text",
                 "/staff/deliveries/m1/mail.eml", f"/staff/recipients/{PERSON}"):  # fmt: skip
        page = await visitor.get(path)
        assert (page.status_code, "interrompu" in page.text or "ne répond pas" in page.text) == (503, True), path
    for path, typed in (("release", {"domain": "x.example"}), ("m2/replay", {})):
        assert (await visitor.post(f"/staff/deliveries/{path}", typed)).status_code == 503
    found = await visitor.post("/staff/recipients", {"email": EMAIL})
    assert (found.status_code, f'value="{EMAIL}"' in found.text) == (503, True)


def test_the_samples_show_every_part_of_the_pages() -> None:
    assert DELIVERIES.paused
    assert DELIVERIES.days[-1].day == (WHEN + timedelta(days=1)).date()
    assert RECIPIENT.returns
