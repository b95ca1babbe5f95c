"""Logs: one JSON object a line, with the service and the fact in hand; never an address, never a token."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

_service: ContextVar[str | None] = ContextVar("service", default=None)
_event_id: ContextVar[str | None] = ContextVar("event_id", default=None)
_subject: ContextVar[str | None] = ContextVar("subject", default=None)

QUIET = ("httpx", "httpcore", "apscheduler", "uvicorn.access", "faststream", "mail.log", "aiosqlite")


class _Fields(logging.Filter):
    """Adds the service and the fact in hand to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, variable in (("service", _service), ("event_id", _event_id), ("subject", _subject)):
            if (value := variable.get()) is not None and not hasattr(record, name):
                setattr(record, name, value)
        return True


def log_as_json(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Send every log line to the stream as JSON."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_Fields())
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def speak_as(service: str) -> None:
    """Name the service in the lines of this task and of those it starts."""
    _service.set(service)


@contextlib.contextmanager
def fact_in_hand(event_id: str, subject: str) -> Iterator[None]:
    """Name the fact in the lines logged inside."""
    tokens = _event_id.set(event_id or None), _subject.set(subject)
    try:
        yield
    finally:
        _event_id.reset(tokens[0])
        _subject.reset(tokens[1])
