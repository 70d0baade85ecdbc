"""Rows as Python's drivers print them: `[('Kit', 1), ('Tom', None)]`, a list of dicts or values."""

from __future__ import annotations

import ast
import re
import warnings

from apps.validation.values import Scalar

MAX_TEXT = 20_000
MAX_DEPTH = 8
# What a driver says instead of a text or a number: Decimal('1.5'), datetime.date(2024, 5, 6).
_TEXTS = frozenset({"Decimal", "UUID", "str"})
_DATES = frozenset({"date", "datetime", "time"})
_ROWS = re.compile(r"\[\s{0,9}[(\[{]")


class NotLiteral(ValueError):
    """The text is no list of rows."""


def rows_shown(text: str) -> object | None:
    """The rows that a text is a list of, or shows a line each; None where it is anything else."""
    bare = text.strip()
    lines = [line.strip().removesuffix(",") for line in bare.splitlines() if line.strip()]
    if bare.startswith("(") and all(line[0] == "(" and line[-1] == ")" for line in lines):
        bare = f"[{', '.join(lines)}]"
    if not _ROWS.match(bare):
        return None
    try:
        rows = literal_of(bare)
    except NotLiteral:
        return None
    shown = isinstance(rows, list) and all(isinstance(row, list | dict) for row in rows)
    return rows if shown else None


def literal_of(text: str) -> object:
    """The lists, dicts and scalars that a text says; raises `NotLiteral`.

    Nothing is evaluated: the text's tree is read, bounded in size and depth.
    """
    if len(text) > MAX_TEXT or _depth(text) > MAX_DEPTH:
        raise NotLiteral("the list is too long or nested too deep")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that are none
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotLiteral("the text is no list of rows") from error
    return _value(tree)


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {str(_value(key)): _value(value) for key, value in zip(keys, values, strict=True)
                    if key is not None}  # fmt: skip
        case ast.Name(id="null" | "NULL"):
            return None
        case ast.Call(func=function, args=[*args]):
            return _called(function, [_value(item) for item in args])
        case _:
            raise NotLiteral("the list holds something that is no value")


def _called(function: ast.expr, args: list[object]) -> Scalar:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in _TEXTS and len(args) == 1 and isinstance(args[0], str):
        return float(args[0]) if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", args[0]) else args[0]
    if name in _DATES and args and all(isinstance(item, int) for item in args):
        return _moment(name, [item for item in args if isinstance(item, int)])
    raise NotLiteral(f"the list holds {name or 'something'}(), which is no value")


def _moment(name: str, numbers: list[int]) -> str:
    day = numbers[:3] if name != "time" else []
    clock = (numbers[3:6] if day else numbers[:3]) if name != "date" else []
    said = ["-".join(f"{item:02}" for item in day)] if day else []
    if clock or name == "datetime":
        said.append(":".join(f"{item:02}" for item in (*clock, 0, 0, 0)[:3]))
    return " ".join(said)
