"""JSON that came, checked before anything looks at it; and forms of the site as its schema.

A rule of a form stands in the form: its fields' types, bounds and choices become the schema of
the body, and the form itself cleans what came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import Schema
from ninja.parser import Parser
from pydantic import ConfigDict, Field, create_model

from apps.api.problems import ProblemError
from apps.core.params import LARGEST

Form = TypeVar("Form", bound=forms.Form)
MOST_CHARACTERS = 100_000
MOST_ITEMS = 200
MOST_DEPTH = 20
Id = Annotated[int, Field(ge=1, le=LARGEST)]


class Body(Schema):
    """A JSON body: what it does not know is refused, so that no misspelt option is lost."""

    model_config = ConfigDict(extra="forbid", strict=True)


class JsonParser(Parser):
    """Ninja's, with what it lets through refused: NaN, half characters, nests without end."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            found = json.loads(request.body, parse_constant=_no_number)
            _look(found, 0)
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, "The body is no JSON.") from error
        return found

    def parse_querydict(
        self, data: MultiValueDict[str, str], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Ninja's, but of what is asked twice no one knows which is meant."""
        for name in ("before", "after", "everyone", "stage", "rejected", "file_name"):
            if len(data.getlist(name)) > 1:
                raise ProblemError(422, f"{name} stands there twice.")
        return super().parse_querydict(data, list_fields, request)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _look(value: Any, depth: int) -> None:
    """Raises ValueError where no text of a database could hold it."""
    if depth > MOST_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict):
        for name, each in value.items():
            _look(name, depth + 1)
            _look(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            _look(each, depth + 1)


def body_of(
    form: type[forms.Form],
    name: str,
    *,
    without: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
) -> type[Body]:
    """The body that a form takes. What is missing and not `required` has the value that the form
    shows at first, and the form says what must be there.
    """
    fields: dict[str, Any] = {}
    for key, field in form.base_fields.items():
        if key in required:
            fields[key] = (_type_of(field), Field(description=_told(field)))
        elif key not in without:
            fields[key] = (_type_of(field) | None, Field(None, description=_told(field)))
    return create_model(name, __base__=Body, **fields)


def cleaned(form: type[Form], body: Schema | dict[str, Any], **arguments: Any) -> Form:
    """The form with what came, valid. Raises ProblemError 422 with what is wrong where."""
    given = body.model_dump() if isinstance(body, Schema) else body
    shown = form(**arguments)
    data: MultiValueDict[str, Any] = MultiValueDict()
    for name, field in shown.fields.items():
        value = given.get(name)
        if value is None:
            value = field.prepare_value(shown.get_initial_for_field(field, name))
        if isinstance(value, (list, tuple)):
            data.setlist(name, [str(each) for each in value])
        elif value is not None:
            data[name] = str(value)
    sent = form(data, **arguments)
    if not sent.is_valid():
        raise refused(sent.errors.get_json_data())
    return sent


def refused(errors: Mapping[str, Any]) -> ProblemError:
    """What a form's errors are to a program."""
    found = [
        {"field": "" if name == "__all__" else name, "message": str(each["message"])}
        for name, each_of in errors.items()
        for each in each_of
    ]
    return ProblemError(422, found[0]["message"] if found else "Refused.", errors=found)


def _told(field: forms.Field) -> str:
    label = str(field.label or "")
    return f"{label}. {field.help_text}".strip(". ") if field.help_text else label


def _type_of(field: forms.Field) -> Any:
    # The order matters: what chooses among rows is a kind of what chooses among words.
    if isinstance(field, forms.ModelMultipleChoiceField):
        return Annotated[list[Id], Field(max_length=MOST_ITEMS)]
    if isinstance(field, forms.ModelChoiceField):
        return Id
    if isinstance(field, forms.MultipleChoiceField):
        one: Any = _choice(field)
        return Annotated[list[one], Field(max_length=MOST_ITEMS)]
    if isinstance(field, forms.ChoiceField):
        return _choice(field)
    if isinstance(field, forms.BooleanField):
        return bool
    if isinstance(field, forms.IntegerField):
        return _bounded(field, float if isinstance(field, forms.FloatField) else int)
    if isinstance(field, forms.CharField):
        return _text(field.max_length or MOST_CHARACTERS)
    one = _text(200)
    return Annotated[list[one], Field(max_length=MOST_ITEMS)]


def _choice(field: forms.ChoiceField) -> Any:
    """One of the form's words; any short text where they are known only when it is made."""
    words = tuple(str(value) for value, _ in field.choices if value != "")  # type: ignore[union-attr, misc]
    return Literal[words] if words else _text(200)


def _text(most: int) -> Any:
    """A text that a database can hold: not with NUL in it."""
    return Annotated[str, Field(max_length=most, pattern=r"^[^\x00]*$")]


def _bounded(field: forms.IntegerField, kind: type[int] | type[float]) -> Any:
    # Of what a form leaves open PostgreSQL still takes no more.
    low: Any = field.min_value if field.min_value is not None else -LARGEST
    high: Any = field.max_value if field.max_value is not None else 2**31 - 1
    # A whole number is a number with a fraction, too.
    return Annotated[kind, Field(ge=low, le=high, strict=kind is int)]
