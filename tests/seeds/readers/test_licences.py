"""The rule for what is permissive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.seeds.readers.licences import Standing, standing_of

YES, NO, UNKNOWN = Standing.PERMISSIVE, Standing.NOT_PERMISSIVE, Standing.UNKNOWN


@pytest.mark.parametrize(
    ("licences", "standing"),
    [
        (["MIT"], YES),
        (["apache-2.0"], YES),
        (["BSD-3-Clause", "ISC"], YES),
        (["CC0-1.0"], YES),
        (["LicenseRef-scancode-public-domain"], YES),
        (["MIT", "NOASSERTION"], YES),
        (["MIT OR GPL-2.0-only"], YES),
        (["MIT AND GPL-2.0-only"], NO),
        (["MIT", "GPL-2.0-only"], NO),
        (["GPL-2.0-or-later WITH Classpath-exception-2.0"], NO),
        (["AGPL-3.0"], NO),
        (["LGPL-2.1"], NO),
        (["CC-BY-NC-4.0"], NO),
        (["LicenseRef-scancode-proprietary-license"], NO),
        ([], UNKNOWN),
        (["NOASSERTION"], UNKNOWN),
        (["LicenseRef-scancode-unknown-license-reference"], UNKNOWN),
        (["see ( the file"], UNKNOWN),
    ],
)
def test_every_named_licence_must_be_permissive(licences: list[str], standing: Standing) -> None:
    assert standing_of(licences) is standing


def test_the_data_sets_own_verdict_counts_first() -> None:
    assert standing_of(["GPL-2.0-only"], licence_type="permissive") is YES
    assert standing_of([], licence_type="no_license") is UNKNOWN


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_standing(text: str) -> None:
    assert standing_of([text]) in Standing
