"""What a request and its reply are."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Reply(BaseModel):
    """An answer; `refused` says why not, in a code."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    refused: str | None = None


class Request(BaseModel):
    """A question or a command, to the one service that owns the answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: ClassVar[str]
    owner: ClassVar[str]
    reply: ClassVar[type[Reply]]
