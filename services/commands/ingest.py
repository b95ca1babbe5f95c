"""Commands that speak to ingest: reading a source, importing profiles."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.commands.place import service_at_rest
from services.commands.speech import out, refuse, tell, work
from shared.requests import SourceSummary

profiles = typer.Typer(no_args_is_help=True, help="Profiles of organisations.")


def harvest(
    source: Annotated[str, typer.Argument(help="name of the source, as eu-portal")],
    once: Annotated[bool, typer.Option("--once", help="read it now, once")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read it now and print what would be told")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="with --dry-run: what is published from this day on", formats=["%Y-%m-%d"]),
    ] = None,
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

    if since and not dry_run:
        refuse("--since goes with --dry-run")
    if not (once or dry_run):
        refuse("services harvest by the clock; to read a source now, add --once, or --dry-run to look only")
    work(_look(source, since) if dry_run else read(), Refused)


async def _look(source: str, since: datetime | None) -> None:
    from services.ingest.commands import preview_harvest

    async with service_at_rest("ingest") as context:
        found = await preview_harvest(context, source, since.date() if since else None)
    for line in found.tells:
        tell(f"{line.what}  {line.deadline}  {line.id}  {line.title}{'  ' + line.sentence if line.sentence else ''}")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(found.counts.items()) if count)
    tell(f"{source}: {found.seen} seen, {len(found.tells)} would be stored or told{', ' + counts if counts else ''}")
    if found.problem:
        refuse(found.problem)


def doctor() -> None:
    """How each source stands, and in production the DNS records of mails. Fails when something needs a look."""
    from services.commands.mail import problems_of_mail
    from services.ingest.commands import stand_of_sources

    async def look() -> None:
        async with service_at_rest("ingest") as context:
            found = await stand_of_sources(context)
        table = Table("source", "stands", "opportunities", "last complete", "next", "set aside", box=None)
        for one in found.sources:
            aside = sum(record.source == one.name for record in found.set_aside)
            table.add_row(
                one.name, _stands(one), str(one.opportunities), _moment(one.last_complete_at),
                _moment(one.next_run_at), str(aside),
            )  # fmt: skip
        out.print(table)
        refuse_all = [f"{one.name}: {trouble}" for one in found.sources if one.enabled and (trouble := _trouble(one))]
        refuse_all += await problems_of_mail()
        if refuse_all:
            refuse(*refuse_all)

    work(look())


def _stands(one: SourceSummary) -> str:
    if not one.enabled:
        return "disabled"
    if one.is_running:
        return "being read"
    return "needs a look" if _trouble(one) else "well" if one.last_complete_at else "never read"


def _trouble(one: SourceSummary) -> str | None:
    return one.alarm or one.lacks or one.problem


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"


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
