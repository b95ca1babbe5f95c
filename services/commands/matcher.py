"""Commands that speak to the matcher: scoring files, and the rule set."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.place import service_at_rest
from services.commands.speech import err, in_words, out, refuse, tell, work

if TYPE_CHECKING:
    from services.matcher.domain.evaluation import Figures

rules = typer.Typer(no_args_is_help=True, help="The rule set that decides who is told what.")
vocabulary = typer.Typer(no_args_is_help=True, help="The words that cross the language.")


@vocabulary.callback()
def _vocabulary() -> None:
    """Keeps `learn` a command of its own, while it is the only one."""


def score(
    opportunities: Annotated[Path, typer.Option(help="one opportunity a line, JSON")],
    profiles: Annotated[Path, typer.Option(help="one profile a line, JSON")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day to score as if it were")],
    destination: Annotated[Path, typer.Option("--out", help="where the scored pairs go, JSON lines")],
    top: Annotated[int, typer.Option(min=1, help="pairs a profile, best first")] = 100,
) -> None:
    """Score files offline, no service running; same inputs, same bytes."""
    from services.matcher.commands import FileProblem, score_files

    if not destination.parent.is_dir():
        refuse(f"{destination}: there is no folder {destination.parent}")
    with in_words(FileProblem):
        score_files(opportunities, profiles, as_of=as_of.date(), top=top, out=destination)


def evaluate(
    opportunities: Annotated[Path, typer.Option(help="one opportunity a line, JSON")],
    profiles: Annotated[Path, typer.Option(help="one profile a line, JSON")],
    qrels: Annotated[Path, typer.Option(help="one profile's grades a line, JSON: id, grades {opportunity: 0..3}")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day to score as if it were")],
    top: Annotated[int, typer.Option(min=1, help="pairs a profile, best first")] = 100,
    folds: Annotated[
        int, typer.Option(min=0, help="also learn the curve without each fold of profiles, and measure it there")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="every figure, as JSON")] = False,
) -> None:
    """Measure how good rankings, alerts and scores are, against graded judgements."""
    from services.matcher.commands import FileProblem, evaluate_files

    if folds == 1:
        refuse("one fold leaves nothing to learn from: 0, or 2 and more")
    with in_words(FileProblem):
        found = evaluate_files(opportunities, profiles, qrels, as_of=as_of.date(), top=top, folds=folds)
    if as_json:
        out.print_json(json.dumps(asdict(found), ensure_ascii=False))
        return
    _tell_figures(found.figures)
    if found.by_folds is not None:
        tell("", f"the curve learned from all: {found.learned}", "each profile with the curve learned from others:", "")
        _tell_figures(found.by_folds)


def _tell_figures(figures: "Figures") -> None:
    tell(f"{'profiles':16} {figures.profiles}", f"{'talking':16} {figures.talking}")
    for part in (figures.ranking, figures.alerts, figures.scores):
        for name, value in vars(part).items() if part else ():
            tell(f"{name:16} {_in_figures(value)}")


def _in_figures(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int):
        return str(value)
    value, error = vars(value).values()
    return f"{value:.3f} ± {error:.3f}"


@vocabulary.command("learn")
def learn(
    files: Annotated[
        list[Path], typer.Argument(help="labels in French and English: CSV, TSV, JSON, SKOS or CPV in XML")
    ],
) -> None:
    """Learn which English words French words stand for, in place of what was learned before."""
    from services.matcher.commands import FileProblem, learn_vocabulary

    async def learn_and_fit() -> None:
        async with service_at_rest("matcher") as context:
            with err.status("reading labels, learning pairs of words, fitting the model…"):
                learned = await learn_vocabulary(context, files)
        tell(f"{learned.labels} labels read, {learned.pairs} pairs of words learned; the model is fitted again")
        for pair in learned.examples:
            tell(f"  {pair.french} → {pair.english} ({pair.weight:g})")

    work(learn_and_fit(), FileProblem)


@rules.command("show")
def show() -> None:
    """Print the rule set in force, as JSON that `rules publish` takes."""
    from services.matcher.commands import show_rules

    async def print_rules() -> None:
        async with service_at_rest("matcher") as context:
            in_force = await show_rules(context)
        out.print_json(json.dumps(in_force.rules, ensure_ascii=False))

    work(print_rules())


@rules.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="a rule set, JSON")],
    note: Annotated[str, typer.Option(help="why, for those who read the history")] = "",
) -> None:
    """Put a rule set in force."""
    draft = _read_draft(file)

    from services.matcher.commands import publish_rules

    async def put_in_force() -> None:
        async with service_at_rest("matcher") as context:
            reply = await publish_rules(context, draft, note=note, by="cli")
        if reply.refused:
            refuse(*(reply.errors or [f"the rule set was refused: {reply.refused}"]))
        tell(f"rule set {reply.version} published")

    work(put_in_force())


def _read_draft(file: Path) -> dict[str, object]:
    """A rule set as its author wrote it; what is no JSON object is refused."""
    try:
        draft = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        refuse(f"{file}: it cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        refuse(f"{file}: it is not text in UTF-8")
    except (ValueError, RecursionError) as error:
        refuse(f"{file}: it is not JSON ({error})")
    if not isinstance(draft, dict):
        refuse(f"{file}: it must hold one JSON object, as `passerelle rules show` prints it")
    return draft


@rules.command("rollback")
def roll_back(version: Annotated[int, typer.Argument(help="the version to publish again")]) -> None:
    """Publish an earlier rule set again, as a new version."""
    from services.matcher.commands import roll_back_rules

    async def publish_again() -> None:
        async with service_at_rest("matcher") as context:
            reply = await roll_back_rules(context, to_version=version, by="cli")
        if reply.refused:
            refuse(f"there is no rule set {version}")
        tell(f"rule set {version} published again, as {reply.version}")

    work(publish_again())
