"""From what is known to what the templates are given: pure, so that a test can read any mail."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.lists import format_list

from services.notifier.domain.kinds import MailKind
from services.notifier.domain.news import News
from services.notifier.domain.words import BABEL, time_in_words
from services.notifier.mail.cards import MAX_ROOMY, NARROW, ROOMY, card_of, name_in_mail
from services.notifier.mail.content import CanaryContent, CheckInContent, LoginContent, NewsContent, NoticeContent, Ways
from services.notifier.mail.links import Links
from services.notifier.mail.notices import Notice, notice_in_words
from services.notifier.mail.readers import Reader
from shared.requests import Cadence, CheckInAnswer

CHECK_IN_ANSWERS: tuple[CheckInAnswer, ...] = ("useful", "not_quite", "stop")
LOGIN_PATHS: Mapping[MailKind, str] = {"confirm": "confirm", "sign_in": "sign-in/link"}
MAX_NAMED = 4


@dataclass(frozen=True)
class Letterhead:
    """What every mail to one person shares. leaving_token: what its unsubscribe links carry."""

    reader: Reader
    links: Links
    signature: str
    leaving_token: str

    @property
    def one_click_link(self) -> str:
        return self.links.page("unsubscribe/one-click", token=self.leaving_token)


def login_content(
    kind: MailKind,
    links: Links,
    signature: str,
    *,
    token: str,
    organisation: str = "",
    cadence: str = "",
    code: str = "",
    ends_at: str = "",
) -> LoginContent:
    """A confirmation, or a sign-in with its code."""
    return LoginContent(
        public_url=links.public_url,
        signature=signature,
        link=links.page(LOGIN_PATHS[kind], token=token),
        organisation=name_in_mail(organisation),
        cadence=cadence,
        code=code,
        ends_at=ends_at,
    )


def news_content(news: News, head: Letterhead, *, rest: int) -> NewsContent:
    """Any mail about opportunities."""
    several = len(news.organisations) > 1
    room = ROOMY if len(news.told) <= MAX_ROOMY else NARROW
    cards = tuple(card_of(told, head.reader, head.links, room=room, among_several=several) for told in news.told)
    return NewsContent(
        public_url=head.links.public_url,
        signature=head.signature,
        organisation="" if several else name_in_mail("".join(news.organisations)),
        cards=cards,
        rest=rest,
        ways=_ways(head, news.organisations, news.cadence, leaves_all=len(subscriptions_in(news)) != 1),
    )


def subscriptions_in(news: News) -> tuple[str, ...]:
    """The subscriptions that a mail is about."""
    return tuple(dict.fromkeys(told.subscription_id for told in news.told))


def office_content(
    kind: MailKind, message_id: str, notice: Mapping[str, object], head: Letterhead
) -> CheckInContent | NoticeContent | CanaryContent:
    """A mail that tells of no opportunity."""
    if kind == "check_in":
        return check_in_content(message_id, head)
    return canary_content(head) if kind == "canary" else notice_content(notice, head)


def check_in_content(message_id: str, head: Letterhead) -> CheckInContent:
    """The quarterly question."""
    answers = tuple((answer, head.links.check_in(message_id, answer)) for answer in CHECK_IN_ANSWERS)
    return CheckInContent(head.links.public_url, head.signature, answers, _ways(head, (), None, leaves_all=True))


def notice_content(notice: Mapping[str, object], head: Letterhead) -> NoticeContent:
    """Something staff should know."""
    title, sentences, quoted, page = notice_in_words(Notice.model_validate(notice), head.reader)
    return NoticeContent(head.links.public_url, head.signature, title, sentences, quoted, head.links.page(page))


def canary_content(head: Letterhead) -> CanaryContent:
    """A mail that only has to arrive."""
    reader = head.reader
    day, time = reader.day(reader.now), time_in_words(reader.now, reader.timezone, reader.language)
    sent_at = reader.gettext("%(day)s, %(time)s") % {"day": day, "time": time}
    return CanaryContent(head.links.public_url, head.signature, sent_at)


def _ways(head: Letterhead, organisations: tuple[str, ...], cadence: Cadence | None, *, leaves_all: bool) -> Ways:
    names = [name_in_mail(name) for name in organisations]
    named = names[:MAX_NAMED] + (["…"] if len(names) > MAX_NAMED else [])
    return Ways(
        organisations=format_list(named, locale=BABEL[head.reader.language]) if named else "",
        cadence=cadence,
        manage_link=head.links.page("preferences"),
        unsubscribe_link=head.links.page("unsubscribe", token=head.leaving_token),
        leaves_all=leaves_all,
    )
