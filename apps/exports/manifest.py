"""The manifest: everything that says what an export is, and how to get it again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from apps.exports.choice.choosing import Chosen
from apps.exports.formats.files import Written
from apps.exports.models import Export
from apps.exports.rows.pairs import portability
from apps.exports.shape import Shape
from apps.exports.writing import Files, Tally
from apps.generation.models import Recipe
from apps.validation.checks import CHECKS
from apps.validation.models import OVERALL
from apps.validation.values import VERSION

FORMAT = 2  # of the manifest itself


def manifest(export: Export, chosen: Chosen, tally: Tally, files: Files) -> dict[str, Any]:
    """The manifest of what was written, as JSON; nothing in it depends on when it was made."""
    data = [files.data[split] for split in sorted(files.data)]
    first = data[0]
    return {
        "manifest": FORMAT,
        "file": first.name,
        "rows": tally.rows,
        "bytes": sum(one.bytes for one in data),
        "sha256": first.sha256,
        "format": str(Shape.of(export.shape).format),
        "files": [_file(one, "data", split) for split, one in sorted(files.data.items())]
        + [_file(one, "other") for one in files.others],
        "filters": export.filters,
        "care": export.care,
        "shape": export.shape,
        "left_out": dict(sorted((chosen.left_out + tally.left_out).items())),
        "composition": {
            name: tally.by(name)
            for name in ("split", "kind", "dialect", "licence", "difficulty", "portability")
        },
        "outcomes": tally.by("outcome"),
        "portability": tally.by("portability"),
        "dialect_truth_table": _truth_table(tally),
        "agreement": {
            "judged_by_several": tally.judged_by_several,
            "all_said_the_same": tally.agreed,
        },
        "benchmarks": _benchmarks(chosen),
        "duplicates": len(chosen.doubles),
        "largest_group": chosen.largest_group,
        "rules": {"judging": VERSION} | {check.name: check.version for check in CHECKS},
        "recipes": _recipes(tally),
    }


def as_text(made: dict[str, Any]) -> str:
    """The manifest as its file has it."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _file(one: Written, what: str, split: str = "") -> dict[str, Any]:
    told = asdict(one) | {"what": what}
    return told | {"split": split} if split else told


def _benchmarks(chosen: Chosen) -> dict[str, Any]:
    return {
        name: {
            "sha256": one.sha256,
            "questions": one.questions,
            "found": sum(hit.benchmark == one.sha256 for hit in chosen.hits),
        }
        | ({"odd": one.odd, "told": one.told} if one.odd else {})
        for name, one in sorted(chosen.benchmarks.items())
    }


def _truth_table(tally: Tally) -> list[dict[str, Any]]:
    """What each database said, and what that makes of the rows: one line for every combination."""
    counted: Counter[str] = Counter()
    for told, rows in tally.by("databases").items():
        own = {name: said for name, said in json.loads(told).items() if name != OVERALL}
        counted[json.dumps(own)] += rows
    return [
        {"databases": (outcomes := json.loads(told)), "is": portability(outcomes), "rows": rows}
        for told, rows in sorted(counted.items())
    ]


def _recipes(tally: Tally) -> list[dict[str, Any]]:
    rows = tally.by("fingerprint")
    recipes = Recipe.objects.filter(fingerprint__in=rows).order_by("fingerprint")
    return [
        {
            "fingerprint": recipe.fingerprint,
            "rows": rows[recipe.fingerprint],
            "stages": recipe.stages,
            "model": recipe.model,
            "revision": recipe.revision,
            "engine": recipe.engine,
            "sampling": recipe.sampling,
            "examples": recipe.examples,
            "responses": recipe.responses,
            "random_seed": recipe.random_seed,
            "fewshot": str(recipe.fewshot),
            "templates_sha256": recipe.templates_hash,
        }
        for recipe in recipes.select_related("fewshot__fewshot_set")
    ]
