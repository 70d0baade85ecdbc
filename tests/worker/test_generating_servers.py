"""Whole runs against servers of many kinds, over real HTTP: what one prompt meets harms no other,
and a server that cannot work fails the run in its own words.
"""

from __future__ import annotations

import itertools
import json
from http.server import BaseHTTPRequestHandler

import pytest

from apps.core import work
from apps.generation.models import Completion, Concepts, Instruction, Response, Run
from tests.worker.asking import run_of
from tests.worker.fake_server import Answer, FakeServer, completion, hangs_up, says, sleeps
from tests.worker.serving import HASTY, serve
from worker import tasks

pytestmark = pytest.mark.django_db(transaction=True)

CONCEPTS = "filtering rows, aggregation"
TASK = "A shop keeps its sales in `sales(shop, amount)`. Write a SQL query for the total per shop."
SQL = "```sql\nSELECT shop, SUM(amount) FROM sales GROUP BY shop;\n```"
GOOD = {"Concepts": CONCEPTS, "Instruction": TASK, "Response": SQL}


@pytest.fixture
def address() -> str:
    """The path at which the server is said to be."""
    return ""


@pytest.fixture
def timeout() -> float:
    """Seconds without a word after which an answer is given up."""
    return 600.0


@pytest.fixture
def served(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer, address: str, timeout: float
) -> FakeServer:
    """A server without a list of models, that answers every stage well."""
    serve(monkeypatch, fake.url + address, timeout=timeout, **HASTY)
    fake.always = answers()
    return fake


def stage_of(handler: BaseHTTPRequestHandler) -> str:
    """The stage whose prompt this is; "" for what belongs to none."""
    asked = handler.question  # type: ignore[attr-defined]
    turns = asked.get("messages")
    text = asked["prompt"] if turns is None else f"{turns[0]['content']}\n{turns[-1]['content']}"
    places = {name: text.rfind(f"### {name}") for name in GOOD}
    return max(places, key=lambda name: places[name]) if max(places.values()) >= 0 else ""


def answers(around: str = "{}", **instead: str) -> Answer:
    """What each stage can use, with `around` about it; or other texts for some stages."""
    texts = GOOD | instead

    def answer(handler: BaseHTTPRequestHandler) -> None:
        says(completion(around.replace("{}", texts.get(stage_of(handler), "1"))))(handler)

    return answer


def where(word: str, trouble: Answer, good: Answer | None = None) -> Answer:
    """Trouble for prompts that end in something with this word."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = json.dumps(handler.question)  # type: ignore[attr-defined]
        (trouble if word in asked else good or answers())(handler)

    return answer


def do(run: Run) -> Run:
    for _ in range(work.MAX_ATTEMPTS):
        for unit in run.job.units.filter(queue="generate", status="waiting"):
            tasks.work(unit.pk)
    run.job.refresh_from_db()
    return run


# One prompt.


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (says({"choices": [{"message": {"content": None, "refusal": "I can't."}}]}), "I can't."),
        (says(completion(None, finish_reason="SAFETY")), "SAFETY"),
        (says({"error": {"message": "inspected", "code": "data_inspection_failed"}}), "inspected"),
        (hangs_up, "RemoteProtocolError"),
        (says({"error": {"message": "Prompt blocked"}}, status=403), "HTTP 403: Prompt blocked"),
        (says({"message": "Content Exists Risk"}, status=400), "HTTP 400: Content Exists Risk"),
        (says({"error": "Input length 9 exceeds 4"}, status=400), "Input length 9 exceeds 4"),
        (says(b""), "no completion"),
    ],
    ids=[
        "refusal",
        "safety",
        "error-200",
        "hangs-up",
        "403",
        "400",
        "too-long",
        "nothing",
    ],
)
@pytest.mark.parametrize("stage", ["s_c", "i_r"])
def test_what_one_prompt_meets_rejects_it_alone(
    served: FakeServer, trouble: Answer, words: str, stage: str
) -> None:
    served.always = where("POISON", trouble, one_instruction_is_poison(stage == "i_r"))
    third = "c" if stage == "i_r" else "POISON"
    run = do(run_of("SELECT a FROM t", "SELECT b FROM t", f"SELECT {third} FROM t"))
    assert (run.job.message, run.job.units.get(queue="generate").status) == ("", "done")
    rejected = Completion.objects.exclude(reason="")
    assert {row.stage for row in rejected} == {stage}
    assert all(words in row.message for row in rejected), [row.message for row in rejected]
    assert Response.objects.count() == 2 * run.recipe.responses


@pytest.mark.parametrize("timeout", [3.0])
def test_a_prompt_that_is_never_answered_is_rejected_alone(served: FakeServer) -> None:
    served.always = where("POISON", sleeps(30.0, says(completion())))
    run = do(run_of("SELECT a FROM t", "SELECT POISON FROM t"))
    assert (run.job.message, run.job.units.get(queue="generate").status) == ("", "done")
    rejected = Completion.objects.exclude(reason="").get()
    assert (rejected.stage, rejected.reason) == ("s_c", "timeout")
    assert "did nothing for 3 s" in rejected.message
    assert Response.objects.count() == run.recipe.responses


@pytest.mark.parametrize("status", [408, 429, 503])
def test_a_prompt_for_which_a_server_is_always_too_busy_is_rejected_alone_in_the_end(
    served: FakeServer, status: int
) -> None:
    served.always = where("POISON", says({"error": "1,200 tokens are too many"}, status=status))
    run = run_of("SELECT a FROM t", "SELECT POISON FROM t")
    for _ in range(3):
        do(run)
    assert (run.job.message, run.job.units.get(queue="generate").status) == ("", "done")
    rejected = Completion.objects.exclude(reason="").get()
    assert (rejected.stage, rejected.reason) == ("s_c", "busy")
    assert "1,200 tokens are too many" in rejected.message
    assert Response.objects.count() == run.recipe.responses


def one_instruction_is_poison(is_one: bool) -> Answer:
    """Good answers; the third instruction that is written may hold the word that brings trouble."""
    written = itertools.count(1)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_it = is_one and stage_of(handler) == "Instruction" and next(written) == 3
        (answers(Instruction=f"{TASK} Call it POISON.") if is_it else answers())(handler)

    return answer


@pytest.mark.parametrize(
    "around",
    [
        "<think>\nThe user wants it.\n</think>\n\n{}",
        "The user wants it, so:\n</think>\n{}",
        "**<thinking>**\nok\n**</thinking>**\n{}",
        "{}<|im_end|>\n<|im_start|>user\nAnother one.",
        "{}</s></s>",
        "```markdown\n{}\n```",
        "<think>ok</think>\n````md\n{}\n````<|eot_id|>",
    ],
)
def test_what_a_model_writes_around_every_answer_comes_off_and_is_kept_raw(
    served: FakeServer, around: str
) -> None:
    served.always = answers(around)
    run = do(run_of("SELECT a FROM t"))
    assert run.job.message == "", run.job.message
    assert Concepts.objects.get().items == ["filtering rows", "aggregation"]
    assert Instruction.objects.get().text == TASK
    assert {row.text for row in Response.objects.all()} == {SQL}
    assert {row.text for row in Completion.objects.filter(stage="c_i")} == {
        around.replace("{}", TASK)
    }


@pytest.mark.parametrize(
    "written",
    [
        f"{TASK}\n\n**SQL Solution:**\n{SQL}",
        f"{TASK}\n\n> ✅ **Answer:**\n\n{SQL}",
        f"{TASK}\n\n{SQL}",
        f"Sure! Here is a task for you:\n\n---\n\n{TASK}\n\n---",
        f"Below is a question that uses these concepts:\n\n**Question:** {TASK}",
    ],
)
def test_an_instruction_is_stored_without_its_solution_and_without_talk(
    served: FakeServer, written: str
) -> None:
    served.always = answers(Instruction=written)
    do(run_of("SELECT a FROM t"))
    assert Instruction.objects.get().text == TASK


BARE = "Write a SQL query that lists the total per shop of `sales(shop, amount)`."
BLOCKS = f"{SQL}\n\nExpected Output:\n```text\nshop | sum\n\nA | 5\n```"


@pytest.mark.parametrize(
    ("stage", "written", "read"),
    [
        ("Instruction", f"{BARE}\n\n**Solution:**\n```sql\nSELECT shop FROM sales;\n```", BARE),
        ("Instruction", f"{TASK}\n\n**Response**\n\nSELECT shop FROM sales", TASK),
        ("Instruction", f"The user wants a task.\n</think>\n{TASK}", TASK),
        ("Instruction", f"Here is a task that uses these concepts:\n\n{TASK}", TASK),
        (
            "Instruction",
            "Sure, here's an instruction based on the given properties:\n\n"
            f"**Instruction:**\n{TASK}",
            TASK,
        ),
        ("Concepts", "```text\na join, b filter\n```", "a join, b filter"),
        ("Response", f"```markdown\n{BLOCKS}\n```", BLOCKS),
    ],
    ids=["solution", "response", "thought", "announced", "headed", "fence-name", "outer-fence"],
)
def test_what_stands_around_one_answer_comes_off_on_its_way(
    served: FakeServer, stage: str, written: str, read: str
) -> None:
    served.always = answers(**{stage: written})
    run = do(run_of("SELECT a FROM t"))
    assert run.job.units.get(queue="generate").status == "done"
    told = {
        "Concepts": ", ".join(Concepts.objects.get().items),
        "Instruction": Instruction.objects.get().text,
        "Response": Response.objects.latest("pk").text,
    }
    assert told == GOOD | {stage: read}


@pytest.mark.parametrize("stage", ["Concepts", "Instruction", "Response"])
def test_thinking_that_never_ends_rejects_the_answer_as_cut_off(
    served: FakeServer, stage: str
) -> None:
    served.always = answers(**{stage: "<think>\nOkay, so the user wants a list of"})
    run = do(run_of("SELECT a FROM t"))
    assert run.job.units.get(queue="generate").status == "done" and run.job.message == ""
    rejected = Completion.objects.exclude(reason="")
    assert {row.reason for row in rejected} == {"cut_off"}
    assert all("within the model's thinking" in row.message for row in rejected)
    assert not Response.objects.exists()


def test_a_prompt_that_is_too_long_in_vllms_newer_words_is_told_so(served: FakeServer) -> None:
    words = (
        "You passed 5000 input tokens and requested 1536 output tokens. However, the model's "
        "context length is only 2048 tokens, resulting in a maximum input length of 512 tokens."
    )
    served.always = where("POISON", says({"error": {"message": words}}, status=400))
    run = do(run_of("SELECT a FROM t", "SELECT POISON FROM t"))
    rejected = Completion.objects.exclude(reason="").get()
    assert rejected.reason == "prompt_too_long" and words in rejected.message
    assert Response.objects.count() == run.recipe.responses


# Counts, and what leads a text.


def test_tokens_that_a_server_does_not_count_are_estimated_and_the_run_says_so(
    served: FakeServer,
) -> None:
    good = answers()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "n" not in handler.question:  # type: ignore[attr-defined]
            texts = {"choices": [{"text": GOOD.get(stage_of(handler), "1"), "index": 0}]}
            return says(texts)(handler)
        return good(handler)

    served.always = answer
    run = do(run_of("SELECT a FROM t"))
    run.refresh_from_db()
    for row in Completion.objects.all():
        assert row.completion_tokens == round(len(row.text) / 3.5)
        assert row.prompt_tokens > 50 and row.cached_tokens is None
    (server,) = run.servers
    assert server["tokens"] == "estimated at 3.5 characters each: the server counts none"


def test_each_stage_is_led_by_its_own_grammar(served: FakeServer) -> None:
    run = run_of("SELECT a FROM t")
    recipe = run.recipe
    recipe.pk, recipe.fingerprint = None, "led"
    recipe.sampling |= {"response_grammar": "root ::= x", "concepts_grammar": "root ::= y"}
    recipe.save()
    Run.objects.filter(pk=run.pk).update(recipe=recipe)
    do(run)
    told = [one.get("grammar") for one in served.asked]
    assert told == ["root ::= y", None, *["root ::= x"] * recipe.responses]


# The server.


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (says({"error": {"message": "No credits", "code": 402}}), "No credits"),
        (says({"detail": "stop: extra fields not permitted"}, status=422), "extra fields"),
        (says(b"Project quota exceeded", status=403), "HTTP 403: Project quota exceeded"),
        (says(b"<html><h1>403</h1><p>quota is used up</p></html>", status=403), "quota is used up"),
        (says({"error": {"message": "insufficient_quota"}}, status=429), "insufficient_quota"),
        (says({"error": {"message": "max_tokens must be at most 9"}}, status=400), "--max-tokens"),
        (says(completion(None, finish_reason="content_filter")), "content_filter"),
        (says({"error": "model is gone"}, status=404), "HTTP 404: model is gone"),
    ],
    ids=["402-in-200", "422", "403-text", "403-html", "429", "max_tokens", "all-filtered", "404"],
)
def test_a_server_that_cannot_work_fails_the_run_in_its_words_and_is_asked_again(
    served: FakeServer, trouble: Answer, words: str
) -> None:
    served.always = trouble
    run = do(run_of("SELECT a FROM t", "SELECT b FROM t"))
    assert run.job.status == "failed" and words in run.job.message, run.job.message
    assert not Completion.objects.exists(), "a refusal is no answer"
    served.always = answers()
    work.resume_job(job=run.job)
    do(run)
    assert Response.objects.count() == 2 * run.recipe.responses


def chats(path: str, trouble: Answer) -> Answer:
    """A server that answers at one chat endpoint and nowhere else."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path != path:
            return trouble(handler)
        text = GOOD.get(stage_of(handler), "1")
        return says({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})(handler)

    return answer


@pytest.mark.parametrize(
    ("address", "path", "trouble"),
    [
        ("", "/v1/chat/completions", says(b"404 page not found", status=404)),
        ("", "/v1/chat/completions", says({"error": "use messages instead"}, status=400)),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions", says({}, status=404)),
        ("/chat/completions", "/chat/completions", says({}, status=405)),
        ("/x/v1?api-version=2", "/x/v1/chat/completions?api-version=2", says({}, status=501)),
    ],
    ids=["plain", "400", "google", "bare", "query"],
)
def test_a_chat_server_writes_pairs_at_whatever_address(
    served: FakeServer, path: str, trouble: Answer
) -> None:
    served.always = chats(path, trouble)
    served.pages["/v1/models"] = says({"error": "not for you"}, status=403)
    run = do(run_of("SELECT a FROM t"))
    assert run.job.message == "", run.job.message
    assert Response.objects.count() == run.recipe.responses
