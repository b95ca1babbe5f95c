"""A due mail as it is written at the moment of its claim: what is true then, in the reader's language."""

from dataclasses import dataclass
from typing import cast

from services.notifier.domain.kinds import MailKind
from services.notifier.domain.news import News
from services.notifier.domain.tokens import code_of_message, token_of_message, unsubscribe_token
from services.notifier.domain.words import time_in_words
from services.notifier.mail.cards import card_of
from services.notifier.mail.compose import Head, compose
from services.notifier.mail.content import CanaryContent, Content, LoginContent, NewsContent
from services.notifier.mail.texts import write
from services.notifier.settings import NotifierSettings
from services.notifier.store.letters import Letters
from services.notifier.store.records import Due
from shared.clock import Clock

LOGIN_PATHS: dict[MailKind, str] = {"confirm": "/confirm", "sign_in": "/sign-in/link"}


@dataclass(frozen=True)
class Draft:
    """The bytes of a mail, and the (opportunity, version) they show."""

    content: bytes
    shown: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Writer:
    """Writes mails; a frozen one is handed back as it was."""

    letters: Letters
    settings: NotifierSettings
    public_url: str
    secret: bytes
    clock: Clock

    async def write(self, due: Due) -> Draft | None:
        """The mail, or None when nothing is left to say."""
        if due.frozen and due.bytes is not None:
            return Draft(due.bytes)
        if due.lane == "login":
            content = await self._login_content(due)
            return None if content is None else self._draft(due, content)
        if due.kind == "canary":
            return self._draft(due, CanaryContent(self.public_url, self.settings.mail_signature))
        news = await self.letters.news_of(due)
        if news is None or not news.told:
            return None
        shown = tuple((told.opportunity.id, told.opportunity.version) for told in news.told)
        return self._draft(due, self._news_content(due, news), shown)

    async def _login_content(self, due: Due) -> LoginContent | None:
        found = await self.letters.asked_in(due)
        if found is None:
            return None
        asked, ends_at = found
        token = token_of_message(self.secret, due.id)
        return LoginContent(
            public_url=self.public_url,
            signature=self.settings.mail_signature,
            link=f"{self.public_url}{LOGIN_PATHS[due.kind]}?token={token}",
            organisation=asked.organisation_name,
            cadence=asked.cadence,
            code=code_of_message(self.secret, due.id) if due.kind == "sign_in" else "",
            ends_at=time_in_words(ends_at, due.timezone, due.language),
        )

    def _news_content(self, due: Due, news: News) -> NewsContent:
        now = self.clock()
        return NewsContent(
            public_url=self.public_url,
            signature=self.settings.mail_signature,
            organisation=", ".join(news.organisations),
            cadence=news.cadence,
            cards=tuple(
                card_of(told, language=due.language, timezone=due.timezone, now=now, public_url=self.public_url)
                for told in news.told
            ),
            rest=due.rest_count,
            manage_link=f"{self.public_url}/preferences",
            unsubscribe_link=f"{self.public_url}/unsubscribe?token={self._token(due)}",
        )

    def _draft(self, due: Due, content: Content, shown: tuple[tuple[str, int], ...] = ()) -> Draft:
        one_click = f"{self.public_url}/unsubscribe/one-click?token={self._token(due)}" if shown else None
        head = Head(
            message_id=due.id,
            kind=due.kind,
            to=cast(str, due.address),
            from_name=self.settings.mail_from_name,
            from_address=self.settings.mail_from,
            reply_to=self.settings.mail_reply_to,
            planned_at=due.planned_at,
            language=due.language,
            one_click_link=one_click,
        )
        return Draft(compose(head, write(due.kind, due.language, content)), shown)

    def _token(self, due: Due) -> str:
        return unsubscribe_token(self.secret, due.subscription_id or "")
