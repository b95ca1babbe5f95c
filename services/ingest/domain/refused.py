"""Why a file or one of its rows is refused: a code for the pages, what it is filled with, and a sentence."""

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "unreadable": "this is not a file that a spreadsheet saves ({why})",
    "not_text": "this is not a text file",
    "encoding": "its encoding is neither UTF-8 nor Windows-1252",
    "not_csv": "line {line}: this is not CSV ({why})",
    "old_format": "this is a {format} file: save it as XLSX or CSV",
    "locked": "it is protected by a password: save it without one",
    "too_large": "it is over {limit} MB: split it",
    "too_large_inside": "what it unpacks to is over {limit} MB: split it",
    "too_many_rows": "more than {limit} lines: split the file",
    "too_many_columns": "more than {limit} columns",
    "columns": "the first line must name the columns {columns} ({problems})",
    "too_many_cells": "it has more cells than the first line has columns",
    "missing": "it has no {column}",
    "too_short": "it has a {column} of {length} characters; at least {least} are needed to match it",
    "too_long": "it has a {column} of {length} characters; at most {most} are kept",
    "not_one_of": "it has the {column} {value}; allowed: {allowed}",
    "siren": "it has the SIREN {value}, which is not valid",
    "no_place": "it has neither commune nor INSEE code",
    "not_here": "it names a commune that is not of the territory: {value}",
    "twice": "it is the same {what} as line {line}",
    "declared": "it is an organisation that declared itself{siren}: its own words are kept",
    "changed_since": "it has changed since this import: it is left as it is",
    "gone_since": "it was removed since this import",
    "country": "it names a country that is not known: {value}",
    "day": "it has the deadline {value}, which is not a day such as 2027-01-31",
    "past": "its deadline is past: {value}",
    "far": "its deadline is more than ten years ahead: {value}",
    "personal": "it holds an e-mail address or a telephone number in {column}: the office answers, take it out",
    "withdrawn": "it was withdrawn: it opens again on its own page",
}


class Refusal(ValueError):
    """A sentence for the person who gave the file, with the code that a page says in its own language."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values: Mapping[str, str] = {name: str(value) for name, value in values.items()}
        super().__init__(SENTENCES[code].format(**self.values))


class FileRefused(Refusal):
    """A file that cannot be used at all."""


class RowRefused(Refusal):
    """A row that cannot be used; the others can."""
