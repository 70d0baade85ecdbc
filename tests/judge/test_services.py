"""A run's pairs come before a judge once; its scores are kept apart and matched by id."""

import pytest

from apps.judge import rubric
from apps.judge.models import Judge, Judgement
from apps.judge.queries import judgements_seen_by, standing_of
from apps.judge.services import NothingToJudgeError, Said, judgements_save, pairs_to_judge
from apps.review.models import Entry, Label
from apps.review.services import enqueue
from tests.builders import make_run, make_user
from tests.judge.building import BAD, GOOD, decide, make_judging, make_pairs, score

pytestmark = pytest.mark.django_db


def test_all_pairs_are_units_and_a_sample_comes_first_in_the_review() -> None:
    run = make_pairs(5)
    ids = list(run.responses.order_by("pk").values_list("pk", flat=True))
    enqueue(response_ids=ids)
    judging = make_judging(run, sample=2)
    (unit,) = judging.job.units.all()
    assert unit.queue == "judge" and unit.payload == {"responses": ids}
    drawn = set(judging.sample.values_list("response_id", flat=True))
    first = Entry.objects.order_by("position")[:2].values_list("response_id", flat=True)
    assert len(drawn) == 2 and drawn == set(first)


def test_a_run_without_pairs_cannot_be_judged() -> None:
    with pytest.raises(NothingToJudgeError, match="has no pair to judge"):
        make_judging(make_run())
    assert not Judge.objects.exists()


def test_a_pair_is_judged_once_and_what_is_there_stays() -> None:
    run = make_pairs(2)
    judge = make_judging(run).judge
    one, other = run.responses.order_by("pk")
    score(judge, one)
    assert pairs_to_judge(judge=judge, response_ids=[one.pk, other.pk]) == [other]
    score(judge, one, BAD)
    assert Judgement.objects.get().good is True


def test_scores_are_matched_by_id_and_what_cannot_be_read_has_its_reason() -> None:
    run = make_pairs(3)
    judge = make_judging(run).judge
    first, second, third = run.responses.order_by("pk")
    said = [
        Said(third.pk, b"3" * 32, text=BAD),
        Said(first.pk, b"1" * 32, text="I cannot say.\0"),
        Said(second.pk, b"2" * 32, reason="prompt_too_long", message="4096 tokens"),
    ]
    assert judgements_save(judge=judge, said=said) == 1
    rows = {row.response_id: row for row in Judgement.objects.all()}
    assert (rows[third.pk].answers, rows[third.pk].good) == (2, False)
    assert (rows[first.pk].good, rows[first.pk].reason) == (None, "no_scores")
    assert rows[second.pk].message == "4096 tokens"
    assert not Label.objects.exists()


def test_what_cannot_be_kept_of_one_pair_is_told_and_the_others_are_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_pairs(3)
    judge = make_judging(run).judge
    first, odd, last = run.responses.order_by("pk")
    parse = rubric.parse

    def parsed(text: str) -> object:
        if text == "odd":
            raise ValueError("Exceeds the limit (4300 digits)")
        return parse(text)

    monkeypatch.setattr(rubric, "parse", parsed)
    said = [Said(pk, b"1" * 32, text=text) for pk, text in
            ((first.pk, GOOD), (odd.pk, "odd"), (last.pk, GOOD))]  # fmt: skip
    assert judgements_save(judge=judge, said=said) == 2
    row = Judgement.objects.get(response=odd)
    assert (row.reason, row.good) == ("not_stored", None) and "4300 digits" in row.message


def test_only_the_random_sample_calibrates() -> None:
    run = make_pairs(6)
    judging = make_judging(run, sample=4)
    drawn = [pair.response for pair in judging.sample.order_by("response")]
    others = [r for r in run.responses.all() if r not in drawn]
    for response, text, good in zip(
        drawn, [GOOD, GOOD, BAD, BAD], [True, False, True, False], strict=True
    ):
        score(judging.judge, response, text)
        decide(response, good)
    for response in others:
        score(judging.judge, response, GOOD)
        decide(response, False)
    found = standing_of(judging)
    assert (found.judged, found.apparent.part, found.apparent.whole, found.sample) == (6, 4, 6, 4)
    confusion = found.confusion
    assert (confusion.both, confusion.judge_only, confusion.label_only, confusion.neither) == (
        1,
        1,
        1,
        1,
    )


def test_scores_are_hidden_until_a_reviewer_has_decided_or_an_admin_says_otherwise() -> None:
    run = make_pairs(1)
    judge = make_judging(run).judge
    response = run.responses.get()
    score(judge, response)
    reviewer, editor, admin = make_user(), make_user("editor"), make_user("admin")
    assert [len(judgements_seen_by(u, response)) for u in (reviewer, editor, admin)] == [0, 0, 1]
    for value, seen in [("skipped", 0), ("good", 1), ("withdrawn", 0), ("bad", 1)]:
        Label.objects.create(response=response, reviewer=reviewer, value=value)
        assert len(judgements_seen_by(reviewer, response)) == seen
    assert judgements_seen_by(editor, response) == []
    Judge.objects.update(is_shown=True)
    assert len(judgements_seen_by(editor, response)) == 1
