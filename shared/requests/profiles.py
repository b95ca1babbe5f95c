"""What ingest is asked about profiles: who is there, and what each was before."""

from pydantic import AwareDatetime, BaseModel, Field

from shared.events import Change, ProfileState
from shared.requests.base import Reply, Request


class ProfileSummary(BaseModel):
    """What a list shows of a profile; `text` is its beginning."""

    id: str
    name: str
    kind: str
    place: str | None = None
    origin: str
    version: int
    changed_at: AwareDatetime
    text: str = Field(default="", description="its first 600 characters")


class ProfilesPage(Reply):
    """Some of the profiles, the latest changed first; `total` is how many were asked for."""

    total: int = 0
    profiles: tuple[ProfileSummary, ...] = ()


class AskProfiles(Request):
    """Profiles whose name or place holds every word of a text."""

    subject, owner, reply = "question.ingest.profiles", "ingest", ProfilesPage

    text: str = Field(default="", max_length=300)
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=100)


class ProfileVersion(BaseModel):
    """One version of a profile: where it came from, since when, and what differs from the one before it."""

    version: int
    origin: str
    since: AwareDatetime
    changes: tuple[Change, ...] = ()


class ProfileHistory(Reply):
    """A profile as it is and how it came to be, newest version first. refused: `unknown`."""

    profile: ProfileState | None = None
    versions: tuple[ProfileVersion, ...] = ()


class AskProfile(Request):
    """One profile with its versions, at most the latest 20."""

    subject, owner, reply = "question.ingest.profile", "ingest", ProfileHistory

    profile_id: str
