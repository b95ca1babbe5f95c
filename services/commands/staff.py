"""Commands about people of the office."""

import io
from enum import StrEnum
from typing import Annotated

import segno
import typer

from services.commands.place import service_at_rest
from services.commands.speech import out, tell, work

staff = typer.Typer(no_args_is_help=True, help="People of the office.")


class Spoken(StrEnum):
    """Languages we write in."""

    fr = "fr"
    en = "en"


@staff.command("add")
def add(
    email: Annotated[str, typer.Argument(help="professional address")],
    language: Annotated[Spoken, typer.Option(help="language of the mails")] = Spoken.fr,
) -> None:
    """Let a person of the office sign in; prints the second factor and the recovery codes, once.

    Done again for the same address, the earlier ones are worth nothing.
    """
    from services.notifier.people import InvalidAddress, ensure_person
    from services.portal.commands import add_staff

    async def enrol() -> None:
        async with service_at_rest("notifier") as context:
            person_id = await ensure_person(context, email, language.value)
        async with service_at_rest("portal") as context:
            enrolment = await add_staff(context, person_id)
        tell("Add this to an authenticator application:", enrolment.otpauth_uri)
        if out.is_terminal:
            draw_code(enrolment.otpauth_uri)
        tell("Recovery codes, each good once; keep them apart:", *(f"  {code}" for code in enrolment.recovery_codes))

    work(enrol(), InvalidAddress)


def draw_code(uri: str) -> None:
    """Draw a QR code for a telephone to read, where somebody looks."""
    drawing = io.StringIO()
    segno.make(uri, error="l", micro=False).terminal(out=drawing, compact=True)
    out.file.write(drawing.getvalue())
