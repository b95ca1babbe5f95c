"""A due mail as it is written at the moment of its claim: what is true then, in the reader's language."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy.exc import SQLAlchemyError

from services.notifier.domain.kinds import MailKind
from services.notifier.domain.leaving import Shown
from services.notifier.domain.news import News, Told
from services.notifier.domain.tokens import code_of_message, token_of_message
from services.notifier.domain.words import time_in_words
from services.notifier.mail.compose import Head, compose
from services.notifier.mail.content import Content, LoginContent
from services.notifier.mail.contents import Letterhead, login_content, news_content, office_content, subscriptions_in
from services.notifier.mail.links import Links
from services.notifier.mail.readers import Reader
from services.notifier.mail.texts import write
from services.notifier.settings import NotifierSettings
from services.notifier.store.letters import Letters
from services.notifier.store.records import Due
from shared.clock import Clock

WITHOUT_NEWS: frozenset[MailKind] = frozenset({"check_in", "notice", "canary"})


@dataclass(frozen=True)
class Draft:
    """The bytes of a mail, and what they show."""

    content: bytes
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Unwritable:
    """A mail that could not be written: a fault of ours, which must not keep the others from leaving."""

    error: Exception


@dataclass(frozen=True)
class Writer:
    """Writes mails; a frozen one is handed back as it was."""

    letters: Letters
    settings: NotifierSettings
    public_url: str
    secret: bytes
    clock: Clock
    sign: Callable[[bytes], Awaitable[bytes]] | None = None

    async def write(self, due: Sequence[Due]) -> list[Draft | Unwritable | None]:
        """Each mail in the order given, None for one that has nothing left to say."""
        told = [each for each in due if each.lane == "alert" and not each.is_written]
        news = await self.letters.news_of(told) if told else {}
        drafts: list[Draft | Unwritable | None] = []
        for each in due:
            await asyncio.sleep(0)  # the other lanes do not wait for a whole batch
            try:
                drafts.append(await self.written(each, news.get(each.id)))
            except (SQLAlchemyError, OSError):
                raise
            except Exception as error:
                drafts.append(Unwritable(error))
        return drafts

    async def written(self, due: Due, news: News | None) -> Draft | None:
        """One mail, from what it is to tell; None when that is nothing."""
        if due.is_written:
            return Draft(due.bytes or b"", due.shown)
        head = self._letterhead(due, subscriptions_in(news) if news is not None else ())
        content = await self._content(due, news, head)
        if content is None:
            return None
        written = self._composed(due, content, head)
        shown = tuple(_shown(told) for told in news.told) if news is not None else ()
        return Draft(written if self.sign is None else await self.sign(written), shown)

    async def _content(self, due: Due, news: News | None, head: Letterhead) -> Content | None:
        if due.lane == "login":
            return await self._login_content(due)
        if due.kind in WITHOUT_NEWS:
            return office_content(due.kind, due.id, due.notice or {}, head)
        return None if news is None or not news.told else news_content(news, head, rest=due.rest_count)

    async def _login_content(self, due: Due) -> LoginContent | None:
        found = await self.letters.asked_in(due)
        if found is None:
            return None
        asked, ends_at = found
        return login_content(
            due.kind,
            Links(self.public_url, self.secret),
            self.settings.mail_signature,
            token=token_of_message(self.secret, due.id),
            organisation=asked.organisation_name,
            cadence=asked.cadence,
            code=code_of_message(self.secret, due.id) if due.kind == "sign_in" else "",
            ends_at=time_in_words(ends_at, due.timezone, due.language),
        )

    def _letterhead(self, due: Due, subscription_ids: tuple[str, ...]) -> Letterhead:
        links = Links(self.public_url, self.secret)
        return Letterhead(
            reader=Reader(due.language, due.timezone, self.clock()),
            links=links,
            signature=self.settings.mail_signature,
            leaving_token=links.leaving_token(due.person_id, subscription_ids),
        )

    def _composed(self, due: Due, content: Content, letterhead: Letterhead) -> bytes:
        head = Head(
            message_id=due.id,
            kind=due.kind,
            to=cast(str, due.address),
            from_name=self.settings.mail_from_name,
            from_address=self.settings.mail_from,
            reply_to=self.settings.mail_reply_to,
            planned_at=due.planned_at,
            language=due.language,
            one_click_link=letterhead.one_click_link if due.lane == "alert" else None,
        )
        return compose(head, write(due.kind, due.language, content))


def _shown(told: Told) -> Shown:
    return Shown(told.opportunity.id, told.opportunity.version, told.subscription_id, told.kind)
