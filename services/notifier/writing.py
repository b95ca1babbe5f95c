"""A due mail as it is written at the moment of its claim: what is true then, in the reader's language."""

from dataclasses import dataclass
from typing import cast

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
            login = await self._login_content(due)
            return None if login is None else self._draft(due, login)
        if due.kind in ("check_in", "notice", "canary"):
            head = self._head(due)
            content = office_content(due.kind, due.id, due.notice or {}, head)
            return self._draft(due, content, head=head)
        news = await self.letters.news_of(due)
        if news is None or not news.told:
            return None
        head = self._head(due, subscriptions_in(news))
        shown = tuple((told.opportunity.id, told.opportunity.version) for told in news.told)
        return self._draft(due, news_content(news, head, rest=due.rest_count), head=head, shown=shown)

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

    def _head(self, due: Due, subscription_ids: tuple[str, ...] = ()) -> Letterhead:
        links = Links(self.public_url, self.secret)
        return Letterhead(
            reader=Reader(due.language, due.timezone, self.clock()),
            links=links,
            signature=self.settings.mail_signature,
            leaving_token=links.leaving_token(due.person_id, subscription_ids),
        )

    def _draft(
        self, due: Due, content: Content, *, head: Letterhead | None = None, shown: tuple[tuple[str, int], ...] = ()
    ) -> Draft:
        one_click = head.one_click_link if head is not None and due.lane == "alert" else None
        mail_head = Head(
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
        return Draft(compose(mail_head, write(due.kind, due.language, content)), shown)
