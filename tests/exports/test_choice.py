"""What is done with the chosen pairs together: planted duplicates, benchmark questions, leaks."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.core import work
from apps.exports.choice.benchmarks import BenchmarkError, read
from apps.exports.choice.care import Care, PerInstruction
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.models import Export
from apps.exports.services import benchmark_ruling_make, export_start
from apps.exports.shape import Format, Shape
from apps.generation.models import Response
from apps.review.filters import read_filter
from apps.review.models import Decision, Flag, Gold, Label
from apps.review.models_beside import Promotion
from apps.review.team.services import rule
from apps.validation.models import StoredReading, Verdict
from tests.builders import make_file, make_response, make_seed, make_user, make_version
from tests.exports.building import accept, file_of, with_prompt, write
from tests.judge.building import BAD, make_judging, make_pairs, score

pytestmark = pytest.mark.django_db(transaction=True)
JOINED = (
    "SELECT c.name, sum(o.total) FROM customers AS c JOIN orders AS o ON o.customer_id = c.id"
    " WHERE o.total > 10 GROUP BY c.name ORDER BY 2 DESC"
)
RENAMED = (
    "SELECT p.title, sum(s.amount) FROM products AS p JOIN sales AS s ON s.product_id = p.id"
    " WHERE s.amount > 99 GROUP BY p.title ORDER BY 2 DESC"
)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def pair(
    instruction: str, sql: str, *, repository: str = "", schema: str = "", good: bool = True
) -> Response:
    """An accepted pair whose SQL was read."""
    file = make_file(repository=repository)
    seed = make_seed(file=file, schema_context=schema)
    made = accept(
        with_prompt(make_response(f"```sql\n{sql}\n```", instruction=instruction, seed=seed)),
        good=good,
    )
    StoredReading.objects.create(response=made, data={"sql": sql, "context": []})
    return made


def exported(export: Export) -> dict[int, str]:
    """The split of every response that was written."""
    lines = file_of(export, "lineage").read_text().splitlines()
    return {row["response"]: row["split"] for row in map(json.loads, lines)}


def test_exact_near_and_skeleton_duplicates_leave_the_best_labelled_pair() -> None:
    first = pair("List all customers by what they spent, please, the largest first.", JOINED)
    best = pair(
        "list all  customers by what they spent, please, the largest first.", JOINED.lower()
    )
    Label.objects.create(response=best, reviewer=make_user(), value="good")
    near = pair("List all customers by what they spent, the largest first.", JOINED)
    renamed = pair("Which products sell best in our shop?", RENAMED)
    other = pair("Delete what is old.", "DELETE FROM logs WHERE day < '2020-01-01'")
    assert exported(write(care=Care(duplicates=("exact",)))).keys() == {
        best.pk, near.pk, renamed.pk, other.pk
    }  # fmt: skip
    kept = exported(write(care=Care(duplicates=("exact", "near")))).keys()
    assert kept == {best.pk, renamed.pk, other.pk}
    export = write(care=Care(duplicates=("skeleton",)))
    assert exported(export).keys() == {best.pk, other.pk}
    assert export.manifest["left_out"] == {"duplicate": 3} and first.pk not in exported(export)


def test_benchmark_questions_are_kept_out_and_near_ones_wait_for_a_person(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    asked = "Who is the oldest singer in the whole band?"
    bird = [
        {"question": asked, "SQL": "SELECT name FROM singer ORDER BY age DESC LIMIT 1"},
        {"question": "Show what customers spend on each of the orders.", "SQL": JOINED},
    ]
    (folder / "bird.json").write_text(json.dumps(bird, indent=1))
    words = pair(f"In SQL: {asked} Thanks.", "SELECT 1 FROM a")
    skeleton = pair("Which products sell best?", RENAMED)
    near = pair("Who is the oldest singer in the band, and since when?", "SELECT 2 FROM b, c")
    clean = pair("Delete what is old.", "DELETE FROM logs WHERE day < '2020-01-01'")
    care = Care(benchmarks=("bird.json",))
    export = write(care=care)
    assert exported(export).keys() == {clean.pk}
    assert export.manifest["left_out"] == {"benchmark": 2, "benchmark_near": 1}
    hits = [json.loads(line) for line in file_of(export, "hits").read_text().splitlines()]
    assert {hit["response_id"]: hit["how"] for hit in hits} == {
        words.pk: "words", skeleton.pk: "skeleton", near.pk: "near_words"
    }  # fmt: skip
    (found,) = [hit for hit in hits if hit["response_id"] == near.pk]
    benchmark_ruling_make(
        response=near, benchmark=found["benchmark"], number=found["number"], keeps=True,
        made_by=make_user("editor"),
    )  # fmt: skip
    assert exported(write(care=care)).keys() == {near.pk, clean.pk}


BIRD = {"question": "Who is the oldest singer in the whole band?", "SQL": "SELECT 1"}
SPIDER = {
    "db_id": "shop", "question": "Show what customers spend on each of the orders.",
    "query": JOINED, "query_toks": ["SELECT"], "sql": {"select": [False, [[5, [0, 1]]]]},
}  # fmt: skip
DIALOGUE = {
    "database_id": "shop", "final": {"utterance": "And the largest of them all?", "query": JOINED},
    "interaction": [{"utterance": "Who is the oldest singer in the band?", "query": "SELECT 1"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps([BIRD, SPIDER]), [(BIRD["question"], "SELECT 1"), (SPIDER["question"], JOINED)]),
        (json.dumps(BIRD) + "\n\n" + json.dumps(SPIDER) + "\n",
         [(BIRD["question"], "SELECT 1"), (SPIDER["question"], JOINED)]),
        (json.dumps({"version": 1, "data": [BIRD]}, indent=2), [(BIRD["question"], "SELECT 1")]),
        (json.dumps({"data": {"dev": [BIRD]}}), [(BIRD["question"], "SELECT 1")]),
        (json.dumps([DIALOGUE]),
         [("And the largest of them all?", JOINED),
          ("Who is the oldest singer in the band?", "SELECT 1")]),
        ("\ufeffWho sings?\r\n\nWho plays?\n", [("Who sings?", ""), ("Who plays?", "")]),
        ('[{"question": "Half \\ud83d a\\u2028line", "SQL": ""}]', [("Half ? a\u2028line", "")]),
        ('[{"question": "", "instruction": "Count them all."}]', [("Count them all.", "")]),
    ],
)  # fmt: skip
def test_files_of_benchmarks_as_they_come(
    text: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "asked.json").write_text(text)
    found = read(tmp_path / "asked.json").questions
    assert [(one.text, one.sql) for one in found] == expected
    assert [one.number for one in found] == list(range(len(found)))


@pytest.mark.parametrize(
    "text",
    ["[", "[]", "{}", "[[1]]", '{"a": 1}\n{"b"', "[1]", '[{"name": "x"}]', "[" * 100_000, "\n"],
)
def test_a_file_of_no_questions_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "asked.json").write_text(text)
    with pytest.raises(BenchmarkError, match=r"asked\.json"):
        read(tmp_path / "asked.json")


def test_a_question_with_odd_characters_is_listed_as_one_line(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    odd = "Which ducks \u2028 sing in \x85 the \ud83d morning choir?"
    (tmp_path / "benchmarks" / "odd.json").write_text(json.dumps([{"question": odd}]))
    pair("Which ducks \u2028 sing in \x85 the ? morning choir?", "SELECT 1 FROM a")
    export = write(care=Care(benchmarks=("odd.json",)))
    (line,) = file_of(export, "hits").read_text().splitlines()
    assert export.rows == 0 and json.loads(line)["how"] == "words"


def test_splits_keep_repositories_schemas_and_skeletons_together() -> None:
    schema = "CREATE TABLE orders (id int, customer_id int, total numeric);"
    same = "create table Orders (\n  customer_id integer,\n id bigint, total money)"
    together = [
        pair("One?", JOINED, repository="a/a"),
        pair("Two?", "SELECT DISTINCT x FROM t WHERE y IS NULL", repository="a/a", schema=schema),
        pair("Three?", "DELETE FROM q WHERE w = 1", repository="b/b", schema=same),
        pair("Four?", RENAMED, repository="c/c"),
    ]
    alone = [pair(f"{n}?", f"SELECT {'a, ' * n}z FROM t", repository=f"r/{n}") for n in range(12)]
    care = Care(validation=0.25, test=0.25)
    export = write(care=care)
    splits = exported(export)
    assert len({splits[one.pk] for one in together}) == 1
    assert export.manifest["largest_group"] == 4
    assert export.manifest["composition"]["split"] == {"test": 4, "train": 8, "validation": 4}
    assert len({splits[one.pk] for one in alone}) > 1
    again = write(care=care)
    assert exported(again) == splits
    hashes = [file["sha256"] for file in export.manifest["files"] if file["what"] == "data"]
    assert hashes == [f["sha256"] for f in again.manifest["files"] if f["what"] == "data"]


def test_quotas_are_drawn_the_same_every_time() -> None:
    for n in range(6):
        pair(f"{n}?", f"SELECT {n}")
    first = exported(write(care=Care(per_kind=2)))
    assert len(first) == 2 and exported(write(care=Care(per_kind=2))) == first
    others = [exported(write(care=Care(per_kind=2, random_seed=seed))) for seed in range(1, 9)]
    assert any(other != first for other in others), "the ids are what is drawn from: one may match"


def test_preferences_take_the_smallest_difference_first_and_say_why() -> None:
    good = pair("Sum it.", "SELECT sum(a) FROM t WHERE b > 1")
    others = {}
    for draw, (sql, outcome) in enumerate(
        [("SELECT sum(a) FROM t WHERE b < 1", "wrong_result"), ("DROP TABLE t", "sql_error"),
         ("SELECT sum(a) FROM t", "passed")], start=1,
    ):  # fmt: skip
        made = Response.objects.create(instruction=good.instruction, draw=draw, text=sql)
        StoredReading.objects.create(response=made, data={"sql": sql})
        Verdict.objects.create(response=made, database="overall", outcome=outcome, version=1)
        others[sql] = made
    bad = others["SELECT sum(a) FROM t"]
    label = Label.objects.create(
        response=bad, reviewer=make_user(), value="bad", reasons=["wrong_result"]
    )
    Decision.objects.create(response=bad, good=False, label=label)
    shape = Shape(format=Format.PREFERENCE, columns=True)
    export = write(care=Care(pairs_per_instruction=2), shape=shape)
    rows = [json.loads(line) for line in file_of(export).read_text().splitlines()]
    assert [row["rejected"] for row in rows] == [
        "SELECT sum(a) FROM t WHERE b < 1", "SELECT sum(a) FROM t",
    ]  # fmt: skip
    assert {row["chosen"] for row in rows} == {good.text}
    assert [row["reason"] for row in rows] == ["wrong_result", "wrong_result"]


def test_unpaired_rows_have_accepted_and_bad_responses() -> None:
    pair("One?", "SELECT 1")
    pair("Two?", "SELECT 2", good=False)
    export = write(shape=Shape(format=Format.UNPAIRED))
    rows = [json.loads(line) for line in file_of(export).read_text().splitlines()]
    assert [(row["prompt"], row["label"]) for row in rows] == [("One?", True), ("Two?", False)]


def test_one_response_per_instruction_is_the_best_labelled() -> None:
    first = pair("One?", "SELECT 1")
    second = Response.objects.create(
        completion=None, instruction=first.instruction, draw=1, text="SELECT 1.0"
    )
    accept(second)
    Label.objects.create(response=second, reviewer=make_user(), value="good")
    care = Care(per_instruction=PerInstruction.ONE.value)
    assert exported(write(care=care)).keys() == {second.pk}


@pytest.mark.parametrize(("policy", "kept"), [("decided", 1), ("unanimous", 1), ("majority", 2)])
def test_policies_of_labels(policy: str, kept: int) -> None:
    pair("All?", "SELECT 1")
    most = pair("Most?", "SELECT 2")
    for value in ("good", "bad"):
        Label.objects.create(response=most, reviewer=make_user(), value=value)
    Decision.objects.filter(response=most).update(good=False)
    assert write(Filters(labels=policy)).rows == kept
    assert write(Filters(labels=policy, least_labels=3)).rows == kept - 1


def test_only_what_an_editor_has_ruled_on_is_adjudicated() -> None:
    pair("All?", "SELECT 1")
    split = pair("Most?", "SELECT 2")
    Label.objects.create(response=split, reviewer=make_user(), value="bad")
    rule(response=split, good=True, note="The tie is no fault.", editor=make_user("editor"))
    assert exported(write(Filters(labels="adjudicated"))).keys() == {split.pk}


def test_a_judge_keeps_what_it_calls_good_as_it_is_now() -> None:
    judge = make_judging(make_pairs(1)).judge
    good, bad, unseen = (pair(f"{n}?", f"SELECT {n}") for n in "123")
    changed = pair("4?", "SELECT 4")
    score(judge, good)
    score(judge, bad, BAD)
    score(judge, changed)
    Response.objects.filter(pk=changed.pk).update(text="SELECT 5")
    export = write(Filters(judges=(judge.pk,)))
    assert exported(export).keys() == {good.pk} and unseen.pk
    assert export.manifest["left_out"] == {"judge": 3}
    assert export.manifest["filters"] == {"judges": [judge.pk]}


def test_what_the_pairs_page_was_narrowed_to_narrows_an_export() -> None:
    sums, other = pair("Sum the ducks.", "SELECT sum(a) FROM t"), pair("Two?", "SELECT 2")
    bad = pair("Sum the geese.", "SELECT 3", good=False)
    asked = read_filter({"text": ["sum"], "verdict": ["passed"]})
    export = write(Filters(pairs=asked))
    assert exported(export).keys() == {sums.pk} and other.pk and bad.pk
    assert export.manifest["left_out"] == {"not_accepted": 1, "pairs_page": 1}
    assert Filters.of(export.filters).pairs == asked


def test_an_export_whose_stored_filter_there_is_no_more_fails_with_its_name() -> None:
    pair("One?", "SELECT 1")
    export = export_start(filters=Filters())
    export.filters = {"pairs": {"colour": ["red"]}}
    with pytest.raises(work.JobFailsError, match="cannot be filtered by 'colour'"):
        export_write(export=export, lease=work.Lease())


@pytest.mark.parametrize("policy", ["decided", "unanimous", "majority"])
def test_a_ruling_holds_under_every_policy(policy: str) -> None:
    pair("All?", "SELECT 1")
    split, editor = pair("Most?", "SELECT 2"), make_user("editor")
    Label.objects.create(response=split, reviewer=make_user(), value="bad")
    rule(response=split, good=True, note="The tie is no fault.", editor=editor)
    assert write(Filters(labels=policy)).rows == 2
    rule(response=split, good=False, note="It is.", editor=editor)
    assert write(Filters(labels=policy)).rows == 1


def test_a_pair_that_became_an_example_is_left_out_unless_asked_for() -> None:
    pair("All?", "SELECT 1")
    shown = pair("Most?", "SELECT 2")
    example = make_version().examples.first()
    Promotion.objects.create(response=shown, example=example)
    export = write()
    assert export.rows == 1
    assert export.manifest["left_out"] == {"promoted": 1}
    assert write(Filters(promoted=True)).rows == 2


def test_flagged_pairs_and_gold_are_left_out_unless_asked_for() -> None:
    pair("All?", "SELECT 1")
    flagged, known = pair("Most?", "SELECT 2"), pair("Some?", "SELECT 3")
    Flag.objects.create(response=flagged, reviewer=make_user())
    Gold.objects.create(response=known, good=True)
    export = write()
    assert export.rows == 1
    assert export.manifest["left_out"] == {"flagged": 1, "gold": 1}
    assert write(Filters(flagged=True, gold=True)).rows == 3
