"""A label as it mostly comes is read without a form, and as the form reads it."""

from __future__ import annotations

from itertools import product

import pytest
from django.http import QueryDict

from apps.review.forms import MOST_NOTE, LabelForm, label_sent

VALUES = ("", "value=good", "value=bad", "value=ugly", "value=bad&value=good")
REASONS = (
    "", "reasons=wrong_result", "reasons=a&reasons=b", "reasons=x%20y", "reasons=", "reasons=other",
    "&".join(["reasons=a"] * 51),
)  # fmt: skip
NOTES = ("", "note=+said%0D%0A+", "note=%00", f"note={'x' * MOST_NOTE}+", f"note={'x' * 2001}")
SECONDS = ("", "seconds=+4.25+", "seconds=nan", "seconds=-1", "seconds=1e9", "seconds=%00")


@pytest.mark.parametrize(("value", "reasons"), [*product(VALUES, REASONS)])
def test_it_says_what_the_form_says(value: str, reasons: str) -> None:
    for note, seconds in product(NOTES, SECONDS):
        given = QueryDict("&".join(filter(None, (value, reasons, note, seconds))))
        form, sent = LabelForm(given), label_sent(given)
        if form.is_valid():
            assert sent == form.cleaned_data, given
        else:
            assert sent is None, (given, form.errors)
