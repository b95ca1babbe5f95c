"""Runs `passerelle` and kills the process with SIGKILL at a named point, without a hook in the product.

    python -m tests.journeys.killed "shared.relay:Relay.mark_told:before:1" up

A point is `module:Class.method:before|after:nth`; methods may be coroutines or not. The nth call decides; a call with
an empty list in hand does not count.
"""

import functools
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from tests.journeys.later import turn_on_if_asked


def kill_at(point: str) -> None:
    """Wrap the named function so that its nth call ends the process, before or after it."""
    owner, name, when, nth = read_point(point)
    setattr(owner, name, _deadly(getattr(owner, name), when=when, nth=nth))


def read_point(point: str) -> tuple[Any, str, str, int]:
    """The class or module, the name of the function in it, before or after, and which call."""
    module_name, path, when, nth = point.split(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, name, when, int(nth)


def _deadly(function: Callable[..., Any], *, when: str, nth: int) -> Callable[..., Any]:
    calls = 0

    def count(in_hand: tuple[Any, ...]) -> int:
        nonlocal calls
        calls += not any(isinstance(each, list | tuple) and not each for each in in_hand)
        return calls

    def die(now: str, call: int) -> None:
        if now == when and call == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def deadly_coroutine(*args: Any, **kwargs: Any) -> Any:
            call = count(args)
            die("before", call)
            result = await function(*args, **kwargs)
            die("after", call)
            return result

        return deadly_coroutine

    @functools.wraps(function)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        call = count(args)
        die("before", call)
        result = function(*args, **kwargs)
        die("after", call)
        return result

    return deadly


if __name__ == "__main__":
    turn_on_if_asked()
    kill_at(sys.argv.pop(1))
    from services.cli import main

    main()
