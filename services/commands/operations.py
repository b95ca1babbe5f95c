"""Commands for whoever looks after an installation: samples, dead letters, telling the state again."""

from importlib import import_module
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from services.commands.place import service_at_rest
from services.commands.speech import out, refuse, tell, work
from shared.events import SERVICES
from shared.relay import DeadLetterOffice
from shared.requests import AskDeadLetters, DeadLetter, ReplayDeadLetter
from shared.service import Context

MOST_LETTERS = 500
TELLERS = ("ingest", "matcher", "portal")

samples = typer.Typer(no_args_is_help=True, help="Fictional opportunities and organisations to look at.")
dead_letters = typer.Typer(no_args_is_help=True, help="Facts that failed for good.")


@samples.command("load")
def load() -> None:
    """Load the samples, into an embedded home only."""
    from services.ingest.samples import load_samples as load_opportunities
    from services.notifier.samples import SamplesRefused
    from services.notifier.samples import load_samples as load_subscriptions

    async def load_both() -> None:
        async with service_at_rest("notifier") as context:
            await load_subscriptions(context)
        async with service_at_rest("ingest") as context:
            await load_opportunities(context)
        tell("samples loaded")

    work(load_both(), SamplesRefused)


@samples.command("remove")
def remove() -> None:
    """Take the samples away."""
    from services.ingest.samples import remove_samples as remove_opportunities
    from services.notifier.samples import remove_samples as remove_subscriptions

    async def remove_both() -> None:
        async with service_at_rest("notifier") as context:
            await remove_subscriptions(context)
        async with service_at_rest("ingest") as context:
            await remove_opportunities(context)
        tell("samples removed")

    work(remove_both())


@dead_letters.command("list")
def list_letters() -> None:
    """Facts set aside, by service, newest first."""

    async def print_letters() -> None:
        rows = []
        for name in sorted(SERVICES):
            async with service_at_rest(name) as context:
                rows += [_cells(letter) for letter in await _letters(context)]
        if not rows:
            tell("no dead letters")
        elif out.is_terminal:
            out.print(_table(rows), soft_wrap=False)
        else:
            tell(*("\t".join(cells) for cells in rows))

    work(print_letters())


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table(box=None)
    table.add_column("id", no_wrap=True)
    for title in ("service", "fact", "failed", "replayed", "error"):
        table.add_column(title)
    for cells in rows:
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _cells(letter: DeadLetter) -> tuple[str, ...]:
    replayed = f"{letter.replayed_at:%F %T}" if letter.replayed_at else ""
    error = letter.error.partition("\n")[0][:120]
    return (letter.id, letter.service, letter.subject, f"{letter.failed_at:%F %T}", replayed, error)


@dead_letters.command("replay")
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="ids; all that were not replayed when none is given")] = None,
) -> None:
    """Have facts handled once more; the running service does it within a second."""

    async def ask() -> None:
        found: dict[str, list[str]] = {}
        for name in sorted(SERVICES):
            async with service_at_rest(name) as context:
                letters = await _letters(context)
            found[name] = [one.id for one in letters if (one.id in ids if ids else one.replayed_at is None)]
        if unknown := set(ids or ()) - {id_ for some in found.values() for id_ in some}:
            refuse(f"no dead letter {', '.join(sorted(unknown))}")
        for name, some in found.items():
            if some:
                async with service_at_rest(name) as context:
                    for id_ in some:
                        await _office(context).ask_replay(ReplayDeadLetter(id=id_))
        tell(f"{sum(map(len, found.values()))} to be handled once more")

    work(ask())


async def _letters(context: Context) -> tuple[DeadLetter, ...]:
    return (await _office(context).list(AskDeadLetters(limit=MOST_LETTERS))).dead_letters


def _office(context: Context) -> DeadLetterOffice:
    return DeadLetterOffice(context.outbox, {}, context.clock)


def republish(
    service: Annotated[str, typer.Argument(help="ingest, matcher or portal: whose state to tell again")],
) -> None:
    """Tell the current state again, for a service whose database was lost."""
    if service not in TELLERS:
        refuse(f"{service} tells no state: choose among {', '.join(TELLERS)}")

    async def tell_again() -> None:
        async with service_at_rest(service) as context:
            told = await import_module(f"services.{service}.commands").republish(context)
        tell(f"{told} facts to be told again")

    work(tell_again())
