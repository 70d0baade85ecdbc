"""Duplicates, benchmark questions and schemas that were planted, however they are written: each is
found, listed, and kept out of where it must not be.
"""

import json
import unicodedata
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.exports.choice.care import Care
from apps.exports.services import benchmark_ruling_make
from tests.builders import make_user
from tests.exports.building import file_of, write
from tests.exports.test_choice import JOINED, RENAMED, _var, exported, pair
from tests.pages import markup

__all__ = ["_var"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)
BAND = "Who is the oldest singer’s café neighbour in the whole band?"


@pytest.mark.parametrize(
    ("instruction", "sql", "how"),
    [
        (BAND.upper(), "SELECT 1 FROM a", "words"),
        (unicodedata.normalize("NFD", BAND), "SELECT 1 FROM a", "words"),
        (BAND.replace("’", "'").replace(" ", "\u00a0 \n"), "SELECT 1 FROM a", "words"),
        (BAND.replace("oldest", "ol\u200bdest\ufeff"), "SELECT 1 FROM a", "words"),
        ("Ｗho" + BAND[3:], "SELECT 1 FROM a", "words"),
        ("Which products sell?", RENAMED.lower().replace(" join", "\njoin"), "skeleton"),
        ("Which products sell?", f"-- as asked\n{RENAMED};", "skeleton"),
        ("Which products sell?", f"SET search_path TO shop;\n{RENAMED};", "skeleton"),
        ("Which products sell?", f"DROP TABLE t; CREATE TABLE t (a int); {RENAMED}", "skeleton"),
        ("Which products sell?", RENAMED.replace("99", "1e3").replace("p.title", '"p"."a;b"'),
         "skeleton"),
    ],
)  # fmt: skip
def test_a_benchmarks_question_is_found_however_it_is_written(
    instruction: str, sql: str, how: str, tmp_path: Path
) -> None:
    (tmp_path / "benchmarks").mkdir()
    asked = [{"question": BAND}, {"question": "What is spent on each?", "query": JOINED}]
    (tmp_path / "benchmarks" / "dev.json").write_text(json.dumps(asked))
    planted, clean = pair(instruction, sql), pair("Delete it.", "DELETE FROM logs WHERE day < 7")
    export = write(care=Care(benchmarks=("dev.json",), validation=0.5))
    assert exported(export).keys() == {clean.pk}
    (hit,) = [json.loads(line) for line in file_of(export, "hits").read_text().splitlines()]
    assert (hit["response_id"], hit["how"]) == (planted.pk, how)


def test_a_person_who_lets_one_question_pass_has_not_seen_the_other(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    asked = [{"question": BAND}, {"question": "What is spent on each?", "query": JOINED}]
    (tmp_path / "benchmarks" / "dev.json").write_text(json.dumps(asked))
    both = pair(BAND, RENAMED)
    care = Care(benchmarks=("dev.json",))
    for number, rows in ((0, 0), (1, 1)):
        export = write(care=care)
        found = [json.loads(line) for line in file_of(export, "hits").read_text().splitlines()]
        assert [hit["number"] for hit in found] == [0, 1] and export.rows == 0
        benchmark_ruling_make(
            response=both, benchmark=found[0]["benchmark"], number=number, keeps=True, made_by=None
        )
        assert write(care=care).rows == rows


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("List the ducks.", "list  THE\tducks."),
        ("Zähle die Enten\u2028bitte.", "Zähle die Enten bitte."),
        ("List the ducks.\r\nAll of them.", "List the ducks.\nAll of them."),
    ],
)
def test_a_duplicate_is_found_whatever_white_space_and_case_it_has(one: str, other: str) -> None:
    first, second = pair(one, "SELECT *\nFROM ducks"), pair(other, "select * from ducks")
    export = write(care=Care(duplicates=("exact",)))
    assert exported(export).keys() == {first.pk} and second.pk
    assert export.manifest["left_out"] == {"duplicate": 1} and export.manifest["duplicates"] == 1


@pytest.mark.parametrize(
    "same",
    [
        'CREATE TABLE IF NOT EXISTS "Orders" ("TOTAL" money, id int PRIMARY KEY, customer_id int)',
        "-- shop\r\nCREATE TABLE `orders` (`customer_id` int, `total` int, `id` int) ENGINE=InnoDB;",
        "CREATE TABLE [orders] ([id] int, [total] int, [customer_id] int)",
    ],
)
def test_a_schema_that_stands_in_two_repositories_stays_in_one_split(same: str) -> None:
    schema = "CREATE TABLE orders (id int, customer_id int, total numeric);"
    two = [
        pair("One?", "SELECT a FROM t", repository="a/a", schema=schema),
        pair("Two?", "DELETE FROM q WHERE w = 1", repository="b/b", schema=same),
    ]
    others = [
        pair(f"{n}?", f"SELECT {'a, ' * n}z FROM t", repository=f"r/{n}") for n in range(1, 7)
    ]
    for seed in range(6):
        export = write(care=Care(test=0.25, validation=0.25, random_seed=seed))
        splits = exported(export)
        assert splits[two[0].pk] == splits[two[1].pk] and len(splits) == 2 + len(others)
        assert export.manifest["largest_group"] == 2


def test_answers_of_several_statements_that_are_the_same_stay_in_one_split() -> None:
    setup = "CREATE TABLE {} (id int); INSERT INTO {} VALUES (1); SELECT id FROM {} WHERE id > 0"
    for n, name in enumerate(("ducks", "geese")):
        pair(f"{name}?", setup.replace("{}", name), repository=f"a/{n}")
    for n in range(1, 7):
        pair(f"{n}?", f"SELECT {'a, ' * n}z FROM t", repository=f"r/{n}")
    assert write(care=Care(test=0.25, validation=0.25)).manifest["largest_group"] == 2


def test_the_page_lists_what_was_found_and_what_was_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "benchmarks").mkdir()
    asked = [{"question": BAND}, {"question": "What is spent on each?", "query": JOINED}]
    (tmp_path / "benchmarks" / "dev.json").write_text(json.dumps(asked))
    both = pair(BAND, RENAMED)
    export = write(care=Care(benchmarks=("dev.json",)))
    client = Client()
    client.force_login(make_user("editor"))
    page = reverse("exports:export", args=[export.pk])
    text = markup(client.get(page))
    assert "2 found. Near ones" in text and reverse("review:pair", args=[both.pk]) in text
    assert "the same words." in text and "the same SQL but for names and values." in text
    for number, keeps in ((0, "yes"), (1, "no")):
        sha = export.manifest["benchmarks"]["dev.json"]["sha256"]
        sent = {"response": both.pk, "benchmark": sha, "number": number, "keeps": keeps}
        client.post(reverse("exports:rule", args=[export.pk]), sent)
    text = markup(client.get(page))
    assert "It stays, somebody has decided." in text and "It is left out, somebody" in text
    monkeypatch.setattr("apps.exports.queries.HITS_SHOWN", 1)
    assert "2 found, the first 1 of them here" in markup(client.get(page))
