"""`passerelle score`: files in, a file out, the same bytes again, and a sentence for each bad line."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.matcher.offline import FileProblem, score_files
from tests.unit.matcher.builders import SUBJECTS, TRADES

DAY = date(2026, 11, 2)


def write_files(folder: Path) -> tuple[Path, Path]:
    calls, orgs = folder / "o.jsonl", folder / "p.jsonl"
    calls.write_text(
        "".join(
            json.dumps({"id": slug, "title": title, "description": text, "deadline": "2027-01-15", "status": "open"})
            + "\n"
            for slug, title, text in SUBJECTS
        )
    )
    orgs.write_text("".join(json.dumps({"id": slug, "kind": "business", "text": text}) + "\n" for slug, text in TRADES))
    return calls, orgs


def scored(folder: Path, top: int = 100, day: date = DAY) -> list[dict[str, object]]:
    calls, orgs = write_files(folder)
    score_files(calls, orgs, day, top, folder / "s.jsonl")
    return [json.loads(line) for line in (folder / "s.jsonl").read_text().splitlines()]


def test_the_best_pair_comes_first_with_its_reasons(tmp_path: Path) -> None:
    best = [row for row in scored(tmp_path) if row["rank"] == 1]
    assert [(row["profile_id"], row["opportunity_id"]) for row in best] == [
        (trade, subject) for (trade, _), (subject, _, _) in zip(TRADES, SUBJECTS, strict=True)
    ]
    assert all(row["alert"] for row in best)
    for row in best:
        assert sum(term["share"] for term in row["terms"]) == pytest.approx(1)  # type: ignore[attr-defined]


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    scored(tmp_path)
    first = (tmp_path / "s.jsonl").read_bytes()
    scored(tmp_path)
    assert (tmp_path / "s.jsonl").read_bytes() == first


def test_no_more_than_the_top_is_written(tmp_path: Path) -> None:
    assert max(int(str(row["rank"])) for row in scored(tmp_path, top=2)) <= 2


def test_past_its_deadline_nothing_is_alerted(tmp_path: Path) -> None:
    assert not any(row["alert"] for row in scored(tmp_path, day=date(2027, 2, 1)))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "o.jsonl:6: not a JSON object"),
        ("[]", "o.jsonl:6: not a JSON object"),
        ('{"title": "no id"}', "o.jsonl:6: id: Field required"),
        ('{"id": "x", "deadline": "soon"}', "o.jsonl:6: deadline: it must be a day or a moment"),
        ('{"id": "x", "budget_min": NaN}', "o.jsonl:6: budget_min: Input should be a finite number"),
        ('{"id": "x", "status": "maybe"}', "o.jsonl:6: status: "),
        ('{"id": "heat"}', "o.jsonl:6: the id 'heat' was already on line 1"),
        ("[" * 100_000, "o.jsonl:6: not a JSON object"),
    ],
)
def test_a_bad_line_is_told_by_file_and_line(tmp_path: Path, line: str, sentence: str) -> None:
    calls, orgs = write_files(tmp_path)
    calls.write_text(calls.read_text() + line + "\n")
    with pytest.raises(FileProblem, match=r"o\.jsonl:6") as refused:
        score_files(calls, orgs, DAY, 10, tmp_path / "s.jsonl")
    assert sentence in str(refused.value)
    assert not (tmp_path / "s.jsonl").exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="there is no such file"):
        score_files(tmp_path / "no.jsonl", tmp_path / "no.jsonl", DAY, 10, tmp_path / "s.jsonl")
