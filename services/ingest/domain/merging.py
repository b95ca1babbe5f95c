"""What becomes of an opportunity that another source tells too: its links, and whose dates count."""

from collections.abc import Mapping
from dataclasses import replace

from services.ingest.domain.changes import Decision, Known
from services.ingest.domain.readings import Reading
from shared.events import Change, Link, OpportunityState

DATED = ("status", "opens_on", "deadlines", "deadline")
Authority = Mapping[str, int]


def link_to(source: str, reading: Reading) -> Link:
    """How the told opportunity names the other one."""
    return Link(source=source, key=reading.key, title=reading.state.title, url=reading.state.url)


def linked(primary: Known, link: Link) -> Decision:
    """The told opportunity with one more link, or with its link as it is now."""
    links = (*(one for one in primary.state.links if (one.source, one.key) != (link.source, link.key)), link)
    links = tuple(sorted(links, key=lambda one: (one.source, one.key)))
    return _amended(primary, links, link.source)


def unlinked(primary: Known, source: str, key: str) -> Decision:
    """The told opportunity without a link."""
    return _amended(
        primary, tuple(one for one in primary.state.links if (one.source, one.key) != (source, key)), source
    )


def _amended(primary: Known, links: tuple[Link, ...], source: str) -> Decision:
    if links == primary.state.links:
        return Decision("unchanged")
    state = primary.state.model_copy(update={"links": links, "version": primary.state.version + 1})
    return Decision("amended", state, (Change(field="links", before=None, after=source),))


def is_outranked(state: OpportunityState, source: str, authority: Authority) -> bool:
    """Whether a source that is linked to knows the dates better than this one."""
    return any(authority.get(link.source, 0) > authority.get(source, 0) for link in state.links)


def with_dates_of(state: OpportunityState, dated: OpportunityState) -> OpportunityState:
    """A state with the status and the dates of another one."""
    return state.model_copy(update={name: getattr(dated, name) for name in DATED})


def joined(first: Decision, second: Decision) -> Decision:
    """Two decisions on one opportunity as one version: what the second says, with the changes of both."""
    if second.state is None:
        return first
    if first.state is None:
        return second
    state = second.state.model_copy(update={"links": first.state.links, "version": first.state.version})
    return replace(second, state=state, changes=(*second.changes, *first.changes))


def as_own(known: Known) -> Decision:
    """One that was merged, told by itself from now on."""
    state = known.state.model_copy(update={"links": ()})
    return Decision("reopened", state.model_copy(update={"version": known.state.version + 1}))
