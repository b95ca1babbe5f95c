"""The command `passerelle`. A refusal is a sentence on standard error, and exit 2."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services import embedded
from services.ingest import commands as ingest_commands
from services.ingest.samples import load_samples as load_sample_opportunities
from services.ingest.samples import remove_samples as remove_sample_opportunities
from services.matcher import commands as matcher_commands
from services.notifier.people import InvalidAddress, ensure_person
from services.notifier.samples import SamplesRefused
from services.notifier.samples import load_samples as load_sample_subscriptions
from services.notifier.samples import remove_samples as remove_sample_subscriptions
from services.portal import commands as portal_commands
from shared.logs import log_as_json
from shared.relay import DeadLetterOffice
from shared.requests import AskDeadLetters, ReplayDeadLetter
from shared.runtime import CannotStart, Place, at_rest, run_until_stopped
from shared.service import Context, Service
from shared.settings import CommonSettings, SettingsError

NO_BROKER = "nats://127.0.0.1:4222"
SERVICES = {service.name: service for service in embedded.ALL}

app = typer.Typer(name="passerelle", no_args_is_help=True, add_completion=False, help="Who is each opportunity for?")
profiles = typer.Typer(no_args_is_help=True, help="Profiles of organisations.")
samples = typer.Typer(no_args_is_help=True, help="Fictional opportunities and organisations to look at.")
rules = typer.Typer(no_args_is_help=True, help="The rule set that decides who is told what.")
dead_letters = typer.Typer(no_args_is_help=True, help="Facts that failed for good.")
staff = typer.Typer(no_args_is_help=True, help="People of the office.")
for name, group in (
    ("profiles", profiles),
    ("samples", samples),
    ("rules", rules),
    ("dead-letters", dead_letters),
    ("staff", staff),
):
    app.add_typer(group, name=name)


class Spoken(StrEnum):
    """Languages we write in."""

    fr = "fr"
    en = "en"


out, err = Console(soft_wrap=True), Console(stderr=True, soft_wrap=True)


@contextmanager
def _in_words() -> Iterator[None]:
    """Tell a refusal in a sentence each, and exit 2."""
    try:
        yield
    except SettingsError as error:
        _refuse(*error.problems)
    except (
        CannotStart,
        ingest_commands.Refused,
        matcher_commands.FileProblem,
        InvalidAddress,
        SamplesRefused,
    ) as error:
        _refuse(str(error))


def _refuse(*sentences: str) -> None:
    for sentence in sentences:
        err.print(sentence, markup=False, highlight=False)
    raise typer.Exit(2)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with _in_words():
        return asyncio.run(work)


def _place() -> Place:
    """Where commands work: the databases, without broker or relay."""
    settings = embedded.settings_from(os.environ)
    return Place(common=embedded.common(settings), settings=settings, nats_url=NO_BROKER, relay_url="")


@asynccontextmanager
async def _at_rest(name: str) -> AsyncIterator[Context]:
    async with at_rest(SERVICES[name], _place()) as context:
        yield context


# --- running ---


@app.command()
def up() -> None:
    """Run everything in this process: services, pages, broker, mailbox."""
    log_as_json()
    with _in_words():
        settings = embedded.settings_from(os.environ)
        common = embedded.common(settings)
        if common.environment == "production":
            _refuse(
                "`passerelle up` is for one machine at hand; in production run each service: `passerelle run SERVICE`"
            )
        err.print(f"Passerelle starts: {common.public_url} · mails: {common.public_url}/boite · stop: Ctrl-C")
        asyncio.run(embedded.up(settings))


@app.command()
def run(service: Annotated[str, typer.Argument(help="ingest, matcher, notifier or portal")]) -> None:
    """Run one service, against the broker and the database of the settings."""
    log_as_json()
    with _in_words():
        settings = embedded.settings_from(os.environ)
        common = embedded.common(settings)
        asyncio.run(run_until_stopped([_service(service)], _production_place(service, common, settings)))


def _service(name: str) -> Service:
    if name not in SERVICES:
        _refuse(f"there is no service {name}: choose among {', '.join(sorted(SERVICES))}")
    return SERVICES[name]


def _production_place(service: str, common: CommonSettings, settings: Any) -> Place:
    if common.nats_url is None:
        raise CannotStart("`passerelle run` needs PASSERELLE_NATS_URL; `passerelle up` brings a broker of its own")
    if service == "notifier" and common.smtp_url is None:
        raise CannotStart("the notifier needs PASSERELLE_SMTP_URL; `passerelle up` brings a mailbox of its own")
    relay_url = common.smtp_url.get_secret_value() if common.smtp_url else ""
    return Place(common=common, settings=settings, nats_url=common.nats_url.get_secret_value(), relay_url=relay_url)


@app.command()
def migrate() -> None:
    """Bring every service's tables up to date."""

    async def work() -> None:
        from shared.migrations import History

        place = _place()
        for service in embedded.ALL:
            context = place.context(service)
            try:
                await History(service.migrations, service.metadata).upgrade(context.database)
            finally:
                await context.database.close()
            out.print(f"{service.name}: up to date")

    _run(work())


# --- ingest ---


@app.command()
def harvest(
    source: Annotated[str, typer.Argument(help="name of the source, as eu-portal")],
    once: Annotated[bool, typer.Option("--once", help="read it now, once")] = False,
) -> None:
    """Read a source; what is new is told when the services run."""
    if not once:
        _refuse("services harvest by the clock; to read a source now, add --once")

    async def work() -> None:
        async with _at_rest("ingest") as context:
            summary = await ingest_commands.harvest_once(context, source)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(summary.counts.items()) if count)
        outcome = "complete" if summary.complete else "incomplete"
        out.print(f"{source}: {outcome}, {summary.seen} seen, {counts or 'nothing new'}")
        if summary.problem:
            _refuse(summary.problem)

    _run(work())


@profiles.command("import")
def import_profiles(file: Annotated[Path, typer.Argument(help="CSV: name, kind, text, commune or insee, …")]) -> None:
    """Take profiles from a CSV file, with a line for each row refused."""

    async def work() -> None:
        async with _at_rest("ingest") as context:
            report = await ingest_commands.import_profiles(context, file)
        taken = f"{report.imported} new, {report.changed} changed, {report.unchanged} unchanged"
        out.print(f"{taken}, {len(report.refused)} refused")
        if report.refused:
            _refuse(*(f"line {row.line}: {row.reason}" for row in report.refused))

    _run(work())


@samples.command("load")
def samples_load() -> None:
    """Load the samples, into an embedded home only."""

    async def work() -> None:
        async with _at_rest("notifier") as context:
            await load_sample_subscriptions(context)
        async with _at_rest("ingest") as context:
            await load_sample_opportunities(context)
        out.print("samples loaded")

    _run(work())


@samples.command("remove")
def samples_remove() -> None:
    """Take the samples away."""

    async def work() -> None:
        async with _at_rest("notifier") as context:
            await remove_sample_subscriptions(context)
        async with _at_rest("ingest") as context:
            await remove_sample_opportunities(context)
        out.print("samples removed")

    _run(work())


# --- matcher ---


@app.command()
def score(
    opportunities: Annotated[Path, typer.Option(help="one opportunity a line, JSON")],
    profiles: Annotated[Path, typer.Option(help="one profile a line, JSON")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day to score as if it were")],
    destination: Annotated[Path, typer.Option("--out", help="where the scored pairs go, JSON lines")],
    top: Annotated[int, typer.Option(min=1, help="pairs a profile, best first")] = 100,
) -> None:
    """Score files offline, no service running; same inputs, same bytes."""
    with _in_words():
        matcher_commands.score_files(opportunities, profiles, as_of=as_of.date(), top=top, out=destination)


@rules.command("show")
def rules_show() -> None:
    """Print the rule set in force, as JSON that `rules publish` takes."""

    async def work() -> None:
        async with _at_rest("matcher") as context:
            in_force = await matcher_commands.show_rules(context)
        out.print_json(json.dumps(in_force.rules, ensure_ascii=False))

    _run(work())


@rules.command("publish")
def rules_publish(
    file: Annotated[Path, typer.Argument(help="a rule set, JSON")],
    note: Annotated[str, typer.Option(help="why, for those who read the history")] = "",
) -> None:
    """Put a rule set in force."""

    async def work() -> None:
        try:
            draft = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            _refuse(f"{file}: {error}")
        async with _at_rest("matcher") as context:
            reply = await matcher_commands.publish_rules(context, draft, note=note, by="cli")
        if reply.refused:
            _refuse(*(reply.errors or [f"the rule set was refused: {reply.refused}"]))
        out.print(f"rule set {reply.version} published")

    _run(work())


@rules.command("rollback")
def rules_rollback(version: Annotated[int, typer.Argument(help="the version to publish again")]) -> None:
    """Publish an earlier rule set again, as a new version."""

    async def work() -> None:
        async with _at_rest("matcher") as context:
            reply = await matcher_commands.roll_back_rules(context, to_version=version, by="cli")
        if reply.refused:
            _refuse(f"there is no rule set {version}")
        out.print(f"rule set {version} published again, as {reply.version}")

    _run(work())


# --- operations ---


@dead_letters.command("list")
def dead_letters_list() -> None:
    """Facts set aside, by service, newest first."""

    async def work() -> None:
        table = Table("id", "service", "fact", "failed", "replayed", "error")
        for name in sorted(SERVICES):
            async with _at_rest(name) as context:
                for letter in (await _office(context).list(AskDeadLetters())).dead_letters:
                    replayed = f"{letter.replayed_at:%F %T}" if letter.replayed_at else ""
                    error = letter.error.splitlines()[0][:120]
                    table.add_row(letter.id, name, letter.subject, f"{letter.failed_at:%F %T}", replayed, error)
        out.print(table if table.row_count else "no dead letters")

    _run(work())


@dead_letters.command("replay")
def dead_letters_replay(
    ids: Annotated[list[str] | None, typer.Argument(help="ids; all that were not replayed when none is given")] = None,
) -> None:
    """Have facts handled once more; the running service does it within a second."""

    async def work() -> None:
        asked: set[str] = set()
        for name in sorted(SERVICES):
            async with _at_rest(name) as context:
                office = _office(context)
                letters = (await office.list(AskDeadLetters(limit=500))).dead_letters
                for letter in letters:
                    if letter.id in ids if ids else letter.replayed_at is None:
                        await office.ask_replay(ReplayDeadLetter(id=letter.id))
                        asked.add(letter.id)
        if unknown := set(ids or ()) - asked:
            _refuse(f"no dead letter {', '.join(sorted(unknown))}")
        out.print(f"{len(asked)} to be handled once more")

    _run(work())


def _office(context: Context) -> DeadLetterOffice:
    return DeadLetterOffice(context.outbox, {}, context.clock)


@app.command()
def republish(
    service: Annotated[str, typer.Argument(help="ingest, matcher or portal: whose state to tell again")],
) -> None:
    """Tell the current state again, for a service whose database was lost."""
    tellers = {
        "ingest": ingest_commands.republish,
        "matcher": matcher_commands.republish,
        "portal": portal_commands.republish,
    }
    if service not in tellers:
        _refuse(f"{service} tells no state: choose among {', '.join(sorted(tellers))}")

    async def work() -> None:
        async with _at_rest(service) as context:
            out.print(f"{await tellers[service](context)} facts to be told again")

    _run(work())


@staff.command("add")
def staff_add(
    email: Annotated[str, typer.Argument(help="professional address")],
    language: Annotated[Spoken, typer.Option(help="language of the mails")] = Spoken.fr,
) -> None:
    """Let a person of the office sign in; prints the second factor and the recovery codes, once."""

    async def work() -> None:
        async with _at_rest("notifier") as context:
            person_id = await ensure_person(context, email, language.value)
        async with _at_rest("portal") as context:
            enrolment = await portal_commands.add_staff(context, person_id)
        out.print("Add this to an authenticator application:", enrolment.otpauth_uri, sep="\n", markup=False)
        out.print(
            "Recovery codes, each good once; keep them apart:", *enrolment.recovery_codes, sep="\n  ", markup=False
        )

    _run(work())


def main() -> None:
    """The entry point of the command."""
    app()


if __name__ == "__main__":
    main()
