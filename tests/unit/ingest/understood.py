"""Records understood by a source and then checked, as a harvest does with every source."""

from collections.abc import Callable
from datetime import datetime

from services.ingest.domain.readings import checked
from services.ingest.sources.contract import Parsed

Parse = Callable[[tuple[object, ...], datetime], Parsed]


def understood(parse: Parse) -> Parse:
    """The source's own `parse`, followed by the checks that all sources share."""

    def parse_and_check(records: tuple[object, ...], now: datetime) -> Parsed:
        parsed = parse(records, now)
        sound, odd = checked(parsed.readings, now)
        return Parsed(sound, (*parsed.refused, *odd), parsed.filled)

    return parse_and_check
