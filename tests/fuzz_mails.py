"""Hostile titles, names and texts through the real templates and headers: `make fuzz-mails`.

Whatever a source or a person typed must stay text: no header, part, tag or link that the same mail with harmless words
does not have, and nothing raised. Seeded, so that a case can be made again by its number.
"""

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser

from services.notifier.domain.headers import MAX_SUBJECT
from services.notifier.domain.kinds import LANE_OF, AlertKind, MailKind
from services.notifier.mail.content import Content
from services.notifier.mail.contents import check_in_content, login_content, notice_content
from shared.events import Language, Term
from tests.hostile_texts import CLASSES, EVALUATED
from tests.unit.notifier.sample_mails import DAIRY, LINKS, MESSAGE, SIGNATURE, bytes_of, head, news, told, told_of

EXPECTED = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "Feedback-ID",
    "MIME-Version", "Content-Type",
}  # fmt: skip
OF_LISTS = {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}
TOLD_AS: dict[str, AlertKind] = {
    "alert": "new",
    "closing_soon": "closing_soon",
    "amended": "amended",
    "reminder": "reminder",
    "closed": "closed",
    "digest": "new",
    "welcome": "welcome",
}
KINDS: tuple[MailKind, ...] = (
    "confirm", "notice", "check_in", "alert", "closing_soon", "amended", "reminder", "closed", "digest", "welcome",
)  # fmt: skip


class Seen(HTMLParser):
    """The tags of a page with their attributes, as a mail program sees them; a label is free text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple((name, "" if name == "aria-label" else value) for name, value in attrs)))


def content_with(kind: MailKind, language: Language, text: str, *, told_of_two: bool) -> Content:
    """A mail that has this text wherever somebody else's may stand."""
    if kind == "confirm":
        return login_content(kind, LINKS, SIGNATURE, token="x" * 22, organisation=text, cadence="weekly")
    if kind == "notice":
        notice = {"what": "domain_paused", "domain": text, "reply": text, "organisation": text, "title": text}
        return notice_content(notice, head(language))
    if kind == "check_in":
        return check_in_content(MESSAGE, head(language))
    base = told("fromager-croatie").opportunity
    state = base.model_copy(
        update={"title": text, "title_fr": text, "text_fr": text, "programme": text, "instrument": text, "url": text}
    )
    terms = (Term(profile_word="mot", opportunity_word="word", share=0.5),)
    one = told_of(state, TOLD_AS[kind], organisation=DAIRY, terms=terms, passage=text)
    hostile = terms[0].model_copy(update={"profile_word": f"m{text}", "opportunity_word": f"w{text}"})
    every = replace(one, organisation_name=text, terms=(hostile,), sentences=(("fr", text), ("en", text)))
    another = replace(every, organisation_name="Autre", subscription_id="0" * 32)
    return news(language, [every, another] if told_of_two else [every])


def bytes_with(kind: MailKind, language: Language, text: str, *, told_of_two: bool) -> bytes:
    return bytes_of(kind, language, content_with(kind, language, text, told_of_two=told_of_two))


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def faults_of(kind: MailKind, content: bytes, expected_like: bytes) -> list[str]:
    """What a hostile text brought about; nothing when it stayed text."""
    mail = message_from_bytes(content, policy=policy.default)
    subject, tags = mail["Subject"], Seen(html_of(mail)).tags
    expected = EXPECTED | (OF_LISTS if LANE_OF[kind] == "alert" else set())
    plain = message_from_bytes(expected_like, policy=policy.default)
    checks = {
        "headers": sorted(mail.keys()) == sorted(expected),
        "recipient": mail["To"] == plain["To"] and mail["From"] == plain["From"],
        "defects": not mail.defects and not subject.defects,
        "subject": "\n" not in subject and "\r" not in subject and len(subject) <= MAX_SUBJECT and "=?" not in subject,
        "parts": [part.get_content_type() for part in mail.walk()]
        == ["multipart/alternative", "text/plain", "text/html"],
        "tags": tags == Seen(html_of(plain)).tags,
        "template": EVALUATED not in content.decode("utf-8", "replace"),
        "size": len(content) < 100_000,
    }
    return [name for name, holds in checks.items() if not holds]


@cache
def harmless(kind: MailKind, language: Language, *, told_of_two: bool) -> bytes:
    return bytes_with(kind, language, "Titre fin", told_of_two=told_of_two)


def try_one(name: str, chance: random.Random, kind: MailKind, language: Language) -> list[str]:
    """Write one mail with a text of one class, and say what went wrong."""
    told_of_two = chance.random() < 0.5
    try:
        # Something visible stays whatever is cleaned away, so that tags can be compared one by one.
        content = bytes_with(kind, language, f"T {CLASSES[name](chance)}", told_of_two=told_of_two)
        faults = faults_of(kind, content, harmless(kind, language, told_of_two=told_of_two))
    except Exception as error:
        faults = [f"raised {type(error).__name__}: {error}"]
    return [f"{fault} ({kind}, {language})" for fault in faults]


def run(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many cases of each class, and a line for each that failed."""
    tried: Counter[str] = Counter()
    failures: list[str] = []
    names = list(CLASSES)
    languages: tuple[Language, ...] = ("fr", "en")
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 — to be made again, not to be secret
        name = names[number % len(names)]
        tried[name] += 1
        faults = try_one(name, chance, chance.choice(KINDS), chance.choice(languages))
        if faults:
            failures.append(f"case {number} of seed {seed}, {name}: {', '.join(faults)}")
    return tried, failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    began = time.perf_counter()
    tried, failures = run(asked.count, asked.seed)
    for name, number in tried.items():
        sys.stdout.write(f"{name:15} {number:6}\n")
    raised = sum("raised" in line for line in failures)
    sys.stdout.write(
        f"{sum(tried.values())} mails in {time.perf_counter() - began:.0f} s: "
        f"{len(failures) - raised} injected, {raised} raised\n"
    )
    for line in failures[:20]:
        sys.stdout.write(line + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
