"""How commands speak: answers on standard output, refusals on standard error in a sentence each, with exit code 2."""

import asyncio
import logging
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from alembic.util import CommandError
from rich.console import Console
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from shared.bus import OwnerDown
from shared.runtime import CannotStart
from shared.settings import SettingsError

REFUSED = 2
THREADS_ANSWER_S = 0.1

out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)


def tell(*lines: str) -> None:
    """Answer, a line each, as they are."""
    for line in lines:
        out.print(line, markup=False, highlight=False, emoji=False)


def refuse(*sentences: str) -> NoReturn:
    """Say why not, and end the command."""
    for sentence in sentences:
        err.print(sentence, markup=False, highlight=False, emoji=False)
    raise typer.Exit(REFUSED)


@contextmanager
def in_words(*refusals: type[Exception]) -> Iterator[None]:
    """Turn what a person can mend into sentences: these exceptions of a service, and what any command may meet."""
    try:
        yield
    except refusals as error:
        refuse(str(error))
    except SettingsError as error:
        refuse(*error.problems)
    except CannotStart as error:
        refuse(str(error))
    except CommandError as error:
        refuse(f"a database was made by another version of Passerelle: {error}")
    except OwnerDown as error:
        refuse(f"{error}: start it, or mend PASSERELLE_NATS_URL")
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))


@contextmanager
def about_database(service: str) -> Iterator[None]:
    """Say whose database cannot be used, and why; a mistake in our own SQL stays an error. Raises CannotStart."""
    try:
        yield
    except DBAPIError as error:
        if not _is_out_of_reach(error):
            raise
        raise CannotStart(f"the database of {service} cannot be used: {str(error.orig).splitlines()[0]}") from error
    except (ConnectionError, TimeoutError, socket.gaierror) as error:
        raise CannotStart(f"the database of {service} cannot be used: {error}") from error


def _is_out_of_reach(error: DBAPIError) -> bool:
    """Locked, full, away, not ours. The drivers raise the general classes for a damaged file or an unknown user."""
    return isinstance(error, OperationalError | InterfaceError) or type(error) in (DatabaseError, DBAPIError)


def work(step: Coroutine[Any, Any, None], *refusals: type[Exception]) -> None:
    """Run a command's work to its end. It speaks in sentences: log lines are for services that run."""
    logging.getLogger().addHandler(logging.NullHandler())
    with in_words(*refusals):
        asyncio.run(_to_its_end(step))


async def _to_its_end(step: Coroutine[Any, Any, None]) -> None:
    try:
        await step
    except CannotStart:
        # A thread of aiosqlite may still answer the loop about a connection that failed.
        await asyncio.sleep(THREADS_ANSWER_S)
        raise
