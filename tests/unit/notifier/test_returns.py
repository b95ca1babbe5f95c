"""Returned mails read: what they mean, which mail they are about, and that nothing in them makes us stumble."""

import tracemalloc
from email.message import EmailMessage
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.returns import Returned, read_return, seen_of
from services.notifier.domain.tokens import envelope_sender, message_returned
from tests.unit.notifier.returned_mails import (
    ID,
    MAIL_FROM,
    RECIPIENT,
    RETURNS_TO,
    SECRET,
    Sample,
    complaint,
    original,
    plain,
    report,
    samples,
    verp,
)

SAMPLES = tuple(samples())


def read(content: bytes) -> Returned:
    return read_return(content, secret=SECRET, returns_to=RETURNS_TO, mail_from=MAIL_FROM)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_returned_mail_means_what_its_reporter_means(sample: Sample) -> None:
    assert read(sample.content).kind == sample.kind


def test_each_sample_is_about_the_mail_whose_token_it_bears() -> None:
    assert {read(sample.content).message_id for sample in SAMPLES} == {ID}
    assert len(SAMPLES) >= 90


def test_a_token_is_read_back_in_any_case_and_no_other_is() -> None:
    address = envelope_sender(SECRET, ID, RETURNS_TO)
    assert message_returned(SECRET, address) == message_returned(SECRET, f"<{address.upper()}>") == ID
    assert message_returned(b"1" * 32, address) is None
    assert message_returned(SECRET, address.replace("5e1f", "5e1e")) is None
    assert message_returned(SECRET, RETURNS_TO) is None


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_token_nor_raises(text: str) -> None:
    assert message_returned(SECRET, text) is None


def test_a_report_names_status_reason_and_recipient_without_an_address_in_its_detail() -> None:
    found = read(
        report("5.1.1", f"smtp; 550 5.1.1 <{RECIPIENT}>: Recipient address rejected: User unknown " + "." * 900)
    )
    assert (found.status, found.recipients) == ("5.1.1", {RECIPIENT})
    assert RECIPIENT not in found.detail
    assert "x•••••@commune.example" in found.detail
    assert len(found.detail) == 300


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "To", "Envelope-To"])
def test_the_token_is_found_wherever_hosts_write_it(header: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "MAILER-DAEMON@relay.example", "failure notice"
    mail[header] = verp()
    mail.set_content("Remote host said: 550 5.1.1 User unknown")
    assert read(mail.as_bytes()).message_id == ID


def test_a_complaint_whose_addresses_were_removed_is_known_by_the_envelope_it_quotes() -> None:
    found = read(complaint(to="fbl@passerelle.example", mail_from=verp()))
    assert (found.kind, found.message_id) == ("complaint", ID)


def test_failing_a_token_the_mail_inside_claims_to_be_ours() -> None:
    found = read(report("5.1.1", to="postmaster@passerelle.example"))
    assert (found.message_id, found.claimed_id) == (None, ID)


def test_a_forged_token_is_believed_in_nothing() -> None:
    found = read(report("5.1.1", to=verp(secret=b"1" * 32)))
    assert (found.message_id, found.claimed_id) == (None, None)


def test_a_mail_that_reached_the_canary_is_known_and_an_answer_to_it_is_not() -> None:
    ours = original(to="canari@passerelle.example").as_bytes()
    assert seen_of(ours, mail_from=MAIL_FROM, canary="canari@passerelle.example") == ID
    assert seen_of(ours, mail_from=MAIL_FROM, canary="autre@passerelle.example") is None
    assert seen_of(plain("non"), mail_from=MAIL_FROM, canary="canari@passerelle.example") is None


def _nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    opened = "".join(f'Content-Type: {kind}; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(depth))
    return f"To: {verp()}\r\n{opened}Content-Type: text/plain\r\n\r\n550 5.1.1 user unknown".encode()


HOSTILE = {
    "empty": b"",
    "nul": b"\0" * 5000,
    "nested": _nested(200),
    "nested too deep": _nested(5000),
    "digests in digests": _nested(300, "multipart/digest"),
    "mails in mails": (b"Content-Type: message/rfc822\r\n\r\n" * 2000) + b"x",
    "wrong charset": plain("é").replace(b"utf-8", b"klingon-8"),
    "charset of controls": plain("é").replace(b'charset="utf-8"', b'charset="\x00\xff"'),
    "broken base64": b"To: x\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n=====\xff",
    "encoded words": b"Subject: =?utf-8?b?=?= =?x?q?=ff?= =?\xff\r\nFrom: =?a?z?b?=\r\n\r\n",
    "no boundary": b"Content-Type: multipart/report\r\n\r\n--\r\n",
    "report without fields": b"Content-Type: message/delivery-status\r\n\r\n\r\n\r\n\r\n",
    "report in text": b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type",
    "bad parameters": b"Content-Type: multipart/report; boundary*0*=utf-8''%ff; boundary*x=\r\n\r\n--\r\n",
    "dashes": b"From: MAILER-DAEMON\r\nSubject: failure\r\n\r\n" + b"-" * 500_000,
    "angles": b"From: MAILER-DAEMON\r\nContent-Type: text/html\r\n\r\n" + b"<" * 500_000,
    "ats": b"From: MAILER-DAEMON\r\nSubject: failure\r\n\r\n" + b"a@" * 250_000,
    "spaces": b"From: MAILER-DAEMON\r\nSubject: failure\r\n\r\n550 " + b" \n" * 250_000,
    "many parts": b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nuser unknown\r\n" * 30_000,
    "many headers": b"To: a@b.example\r\n" * 30_000,
    "10 MB": b"From: MAILER-DAEMON\r\nSubject: failure\r\n\r\n" + b"user unknown\r\n" * 750_000,
    "surrogates": "From: MAILER-DAEMON\r\nTo: \udcff\r\n\r\n\udcff".encode("utf-8", "surrogateescape"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mails_raise_nothing_and_end_nobody(content: bytes) -> None:
    found = read(content)
    assert "\0" not in found.detail
    assert len(found.detail) <= 300
    assert found.message_id in {None, ID}
    assert not (found.kind == "bounced" and found.message_id)


def test_a_mail_of_10_mb_costs_little_memory() -> None:
    content = HOSTILE["10 MB"].replace(b"MAILER-DAEMON", b"shop").replace(b"failure", b"offer")
    tracemalloc.start()
    read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_reports_with_bytes_changed_at_random_raise_nothing_and_are_never_another_mail() -> None:
    chance = Random(5)  # noqa: S311
    for _ in range(600):
        content = bytearray(chance.choice(SAMPLES).content)
        for _change in range(chance.randint(1, 30)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        assert read(bytes(content)).message_id in {None, ID}
