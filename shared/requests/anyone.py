"""What any service is asked: facts it set aside."""

from pydantic import AwareDatetime, BaseModel, Field

from shared.requests.base import Reply, Request


class DeadLetter(BaseModel):
    """A fact that failed for good in one service."""

    id: str
    service: str
    subject: str
    error: str
    failed_at: AwareDatetime
    deliveries: int
    replayed_at: AwareDatetime | None = None
    payload: str = ""


class DeadLetters(Reply):
    """Newest first."""

    dead_letters: tuple[DeadLetter, ...] = ()


class AskDeadLetters(Request):
    """Facts set aside by the service `{service}`."""

    subject, owner, reply = "question.{service}.dead_letters", "{service}", DeadLetters

    limit: int = Field(default=50, ge=1, le=500)


class ReplayDeadLetter(Request):
    """Handle a fact that was set aside once more. refused: `unknown`."""

    subject, owner, reply = "command.{service}.replay_dead_letter", "{service}", Reply

    id: str
