"""dbt models and other SQL with Jinja: written out with plain names, so that it can be read.

Jinja's parser makes the tree; what it means is looked up here, name by name, and never by running
the template: no attribute of a Python object is reached, every step and every character is
counted. A macro that is not known is a reason, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

MOST_CHARACTERS = 64 * 1024
MOST_OUTPUT = 128 * 1024
MOST_STEPS = 20_000

_MARK = re.compile(r"\{\{-?\s*+[A-Za-z_][\w.]*+\s*+(?:[(|\[~]|-?\}\})|\{%-?\s*+[a-z_]++")
# dbt's own blocks around a query.
_SNAPSHOT = re.compile(r"\{%-?\s*+(?:snapshot\s++\w++|endsnapshot)\s*+-?%\}")
_UNKNOWN_TAG = re.compile(r"unknown tag '(\w+)'")
_environment = SandboxedEnvironment()


@dataclass(frozen=True, slots=True)
class Rendered:
    """The SQL that a template comes to."""

    text: str


@dataclass(frozen=True, slots=True)
class Unrendered:
    """`macro` is what stands in the way: a macro's or tag's name, or "syntax" or "size"."""

    macro: str


Value = str | int | float | bool | None | list["Value"]
Says = Callable[[list[Value]], Value]


class _Unknown(Exception):
    """Something that only the template's own project knows."""


def is_template(text: str) -> bool:
    """Whether a text has Jinja's marks in it."""
    return ("{{" in text or "{%" in text) and _MARK.search(text) is not None


def render(text: str, *, name: str = "this_model") -> Rendered | Unrendered:
    """The template's SQL; `name` is what the model itself is called (`{{ this }}`).

    ref and source are the names that they are given, a variable is its default or its own name,
    config is nothing, and is_incremental() is false: the model as it is built the first time.
    """
    if len(text) > MOST_CHARACTERS:
        return Unrendered("size")
    try:
        tree = _environment.parse(_SNAPSHOT.sub("", text))
        writer = _Writer(names={"this": name})
        writer.write(tree.body)
    except TemplateSyntaxError as error:
        tag = _UNKNOWN_TAG.search(error.message or "")
        return Unrendered(tag[1] if tag else "syntax")
    except RecursionError:
        return Unrendered("size")
    except _Unknown as error:
        return Unrendered(str(error)[:100])
    return Rendered("".join(writer.output).strip())


@dataclass
class _Writer:
    """The state of one template: what it has set, and what it has written."""

    names: dict[str, Value]
    output: list[str] = field(default_factory=list)
    steps: int = 0
    size: int = 0

    def write(self, body: list[nodes.Node]) -> None:
        for node in body:
            self._step()
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    self._say(
                        part.data if isinstance(part, nodes.TemplateData) else self.value(part)
                    )
            elif isinstance(node, nodes.If):
                self._choose(node)
            elif isinstance(node, nodes.For):
                self._repeat(node)
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                self.names[node.target.name] = self.value(node.node)
            else:
                raise _Unknown(getattr(node, "name", None) or type(node).__name__.lower())

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise _Unknown("size")

    def _say(self, value: Value) -> None:
        text = "" if value is None else str(value)
        self.size += len(text)
        if self.size > MOST_OUTPUT:
            raise _Unknown("size")
        self.output.append(text)

    def _choose(self, node: nodes.If) -> None:
        for branch in (node, *node.elif_):
            if self.value(branch.test):
                return self.write(branch.body)
        return self.write(node.else_)

    def _repeat(self, node: nodes.For) -> None:
        items = self.value(node.iter)
        if not isinstance(items, list) or not isinstance(node.target, nodes.Name) or node.test:
            raise _Unknown("for")
        around = dict(self.names)
        for number, item in enumerate(items):
            self._step()
            self.names = {**around, node.target.name: item}
            self.names |= {
                "loop.first": number == 0, "loop.last": number == len(items) - 1,
                "loop.index": number + 1, "loop.index0": number,
            }  # fmt: skip
            self.write(node.body)
        self.names = around
        if not items:
            self.write(node.else_)

    def value(self, node: nodes.Node) -> Value:
        """What an expression comes to."""
        self._step()
        if isinstance(node, nodes.Const):
            return _plain(node.value)
        if isinstance(node, nodes.List | nodes.Tuple):
            return [self._scalar(item) for item in node.items]
        if isinstance(node, nodes.Name):
            return self.names.get(node.name, node.name)
        if isinstance(node, nodes.Getattr):
            return self._attribute(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.Filter) and node.node is not None and node.name in _FILTERS:
            return _FILTERS[node.name]([self.value(node.node), *map(self.value, node.args)])
        return self._logic(node)

    def _scalar(self, node: nodes.Node) -> Value:
        """Lists of lists would let a few words stand for more than there is memory."""
        value = self.value(node)
        if isinstance(value, list) or (isinstance(value, str) and len(value) > 1000):
            raise _Unknown("list")
        return value

    def _logic(self, node: nodes.Node) -> Value:
        if isinstance(node, nodes.Not):
            return not self.value(node.node)
        if isinstance(node, nodes.And):
            return self.value(node.left) and self.value(node.right)
        if isinstance(node, nodes.Or):
            return self.value(node.left) or self.value(node.right)
        if isinstance(node, nodes.Compare) and len(node.ops) == 1:
            return _compare(node.ops[0].op, self.value(node.expr), self.value(node.ops[0].expr))
        if isinstance(node, nodes.CondExpr) and node.expr2:
            return self.value(node.expr1 if self.value(node.test) else node.expr2)
        if isinstance(node, nodes.Concat):
            return self._joined([self.value(part) for part in node.nodes])
        if isinstance(node, nodes.Add):
            return self._joined([self.value(node.left), self.value(node.right)])
        raise _Unknown(getattr(node, "name", None) or type(node).__name__.lower())

    def _joined(self, parts: list[Value]) -> Value:
        if not all(isinstance(part, str | int) for part in parts):
            raise _Unknown("concat")
        text = "".join(map(str, parts))
        if len(text) > 1000:  # set to itself twice over and over, it would fill the memory
            raise _Unknown("size")
        return text

    def _attribute(self, node: nodes.Getattr) -> Value:
        """A part of what is not known is called by its last name, or by all of them where that is
        a word of SQL.
        """
        path = _path(node)
        if path in self.names:
            return self.names[path]
        if path.partition(".")[0] in self.names or not path or node.attr.startswith("_"):
            if path.startswith("this."):
                return self.names["this"] if node.attr in ("name", "identifier") else node.attr
            raise _Unknown(path or node.attr)
        return path.replace(".", "_") if node.attr.upper() in _RESERVED else node.attr

    def _call(self, node: nodes.Call) -> Value:
        path = _path(node.node)
        says = _CALLS.get(path)
        if says is None or node.dyn_args or node.dyn_kwargs:
            raise _Unknown(path or "call")
        return says([] if path == "config" else [self.value(one) for one in node.args])


# What no table or column is called without quotes.
_WORDS_OF_SQL = """
TABLE SELECT FROM WHERE GROUP ORDER BY INDEX KEY COLUMN VALUES USER DEFAULT CHECK PRIMARY SET INTO
JOIN ON UNION LIMIT CASE WHEN END AND OR NOT NULL AS IN CREATE ALTER DROP INSERT UPDATE DELETE WITH
VIEW TO
"""
_RESERVED = frozenset(_WORDS_OF_SQL.split())


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise _Unknown("constant")


def _path(node: nodes.Node) -> str:
    """`dbt_utils.star` of that node; "" where it is no plain path."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Name) else ""


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator in ("eq", "ne"):
        return (left == right) is (operator == "eq")
    if operator in ("in", "notin") and isinstance(right, list):
        return (left in right) is (operator == "in")
    if isinstance(left, int | float) and isinstance(right, int | float):
        order = {
            "lt": left < right,
            "lteq": left <= right,
            "gt": left > right,
            "gteq": left >= right,
        }
        if operator in order:
            return order[operator]
    raise _Unknown(f"comparison {operator}")


def _last(values: list[Value]) -> Value:
    if not values:
        raise _Unknown("ref")
    return values[-1]


def _dotted(values: list[Value]) -> Value:
    return ".".join(map(str, values[:3]))


def _range(values: list[Value]) -> Value:
    bounds = [one for one in values if isinstance(one, int)]
    if len(bounds) != len(values) or not 1 <= len(bounds) <= 2:
        raise _Unknown("range")
    numbers = range(*bounds)
    if len(numbers) > 1000:
        raise _Unknown("range")
    return list(numbers)


_CALLS: dict[str, Says] = {
    "ref": _last,
    "source": _dotted,
    "var": _last,
    "env_var": _last,
    "config": lambda _: "",
    "is_incremental": lambda _: False,
    "range": _range,
}


def _cased(change: Callable[[str], str]) -> Callable[[list[Value]], Value]:
    return lambda values: change(str(values[0]))


def _join(values: list[Value]) -> Value:
    items = values[0] if isinstance(values[0], list) else [values[0]]
    text = str(values[1] if len(values) > 1 else "").join(map(str, items))
    if len(text) > MOST_OUTPUT:
        raise _Unknown("size")
    return text


_FILTERS: dict[str, Callable[[list[Value]], Value]] = {
    "upper": _cased(str.upper),
    "lower": _cased(str.lower),
    "trim": _cased(str.strip),
    "string": _cased(str),
    "join": _join,
    "length": lambda values: len(values[0]) if isinstance(values[0], list | str) else 0,
    "default": lambda values: values[0],
}
