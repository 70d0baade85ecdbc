"""What an instruction says of the result: whether its rows are to come in an order."""

from __future__ import annotations

import re

from apps.validation.values import Row

_MAX = 8_000
_ANY_ORDER = re.compile(
    r"\b(?:in any|no particular|no specific|regardless of(?: the)?|without (?:any )?)\s*"
    r"(?:sort(?:ing)?\s+)?order|\border (?:of (?:the )?(?:rows|results?) )?does(?:n't| not) matter"
    r"|\bneed(?: not|n't) be (?:sorted|ordered)",
    re.IGNORECASE,
)
_MOST = (
    r"(?:(?:most|least|more|fewer)\s+\w+|most|least|best|worst|latest|\w{2,20}[^\W\d]est|a to z)"
)
_WAYS = r"(?:by|alphabetically|chronologically|from|in)"
_ORDERS = r"(?:ascending|descending|alphabetic(?:al)?|chronological|reverse|increasing|decreasing)"
# What may follow a "first" that tells of an order: with a noun behind it, it is one row.
_ENDS = r"(?=\s*(?:$|[^\w\s]|(?:and|then|so|when|if|for|within|but)\b))"
_ASKS = re.compile(
    "|".join(
        (
            rf"\b(?:order|sort|arrang)(?:ed|ing)\s+(?:\w+\s+){{0,3}}?{_WAYS}\b",
            r"\border by\b",
            r"\b(?:order|sort|arrange)\s+(?:the|them|it|these|your|all|everything)\b"
            rf"[^.;\n]{{0,60}}?\b{_WAYS}\b",
            r"\bsort\s+(?:by|alphabetically|descending|ascending)\b",
            rf"\b(?:rank|list)(?:ed|ing)?\s+(?:them\s+)?from\s+(?:the\s+)?{_MOST}\b",
            rf"\bfrom\s+(?:the\s+)?{_MOST}\s+(?:[\w ]{{0,30}}?\s)?to\s+(?:the\s+)?{_MOST}\b",
            rf"\bin\s+(?:an?\s+|the\s+)?(?:\w+\s+)?{_ORDERS}\s+(?:\w+\s+)?order\b",
            r"\bin\s+(?:the\s+)?order\s+of\b",
            r"\bin\s+order\b(?!\s+(?:to|that|for)\b)",
            r"\b(?:ascending|descending|alphabetically|chronologically)\b",
            rf"\b{_MOST}(?:\s+(?!the\b|first\b)[\w-]+){{0,3}}?\s+"
            r"(?:(?:come|comes|coming|shown|listed)\s+)?"
            rf"(?:at\s+the\s+top|on\s+top|first{_ENDS})",
            rf"\b(?:starting|beginning)\s+(?:with|from)\s+(?:the\s+)?{_MOST}\b",
            rf"\b{_MOST}-first\b",
        )
    ),
    re.IGNORECASE,
)


def asks_for_order(instruction: str) -> bool:
    """Whether the rows of the result are to come in an order that the instruction names.

    The highest, or the first, of something is one row and no order; names in order of something,
    or the dearest first, are.
    """
    text = instruction[:_MAX]
    return bool(_ASKS.search(text)) and not _ANY_ORDER.search(text)


def names_all(instruction: str, rows: tuple[Row, ...]) -> bool:
    """Whether an instruction itself says every value of some rows: then they are no secret."""
    said = {word.strip(".").lower() for word in re.findall(r"[\w.]+", instruction[:_MAX])}
    cells = [str(cell).lower() for row in rows for cell in row if cell is not None]
    return bool(cells) and all(set(re.findall(r"[\w.]+", cell)) <= said for cell in cells)
