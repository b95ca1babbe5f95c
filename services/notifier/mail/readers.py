"""For whom a mail is put in words: their language, their clock, and the moment they are told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.notifier.domain.words import day_in_words, typeset
from services.notifier.mail.texts import texts
from shared.events import Language


@dataclass(frozen=True)
class Reader:
    """Somebody a mail is written for, now."""

    language: Language
    timezone: str
    now: datetime

    @property
    def gettext(self) -> Callable[[str], str]:
        return texts(self.language).gettext

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    def day(self, moment: datetime) -> str:
        """`mardi 12 janvier 2027`, where the reader lives."""
        return day_in_words(self.day_of(moment), self.language)

    def typeset(self, text: str, language: str) -> str:
        """A text from outside with French spaces, when it is French."""
        return typeset(text) if language == "fr" else text
