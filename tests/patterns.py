"""Every regular expression that the code writes down, in calls of `re` and inline ones too."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CALLS = {"compile", "match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn"}


@dataclass(frozen=True)
class Pattern:
    place: str
    rule: str
    flags: int
    method: str


class _Names(dict[str, Any]):
    """A module's names; what only a function knows is the word x."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name, "x")


def patterns() -> Iterator[Pattern]:
    """All patterns of apps and worker, each with where it stands."""
    for folder in ("apps", "worker"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if {"migrations", "management"} & set(path.parts):
                continue
            text = path.read_text()
            if "re." in text:
                yield from _of_module(path, ast.parse(text))


def _of_module(path: Path, tree: ast.Module) -> Iterator[Pattern]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_of_re(node.func)]
    if not calls:
        return  # apps.wsgi is not to be imported: it gives the tests' process a pool
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    names = _Names(vars(importlib.import_module(name)))
    used = _used(tree)
    for node in calls:
        if node.args:
            rule = _value(node.args[0], names)
            if isinstance(rule, str):
                assert isinstance(node.func, ast.Attribute)
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                for method in used.get(id(node), {node.func.attr}):
                    yield Pattern(place, rule, _flags(node, names), method)


def _used(tree: ast.Module) -> dict[int, set[str]]:
    """The methods that a module calls of its compiled patterns, by the call that compiles."""
    called: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called.setdefault(node.value.id, set()).add(node.attr)
    return {
        id(node.value): called[target.id] & CALLS
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and called.get(target.id, set()) & CALLS
    }


def _is_of_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in CALLS
    )


def _flags(node: ast.Call, names: _Names) -> int:
    given = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "flags")]
    for argument in given:
        if "re." in ast.unparse(argument):
            return int(_value(argument, names))
    return 0


def _value(node: ast.expr, names: _Names) -> Any:
    code = compile(ast.Expression(node), "<pattern>", "eval")
    try:
        found = eval(code, dict(names), names)  # noqa: S307 — the code of this repository
    except (AttributeError, TypeError, KeyError, ValueError):
        return None  # put together by a function out of what it is given
    return found.pattern if isinstance(found, re.Pattern) else found
