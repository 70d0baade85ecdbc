"""What an editor is told of an example, and what a whole version leaves uncovered."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fewshot.checking import findings
from apps.fewshot.coverage import coverage
from apps.fewshot.format import parse
from apps.fewshot.queries import version_file
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.services import draft_open, example_switch, version_publish
from apps.seeds.choice.duplicates import template_hash
from apps.sql.normalise import normalise
from tests.builders import make_seed
from tests.fewshot.data import EXAMPLE, make_published

pytestmark = pytest.mark.django_db


def messages(example=EXAMPLE, others=()) -> dict[str, str]:
    return {found.field: found.message for found in findings(example, others)}


def test_nothing_is_said_of_a_whole_example() -> None:
    assert messages() == {}
    # It is not too like itself.
    assert messages(EXAMPLE, [EXAMPLE]) == {}


def test_sql_that_no_parser_reads_is_named_by_its_beginning() -> None:
    broken = replace(EXAMPLE, implementation="SELECT 1;\nSELECT FROM WHERE AND;")
    assert "begins with “SELECT FROM WHERE AND”" in messages(broken)["implementation"]


def test_what_cannot_be_saved_comes_first() -> None:
    found = findings(replace(EXAMPLE, code="", tests="none"), [])
    assert [each.is_wrong for each in found] == [True, True]


def test_an_example_like_another_one_is_told() -> None:
    other = replace(EXAMPLE, number=7, instruction="List all of the old books.")
    assert messages(EXAMPLE, [other]) == {"implementation": "Example 7 answers nearly the same."}


def test_a_copy_of_a_seed_is_told_whatever_its_layout() -> None:
    text = "SELECT a, b\nFROM t\nWHERE a > 1"
    seed = make_seed(text, text_hash=normalise(text.encode()).text_hash)
    copied = messages(replace(EXAMPLE, code="select a,b from t -- all\nwhere a > 1;"))
    assert copied["code"].startswith(f"Code is seed {seed.pk}, word for word")


def test_a_copy_of_a_seed_with_other_values_is_told_for_every_statement() -> None:
    text = "SELECT name, age FROM people WHERE city = 'Ulm' AND age > 30"
    seed = make_seed(text, template_hash=template_hash(normalise(text.encode()).template))
    copy = "UPDATE x SET a = 1; SELECT name, age FROM people WHERE city = 'Bonn' AND age > 7;"
    told = messages(replace(EXAMPLE, implementation=copy))
    assert told["implementation"].startswith(f"Implementation is seed {seed.pk} but for its values")


def test_a_short_statement_without_its_values_is_anybodys() -> None:
    text = "SELECT * FROM t WHERE a = 1"
    make_seed(text, template_hash=template_hash(normalise(text.encode()).template))
    assert messages(replace(EXAMPLE, code="SELECT * FROM t WHERE a = 2;")) == {}


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_is_answered(code: str, instruction: str) -> None:
    found = findings(replace(EXAMPLE, code=code, instruction=instruction), [EXAMPLE])
    assert all(each.message for each in found)


def test_the_coverage_names_what_nobody_shows() -> None:
    more = replace(EXAMPLE, number=2, code="UPDATE `t` SET a = 1;", difficulty="Hard")
    shown = coverage([EXAMPLE, more])
    assert shown.kinds == {"select": 1, "update": 1}
    assert shown.difficulties == {"Easy": 1, "Medium": 0, "Hard": 1}
    assert shown.concepts == {"select": 2, "filter": 2}
    assert {"insert", "create view"} <= set(shown.missing["statements"])
    assert not {"select", "update"} & set(shown.missing["statements"])
    assert shown.missing["difficulty"] == ("Medium",)
    assert shown.missing["dialects"] == ("postgres", "sqlite", "tsql")


def test_usual_concepts_are_told_by_an_examples_words_or_its_sql() -> None:
    named = replace(EXAMPLE, concepts=("Window function", "conditional update"))
    absent = coverage([named]).missing["concepts"]
    assert not {"window functions", "conditions"} & set(absent)
    # "update" is no date, and a table of orders is not sorted.
    orders = replace(EXAMPLE, concepts=("x",), implementation="UPDATE orders SET n = 1;")
    absent = coverage([orders]).missing["concepts"]
    assert {"dates and times", "sorting", "joins", "filtering"} <= set(absent)
    sql = (
        "WITH a AS (SELECT 1) SELECT lower(x) FROM a JOIN b ON c IS NULL WHERE d > DATE '2026-01-01'"
        " AND e IN (SELECT 1) GROUP BY f UNION SELECT CASE WHEN 1 THEN 2 END ORDER BY 1;"
        " COMMIT; CREATE TABLE t (a int PRIMARY KEY);"
    )
    whole = coverage([replace(EXAMPLE, concepts=("x",), implementation=sql)])
    assert whole.missing["concepts"] == ("window functions",)


def test_nothing_is_missing_that_the_default_examples_show() -> None:
    file = parse(DEFAULT_FILE.read_text(encoding="utf-8"))
    absent = coverage(file.examples).missing
    assert "difficulty" not in absent and "joins" not in absent.get("concepts", ())


def test_what_is_switched_off_is_in_no_file_and_stays_off_in_the_next_draft() -> None:
    published = make_published()
    draft = draft_open(fewshot_set=published.fewshot_set, created_by=None)
    example_switch(example=draft.examples.get(number=1), on=False)
    file = version_file(draft)
    assert [(each.number, each.category) for each in file.examples] == [
        (1, "library two"), (2, "library three"),
    ]  # fmt: skip
    version_publish(version=draft, note="fewer", published_by=None)
    again = draft_open(fewshot_set=published.fewshot_set, created_by=None)
    assert list(again.examples.values_list("is_on", flat=True)) == [False, True, True]
