"""Which licences are permissive.

The rule, in order:
1. A data set's own verdict counts: `license_type` "permissive" is permissive (The Stack v2 decides
   it from the same ScanCode categories as below), "no_license" is unknown.
2. Each licence is read as an SPDX expression with the names of ScanCode's licence database, which
   the library license-expression carries. Permissive are its categories Permissive, Public Domain
   and CLA; of `A OR B` one is enough, of `A AND B`, and of several licences, all must be.
3. A name that says nothing (unknown to the database, "NOASSERTION", an unstated licence) neither
   helps nor harms. Where nothing else is named, the licence is unknown.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import license_expression  # type: ignore[import-untyped]

from apps.seeds.readers.base import LicencePolicy, Reason, Rejection

_PERMISSIVE_CATEGORIES = frozenset({"Permissive", "Public Domain", "CLA"})
_SILENT_CATEGORIES = frozenset({"Unstated License"})
_LONGEST_EXPRESSION = 2000
_INDEX = Path(license_expression.__file__).parent / "data" / "scancode-licensedb-index.json"


class Standing(StrEnum):
    PERMISSIVE = "permissive"
    NOT_PERMISSIVE = "not permissive"
    UNKNOWN = "unknown"


def standing_of(licences: Iterable[str], *, licence_type: str = "") -> Standing:
    """What the rule above says of one file."""
    if licence_type == "permissive":
        return Standing.PERMISSIVE
    if licence_type == "no_license":
        return Standing.UNKNOWN
    return _all_of([_standing_of_expression(licence) for licence in licences])


def check_licence(
    licences: tuple[str, ...], *, licence_type: str = "", policy: LicencePolicy
) -> None:
    """Raises Rejection(licence) where `policy` does not let the file through."""
    if policy is LicencePolicy.ANY:
        return
    standing = standing_of(licences, licence_type=licence_type)
    refused = {Standing.NOT_PERMISSIVE}
    if policy is LicencePolicy.STRICT:
        refused.add(Standing.UNKNOWN)
    if standing in refused:
        named = ", ".join(licences) or "no licence named"
        raise Rejection(Reason.LICENCE, f"Licence {standing}: {named[:200]}.")


def _all_of(standings: Iterable[Standing]) -> Standing:
    found = set(standings)
    for standing in (Standing.NOT_PERMISSIVE, Standing.PERMISSIVE):
        if standing in found:
            return standing
    return Standing.UNKNOWN


def _any_of(standings: Iterable[Standing]) -> Standing:
    found = set(standings)
    for standing in (Standing.PERMISSIVE, Standing.UNKNOWN):
        if standing in found:
            return standing
    return Standing.NOT_PERMISSIVE


@lru_cache(maxsize=4096)
def _standing_of_expression(expression: str) -> Standing:
    if len(expression) > _LONGEST_EXPRESSION:
        return Standing.UNKNOWN
    try:
        parsed = _licensing().parse(expression)
    # boolean.py raises many kinds for text that is no expression; such text names no licence.
    except (license_expression.ExpressionError, ValueError, TypeError, AttributeError):
        return Standing.UNKNOWN
    return Standing.UNKNOWN if parsed is None else _standing_of_node(parsed)


def _standing_of_node(node: Any) -> Standing:
    licensing = _licensing()
    if isinstance(node, licensing.OR):
        return _any_of(_standing_of_node(argument) for argument in node.args)
    if isinstance(node, licensing.AND):
        return _all_of(_standing_of_node(argument) for argument in node.args)
    if isinstance(node, license_expression.LicenseWithExceptionSymbol):
        node = node.license_symbol
    category = _categories().get(str(node.key).lower(), "")
    if not category or category in _SILENT_CATEGORIES:
        return Standing.UNKNOWN
    if category in _PERMISSIVE_CATEGORIES:
        return Standing.PERMISSIVE
    return Standing.NOT_PERMISSIVE


@cache
def _licensing() -> Any:
    return license_expression.Licensing()


@cache
def _categories() -> dict[str, str]:
    """Category by lower-case SPDX and ScanCode key, 2,500 licences."""
    categories: dict[str, str] = {}
    for record in json.loads(_INDEX.read_text(encoding="utf-8")):
        names = (
            record["license_key"],
            record.get("spdx_license_key"),
            *record.get("other_spdx_license_keys", ()),
        )
        categories.update({name.lower(): record["category"] for name in names if name})
    return categories
