"""What somebody declares of an organisation: a form read into a declaration, or sentences by field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from email_validator import EmailNotValidError, validate_email
from stdnum.fr import siren, siret
from stdnum.util import clean

from services.portal.domain.labels import N_, THEMES
from services.portal.domain.words import clean_line, clean_text
from shared.events import Language, OrganisationKind
from shared.requests import Cadence

CONSENT_TEXT_VERSION = "2026-11"
MIN_TEXT, MAX_TEXT = 40, 4000
MIN_WORDS = 6
MAX_NAME, MAX_EMAIL, MAX_COMMUNE = 160, 254, 100
MAX_NUMBER = 40
_NAF = re.compile(r"\d{2}\.\d{2}[A-Z]")
Size = Literal["micro", "small", "medium", "large"]


@dataclass(frozen=True)
class Description:
    """The part of a declaration that can be edited later."""

    kind: OrganisationKind
    name: str
    text: str
    size: Size | None
    themes: tuple[str, ...]


@dataclass(frozen=True)
class Mailing:
    """How somebody wants to be written to."""

    cadence: Cadence
    language: Language


@dataclass(frozen=True)
class CompanyNumber:
    """What tells an organisation from any other, and its activity as the directory has it."""

    siren: str | None = None
    naf: str | None = None


@dataclass(frozen=True)
class Declaration:
    """An organisation and who asks to be written to about it; the commune is still as typed."""

    description: Description
    mailing: Mailing
    email: str
    commune: str
    number: CompanyNumber = CompanyNumber()


@dataclass(frozen=True)
class Typed:
    """A form as it came: one value a name, and the themes ticked."""

    fields: Mapping[str, str]
    themes: Sequence[str] = ()

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


Problems = dict[str, str]


def read_declaration(typed: Typed, kinds: Sequence[OrganisationKind]) -> tuple[Declaration | None, Problems]:
    """A whole declaration, or one sentence for each field to mend, in the order of the form."""
    description, problems = read_description(typed, kinds)
    commune = clean_line(typed["commune"])
    if not commune or len(commune) > MAX_COMMUNE:
        problems["commune"] = N_("Indiquez votre commune, par son nom ou son code postal.")
    email = read_email(typed["email"])
    if email is None:
        problems["email"] = N_("Indiquez une adresse électronique complète, comme nom@exemple.fr.")
    mailing, mailing_problems = read_mailing(typed)
    problems |= mailing_problems
    number = read_company_number(typed)
    if number is None:
        problems["siren"] = N_("Ce numéro n’est ni un SIREN ni un SIRET : corrigez-le, ou videz ce champ.")
    if typed["drafted"] and typed["read_over"] != "yes":
        problems["read_over"] = N_("Relisez le texte proposé, puis cochez la case.")
    if typed["consent"] != CONSENT_TEXT_VERSION:
        problems["consent"] = N_("Cochez la case pour que nous puissions vous écrire.")
    if description is None or email is None or mailing is None or number is None or problems:
        return None, problems
    return Declaration(description, mailing, email, commune, number), {}


def read_company_number(typed: Typed) -> CompanyNumber | None:
    """The SIREN of what was typed, a SIRET's too; None when it is neither."""
    digits = clean(typed["siren"][:MAX_NUMBER], " .-/")
    if not digits:
        return CompanyNumber()
    if not any(number.is_valid(digits) for number in (siren, siret)):
        return None
    return CompanyNumber(digits[:9], typed["naf"] if _NAF.fullmatch(typed["naf"]) else None)


def read_description(typed: Typed, kinds: Sequence[OrganisationKind]) -> tuple[Description | None, Problems]:
    """What an organisation is and does, or sentences by field."""
    problems: Problems = {}
    kind = typed["kind"] if len(kinds) > 1 else kinds[0]
    if kind not in kinds:
        problems["kind"] = N_("Choisissez ce que vous êtes : entreprise, association ou établissement.")
    name = clean_line(typed["name"])
    if not 2 <= len(name) <= MAX_NAME:
        problems["name"] = N_("Indiquez le nom de votre organisation, en 160 caractères au plus.")
    text = clean_text(typed["text"])
    if len(text) < MIN_TEXT or len(text.split()) < MIN_WORDS:
        problems["text"] = N_(
            "Ce texte est trop court pour trouver ce qui vous correspond : écrivez au moins 40 caractères, "
            "soit une phrase ou deux."
        )
    elif len(text) > MAX_TEXT:
        problems["text"] = N_("Ce texte est trop long : gardez l’essentiel, en 4 000 caractères au plus.")
    size = typed["size"] or None
    if size not in (None, *get_args(Size)):
        problems["size"] = N_("Choisissez une taille dans la liste.")
    if any(theme not in THEMES for theme in typed.themes):
        problems["themes"] = N_("Choisissez des thèmes dans la liste.")
    if problems:
        return None, problems
    themes = tuple(theme for theme in THEMES if theme in typed.themes)
    return Description(cast(OrganisationKind, kind), name, text, cast(Size | None, size), themes), {}


def read_mailing(typed: Typed) -> tuple[Mailing | None, Problems]:
    """Cadence and language, or sentences by field."""
    problems: Problems = {}
    if typed["cadence"] not in get_args(Cadence):
        problems["cadence"] = N_("Choisissez à quel rythme nous pouvons vous écrire.")
    if typed["language"] not in get_args(Language):
        problems["language"] = N_("Choisissez la langue des messages.")
    if problems:
        return None, problems
    return Mailing(cast(Cadence, typed["cadence"]), cast(Language, typed["language"])), {}


def read_email(text: str) -> str | None:
    """An address somebody may be written to at, or None."""
    text = text.strip()
    if len(text) > MAX_EMAIL:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
