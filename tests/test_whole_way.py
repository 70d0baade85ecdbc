"""Gather, write with a real vLLM, validate, label, export: all processes real, then killed."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.machine import Machine
from tests.worker.tiny import LITTLE_MEMORY, tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SMALL = (
    "--fewshot", "self-ossinstruct", "--examples", "1", "--responses", "2", "--max-tokens", "96",
    "--temperature", "0.7", "--frequency-penalty", "0.3", "--response-stop", "\n[Tests]",
    "--seeds-per-unit", "6",
)  # fmt: skip
SEEDS = 30

ENDED = "SELECT status FROM core_job WHERE id = (SELECT job_id FROM generation_run WHERE id = {})"
MESSAGE = """
    SELECT message FROM core_job WHERE id = (SELECT job_id FROM generation_run WHERE id = {})
"""
NO_END = """
    SELECT count(*) FROM generation_runseed c JOIN generation_run r ON r.id = c.run_id
    WHERE c.run_id = {} AND NOT EXISTS (
        SELECT FROM generation_completion x WHERE x.recipe_id = r.recipe_id
        AND x.seed_id = c.seed_id AND x.parsed AND (x.reason <> '' OR x.stage = 'i_r'))
"""
TWICE = """
    SELECT count(*) FROM (SELECT FROM generation_completion
    GROUP BY recipe_id, stage, input_id, draw HAVING count(*) > 1) AS twice
"""
UNPARSED = "SELECT count(*) FROM generation_completion WHERE run_id = {} AND NOT parsed"
WITHOUT_ROW = """
    SELECT count(*) FROM generation_completion x
    LEFT JOIN generation_response r ON r.completion_id = x.id
    WHERE x.run_id = {} AND x.stage = 'i_r' AND (x.reason = '') <> (r.id IS NOT NULL)
"""
WITHOUT_VERDICT = """
    SELECT count(*) FROM generation_response r WHERE r.run_id = {} AND 1 <> (
        SELECT count(*) FROM validation_verdict v
        WHERE v.response_id = r.id AND v.database = 'overall')
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine at work whose model is tiny and made for it; what each run asks for is served."""
    made = Machine(
        tmp_path_factory.mktemp("machine") / "var",
        WINNOW_ENGINE="vllm-cpu",
        WINNOW_MODEL=str(tiny_model("plain")),
        WINNOW_ENGINE_ARGS=" ".join(LITTLE_MEMORY),
        WINNOW_PORT="",
    )
    with made.at_work():
        yield made


def start_run(machine: Machine, *words: str) -> int:
    said = machine.manage("generate", "--background", *SMALL, *words)
    return int(said.split()[1].rstrip(":"))


def wait_for(machine: Machine, run: int) -> None:
    machine.wait(lambda: machine.one(ENDED.format(run)) != "running", what=f"run {run} ended")


def assert_accounted_for(machine: Machine, run: int) -> None:
    assert machine.one(ENDED.format(run)) == "done", machine.rows(MESSAGE.format(run))
    assert machine.one(NO_END.format(run)) == 0, "seeds without an end"
    assert machine.one(TWICE) == 0, "completions twice"
    assert machine.one(UNPARSED.format(run)) == 0
    assert machine.one(WITHOUT_ROW.format(run)) == 0, "completions without their row"
    assert machine.one(WITHOUT_VERDICT.format(run)) == 0, "responses without their verdict"


def assert_says_what_was_launched(machine: Machine, run: int) -> None:
    (servers,) = machine.rows(f"SELECT servers FROM generation_run WHERE id = {run}")[0]
    (server,) = servers
    assert server["engine"] == "vllm-cpu" and re.match(r"[0-9]+\.[0-9]+", server["version"])
    for flag in ("--max-num-seqs", "--max-num-batched-tokens", "--enable-prompt-tokens-details"):
        assert flag in server["command"], server


def csrf(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def workers_answer(browser: httpx.Client) -> bool:
    """Whether the status page names a worker of each kind; a busy one may be late."""
    text = browser.get("/status/", headers={"HX-Request": "true"}).text
    return all(f"{kind}@" in text for kind in ("cpu", "gpu", "short"))


def label_all_good(machine: Machine) -> int:
    """Log in as the admin and press Good until the queue is empty, without JavaScript."""
    password = (machine.var / "admin-password").read_text().strip()
    labelled = 0
    with httpx.Client(base_url=machine.address, follow_redirects=True) as browser:
        page = browser.get("/review/")
        form = {"username": "admin", "password": password}
        page = browser.post(str(page.url), data=form | {"csrfmiddlewaretoken": csrf(page.text)})
        machine.wait(lambda: workers_answer(browser), what="workers on the status page")
        while found := re.search(r'action="(/review/pairs?/\d+/label/)"', page.text):
            data = {"value": "good", "csrfmiddlewaretoken": csrf(page.text)}
            page = browser.post(found[1], data=data)
            assert page.status_code == 200
            labelled += 1
    return labelled


def go_the_whole_way(machine: Machine, tmp_path: Path, table: str, *words: str) -> None:
    """From SQL files, of tables of this name, to an export of the pairs that a run has made."""
    sql = tmp_path / "sql"
    sql.mkdir()
    (sql / "made.sql").write_text(
        "".join(f"SELECT name_{n} FROM {table}_{n} WHERE column_{n} > {n};\n" for n in range(80))
    )
    assert "seeds kept" in machine.manage("gather", str(sql))
    run = start_run(machine, "--count", str(SEEDS), *words)
    wait_for(machine, run)
    assert_accounted_for(machine, run)
    assert_says_what_was_launched(machine, run)
    pairs = machine.one(f"SELECT count(*) FROM generation_response WHERE run_id = {run}")
    assert pairs > 0
    assert label_all_good(machine) == pairs
    machine.manage("export", "--to", str(tmp_path / "out"))
    (path,) = (tmp_path / "out").glob("data-*[0-9].jsonl")
    manifest = json.loads(path.with_suffix(".manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    labelled = machine.one("SELECT count(*) FROM review_label")
    assert manifest["rows"] == labelled == len(path.read_text().splitlines())
    assert manifest["left_out"] == {}


def asked_at(machine: Machine) -> Counter[str]:
    """The pages at which vLLM's own log has answers, and how many."""
    logs = "".join(path.read_text() for path in machine.var.rglob("*.log"))
    return Counter(re.findall(r'"POST (/v1/\S+) HTTP/1.1" 200', logs))


def test_a_model_with_a_chat_template_goes_the_whole_way_in_chats(
    machine: Machine, tmp_path: Path
) -> None:
    go_the_whole_way(machine, tmp_path, "chat", "--model", str(tiny_model("chat")))
    assert set(asked_at(machine)) == {"/v1/chat/completions"}


def test_sql_files_become_exported_pairs(machine: Machine, tmp_path: Path) -> None:
    """On the same machine, which ends the server of the other model for this one's."""
    before = asked_at(machine)
    go_the_whole_way(machine, tmp_path, "table")
    assert set(asked_at(machine) - before) == {"/v1/completions"}


class TooShort(Exception):
    """The run was over before all had been killed."""


def kill_everything_in(machine: Machine, run: int) -> None:
    """Kill -9 one part after the other while the run is at work, between two writings of it."""
    done = f"SELECT count(*) FROM generation_completion WHERE run_id = {run}"

    def is_over() -> bool:
        return bool(machine.one(ENDED.format(run)) != "running")

    def goes_on(more: int) -> None:
        """Something was written since the last kill, and there is more for the next to cut off."""
        before = machine.one(done)
        machine.wait(
            lambda: machine.one(done) >= before + more or is_over(),
            what=f"{more} more completions",
        )
        if is_over():
            raise TooShort

    goes_on(1)
    machine.kill("gpu")
    goes_on(5)
    machine.kill_model_server()
    goes_on(5)
    machine.kill("postgres")
    goes_on(5)
    machine.kill("valkey")
    machine.kill("cpu")


def test_a_run_survives_the_death_of_every_process(machine: Machine) -> None:
    """On a busy machine a model may have written all before the first is killed: then more of it."""
    for responses in (4, 16, 64):
        words = ("--count", "80", "--random-seed", "7", "--responses", str(responses))
        run = start_run(machine, *words)
        with suppress(TooShort):
            kill_everything_in(machine, run)
            break
        wait_for(machine, run)
    else:
        raise AssertionError("every run was too short for this test")
    wait_for(machine, run)
    assert_accounted_for(machine, run)
