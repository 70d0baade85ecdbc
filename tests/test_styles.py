"""The style sheets: no error in them, colours and sizes from tokens.css alone, enough contrast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import tinycss2
import tinycss2.color3

CSS = Path(__file__).parents[1] / "static" / "css"
SHEETS = sorted(CSS.glob("*.css"))
TOKENS = (CSS / "tokens.css").read_text()
# WCAG 2.2: 4.5 for text (1.4.3), 3 for what a control is known by (1.4.11).
TEXT, SIGN = 4.5, 3.0
# Nearer to a token than this, in rem (0.8 of a pixel), a distance is meant to be it.
NEAR = 0.0501
# Nothing, and the colour of the text around, are no colours of their own.
NAMED = set(tinycss2.color3._COLOR_KEYWORDS) - {"transparent", "currentcolor"}  # noqa: SLF001
COLOUR_FUNCTIONS = {
    *("rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "light-dark"),
}
GROUNDS = ("ground", "surface", "sunken", "hover")
PAIRS = [
    *((text, ground, TEXT) for text in ("text", "muted", "accent") for ground in GROUNDS),
    *((kind, ground, TEXT) for kind in ("good", "bad", "warn", "info") for ground in (
        "surface", f"{kind}-soft")),
    *(("text", f"{kind}-soft", TEXT) for kind in ("good", "bad", "warn", "info", "accent")),
    *((f"on-{kind}", kind, TEXT) for kind in ("accent", "good", "bad")),
    *((f"code-{part}", "sunken", TEXT) for part in (
        "keyword", "string", "number", "comment", "name")),
    *(("line-strong", ground, SIGN) for ground in GROUNDS),
    *(("wheat", ground, SIGN) for ground in ("ground", "surface")),
]  # fmt: skip


def colours() -> dict[str, tuple[str, str]]:
    """Each colour's name with what it is in light and in dark."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21, by WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("scheme", "name"), [(0, "light"), (1, "dark")])
def test_colours_have_enough_contrast(scheme: int, name: str) -> None:
    known = colours()
    weak = {
        f"{front} on {ground}": round(found, 2)
        for front, ground, least in PAIRS
        if (found := contrast(known[front][scheme], known[ground][scheme])) < least
    }
    assert not weak, name


def test_every_colour_is_measured() -> None:
    measured = set(chain.from_iterable((front, ground) for front, ground, _ in PAIRS))
    # Lines between rows say nothing that distances do not.
    assert set(colours()) - measured == {"line"}


def nodes(content: list[Any]) -> Iterator[Any]:
    """Every node of a sheet, those in blocks and functions too."""
    for node in content:
        yield node
        for part in ("prelude", "content", "arguments"):
            yield from nodes(getattr(node, part, None) or [])


def declared(content: list[Any]) -> Iterator[Any]:
    """Every declaration of a block's content, and what is wrong in it; nested rules' too."""
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        yield node
        if node.type in ("qualified-rule", "at-rule") and node.content:
            yield from declared(node.content)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_sheet_has_no_error(sheet: Path) -> None:
    rules = tinycss2.parse_stylesheet(sheet.read_text(), skip_comments=True, skip_whitespace=True)
    inner = chain.from_iterable(
        declared(rule.content or []) for rule in rules if rule.type != "error"
    )
    errors = [node for node in (*rules, *inner) if node.type == "error"]
    assert [(node.source_line, node.message) for node in errors] == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_what_a_sheet_takes_is_there_and_colours_are_tokens(sheet: Path) -> None:
    text = sheet.read_text()
    defined = set(re.findall(r"(--[\w-]+)\s*:", TOKENS + text))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined
    if sheet.name != "tokens.css":
        rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        values = [part for rule in rules if rule.content for part in nodes(rule.content)]
        bare = [part.value for part in values if part.type == "hash" and len(part.value) in (3, 6)]
        assert not [value for value in bare if re.fullmatch("[0-9a-f]+", value)]


def values_of(sheet: str) -> Iterator[tuple[int, str, list[Any]]]:
    """Line, name and value of each declaration of a sheet, those in @media and :is() too."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    for rule in rules:
        for node in declared(rule.content or []):
            if node.type == "declaration":
                yield node.source_line, node.lower_name, node.value


def literal_colours(sheet: str) -> list[str]:
    """Colours that are written out: by name, in hex or by a function."""
    return [
        f"{line}: {name}: {tinycss2.serialize([part])}"
        for line, name, value in values_of(sheet)
        for part in nodes(value)
        if (part.type == "ident" and part.lower_value in NAMED)
        or (part.type == "function" and part.lower_name in COLOUR_FUNCTIONS)
        or (part.type == "hash" and re.fullmatch("[0-9a-fA-F]{3,8}", part.value))
    ]


def literal_sizes(sheet: str) -> list[str]:
    """Sizes of letters that are no token. Allowed are those by what is around: em and percent."""
    return [
        f"{line}: {name}: {tinycss2.serialize(value).strip()}"
        for line, name, value in values_of(sheet)
        if name in ("font", "font-size")
        and any(part.type == "dimension" and part.lower_unit != "em" for part in nodes(value))
    ]


def literal_distances(sheet: str) -> list[str]:
    """Distances in rem that equal a token or nearly so. Allowed is what lies further from all of
    them (what makes a control as high as it is), what is part of a line (em) or a hair (px), and
    widths and heights, which are no distances.
    """
    tokens = [float(rem) for rem in re.findall(r"--gap[\w-]*: ([\d.]+)rem", TOKENS)]
    return [
        f"{line}: {name}: {part.value}rem"
        for line, name, value in values_of(sheet)
        if re.fullmatch(r"(margin|padding)(-.+)?|(row-|column-)?gap", name)
        for part in nodes(value)
        if part.type == "dimension" and part.lower_unit == "rem"
        and any(abs(abs(part.value) - token) <= NEAR for token in tokens)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sheet",
    [sheet for sheet in SHEETS if sheet.name != "tokens.css"],
    ids=lambda sheet: sheet.name,
)
def test_colours_sizes_and_distances_are_tokens(sheet: Path) -> None:
    text = sheet.read_text()
    assert literal_colours(text) == []
    assert literal_sizes(text) == []
    assert literal_distances(text) == []


def test_a_literal_is_seen_wherever_it_stands() -> None:
    sheet = """
    a { color: RED; b { border: 1px solid rgb(0 0 0 / 0.5) } }
    @media (min-width: 1rem) { c { background: linear-gradient(#fff, var(--x), hsl(0 0% 0%)) } }
    d { font-size: 14px; font: 600 1rem/1.4 var(--font); padding: 0.3rem 0.7rem; gap: 0.52rem }
    e { margin: 0 calc(-1 * 1.5rem); font-size: 0.9em; color: currentcolor; outline-color: transparent }
    """
    assert len(literal_colours(sheet)) == 4
    assert len(literal_sizes(sheet)) == 2
    assert literal_distances(sheet) == [
        "4: padding: 0.3rem", "4: gap: 0.52rem", "5: margin: 1.5rem",
    ]  # fmt: skip


def test_every_token_is_used() -> None:
    everything = "".join(sheet.read_text() for sheet in SHEETS)
    unused = [
        name for name in re.findall(r"(--[\w-]+):", TOKENS) if f"var({name})" not in everything
    ]
    assert not unused
