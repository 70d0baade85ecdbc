"""The card of a data set: what is in it, how it was made, what it is not good for.

Its head is what the hub and `datasets.load_dataset` read (the hub's dataset card metadata).
"""

from __future__ import annotations

import json
from typing import Any

BAR = 24  # characters of the longest bar
MOST_LINES = 15
_LICENCE_OTHER = "other"
# Licences as the Hub names them (docs/hub/repositories-licenses); it refuses a card with others.
_HUB_LICENCES = """
    afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0
    c-uda cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0
    cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0
    ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 gfdl gpl-2.0 gpl-3.0 isc lgpl-2.1 lgpl-3.0
    lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl ofl-1.1 osl-3.0 pddl postgresql unlicense wtfpl zlib
"""
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
)  # fmt: skip

_METHOD = """Real SQL statements were gathered from files with known licences; a code model wrote
concepts, an instruction and a response for each; every response's SQL was run against real
databases; people labelled the pairs. The manifest names recipes, models, prompt versions and
rules; the lineage file, where it is among the files, says of every row its file, repository,
licence, model, verdicts and labels."""

_LIMITS = """- An accepted pair need not have passed on a database: see the verdicts above.
- A verdict says what the response's own test says; a weak test lets wrong SQL pass.
- Portability is known only for the databases that ran the response.
- Duplicates, benchmark questions and leaks between splits were looked for only as said above."""


def card(manifest: dict[str, Any], *, title: str = "") -> str:
    """The card as Markdown with its head; the same manifest gives the same card."""
    parts = [
        _head(manifest),
        f"# {_plain(title or manifest['file'].split('.', 1)[0])}",
        f"{manifest['rows']:,} pairs of an instruction and SQL, exported by Winnow in the format"
        f" `{manifest['format']}`.",
        "## How it was made\n\n" + _METHOD,
        "## What is in it",
        *[_table(name, counts) for name, counts in manifest["composition"].items() if counts],
        _table("verdict", manifest["outcomes"]),
        _truth_table(manifest["dialect_truth_table"]),
        "## Agreement of reviewers\n\n" + _agreement(manifest["agreement"]),
        "## Decontamination and duplicates\n\n" + _decontamination(manifest),
        "## What was left out\n\n" + (_table("reason", manifest["left_out"]) or "Nothing."),
        "## Limits\n\n" + _LIMITS,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(manifest: dict[str, Any]) -> str:
    """YAML, every text in it written as JSON, which YAML reads."""
    head = [
        "---",
        f"license: {_licence(manifest)}",
        "language:\n- en",
        "tags:\n- sql\n- text-to-sql\n- winnow",
        "task_categories:\n- text-generation",
        f"size_categories:\n- {_size(manifest['rows'])}",
        "configs:\n- config_name: default\n  data_files:",
    ]
    for file in manifest["files"]:
        if file["what"] == "data":
            head.append(f"  - split: {file['split']}\n    path: {json.dumps(file['name'])}")
    return "\n".join([*head, "---"])


def _licence(manifest: dict[str, Any]) -> str:
    """The one licence of all rows as the Hub names it; several, or one it does not know: other."""
    named = list(manifest["composition"]["licence"])
    known = named[0].lower() if len(named) == 1 else ""
    known = known.removesuffix("-only").removesuffix("-or-later")
    return known if known in _HUB_LICENCES.split() else _LICENCE_OTHER


def _size(rows: int) -> str:
    return next((name for most, name in _SIZES if rows < most), "1M<n<10M")


def _table(name: str, counts: dict[str, int]) -> str:
    """Counts as a text table with bars, the largest first."""
    if not counts:
        return ""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown, rest = ordered[:MOST_LINES], ordered[MOST_LINES:]
    if rest:
        shown.append((f"{len(rest)} others", sum(number for _, number in rest)))
    total, most = sum(counts.values()), max(number for _, number in shown)
    lines = [f"| {name} | rows | share | |", "| --- | ---: | ---: | --- |"]
    lines += [
        f"| {_plain(value) or '(none)'} | {number:,} | {number / total:.1%} |"
        f" {'█' * round(BAR * number / most) or '▏'} |"
        for value, number in shown
    ]
    return "\n".join(lines)


def _truth_table(lines: list[dict[str, Any]]) -> str:
    """What each database said of the rows, the most frequent combinations first."""
    names = sorted({name for line in lines for name in line["databases"]})
    if not names:
        return ""
    shown = sorted(lines, key=lambda line: -line["rows"])[:MOST_LINES]
    table = [
        f"| {' | '.join(map(_plain, names))} | is | rows |",
        f"|{' --- |' * len(names)} --- | ---: |",
    ]
    table += [
        f"| {' | '.join(_plain(line['databases'].get(name, '')) for name in names)}"
        f" | {_plain(line['is'])} | {line['rows']:,} |"
        for line in shown
    ]
    return "### Dialect truth table\n\n" + "\n".join(table)


def _agreement(told: dict[str, int]) -> str:
    several, same = told["judged_by_several"], told["all_said_the_same"]
    if not several:
        return "No pair was judged by more than one reviewer: nothing is known of their agreement."
    return (
        f"{several:,} pairs were judged by more than one reviewer; of {same:,} of them"
        f" ({same / several:.1%}) all said the same."
    )


def _decontamination(manifest: dict[str, Any]) -> str:
    lines = [f"{manifest['duplicates']:,} duplicates were left out."]
    care = manifest["care"]
    if not care.get("duplicates"):
        lines = ["Duplicates were not looked for."]
    if not manifest["benchmarks"]:
        lines.append("Benchmark questions were not looked for.")
    lines += [
        f"{told['found']:,} pairs had a question of `{_plain(name)}` (SHA-256 `{told['sha256']}`)"
        " in their words or the skeleton of their SQL."
        + (f" {told['odd']:,} of its lines could not be read." if told.get("odd") else "")
        for name, told in manifest["benchmarks"].items()
    ]
    if manifest["largest_group"]:
        lines.append(
            "Splits keep pairs of one repository, schema or SQL skeleton together; the largest such"
            f" group has {manifest['largest_group']:,} pairs."
        )
    return "\n".join(f"- {line}" for line in lines)


def _plain(text: str) -> str:
    """Text for a table's cell: nothing in it is Markdown or HTML."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
