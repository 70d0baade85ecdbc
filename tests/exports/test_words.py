"""Codes of manifests as pages say them."""

import re

from django.conf import settings

from apps.exports.rows.pairs import portability
from apps.exports.words import LEFT_OUT, PORTABILITY, composition_words, left_out_words

FOLDER = settings.BASE_DIR / "apps" / "exports"


def test_every_reason_to_leave_a_pair_out_has_words() -> None:
    text = "".join((FOLDER / "choice" / f"{name}.py").read_text() for name in (
        "choosing", "filters", "preferences", "rulings",
    )) + (FOLDER / "writing.py").read_text()  # fmt: skip
    found = set(re.findall(r'(?:keep\(|left_out\[)"(\w+)"', text))
    rules = text[text.index("def _rules(") : text.index("def _of_origin(")]
    found |= set(re.findall(r'\("(\w+)", ', rules))
    found |= set(re.findall(r'^SURE, WAITING = "(\w+)", "(\w+)"$', text, re.M)[0])
    assert len(found) > 20 and found == set(LEFT_OUT)
    assert left_out_words("of_an_older_winnow") == "for of an older winnow"


def test_every_kind_of_portability_has_words() -> None:
    passed = dict.fromkeys(("sqlite", "duckdb"), "passed")
    told = [
        {}, {"sqlite": "sql_error"}, passed, {"sqlite": "passed"},
        passed | {"postgres": "sql_error"}, passed | {"postgres": "wrong_result"},
    ]  # fmt: skip
    assert {portability(each) for each in told} == set(PORTABILITY)
    assert composition_words("portability", "only_sqlite") == "only sqlite"
    assert composition_words("kind", "create_table") == "create table"
    assert composition_words("licence", "A_B") == "A_B"
