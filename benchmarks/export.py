"""How fast pairs are exported, beside PostgreSQL's COPY of the same joined rows.

    python -m benchmarks.export [--quick] [--check] [--pairs 1000000]

Starts a PostgreSQL of its own and fills it by INSERT … SELECT: accepted pairs, ten to an
instruction, half of them generated and half imported, each with four verdicts, a label and a
reading. Then, by turns, the rows are copied out joined (COPY … TO STDOUT, read and dropped) and
exported with lineage and manifest. Printed, one `name=value` a line:

  copy_rows_per_second      the COPY, the better of two
  record_of_copy            rows a second of the default format, as a share of it
  generated_of_copy, imported_of_copy    the same of one kind of pairs only
  parquet_of_copy, chat_of_copy          Parquet of the record format, chat as JSONL
  memory_mb                 the exporting process's most memory (10^6 bytes, resident)
  first_row_seconds         from the start of the export to its first row
  same_sha256               1 where two exports of the same selection have the same bytes

`--check` exits 1 where one of BOUNDS is missed. `--quick` has 40,000 pairs. Shares hold on a busy
machine, seconds do not.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.here import HERE, defaults_in_database, django_here, execute, timed

if TYPE_CHECKING:
    from apps.exports.choice.filters import Filters
    from apps.exports.models import Export
    from apps.exports.shape import Shape

PAIRS, QUICK_PAIRS = 1_000_000, 40_000
LEAST = {
    "record_of_copy": 0.25,
    "generated_of_copy": 0.25,
    "imported_of_copy": 0.25,
    "parquet_of_copy": 0.15,
    "chat_of_copy": 0.15,
    "same_sha256": 1,
}
MOST = {"memory_mb": 250.0}
# Plain columns, what is many of a pair aggregated: what a script for this would write.
COPY = """COPY (
    SELECT r.id, r.text, i.text, i.record, c.recipe_id, c.example_numbers, c.prompt_hash, s.text,
        s.description, k.items, f.path, f.repository, f.licences, f.blob_id, src.spec, s.start,
        s."end", im.file_name, g.dialect, v.verdicts, l.labels
    FROM generation_response AS r
    JOIN review_decision AS d ON d.response_id = r.id AND d.good
    JOIN generation_instruction AS i ON i.id = r.instruction_id
    LEFT JOIN generation_completion AS c ON c.id = r.completion_id
    LEFT JOIN generation_concepts AS k ON k.id = i.concepts_id
    LEFT JOIN generation_import AS im ON im.id = i.imported_id
    LEFT JOIN seeds_seed AS s ON s.id = i.seed_id
    LEFT JOIN seeds_sourcefile AS f ON f.id = s.file_id
    LEFT JOIN seeds_source AS src ON src.id = f.source_id
    LEFT JOIN validation_storedreading AS g ON g.response_id = r.id
    LEFT JOIN (
        SELECT response_id, json_object_agg(database, outcome) AS verdicts
        FROM validation_verdict GROUP BY 1
    ) AS v ON v.response_id = r.id
    LEFT JOIN (
        SELECT response_id, json_agg(json_build_array(reviewer_id, value, reasons)) AS labels
        FROM review_label GROUP BY 1
    ) AS l ON l.response_id = r.id
    ORDER BY r.id
) TO STDOUT"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Rows a second of exports, beside COPY")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    pairs = QUICK_PAIRS if options.quick else options.pairs
    with django_here():
        timed(f"{pairs:,} pairs stored", lambda: _fill(pairs))
        figures = _figures(pairs)
    for name, value in figures.items():
        print(f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}")
    missed = [f"{name} is below {bound}" for name, bound in LEAST.items() if figures[name] < bound]
    missed += [f"{name} is above {bound}" for name, bound in MOST.items() if figures[name] > bound]
    if options.check and missed:
        sys.exit("Missed: " + "; ".join(missed))


def _fill(pairs: int) -> None:
    """Half of the pairs generated, half imported."""
    from apps.generation.models import Import, Instruction
    from apps.generation.prompting import Prompter
    from apps.seeds.models import Seed
    from tests.builders import make_run, make_seed, make_user

    defaults_in_database("generation", "validation", "review")
    data = HERE.parent / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
    pair = [json.loads(line) for line in data.read_text().splitlines()][1]
    run = make_run(seeds=[])
    instructions = pairs // 20
    for _ in range(instructions // 10 + 1):
        make_seed()
    prompt = Prompter(recipe=run.recipe, stage="i_r", numbers=[1]).prompt(Instruction(text="\0"))
    before, after = prompt.text.split("\0")
    first_seed = Seed.objects.order_by("pk").values_list("pk", flat=True)[0]
    common = {
        "run": run.pk, "recipe": run.recipe_id, "seed": first_seed, "all": pairs,
        "instructions": instructions, "instruction": pair["instruction"],
        "response": pair["response"], "before": before, "after": after,
        "reviewer": make_user().pk, "sql": "UPDATE users SET age = 25 WHERE id = 1;",
    }  # fmt: skip
    imported = Import.objects.create(file_name="pairs.jsonl", sha256="0" * 64)
    whole = before + pair["instruction"] + after
    record = pair | {"prompt": whole, "fingerprint": None, "id": 0}
    for first, of_import in ((1, None), (instructions + 1, imported.pk)):
        values = common | {"first": first, "imported": of_import, "record": json.dumps(record)}
        execute("export_fill.sql", values)


def _figures(pairs: int) -> dict[str, float]:
    from apps.exports.choice.filters import GENERATED, IMPORTED, Filters
    from apps.exports.shape import FileKind, Format, Shape

    half = pairs // 2
    copied = _rate(_copy, pairs)
    first, began = _first_row()
    record, export = _exported(Filters(), Shape(), pairs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    again, other = _exported(Filters(), Shape(), pairs)
    copied = max(copied, _rate(_copy, pairs))
    rates = {
        "record_of_copy": max(record, again),
        "generated_of_copy": _exported(Filters(origins=(GENERATED,)), Shape(), half)[0],
        "imported_of_copy": _exported(Filters(origins=(IMPORTED,)), Shape(), half)[0],
        "parquet_of_copy": _exported(Filters(), Shape(file=FileKind.PARQUET), pairs)[0],
        "chat_of_copy": _exported(Filters(), Shape(format=Format.CHAT), pairs)[0],
    }
    return {
        "copy_rows_per_second": copied,
        **{name: rate / copied for name, rate in rates.items()},
        "memory_mb": memory,
        "first_row_seconds": first - began,
        "same_sha256": int(export.sha256 == other.sha256),
    }


def _rate(do: Callable[[], object], rows: int) -> float:
    started = time.perf_counter()
    do()
    return rows / (time.perf_counter() - started)


def _copy() -> None:
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for _ in copy:
            pass


def _first_row() -> tuple[float, float]:
    """When the first row came, and when it was asked for."""
    from django.db import transaction

    from apps.exports.choice.care import Care
    from apps.exports.choice.choosing import choose
    from apps.exports.choice.filters import Filters
    from apps.exports.shape import Shape
    from apps.exports.writing import stream_pairs

    began = time.perf_counter()
    with transaction.atomic():
        next(stream_pairs(choose(Filters(), Care(), Shape()), Shape()))
        return time.perf_counter(), began


def _exported(filters: Filters, shape: Shape, rows: int) -> tuple[float, Export]:
    """Rows a second of a whole export, which is then deleted."""
    from apps.core import work
    from apps.exports.exporting import export_write
    from apps.exports.services import export_start
    from apps.exports.storing import remove

    export = export_start(filters=filters, shape=shape)
    rate = _rate(lambda: export_write(export=export, lease=work.Lease()), rows)
    export.refresh_from_db()
    assert export.rows == rows, (export.rows, export.manifest["left_out"])
    remove(export, patience=0)
    return rate, export


if __name__ == "__main__":
    main()
