"""The command `passerelle`: running the services, and the groups of commands of `services/commands/`."""

import asyncio
from typing import Annotated

import typer

from services.commands import ingest, matcher, notifier, operations, staff
from services.commands.place import common, place, service_named, settings
from services.commands.speech import about_database, err, in_words, refuse, tell, work
from shared.events import SERVICES
from shared.logs import log_as_json
from shared.migrations import History
from shared.runtime import CannotStart, Place, run_until_stopped

app = typer.Typer(
    name="passerelle",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Who is each opportunity for?",
)


@app.command()
def up() -> None:
    """Run everything in this process: services, pages, broker, mailbox."""
    from services import embedded

    log_as_json()
    with in_words():
        read = settings()
        given = common(read)
        if given.environment == "production":
            refuse(
                "`passerelle up` is for one machine at hand; in production run each service: `passerelle run SERVICE`"
            )
        err.print(f"Passerelle starts: {given.public_url} · mails: {given.public_url}/boite · stop: Ctrl-C")
        asyncio.run(embedded.up(read))


@app.command()
def run(service: Annotated[str, typer.Argument(help="ingest, matcher, notifier or portal")]) -> None:
    """Run one service, against the broker and the database of the settings."""
    log_as_json()
    with in_words(), about_database(service):
        asyncio.run(run_until_stopped([service_named(service)], _place_apart(service)))


def _place_apart(service: str) -> Place:
    """Where a service runs by itself: broker and relay are there already. Raises CannotStart."""
    read = settings()
    given = common(read)
    if given.nats_url is None:
        raise CannotStart("`passerelle run` needs PASSERELLE_NATS_URL; `passerelle up` brings a broker of its own")
    if service == "notifier" and given.smtp_url is None:
        raise CannotStart("the notifier needs PASSERELLE_SMTP_URL; `passerelle up` brings a mailbox of its own")
    relay_url = given.smtp_url.get_secret_value() if given.smtp_url else ""
    return Place(common=given, settings=read, nats_url=given.nats_url.get_secret_value(), relay_url=relay_url)


@app.command()
def migrate() -> None:
    """Bring every service's tables up to date."""

    async def upgrade_all() -> None:
        where = place()
        for name in SERVICES:
            service = service_named(name)
            context = where.context(service)
            try:
                with about_database(name):
                    await History(service.migrations, service.metadata).upgrade(context.database)
            finally:
                await context.database.close()
            tell(f"{name}: up to date")

    work(upgrade_all())


app.command()(ingest.harvest)
app.command()(ingest.doctor)
app.add_typer(ingest.profiles, name="profiles")
app.add_typer(operations.samples, name="samples")
app.command()(matcher.score)
app.command()(matcher.evaluate)
app.add_typer(matcher.rules, name="rules")
app.add_typer(matcher.vocabulary, name="vocabulary")
app.command()(notifier.reconcile)
app.add_typer(operations.dead_letters, name="dead-letters")
app.command()(operations.republish)
app.add_typer(staff.staff, name="staff")


def main() -> None:
    """The entry point of the command."""
    app()


if __name__ == "__main__":
    main()
