"""What a file says of its own licence, and which of two words holds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seeds.readers import own_licence as module
from apps.seeds.readers.licences import Standing, standing_of
from apps.seeds.readers.own_licence import PROPRIETARY, PUBLIC_DOMAIN, holding, own_licence

BSD = """-- Copyright (c) 2001 Somebody. All rights reserved.
-- Redistribution and use in source and binary forms, with or without modification, are permitted
"""


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("-- SPDX-License-Identifier: GPL-2.0-or-later\nSELECT 1;", "GPL-2.0-or-later"),
        ("/* SPDX-License-Identifier: Apache-2.0 OR MIT */", "Apache-2.0 OR MIT"),
        ("# it's mine\n# SPDX-License-Identifier: MIT\n", "MIT"),
        (
            "/*\n * This program is free software; you can redistribute it and/or modify\n"
            " * it under the terms of the GNU General Public License as published by\n"
            " * the Free Software Foundation; either version 2 of the License, or\n"
            " * (at your option) any later version.\n */",
            "GPL-2.0-or-later",
        ),
        ("-- under the GNU General Public License, version 3.0, as published", "GPL-3.0-only"),
        ("-- License: GPLv3+", "GPL-3.0-or-later"),
        ("-- released under the GPL", "GPL-1.0-or-later"),
        ("-- GNU Lesser General Public License, either version 2.1 or any later version", "LGPL-2.1-or-later"),
        ("-- GNU Affero General Public License as published by the FSF, version 3.", "AGPL-3.0-only"),
        ("-- subject to the terms of the Mozilla Public License, v. 2.0.", "MPL-2.0"),
        ("-- Permission is hereby granted, free of charge, to any person", "MIT"),
        ("-- Licensed under the MIT license.", "MIT"),
        ('/* Licensed under the Apache License, Version 2.0 (the "License"); */', "Apache-2.0"),
        (BSD + "-- Neither the name of Somebody nor the names of its contributors", "BSD-3-Clause"),
        (BSD + "-- THIS SOFTWARE IS PROVIDED AS IS", "BSD-2-Clause"),
        ("-- Permission to use, copy, modify, and/or distribute this software for any purpose with or\n-- without fee", "ISC"),
        ("/* Permission to use, copy, modify, and distribute this software and its documentation\n   for any purpose, without fee, */", "PostgreSQL"),
        ("-- dedicated to the world: CC0 1.0 Universal", "CC0-1.0"),
        ("-- This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("-- placed in the public domain by its author", PUBLIC_DOMAIN),
        ("-- Creative Commons Attribution-ShareAlike 4.0", "CC-BY-SA-4.0"),
        ("-- Dual licensed under the MIT and GPL licenses.", "GPL-1.0-or-later OR MIT"),
        ("-- Copyright (c) 2015 Acme. All rights reserved.\nCREATE TABLE a (b int);", PROPRIETARY),
        ("-- Confidential and proprietary. Unauthorized copying is prohibited.", PROPRIETARY),
        ("-- Copyright (c) 2015 Acme. All rights reserved. See LICENSE for the terms.", ""),
        ("INSERT INTO l VALUES ('GNU General Public License version 2', 'All rights reserved');", ""),
        ("-- licence number of the driver\nCREATE TABLE d (licence text);", ""),
        ("-- permissions: who may do what with a proprietary table\nSELECT 1;", ""),
        ("SELECT 1;" + " " * 9000 + "-- SPDX-License-Identifier: MIT", ""),
    ],
)  # fmt: skip
def test_a_file_names_its_licence(text: str, licence: str) -> None:
    assert own_licence(text.encode()) == licence


def test_every_name_of_the_table_is_one_that_the_rule_knows() -> None:
    names = {name for name, _ in module._HEADERS}
    whole = {one.format("3.0" if "GPL" in one else "2.0") for one in names}
    known = {f"{one}-only" if "GPL" in one else one for one in whole} | {PROPRIETARY, PUBLIC_DOMAIN}
    assert [one for one in sorted(known) if standing_of([one]) is Standing.UNKNOWN] == []


@pytest.mark.parametrize(
    ("told", "own", "holds"),
    [
        (("MIT",), "GPL-3.0-only", ("GPL-3.0-only",)),
        (("MIT",), PROPRIETARY, (PROPRIETARY,)),
        (("GPL-2.0-only",), "MIT", ("GPL-2.0-only",)),
        (("MIT",), "Apache-2.0", ("MIT",)),
        (("NOASSERTION",), "AGPL-3.0-only", ("AGPL-3.0-only",)),
        (("MIT",), "no such licence", ("MIT",)),
        (("MIT",), "MIT OR GPL-2.0-only", ("MIT",)),
        ((), "MIT", ("MIT",)),
        (("MIT",), "", ("MIT",)),
    ],
)
def test_the_stricter_word_holds(told: tuple[str, ...], own: str, holds: tuple[str, ...]) -> None:
    assert holding(told, own) == holds


@pytest.mark.parametrize(
    "words", ["license gpl ", "redistribution and use in source and binary forms ", "released in "]
)
def test_a_hostile_head_is_read_in_time(words: str) -> None:
    start = time.process_time()
    own_licence(b"-- " + words.encode() * 100_000)
    assert time.process_time() - start < 1


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_can_be_asked(content: bytes) -> None:
    assert len(own_licence(b"-- licence " + content)) <= module.MOST_CHARACTERS
