"""SQL as text has one room: nobody outside apps/sql spells a pattern for a quote or a comment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / "apps" / "sql"
# From a quote over everything but that quote, or to its other end; a comment from its mark on.
SPELT = re.compile(
    r"""(['"`])\\?(?:\((?:\?[:>])?)*\[\^[^\]]*\1"""
    r"""|(['"`])\.[*+{][^'"`]{0,8}\2"""
    r"""|(?<!-)--(?!-)\+?(?:\\[sSt]|\[[^\]^]*\]|[*+?(])*(?:\.[*+{]|\[\^)"""
    r"""|\(\?:--\+?[|)]"""
    r"""|/\\\*|\\\*\+{0,2}/|\#(?:\[\^|\.[*+{])"""
)
# Quotes and dashes of another language than SQL, with the reason.
OTHER_LANGUAGES = {
    ("apps/validation/reading/blocks.py", "`([^`\\n]{10,2000})`"): "a code span of Markdown",
    ("apps/validation/results/told.py", "`[^`]{1,100}`"): "a code span of Markdown",
}


def spelt(source: str) -> Iterator[str]:
    """The literal parts of a module's patterns that scan a quote or a comment.

    Looked at is what is given to `re`, and every constant of the module that is named there.
    """
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    seen: set[str] = set()
    waiting = [call.args[0] for call in ast.walk(tree) if _is_pattern(call) and call.args]
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
                if SPELT.search(text):
                    yield text
            elif isinstance(node, ast.Name) and node.id in constants and node.id not in seen:
                seen.add(node.id)
                waiting.append(constants[node.id])


def _is_pattern(node: ast.AST) -> bool:
    """A call of `re` (`re.compile`, `re.sub`, …)."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr != "escape"
    )


def _is_allowed(place: str, text: str) -> bool:
    return any(place == file and part in text for file, part in OTHER_LANGUAGES)


def test_nobody_else_spells_a_pattern_for_a_quote_or_a_comment() -> None:
    modules = [
        path
        for folder in ("apps", "worker")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if HOME not in path.parents
    ]
    found = [
        f"{place}: {text}"
        for path in modules
        for text in spelt(path.read_text())
        if not _is_allowed(place := str(path.relative_to(ROOT)), text)
    ]

    assert len(modules) > 200
    assert found == []


def test_every_exception_is_one() -> None:
    for file, part in OTHER_LANGUAGES:
        assert any(part in text for text in spelt((ROOT / file).read_text()))


SCANNERS = [
    r"""re.compile(r"'[^']*'")""",
    r"""re.compile(rb'"[^"\\n]+"', re.DOTALL)""",
    r"""re.search(r"`([^`]*)`", text)""",
    r"""re.sub(r"'(?:[^'\\]|'')*+'", "", text)""",
    r"""re.compile(r"'.*?'")""",
    r"""re.compile(r"--[^\n]*")""",
    r"""re.compile(r"^[ \t]*--.*$")""",
    r"""re.findall(r"--\s*(.*)", text)""",
    r"""re.compile(r"^(?:--|#)[ \t]?(.*)$")""",
    r"""re.compile(r"/\*.*?\*/", re.DOTALL)""",
    r"""re.compile(r"#[^\n]*")""",
    'QUOTED = r"\'[^\']*\'"\nre.compile(rf"a|{QUOTED}")',
    'A = r"--[^\\n]*"\nB = A + "|x"\ndef f(text):\n    return re.split(B, text)',
]
OTHERS = [
    r"""re.compile(r"\bdon't\b")""",
    r"""re.compile(r"[`*#>|~]+")""",
    r"""re.compile(r"^\|[-: |]+\|$")""",
    r"""re.compile(r"-----BEGIN [A-Z ]*KEY-----")""",
    r"""re.compile(lexical.quoted("'", backslash=False))""",
    r"""re.compile(r"C#|c\+\+")""",
]


def test_a_pattern_that_scans_is_seen() -> None:
    assert [source for source in SCANNERS if not list(spelt(source))] == []
    assert [source for source in OTHERS if list(spelt(source))] == []
