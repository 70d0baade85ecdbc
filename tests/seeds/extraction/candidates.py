"""Statements as the extraction gives them, for tests of what comes after it."""

from apps.seeds.extraction.chain import ExtractionSettings, SeedCandidate, extract


def candidates(script: str, path: str = "a.sql") -> list[SeedCandidate]:
    """The seeds of one script, nothing held back by the file's own template limit."""
    settings = ExtractionSettings(per_template=1000)
    found = extract(script.encode(), path=path, settings=settings)
    return [item for item in found if isinstance(item, SeedCandidate)]


def update(number: int, table: str = "users") -> str:
    """Statements of one masked form, each with a text of its own."""
    return f"UPDATE {table} SET age = {number} WHERE id = {number} AND name <> 'x{number}';\n"
