"""Filters of pairs: an allow-list, one pair once, the words of both texts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client

from apps.generation.models import Import, Instruction, Response
from apps.judge.models import Judge, Judgement
from apps.review.filters import (
    FIELDS,
    FilterError,
    PairFilter,
    filter_of,
    pairs_matching,
    read_filter,
    said,
)
from apps.review.listing import pairs_count, pairs_page
from apps.review.looking import Look, Patience
from apps.review.models import Correction, Flag
from apps.review.queue import default_queue
from apps.review.services import claim_next, label_add
from apps.seeds.models import Source
from apps.validation.models import Agreement, StoredReading
from tests.builders import (
    make_file,
    make_recipe,
    make_response,
    make_run,
    make_seed,
    make_user,
    make_version,
)
from tests.pages import markup
from tests.review.building import make_failed_check, make_queued, make_verdict

pytestmark = pytest.mark.django_db


def found(**values: str) -> set[int]:
    chosen = read_filter({name: [value] for name, value in values.items()})
    ids = [pair.pk for pair in pairs_matching(chosen)]
    assert len(ids) == len(set(ids)), "no pair comes twice"
    return set(ids)


@pytest.fixture
def pair() -> Response:
    """A pair that has something of everything, beside one that has nothing."""
    seed = make_seed()
    make_response(seed=seed, run=make_run(make_recipe(make_version()), [seed]))
    file = make_file(licences=["MIT"])
    file.source = Source.objects.create(spec="/other", kind="folder")
    file.save()
    seed = make_seed("SELECT 1 FROM otters", kind="select", file=file)
    response = make_response("A walrus sings.", instruction="Count the otters.", seed=seed)
    asked = response.instruction
    asked.difficulty = "Hard"
    asked.save()
    make_verdict(response, "passed", strength=0.8)
    make_verdict(response, "sql_error", database="duckdb")
    make_failed_check(response, code="language")
    make_failed_check(response, code="cut_off")
    StoredReading.objects.create(response=response, dialect="mysql", data={})
    Agreement.objects.create(
        response=response, instruction=asked, score=0.25, in_largest_group=False
    )
    for reviewer, value in ((make_user(), "good"), (make_user(), "bad")):
        Flag.objects.create(response=response, reviewer=reviewer)
        response.entries.update(state="open")
        response.entries.get().seats.all().delete()
        # Give them this pair, whatever comes first.
        Response.objects.exclude(pk=response.pk).get().entries.all().delete()
        assert claim_next(reviewer=reviewer) == response
        reasons = ["wrong_result"] if value == "bad" else []
        label_add(response=response, reviewer=reviewer, value=value, reasons=reasons)
    return response


def test_every_field_finds_the_pair_and_only_it(pair: Response) -> None:
    run = pair.run
    assert run and pair.instruction.seed
    reviewer = str(pair.labels.earliest("pk").reviewer_id)
    asked = {
        "text": "otters walrus -seal",
        "verdict": "duckdb:sql_error",
        "check": "cut_off",
        "label": "conflict",
        "reviewer": reviewer,
        "reason": "wrong_result",
        "run": str(run.pk),
        "recipe": str(run.recipe_id),
        "version": str(run.recipe.fewshot_id),
        "queue": str(default_queue().pk),
        "kind": "select",
        "dialect": "mysql",
        "difficulty": "Hard",
        "licence": "MIT",
        "source": str(pair.instruction.seed.source_id),
        "strength": "0.7-0.9",
        "agreement": "-0.3",
        "flagged": "yes",
    }
    asked["text"] = "otters"
    # These have tests of their own.
    others = {"imported", "corrected", "duplicate", "alike", "task", "judge"}
    assert set(asked) | others == {field.name for field in FIELDS}
    for name, value in asked.items():
        assert found(**{name: value}) == {pair.pk}, name
    everything = asked | {"corrected": "no"}
    assert found(**everything) == {pair.pk}
    assert found(**(everything | {"kind": "delete"})) == set()


def test_pairs_are_found_by_the_import_that_brought_them_and_by_corrections(pair: Response) -> None:
    (other,) = Response.objects.exclude(pk=pair.pk)
    made, another = (
        Import.objects.create(file_name=f"{name}.jsonl", sha256=name) for name in ("one", "two")
    )
    Instruction.objects.filter(pk=pair.instruction_id).update(
        imported=made, import_row=0, completion=None, seed=None
    )
    assert found(imported=str(made.pk)) == {pair.pk} and found(imported=str(another.pk)) == set()
    assert found(corrected="yes") == set() and found(corrected="no") == {pair.pk, other.pk}
    for before in ("once", "twice"):
        Correction.objects.create(response=pair, editor=make_user("editor"), before=before)
    assert found(corrected="yes") == {pair.pk} and found(corrected="no") == {other.pk}


def test_words_stand_in_the_instruction_or_in_the_response(pair: Response) -> None:
    assert found(text="otters") == found(text="walrus") == {pair.pk}
    assert found(text='"walrus sings"') == {pair.pk}
    assert found(text="zebra") == found(text='"sings walrus"') == set()


def test_what_makes_no_sense_is_left_out_and_named() -> None:
    given = QueryDict("verdict=nonsense&run=1e9&kind=select&kind=x&strength=9-1&other=1&run=%00")
    read = filter_of(given, is_editor=True)

    assert read.filter.as_json() == {"kind": ["select"]}
    assert [problem.split(":")[0] for problem in read.problems] == [
        "“nonsense” is no verdict",
        "“1e9” is no run",
        "“\0” is no run",
        "“x” is no kind",
        "“9-1” is no strength",
    ]
    with pytest.raises(FilterError, match="cannot be filtered by 'password'"):
        read_filter({"password": ["x"]})
    with pytest.raises(FilterError, match="Kind cannot be 'x'"):
        read_filter({"kind": ["x"]})


def test_reviewers_cannot_ask_what_others_thought() -> None:
    given = QueryDict("label=bad&reviewer=1&reason=not_sql&verdict=passed")

    assert filter_of(given, is_editor=False).filter.as_json() == {"verdict": ["passed"]}


def test_a_filter_survives_its_address_and_its_json() -> None:
    chosen = read_filter({"text": ["a & b=c"], "verdict": ["passed", "sqlite:none"]})

    assert filter_of(QueryDict(chosen.as_query()), is_editor=True).filter == chosen
    assert read_filter(chosen.as_json()) == chosen
    assert said(chosen) == [("Words", "a & b=c"), ("Verdict", "passed or sqlite:none")]
    assert said(read_filter({"text": ["a", "b"]})) == [("Words", "a and b")]


def test_pages_go_both_ways_and_the_count_says_where_it_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.review.listing.PAGE", 2)
    ids = [make_queued().pk for _ in range(5)][::-1]
    first = pairs_page(PairFilter())
    assert ([line.pk for line in first.lines], first.after) == (ids[:2], None)
    second = pairs_page(PairFilter(), before=first.before)
    assert [line.pk for line in second.lines] == ids[2:4]
    last = pairs_page(PairFilter(), before=second.before)
    assert ([line.pk for line in last.lines], last.before) == (ids[4:], None)
    back = pairs_page(PairFilter(), after=last.after)
    assert [line.pk for line in back.lines] == ids[2:4] and back.after == ids[2]

    assert (pairs_count(PairFilter()).number, pairs_count(PairFilter()).more) == (5, False)
    monkeypatch.setattr("apps.review.listing.EXACT", 3)
    assert (pairs_count(PairFilter()).number, pairs_count(PairFilter()).more) == (3, True)


def test_a_page_that_is_not_found_in_time_is_looked_for_further(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found is the same as without a limit, whoever looks and however often."""
    pairs = [make_queued() for _ in range(9)]
    for one in (pairs[0], pairs[4]):
        one.verdicts.update(outcome="sql_error")
    monkeypatch.setattr("apps.review.looking.FIRST", 2)
    monkeypatch.setattr("apps.review.looking.WIDEST", 2)
    for patience in Patience:
        monkeypatch.setattr(patience, "_value_", (0.0, 0.0, 0.0))
    monkeypatch.setattr(Look, "_by_indexes", lambda self, seconds: None)
    chosen = read_filter({"verdict": ["sql_error"]})
    page, seen, asked = pairs_page(chosen), [], 1
    while True:
        seen += [line.pk for line in page.lines]
        if page.looked_to is None:
            break
        assert page.before == page.looked_to and pairs_count(chosen, page).number is None
        page = pairs_page(chosen, before=page.before, patience=Patience.ON)
        asked += 1
    assert seen == [pairs[4].pk, pairs[0].pk] and asked > 2 and page.before is None

    client.force_login(make_user("editor"))
    text = markup(client.get("/review/pairs/?verdict=sql_error"))
    assert "Not all looked at yet" in text
    link = re.search(r'hx-get="([^"]+looking=1)"', text)
    assert link and f'href="{link[1]}"' in text
    rows = client.get(f"/review/pairs/{unescape(link[1])}", headers={"HX-Request": "true"})
    assert markup(rows).startswith("<tr>") and "looking=2" in markup(rows)
    upward = pairs_page(chosen, after=pairs[0].pk - 1)
    assert [line.pk for line in upward.lines] == [pairs[0].pk] and upward.after == upward.looked_to


def test_what_no_stretch_has_is_found_by_the_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [make_queued() for _ in range(5)]
    pairs[0].verdicts.update(outcome="sql_error")
    monkeypatch.setattr("apps.review.looking.FIRST", 2)
    monkeypatch.setattr(Patience.PAGE, "_value_", (0.0, 5.0, 0.0))
    page = pairs_page(read_filter({"verdict": ["sql_error"]}))
    assert [line.pk for line in page.lines] == [pairs[0].pk]
    assert page.looked_to is None and page.before is None


def test_the_indexes_are_not_asked_for_what_many_pairs_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(9):
        make_queued()
    monkeypatch.setattr("apps.review.looking.FIRST", 2)
    monkeypatch.setattr(Patience.PAGE, "_value_", (0.0, 5.0, 0.0))
    asked: list[float] = []
    monkeypatch.setattr(Look, "_by_indexes", lambda self, seconds: asked.append(seconds))
    # Two of the two newest have it: seven more are to be expected.
    for most, times in ((6, 0), (7, 1)):
        monkeypatch.setattr("apps.review.looking.MOST_SORTED", most)
        assert pairs_page(read_filter({"verdict": ["passed"]})).looked_to is not None
        assert len(asked) == times


def scored(judge: Judge, response: Response, good: bool | None) -> None:
    scores = dict.fromkeys(("relevance", "clear", "answers", "true"), None if good is None else 5)
    reason = "unreadable" if good is None else ""
    Judgement.objects.create(
        judge=judge, response=response, text_hash=b"", good=good, reason=reason, **scores
    )


def test_pairs_are_found_by_kind_of_task_and_by_judge(pair: Response) -> None:
    pair.instruction.task = "fix"
    pair.instruction.save()
    scored(Judge.objects.create(engine="stand-in", model="judge", rubric=1), pair, True)
    assert found(task="fix") == found(judge="good") == {pair.pk}
    assert found(judge="bad") == found(task="explain") == set()
    assert pair.pk not in found(judge="none")


def test_pairs_are_found_by_what_one_judge_said(pair: Response) -> None:
    """By the name of its model, which several may share, or by its number."""
    (other,) = Response.objects.exclude(pk=pair.pk)
    mild = Judge.objects.create(engine="url", model="org/qwen:7b", rubric=1, threshold=3)
    strict = Judge.objects.create(engine="url", model="org/qwen:7b", rubric=1, threshold=5)
    third = Judge.objects.create(engine="url", model="third", rubric=1)
    for judge, response, good in (
        (mild, pair, True), (strict, pair, False), (third, pair, None), (third, other, True),
    ):  # fmt: skip
        scored(judge, response, good)
    both = {pair.pk, other.pk}
    for value, expected in {
        "good": both, "bad": {pair.pk}, "none": set(),
        f"{mild.pk}:good": {pair.pk}, f"{mild.pk}:bad": set(), f"{mild.pk}:none": {other.pk},
        f"{strict.pk}:bad": {pair.pk}, f"{strict.pk}:good": set(),
        "org/qwen:7b:good": {pair.pk}, "org/qwen:7b:bad": {pair.pk}, "org/qwen:7b:none": {other.pk},
        "third:good": {other.pk}, "third:bad": set(), "third:none": {pair.pk},
        "nobody:good": set(), "nobody:none": both, "999999:good": set(),
    }.items():  # fmt: skip
        assert found(judge=value) == expected, value
    # Values of the field add up.
    chosen = read_filter({"judge": ["third:good", f"{mild.pk}:good"]})
    assert {each.pk for each in pairs_matching(chosen)} == both


@pytest.mark.parametrize("value", ["", "maybe", "third:", ":good", " :good", "third:maybe", "x:1"])
def test_what_no_judge_can_say_is_refused(value: str) -> None:
    with pytest.raises(FilterError):
        read_filter({"judge": [value or "\0"]})


def test_the_form_offers_each_judge_and_the_address_stays_readable(client: Client) -> None:
    client.force_login(make_user("editor"))
    make_response()
    Judge.objects.create(engine="url", model="org/qwen:7b", rubric=1)
    twins = [
        Judge.objects.create(engine="url", model="twin", rubric=1, threshold=bound)
        for bound in (3, 5)
    ]
    odd = Judge.objects.create(engine="url", model="700", rubric=1)
    page = markup(
        client.get("/review/pairs/", {"judge": ["org/qwen:7b:good", f"{twins[0].pk}:bad"]})
    )
    control = page[page.index('name="judge"') :].partition("</select>")[0]
    offered = re.findall(r'<option value="(.*?)"', control)
    assert offered[:4] == ["", "good", "bad", "none"], "addresses of old stay valid"
    assert {"org/qwen:7b:good", "org/qwen:7b:bad", "org/qwen:7b:none"} <= set(offered)
    assert {f"{twin.pk}:good" for twin in twins} <= set(offered) and "twin:good" not in offered
    assert f"{odd.pk}:good" in offered, "what looks like a number is one"
    assert "700:good" not in offered
    assert '<optgroup label="twin (rubric 1, good from 3)">' in control
    chip = "Judge: org/qwen:7b: good or twin (rubric 1, good from 3): bad"
    assert chip in page
    reviewers = Client()
    reviewers.force_login(make_user())
    assert 'name="judge"' not in markup(reviewers.get("/review/pairs/"))
