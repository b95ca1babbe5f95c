"""Group commit: whoever waits while a transaction runs is committed with the next one, all together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MOST = 50


class Together(Generic[Item, Outcome]):
    """Calls `commit` with all that wait, and hands each its own outcome once it is committed."""

    def __init__(self, commit: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]]) -> None:
        self._commit = commit
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        """Wait until this item is committed. Raises what its commit raised."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, outcome))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await outcome

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._commit_group(group)
        finally:
            self._runner = None

    async def _commit_group(self, group: list[tuple[Item, "asyncio.Future[Outcome]"]]) -> None:
        try:
            outcomes = await self._commit([item for item, _ in group])
        except Exception as error:
            if len(group) > 1 and _was_rolled_back(error):  # one of them must not hinder the others
                for one in group:
                    await self._commit_group([one])
                return
            for _, waiting in group:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), outcome in zip(group, outcomes, strict=True):
            if not waiting.done():
                waiting.set_result(outcome)


def _was_rolled_back(error: Exception) -> bool:
    """False when the connection broke: then nobody knows whether it was committed."""
    return not isinstance(error, OSError) and not (isinstance(error, DBAPIError) and error.connection_invalidated)
