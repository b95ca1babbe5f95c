"""An opportunity as a mail shows it: everything in the reader's words."""

from dataclasses import dataclass

from services.notifier.domain.kinds import AlertKind
from services.notifier.domain.news import Told
from services.notifier.domain.words import days_between
from services.notifier.mail.audiences import advice_for_a_commune, audience_in_words, kind_in_words
from services.notifier.mail.changes import change_in_words, has_moved_deadline
from services.notifier.mail.deadlines import deadline_in_words, deadline_of, opening_in_words
from services.notifier.mail.links import Links
from services.notifier.mail.money import money_in_words
from services.notifier.mail.readers import Reader
from services.notifier.mail.summary import excerpt_of, language_in_words, language_of, summary_of, title_of
from services.notifier.mail.why import Reason, reasons_of, shortened

MAX_NAME = 160


@dataclass(frozen=True)
class Room:
    """How many characters a card may take for each of its texts, and how many words it may give as reasons."""

    title: int = 220
    programme: int = 120
    passage: int = 320
    excerpt: int = 300
    word: int = 60
    reasons: int = 4
    answers: int = 2
    is_brief: bool = False


ROOMY = Room()
NARROW = Room(title=90, programme=40, passage=80, excerpt=110, word=30, reasons=2, answers=1, is_brief=True)
MAX_ROOMY = 10
"""A mail that tells of more says less of each, so that no mailbox cuts it."""


@dataclass(frozen=True)
class Card:
    """One opportunity in a mail. A text is empty, and `days_left` None, when there is nothing to say.

    `language` is the title's, `source_language` that of its text; `passage_in` names it where the reader's differs.
    `for_organisation` is set in a mail about several. `summary_has_facts`: it says for whom, and how much.
    """

    id: str
    told_as: AlertKind
    for_organisation: str
    title: str
    language: str
    kind: str
    programme: str
    audience: str
    advice: tuple[str, ...]
    opens: str
    deadline: str
    closes_on: str
    days_left: int | None
    money: str
    summary: str
    summary_has_facts: bool
    reasons: tuple[Reason, ...]
    passage: str
    source_language: str
    passage_in: str
    change: str
    has_moved_deadline: bool
    end: str
    is_sample: bool
    link: str
    calendar_link: str
    interested_link: str
    not_for_us_link: str

    @property
    def is_over(self) -> bool:
        return self.told_as == "closed"

    @property
    def has_answers(self) -> bool:
        """Whether some words of the profile were met by others."""
        return any(reason.answers for reason in self.reasons)


def card_of(told: Told, reader: Reader, links: Links, *, room: Room = ROOMY, among_several: bool = False) -> Card:
    """Put one opportunity in words. among_several: the mail is about several organisations."""
    opportunity = told.opportunity
    deadline = deadline_of(told, reader.now)
    title, language = title_of(opportunity, reader, room.title)
    source_language = language_of(opportunity)
    leaves_language_out = room.is_brief or source_language == reader.language
    reasons = reasons_of(told, most=room.reasons, most_answers=room.answers, longest=room.word)
    excerpt = excerpt_of(told, reader, room.excerpt)
    words = tuple(reason.word for reason in reasons)
    summary = summary_of(told, reader, words, is_brief=room.is_brief)
    passage = reader.typeset(shortened(told.passage, room.passage), source_language)
    return Card(
        id=opportunity.id,
        told_as=told.kind,
        for_organisation=name_in_mail(told.organisation_name) if among_several else "",
        title=title,
        language=language,
        kind=kind_in_words(opportunity, reader),
        programme=shortened(opportunity.programme or opportunity.call_title or "", room.programme),
        audience=audience_in_words(opportunity, reader),
        advice=advice_for_a_commune(told, reader),
        opens=opening_in_words(opportunity, reader),
        deadline=deadline_in_words(deadline, reader),
        closes_on="" if deadline is None else reader.day(deadline),
        days_left=None if deadline is None else days_between(reader.now, deadline, reader.timezone),
        money=money_in_words(opportunity, reader),
        summary=excerpt or summary,
        summary_has_facts=bool(summary and not excerpt),
        reasons=reasons,
        passage=passage,
        source_language=source_language,
        passage_in="" if leaves_language_out else language_in_words(source_language, reader),
        change=change_in_words(told, reader),
        has_moved_deadline=has_moved_deadline(told),
        end=end_in_words(told, reader),
        is_sample=opportunity.is_sample,
        link=links.opportunity(opportunity.id),
        calendar_link=links.calendar(opportunity.id) if deadline else "",
        interested_link=links.answer(told.subscription_id, opportunity.id, "interested"),
        not_for_us_link=links.answer(told.subscription_id, opportunity.id, "not_for_us"),
    )


def name_in_mail(name: str) -> str:
    """An organisation's name on one line, and no longer than a mail bears."""
    return shortened(name, MAX_NAME * 2)


def end_in_words(told: Told, reader: Reader) -> str:
    """Why one can no longer answer; empty while one can."""
    if told.kind != "closed":
        return ""
    _ = reader.gettext
    if told.closed_because == "withdrawn":
        return _("Elle a été retirée par qui l’avait publiée.")
    if told.closed_because == "closed_by_source":
        return _("La source indique qu’on ne peut plus y répondre.")
    return _("On ne peut plus y répondre.")
