"""What a file itself says of its licence: an SPDX line, or a header that is well known.

Only comments in the file's beginning are read. What they say is an SPDX expression with the names
of ScanCode's licence database (`readers/licences.py` says which are permissive).
"""

from __future__ import annotations

import re

from ahocorasick_rs import BytesAhoCorasick

from apps.seeds.readers.licences import Standing, standing_of
from apps.sql import lexical
from apps.sql.dialects import Dialect
from apps.sql.tokens import comments

HEAD_BYTES = 8 * 1024
MOST_CHARACTERS = 100
PROPRIETARY = "LicenseRef-scancode-proprietary-license"
PUBLIC_DOMAIN = "LicenseRef-scancode-public-domain"

# Every word that a rule below asks for has one of these; most files have none and pay one look.
_HINTS = (
    b"license", b"licence", b"rights reserved", b"public domain", b"permission", b"redistribution",
    b"proprietary", b"confidential", b"gpl", b"unauthori", b"creative commons", b"cc0", b"cc-by",
    b"cc by", b"cc_by", b"trade secret", b"wtfpl", b"apache", b"bsd", b"mozilla", b"spdx",
)  # fmt: skip
_HINT = BytesAhoCorasick(_HINTS)
_SPDX = re.compile(r"spdx-licen[sc]e-identifier:\s*([\w.+() :-]{1,200})", re.IGNORECASE)
_MARKS = re.compile(lexical.COMMENT_OPENS, re.MULTILINE)
_LICENCE = r"\s?licen[sc]e"
_VERSION = r"(?:.{0,100}?(?:version |v\.? ?|-)([123](?:\.[01])?))?"
# Each header of a family of licences, and its name; a group is the version.
_HEADERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rule))
    for name, rule in (
        ("AGPL-{}", rf"gnu affero general public{_LICENCE}{_VERSION}|\bagpl(?:v| v|-)?([3])"),
        ("LGPL-{}", rf"gnu (?:lesser|library) general public{_LICENCE}{_VERSION}"),
        ("LGPL-{}", r"\blgpl(?:v| v|-)?([23](?:\.[01])?)"),
        ("GPL-{}", rf"gnu general public{_LICENCE}{_VERSION}|\bgpl(?:v| v|-)?([23])"),
        ("GPL-{}", r"under the (?:terms of the )?(?:gnu )?gpl\b|\bgpl licen[sc]e"),
        ("MPL-{}", rf"mozilla public{_LICENCE}{_VERSION}|\bmpl(?:v| v|-| )?([12]\.[01])"),
        ("EPL-2.0", rf"eclipse public{_LICENCE}"),
        ("EUPL-1.2", rf"european union public{_LICENCE}"),
        ("CDDL-1.0", rf"common development and distribution{_LICENCE}"),
        ("SSPL-1.0", rf"server side public{_LICENCE}"),
        ("BUSL-1.1", rf"business source{_LICENCE}"),
        ("Elastic-2.0", rf"elastic{_LICENCE}"),
        ("CC-BY-NC-4.0", r"creative commons attribution.{0,4}non-?commercial|\bcc.by.nc"),
        ("CC-BY-SA-4.0", r"creative commons attribution.{0,4}share.?alike|\bcc.by.sa"),
        ("CC-BY-4.0", r"creative commons attribution (?:[1-4]\.\d|international|licen[sc]e)"),
        ("CC0-1.0", r"\bcc0\b|creative commons zero"),
        ("Apache-2.0", r"apache (?:software )?licen[sc]e,? (?:version |v\.? ?)?2|apache-2\.0"),
        ("MIT", r"permission is hereby granted, free of charge|\bmit(?:/x11)?[ -]licen[sc]e"),
        ("MIT", r"licen[sc]ed? ?(?:under|:)(?: the)?(?: terms of)?(?: the)? mit\b"),
        ("ISC", r"copy, modify, and(?:/or)? distribute this software for any purpose with or"),
        ("ISC", rf"\bisc{_LICENCE}"),
        (
            "PostgreSQL",
            r"distribute this software and its documentation for any purpose, without f",
        ),
        ("PostgreSQL", rf"postgresql{_LICENCE}"),
        (
            "BSD-3-Clause",
            r"redistribution and use in source and binary forms.{0,1500}?neither the n",
        ),
        ("BSD-3-Clause", rf"\bbsd[ -](?:3|three)|(?:new|modified|3-clause) bsd{_LICENCE}"),
        ("BSD-3-Clause", rf"(?<!2-clause )(?<!simplified )\bbsd(?:-style)?{_LICENCE}"),
        ("BSD-2-Clause", r"redistribution and use in source and binary forms(?!.{0,1500}neither)"),
        ("BSD-2-Clause", r"\bbsd[ -](?:2|two)|(?:simplified|freebsd|2-clause) bsd"),
        ("Unlicense", r"free and unencumbered software released into the public|\bunlicense\b"),
        ("Zlib", rf"\bzlib{_LICENCE}|provided 'as-is', without any express or implied warranty"),
        ("BSL-1.0", rf"boost software{_LICENCE}"),
        ("WTFPL", r"\bwtfpl\b"),
    )
)
# A family that is named without a version is of any that there is.
_FIRST = {"AGPL-{}": 3, "LGPL-{}": 2, "GPL-{}": 1, "MPL-{}": 2}
_DOMAIN = re.compile(
    r"(?:released?|placed?|donated?|dedicated?|is|put) (?:in|into|to) the public dom"
)
_LATER = re.compile(r"any later version|or[ -]later|\(at your option\)|[23](?:\.0)?\+")
_CHOICE = re.compile(
    r"\b(?:dual|double|tri|triple)[- ]?licen[sc]ed|terms of either|alternatively, |at your choice"
)
_RESERVED = re.compile(
    r"all rights reserved|proprietary and confidential|confidential and proprietary"
    r"|proprietary (?:and|software|information|licen[sc]e)|trade secret"
    r"|unauthori[sz]ed (?:copying|use|reprod|distrib)"
)
_ELSEWHERE = re.compile(r"(?:see|in|with|refer to|found in)[^.]{0,60}(?:licen[sc]e|copying|notice)")
_AFFIXES = "/*-#> \t"


def own_licence(content: bytes) -> str:
    """The licence that a decoded file (UTF-8) names in its first 8 KB, "" where it names none.

    "All rights reserved" is a licence of its own where no other is named or pointed to.
    """
    head = content[:HEAD_BYTES]
    if not _HINT.find_matches_as_indexes(head.lower()):
        return ""
    text = head.decode(errors="replace")
    # The dialect is not known yet; in MySQL's lines with # are comments too.
    said = "\n".join(
        line for way in (Dialect.UNKNOWN, Dialect.MYSQL) for line in comments(text, way)
    )
    told = _SPDX.search(said)
    if told:
        return told[1].strip(_AFFIXES)[:MOST_CHARACTERS]
    return _by_header(" ".join(_MARKS.sub("", said).lower().split()))


def holding(licences: tuple[str, ...], own: str) -> tuple[str, ...]:
    """The licences that hold: the data set's word, or the file's own where that is stricter or
    the only one.
    """
    if own and (not licences or _is_stricter(own, licences)):
        return (own,)
    return licences


def _is_stricter(own: str, licences: tuple[str, ...]) -> bool:
    refused = Standing.NOT_PERMISSIVE
    return standing_of((own,)) is refused and standing_of(licences) is not refused


def _by_header(said: str) -> str:
    found: dict[str, None] = {}
    for name, rule in _HEADERS:
        match = rule.search(said)
        if match:
            found.setdefault(_with_version(name, match, said))
    if sum(name.startswith("GPL-") for name in found) > 1:
        found.pop("GPL-1.0-or-later", None)  # named again beside its version
    if found:
        joined = (" OR " if _CHOICE.search(said) else " AND ").join(found)
        return joined if len(joined) <= MOST_CHARACTERS else next(iter(found))
    if _DOMAIN.search(said):
        return PUBLIC_DOMAIN
    return PROPRIETARY if _RESERVED.search(said) and not _ELSEWHERE.search(said) else ""


def _with_version(name: str, match: re.Match[str], said: str) -> str:
    if "{}" not in name:
        return name
    number = next((group for group in match.groups() if group), "")
    named = name.format(number if "." in number else f"{number or _FIRST[name]}.0")
    if "GPL" not in name:
        return named
    is_later = not number or _LATER.search(said, match.start(), match.end() + 120)
    return f"{named}-{'or-later' if is_later else 'only'}"
