"""Commands that speak to ingest: reading a source, importing profiles."""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.place import service_at_rest
from services.commands.speech import refuse, tell, work

profiles = typer.Typer(no_args_is_help=True, help="Profiles of organisations.")


def harvest(
    source: Annotated[str, typer.Argument(help="name of the source, as eu-portal")],
    once: Annotated[bool, typer.Option("--once", help="read it now, once")] = False,
) -> None:
    """Read a source; what is new is told when the services run."""
    from services.ingest.commands import Refused, harvest_once

    async def read() -> None:
        async with service_at_rest("ingest") as context:
            summary = await harvest_once(context, source)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(summary.counts.items()) if count)
        outcome = "complete" if summary.complete else "incomplete"
        tell(f"{source}: {outcome}, {summary.seen} seen, {counts or 'nothing new'}")
        if summary.problem:
            refuse(summary.problem)

    if not once:
        refuse("services harvest by the clock; to read a source now, add --once")
    work(read(), Refused)


@profiles.command("import")
def import_profiles(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: name, kind, text, commune or insee, …")],
    preview: Annotated[bool, typer.Option("--preview", help="say what it would do, and store nothing")] = False,
) -> None:
    """Take profiles from a CSV or XLSX file, with a line for each row refused."""
    from services.ingest import profile_commands as commands

    async def take() -> None:
        async with service_at_rest("ingest") as context:
            report = await commands.import_profiles(context, file, preview=preview)
        taken = f"{report.imported} new, {report.changed} changed, {report.unchanged} unchanged"
        tell(f"{taken}, {len(report.refused)} refused")
        if report.import_id:
            tell(f"to undo it: passerelle profiles undo {report.import_id}")
        if report.refused:
            refuse(*(f"line {row.line}: {row.reason}" for row in report.refused))

    work(take(), commands.Refused)


@profiles.command("export")
def export_profiles(file: Annotated[Path, typer.Argument(help="the file to write, .csv or .xlsx")]) -> None:
    """Write every profile to a CSV or XLSX file, which can be edited and imported again."""
    from services.ingest import profile_commands as commands

    async def write() -> None:
        async with service_at_rest("ingest") as context:
            written = await commands.export_profiles(context, file)
        tell(f"{written} profiles written")

    work(write(), commands.Refused)


@profiles.command("undo")
def undo_import(import_id: Annotated[str, typer.Argument(help="as the import told it")]) -> None:
    """Bring back what was there before an import, with a line for each profile that changed since."""
    from services.ingest import profile_commands as commands

    async def undo() -> None:
        async with service_at_rest("ingest") as context:
            report = await commands.undo_import(context, import_id)
        tell(f"{report.restored} brought back, {report.removed} removed, {len(report.left)} left as they are")
        if report.left:
            refuse(*report.left)

    work(undo(), commands.Refused)
