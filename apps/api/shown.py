"""The OpenAPI document as the page of the API shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.api.document import document

_REFERENCE = "#/components/schemas/"
Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShownField:
    """A parameter, or a field of a body."""

    name: str
    where: str
    kind: str
    needed: bool
    told: SafeString


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """One operation. `anchor` is its name in clients and in the page's address, `told` what is
    said beyond the summary.
    """

    anchor: str
    method: str
    path: str
    summary: SafeString
    told: SafeString
    scope: str
    fields: tuple[ShownField, ...]
    answer: str


@cache
def groups() -> list[tuple[str, list[ShownOperation]]]:
    """The operations by the part of the site that they belong to."""
    found: dict[str, list[ShownOperation]] = {}
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            found.setdefault(operation["tags"][0], []).append(_shown(method, path, operation))
    return list(found.items())


def _shown(method: str, path: str, operation: Stored) -> ShownOperation:
    return ShownOperation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=_marked(operation["summary"]),
        told=_marked(_beyond(operation["summary"], operation["description"])),
        scope=operation["x-scope"],
        fields=tuple(_parameters(operation)) + tuple(_body(operation)),
        answer=", ".join(_answers(operation)),
    )


def _beyond(summary: str, description: str) -> str:
    """What a description says behind its summary, which is its first sentence."""
    return description.removeprefix(summary).removeprefix(".").strip()


def _marked(text: str) -> SafeString:
    """A text of the document: what stands in backticks is code."""
    pieces = enumerate(str(escape(text)).split("`"))
    marked = (f"<code>{piece}</code>" if place % 2 else piece for place, piece in pieces)
    return mark_safe("".join(marked))  # noqa: S308  escaped


def _parameters(operation: Stored) -> list[ShownField]:
    return [
        ShownField(
            name=one["name"],
            where=one["in"],
            kind=_kind(one["schema"]),
            needed=one["required"],
            told=_marked(one.get("description", "")),
        )
        for one in operation["parameters"]
    ]


def _body(operation: Stored) -> list[ShownField]:
    content = operation.get("requestBody", {}).get("content", {})
    fields = []
    for media, said in content.items():
        schema = _resolved(said["schema"])
        if "properties" not in schema:
            fields.append(
                ShownField("", "body", media, needed=True, told=_marked("The file itself."))
            )
        fields += [
            ShownField(
                name=name,
                where="body",
                kind=_kind(one),
                needed=name in schema.get("required", ()),
                told=_marked(one.get("description", "")),
            )
            for name, one in schema.get("properties", {}).items()
        ]
    return fields


def _answers(operation: Stored) -> list[str]:
    """What comes back where it is done: "201 RunOut"."""
    told = []
    for status, answer in operation["responses"].items():
        if int(status) < 300:
            kinds = [_kind(said["schema"]) for said in answer.get("content", {}).values()]
            told.append(" ".join([str(status), *kinds]))
    return told


def _kind(schema: Stored) -> str:
    """A type in a few words: "one of good, bad", "list of string", "integer, 1 or more"."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REFERENCE)
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds)
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("title") if schema.get("properties") else schema.get("type", "anything"))


def _resolved(schema: Stored) -> Stored:
    if "$ref" not in schema:
        return schema
    name = str(schema["$ref"]).removeprefix(_REFERENCE)
    found: Stored = document()["components"]["schemas"][name]
    return found
