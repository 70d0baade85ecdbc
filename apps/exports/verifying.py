"""Whether a folder is the export that its manifest says: hashes, lineage, and SQL run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.exports.choice.quotas import drawn
from apps.generation.models import Response
from apps.validation.models import OVERALL

MOST_PROBLEMS = 50
_STEP = 500
_MOST_LINE = 64 * 1024 * 1024

Rerun = Callable[[list[int]], dict[int, str]]
Progress = Callable[["Report"], None]


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong: the first `MOST_PROBLEMS`, and how many in all.

    rows: of the lineage; known: those whose response is in this database; files_wrong,
    lineage_wrong, outcomes_wrong: the problems by what they are about.
    """

    files: int = 0
    rows: int = 0
    known: int = 0
    run_again: int = 0
    files_wrong: int = 0
    lineage_wrong: int = 0
    outcomes_wrong: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return self.files_wrong + self.lineage_wrong + self.outcomes_wrong

    def file_problem(self, text: str) -> None:
        self.files_wrong += 1
        self._say(text)

    def lineage_problem(self, text: str) -> None:
        self.lineage_wrong += 1
        self._say(text)

    def outcome_problem(self, text: str) -> None:
        self.outcomes_wrong += 1
        self._say(text)

    def _say(self, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text)


class VerifyError(Exception):
    """The folder cannot be verified at all: the message says what it lacks."""


def verify(
    folder: Path,
    *,
    share: float = 0.0,
    rerun: Rerun | None = None,
    progress: Progress = lambda _: None,
) -> Report:
    """Compare the files with the manifest and the lineage with the database. `share` of the rows,
    0 to 1, drawn by their manifest's hash, are given to `rerun`: it runs responses and tells their
    overall outcomes. `progress` is called with the report so far now and then, and may raise.

    Raises VerifyError, OSError.
    """
    manifest = _manifest(folder)
    report = Report()
    for told in manifest["files"]:
        _file(folder, told, report)
        progress(report)
    lineage = next(one for one in manifest["files"] if one["name"].endswith(".lineage.jsonl"))
    if (folder / lineage["name"]).is_file():
        for part in _parts(folder / lineage["name"], report):
            _lineage(part, report, manifest, share, rerun)
            progress(report)
        if report.rows != manifest["rows"]:
            report.lineage_problem(
                f"The lineage has {report.rows} rows, the manifest {manifest['rows']}."
            )
    return report


def _manifest(folder: Path) -> dict[str, Any]:
    found = sorted(folder.glob("*.manifest.json"))
    if len(found) != 1:
        raise VerifyError(f"{folder} has {len(found)} files *.manifest.json: it must have one.")
    try:
        manifest: dict[str, Any] = json.loads(found[0].read_text())
        lineages = [one for one in manifest["files"] if one["name"].endswith(".lineage.jsonl")]
    except (ValueError, KeyError, TypeError) as error:
        raise VerifyError(f"{found[0].name} is no manifest of an export: {error}.") from error
    if len(lineages) != 1 or any(
        Path(one["name"]).name != one["name"] for one in manifest["files"]
    ):
        raise VerifyError(f"{found[0].name} names files that are no files of an export.")
    return manifest


def _file(folder: Path, told: dict[str, Any], report: Report) -> None:
    report.files += 1
    path = folder / told["name"]
    if not path.is_file():
        report.file_problem(f"{told['name']} is not there.")
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != told["sha256"]:
        report.file_problem(f"{told['name']} has the SHA-256 {digest}, not {told['sha256']}.")


def _parts(path: Path, report: Report) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_MOST_LINE), b"")):
            report.rows += 1
            try:
                row = json.loads(line)
                part.append({name: row[name] for name in _READ} | {"row": number})
            except (ValueError, KeyError, TypeError) as error:
                report.lineage_problem(f"Line {number + 1} of the lineage cannot be read: {error}.")
            if len(part) >= _STEP:
                yield part
                part = []
    yield part


_READ = ("response", "verdicts", "path", "repository", "licences", "prompt_sha256")


def _lineage(
    part: list[dict[str, Any]],
    report: Report,
    manifest: dict[str, Any],
    share: float,
    rerun: Rerun | None,
) -> None:
    there = Response.objects.select_related("instruction__seed__file", "completion")
    known = there.in_bulk([row["response"] for row in part])
    for row in part:
        response = known.get(row["response"])
        if response:
            report.known += 1
            _compare(row, response, report)
    if rerun and known:
        chosen = [
            row for row in part if row["response"] in known and _is_drawn(row, manifest, share)
        ]
        outcomes = rerun([row["response"] for row in chosen])
        report.run_again += len(outcomes)
        for row in chosen:
            before, now = row["verdicts"].get(OVERALL), outcomes.get(row["response"])
            if now is not None and now != before:
                report.outcome_problem(
                    f"Response {row['response']}: {before} in the export, {now} now."
                )


def _compare(row: dict[str, Any], response: Response, report: Report) -> None:
    seed, completion = response.instruction.seed, response.completion
    file = seed.file if seed else None
    now = {
        "path": file.path if file else None,
        "repository": file.repository if file else None,
        "licences": file.licences if file else None,
        "prompt_sha256": bytes(completion.prompt_hash).hex() if completion else None,
    }
    for name, value in now.items():
        if row[name] != value:
            report.lineage_problem(
                f"Response {row['response']}: {name} is {row[name]!r} there, {value!r} here."
            )


def _is_drawn(row: dict[str, Any], manifest: dict[str, Any], share: float) -> bool:
    """Evenly by a hash: the same export has the same rows drawn."""
    number = int.from_bytes(drawn(0, f"{manifest['sha256']}\0{row['response']}")[:8])
    return number < share * 2**64
