"""Copies: of a shown example, of the seed, of a benchmark's question."""

from __future__ import annotations

from collections.abc import Mapping

from apps.validation.checks.base import (
    BenchmarkIndex,
    Check,
    Finding,
    PairText,
    Words,
    overlap,
    words_of,
)

# An instruction is short and all its own; responses share the phrases of their format.
SHOWN = {"instruction": (5, 0.5), "response": (8, 0.6)}
SEED_SIZE, SEED_SHARE, SEED_WORDS = 6, 0.8, 12
BENCHMARK_SIZE = 13  # as GPT-3's and later decontamination: 13 words in a row
SHORTEST_QUESTION = 4  # "List all users" is anybody's


def _few_shot(pair: PairText) -> Finding | None:
    for where, text in (("instruction", pair.instruction), ("response", pair.response)):
        for shown in pair.shown:
            size, share = SHOWN[where]
            found = overlap(text, shown, size)
            if found.share >= share:
                message = f"{found.share:.0%} of the {where} repeats an example of the prompt."
                return Finding("few_shot_copy", message, where, found.start, found.end)
    return None


def _seed(pair: PairText) -> Finding | None:
    """The instruction gives the seed away, or the response is nothing but the seed."""
    if len(words_of(pair.seed).words) < SEED_WORDS:
        return None
    reading = pair.read()
    for where, text, part in (
        ("instruction", pair.instruction, pair.instruction),
        ("response", pair.response, reading.sql),
    ):
        # Of the seed for the instruction, of the SQL for the response: it may explain at length.
        share = (
            overlap(pair.seed, part, SEED_SIZE).share
            if where == "instruction"
            else overlap(part, pair.seed, SEED_SIZE).share
        )
        if share >= SEED_SHARE:
            place = overlap(text, pair.seed, SEED_SIZE)
            message = f"The {where} copies the seed ({share:.0%})."
            return Finding("seed_copy", message, where, place.start, place.end)
    return None


def _benchmark(pair: PairText) -> Finding | None:
    if pair.benchmark is None:
        return None
    for where, text in (("instruction", pair.instruction), ("response", pair.response)):
        words = words_of(text)
        found = _first(words, BENCHMARK_SIZE, pair.benchmark.grams)
        if found:
            number, span = found
            message = f"The {where} shares {BENCHMARK_SIZE} words with benchmark question {number}."
            return Finding("benchmark_overlap", message, where, *span)
        whole = _short_question(pair.benchmark, where, words)
        if whole:
            return whole
    # To read, and to parse, what nothing is compared with is not worth its time.
    statements = pair.read().statements if pair.benchmark.queries else ()
    for statement in statements:
        of_query = pair.benchmark.queries.get(normalise_sql(statement))
        if of_query is not None:
            start = max(0, pair.response.find(statement))
            message = f"The SQL is that of benchmark question {of_query}."
            return Finding("benchmark_overlap", message, "response", start, start + len(statement))
    return None


def _short_question(benchmark: BenchmarkIndex, where: str, text: Words) -> Finding | None:
    """A question too short to share 13 words, whole, whatever stands around it."""
    words = text.without_marks()
    for size in sorted({len(question) for question in benchmark.short}):
        found = _first(words, size, benchmark.short)
        if found:
            number, span = found
            message = f"The {where} contains benchmark question {number}."
            return Finding("benchmark_overlap", message, where, *span)
    return None


def _first(
    words: Words, size: int, known: Mapping[tuple[str, ...], int]
) -> tuple[int, tuple[int, int]] | None:
    """The number of the first known n-gram, and where it stands; most texts have none."""
    grams = words.grams(size)
    if known.keys().isdisjoint(grams):
        return None
    index = next(index for index, gram in enumerate(grams) if gram in known)
    return known[grams[index]], words.span(index, index + size - 1)


def normalise_sql(sql: str) -> str:
    """SQL without comments, case, quotes, layout and the values of its literals."""
    # Pages name the checks, and parse nothing.
    import sqlglot
    from sqlglot import exp

    from apps.sql.slips import SLIPS, within_reason

    try:
        trees = sqlglot.parse(within_reason(sql[:20_000]))
        tree = trees[0] if trees else None
        if not isinstance(tree, exp.Expression):
            return " ".join(words_of(sql).words)
        for node in list(tree.find_all(exp.Literal)):
            node.replace(exp.Placeholder())
        return tree.sql(comments=False, normalize=True, identify=False).lower()
    except SLIPS:
        return " ".join(words_of(sql.rstrip("; \n")).words)


FEW_SHOT_COPY = Check("few_shot_copy", 1, _few_shot)
SEED_COPY = Check("seed_copy", 1, _seed)
BENCHMARK_OVERLAP = Check("benchmark_overlap", 2, _benchmark)
