"""The words and the bytes of mails: safe with hostile titles, complete in both languages, small."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifier.domain.headers import MAX_SUBJECT, safe_subject
from services.notifier.domain.kinds import LANE_OF, MailKind
from services.notifier.domain.news import Told
from services.notifier.mail.cards import card_of
from services.notifier.mail.compose import Head, compose
from services.notifier.mail.content import Content, LoginContent, NewsContent
from services.notifier.mail.texts import FOLDER, TEMPLATES, Written, write
from shared.events import Change, Language, OpportunityState, Term

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PUBLIC = "https://passerelle.example"


def told(title: str = "Cheese", **changes: object) -> Told:
    values = {
        "id": "eu-1",
        "version": 1,
        "kind": "call",
        "source": "eu-portal",
        "title": title,
        "status": "open",
        "deadline": NOW + timedelta(days=51, hours=7),
        "budget_max": 500_000,
        "programme": title,
    }
    return Told(
        kind="new",
        opportunity=OpportunityState.model_validate(values | changes),
        changes=(Change(field="deadline", before="2026-12-01", after="2026-12-23"),),
        score=0.8,
        terms=(Term(profile_word="fromage", opportunity_word=title[:40], share=0.5),),
        passage=title,
    )


def content_of(kind: MailKind, language: Language, title: str = "Cheese", organisation: str = "Laiterie") -> Content:
    if LANE_OF[kind] == "login":
        return LoginContent(
            PUBLIC, "Le département", f"{PUBLIC}/confirm?token=x", organisation, "daily", "012345", "9 h"
        )
    cards = card_of(told(title), language=language, timezone="Europe/Paris", now=NOW, public_url=PUBLIC)
    return NewsContent(PUBLIC, "Le département", organisation, "daily", (cards,), 2, f"{PUBLIC}/p", f"{PUBLIC}/u")


def bytes_of(kind: MailKind, language: Language, title: str = "Cheese", organisation: str = "Laiterie") -> bytes:
    head = Head(
        message_id="f" * 32,
        kind=kind,
        to="contact@laiterie.example",
        from_name="Passerelle",
        from_address="veille@passerelle.example",
        reply_to="contact@passerelle.example",
        planned_at=NOW,
        language=language,
        one_click_link=f"{PUBLIC}/unsubscribe/one-click?token={'x' * 120}" if LANE_OF[kind] == "alert" else None,
    )
    return compose(head, write(kind, language, content_of(kind, language, title, organisation)))


ALLOWED = {
    "from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "content-language", "feedback-id",
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type",
}  # fmt: skip

hostile = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="=?utf-8qb0da_\r\n:<>&\0\u202e\u2028 Bcc@.,é", max_size=200),
)


@settings(max_examples=150, deadline=None)
@given(title=hostile, organisation=hostile)
@example(title="=?utf-8?q?Appel=0d=0aBcc:x@y.example?=", organisation="=?utf-8?b?DQpCY2M6?=")
@example(title="A\r\nBcc: x@y.example\r\n\r\nbody", organisation="\u2028Bcc: x@y.example")
@example(title="{{ mail }} </mj-text><mj-image src='http://x'/> %(x)s %s", organisation="%d & <b>")
@example(title="=?=?utf-8?q?a?=?=", organisation="\ud800 \ufffe \x85")
def test_no_title_injects_a_header_or_markup_or_raises(title: str, organisation: str) -> None:
    content = bytes_of("alert", "fr", title, organisation)
    head = BytesHeaderParser(policy=policy.default).parsebytes(content)
    assert {name.lower() for name in head} <= ALLOWED
    assert len(head.get_all("To", [])) == 1
    assert "\n" not in head["Subject"]
    html = message_from_bytes(content, policy=policy.default).get_body(("html",))
    assert html is not None
    assert "<img" not in html.get_content()
    assert "Me désinscrire" in html.get_content()


@settings(max_examples=400, deadline=None)
@given(hostile)
def test_a_subject_is_one_short_line_without_encoded_words(title: str) -> None:
    subject = safe_subject(title)
    assert len(subject) <= MAX_SUBJECT
    assert "=?" not in subject
    assert subject.isprintable() or all(char.isprintable() or char.isspace() for char in subject)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(hostile)
def test_twenty_thousand_titles_inject_nothing(title: str) -> None:
    head = Head("f" * 32, "alert", "a@b.example", "P", "v@p.example", "c@p.example", NOW, "fr")
    content = compose(head, Written(safe_subject(title), "text", "<p>text</p>"))
    parsed = BytesHeaderParser(policy=policy.default).parsebytes(content)
    assert {name.lower() for name in parsed} <= ALLOWED


@pytest.mark.parametrize("kind", list(LANE_OF))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_kind_is_complete_and_small_in_both_languages(kind: MailKind, language: Language) -> None:
    content = bytes_of(kind, language)
    mail = message_from_bytes(content, policy=policy.default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    page = html.get_content()
    assert f'lang="{language}"' in page
    assert "<h1" in page
    assert all('role="presentation"' in tag for tag in re.findall(r"<table[^>]*>", page))
    assert "http://" not in text.get_content()
    assert len(content) < 100_000
    assert mail["Message-ID"] == f"<{'f' * 32}@passerelle.example>"
    assert mail["Content-Language"] == language


def test_the_same_mail_has_the_same_bytes() -> None:
    assert bytes_of("digest", "fr") == bytes_of("digest", "fr")


def test_a_long_unsubscribe_link_stays_readable_in_the_head() -> None:
    head = bytes_of("alert", "fr").split(b"\r\n\r\n")[0]
    assert f"List-Unsubscribe: <{PUBLIC}/unsubscribe/one-click?token={'x' * 120}>".encode() in head


def test_an_english_title_is_marked_for_french_readers_only() -> None:
    assert '<span lang="en">' in write("alert", "fr", content_of("alert", "fr")).html
    assert '<span lang="en">' not in write("alert", "en", content_of("alert", "en")).html


def test_a_digest_of_ten_long_matches_stays_below_the_limit() -> None:
    cards = tuple(
        card_of(
            told("A very long title about chains and cheese " * 8),
            language="fr",
            timezone="Europe/Paris",
            now=NOW,
            public_url=PUBLIC,
        )
        for _ in range(10)
    )
    content = NewsContent(PUBLIC, "Le département", "Laiterie", "daily", cards, 12, f"{PUBLIC}/p", f"{PUBLIC}/u")
    head = Head("f" * 32, "digest", "a@b.example", "P", "v@p.example", "c@p.example", NOW, "fr")
    assert len(compose(head, write("digest", "fr", content))) < 100_000


def test_every_kind_has_a_folder_with_its_three_templates() -> None:
    folders = {folder.name for folder in TEMPLATES.iterdir() if folder.is_dir() and folder.name != "parts"}
    assert folders == set(LANE_OF)
    for folder in folders:
        names = {path.name for path in (TEMPLATES / folder).iterdir()}
        assert names == {"subject.txt", "body.txt", "body.mjml"}
    assert "add-an-email.md" in {path.name for path in (Path(FOLDER).parents[1] / "docs").iterdir()}
