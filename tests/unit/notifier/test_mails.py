"""The bytes of mails: safe with hostile texts, complete in both languages, small, the same each time."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.headers import MAX_SUBJECT, safe_subject
from services.notifier.domain.kinds import LANE_OF, MailKind
from services.notifier.mail.texts import FOLDER, TEMPLATES
from shared.events import Language
from tests.fuzz_mails import run
from tests.hostile_texts import CLASSES
from tests.unit.notifier.sample_mails import MESSAGE, ONE_CLICK, bytes_of, sample_mails

MAX_BYTES = 100_000
EVERY = [(name, language) for language in ("fr", "en") for name in sample_mails("fr")]


def composed(name: str, language: Language) -> bytes:
    kind, content = sample_mails(language)[name]
    return bytes_of(kind, language, content)


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def part(mail: EmailMessage, subtype: str) -> str:
    found = mail.get_body((subtype,))
    assert found is not None
    return str(found.get_content())


def test_no_text_of_somebody_else_injects_anything_or_raises() -> None:
    tried, failures = run(len(CLASSES) * 30, seed=11)
    assert set(tried) == set(CLASSES)
    assert failures == []


hostile = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="=?utf-8qb0da_\r\n:<>&\0\u202e\u2028 Bcc@.,é", max_size=200),
)


@settings(max_examples=400, deadline=None)
@given(hostile)
def test_a_subject_is_one_short_line_without_encoded_words(title: str) -> None:
    subject = safe_subject(title)
    assert len(subject) <= MAX_SUBJECT
    assert "=?" not in subject
    assert subject.isprintable() or all(char.isprintable() or char.isspace() for char in subject)


def test_every_kind_has_a_sample() -> None:
    assert {kind for kind, _ in sample_mails("fr").values()} == set(LANE_OF)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_mail_is_complete_and_small(name: str, language: Language) -> None:
    content = composed(name, language)
    mail = parsed(content)
    html, text = part(mail, "html"), part(mail, "plain")
    assert f'<html lang="{language}"' in html
    assert text.strip()
    assert mail["Subject"]
    assert "http://" not in text
    assert len(content) < MAX_BYTES
    assert mail["Message-ID"] == f"<{MESSAGE}@passerelle.example>"
    assert mail["Content-Language"] == language


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_headings_are_in_order_and_tables_are_for_layout(name: str, language: Language) -> None:
    html = part(parsed(composed(name, language)), "html")
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all('role="presentation"' in tag for tag in re.findall(r"<table[^>]*>", html))


@pytest.mark.parametrize("kind", list(LANE_OF))
def test_only_mail_that_one_subscribed_to_can_be_left_at_one_click(kind: MailKind) -> None:
    name = next(name for name, (of, _) in sample_mails("fr").items() if of == kind)
    mail = parsed(composed(name, "fr"))
    assert ("List-Unsubscribe" in mail) == (LANE_OF[kind] == "alert")
    assert ("/unsubscribe?token=" in part(mail, "plain")) == (LANE_OF[kind] == "alert")


def test_the_same_mail_has_the_same_bytes() -> None:
    assert composed("digest", "fr") == composed("digest", "fr")


def test_a_long_unsubscribe_link_stays_readable_in_the_head() -> None:
    head = composed("alert", "fr").split(b"\r\n\r\n")[0]
    assert f"List-Unsubscribe: <{ONE_CLICK}>".encode() in head


def test_every_kind_has_a_folder_with_its_three_templates() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir() and folder.name != "parts"}
    assert folders == set(LANE_OF)
    for folder in folders:
        names = {path.name for path in (TEMPLATES / folder).iterdir()}
        assert names == {"subject.txt", "body.txt", "body.mjml"}
    assert "add-an-email.md" in {path.name for path in (Path(FOLDER).parents[1] / "docs").iterdir()}
