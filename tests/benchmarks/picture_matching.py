"""The pictures of docs/matching.md, from what was measured:

`passerelle evaluate … --folds 8 --json > figures.json; python -m tests.benchmarks.ablation … > ablation.md`
`python -m tests.benchmarks.picture_matching figures.json ablation.md docs/images/matching`
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#1f4e79", "#c8641b", "#8a8f94"
RELEVANT, OTHERS = "relevant (grade 2 or 3)", "not relevant"


def main(figures: Path, ablation: Path, folder: Path) -> None:
    """Write three pictures."""
    mpl.use("svg")
    mpl.rcParams |= {
        "svg.hashsalt": "passerelle",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    folder.mkdir(parents=True, exist_ok=True)
    curve = json.loads(figures.read_text(encoding="utf-8"))["by_folds"]["curve"]
    _save(_calibration, curve, folder / "calibration.svg", height=4.6)
    _save(_distribution, curve, folder / "scores.svg", height=3.8)
    _save(_ablation, _rows(ablation.read_text(encoding="utf-8")), folder / "ablation.svg", height=5.2)


def _save(draw: object, data: object, path: Path, height: float) -> None:
    figure, axes = plt.subplots(figsize=(7.2, height), layout="constrained")
    draw(axes, data)  # type: ignore[operator]
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _calibration(axes: Axes, curve: list[dict[str, float]]) -> None:
    said, true = [one["said"] for one in curve], [one["true"] for one in curve]
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="a perfect score")
    axes.plot(said, true, color=BLUE, marker="o", label="by folds of profiles")
    for one in curve:
        axes.annotate(f"{one['count']:.0f}", (one["said"], one["true"]), textcoords="offset points", xytext=(8, -12))
    axes.set(xlabel="score said", ylabel="share of the pairs that are relevant", xlim=(0, 1), ylim=(0, 1))
    axes.set_title("What a score says, and what is true (with the number of pairs)", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper left")


def _distribution(axes: Axes, curve: list[dict[str, float]]) -> None:
    tenths = [int(one["said"] * 10) / 10 + 0.05 for one in curve]
    good = [one["count"] * one["true"] for one in curve]
    others = [one["count"] - count for one, count in zip(curve, good, strict=True)]
    axes.bar(tenths, others, width=0.09, color=GREY, label=OTHERS)
    axes.bar(tenths, good, width=0.09, bottom=others, color=BLUE, label=RELEVANT)
    axes.set_yscale("symlog", linthresh=10)
    axes.set(xlabel="score", ylabel="judged pairs", xlim=(0, 1))
    axes.set_title("How scores are spread over the judged pairs", loc="left", fontsize=11)
    axes.legend(frameon=False)


def _ablation(axes: Axes, rows: list[tuple[str, float, float]]) -> None:
    names, gaps, errors = zip(*reversed(rows), strict=True)
    colours = [BLUE if gap < 0 else ORANGE for gap in gaps]
    axes.barh(names, gaps, xerr=errors, color=colours, ecolor=GREY, capsize=3)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("change of ndcg10, with its standard error")
    axes.set_title("What is lost without each ingredient", loc="left", fontsize=11)


def _rows(table: str) -> list[tuple[str, float, float]]:
    """Name, difference and error of each line of the ablation that has a difference."""
    rows = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 2 and " ± " in cells[2]:
            gap, error = cells[2].split(" ± ")
            rows.append((cells[0], float(gap), float(error)))
    return rows


if __name__ == "__main__":
    main(*(Path(path) for path in sys.argv[1:4]))
