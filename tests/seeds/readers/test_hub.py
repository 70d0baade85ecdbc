"""Hugging Face data sets through `datasets` itself, from local folders; the Hub's errors explained."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from apps.seeds.readers.base import ReadOptions, Reason, SourceError, SourceItem
from apps.seeds.readers.hub import HubReader, explained
from apps.seeds.readers.opening import open_source, whole_spec
from tests.seeds.readers.reading import read_all, refusals, texts

GATED = "bigcode/the-stack-v2-dedup"


def write_shards(folder: Path, *, shards: int = 2, rows: int = 250) -> None:
    """A folder laid out as The Stack v1, in row groups of 100."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        numbers = range(shard * rows, (shard + 1) * rows)
        table = pa.table(
            {
                "content": [f"SELECT {number}" for number in numbers],
                "max_stars_repo_path": [f"{number}.sql" for number in numbers],
                "max_stars_repo_licenses": [["MIT"] for _ in numbers],
                "unused": list(numbers),
            }
        )
        name = f"data-{shard:05d}-of-{shards:05d}.parquet"
        pq.write_table(table, folder / name, row_group_size=100)


def test_a_data_set_is_read_whole_and_from_any_entry(tmp_path: Path) -> None:
    write_shards(tmp_path / "data" / "sql")
    options = ReadOptions(range_items=70, data_dir="data/sql")
    reader = open_source(f"hf:{tmp_path}", options=options)

    entries = list(reader.manifest())
    outcomes = read_all(reader)
    resumed = texts(open_source(f"hf:{tmp_path}", options=options).read(entries[3:5]))

    assert [entry.items for entry in entries[:5]] == [70, 30, 70, 30, 50]
    assert texts(outcomes) == {f"{n}.sql": f"SELECT {n}".encode() for n in range(500)}
    assert list(resumed) == [f"{n}.sql" for n in range(170, 250)]
    assert outcomes[0].locator == "data/sql/data-00000-of-00002.parquet#0:0"


def test_a_row_group_too_large_to_hold_gives_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shards(tmp_path)
    options = ReadOptions(range_items=70)
    held = read_all(open_source(f"hf:{tmp_path}", options=options))

    monkeypatch.setattr("apps.seeds.readers.hub._LARGEST_GROUP", 0)

    assert read_all(open_source(f"hf:{tmp_path}", options=options)) == held


def test_jsonl_is_streamed_as_one_entry_a_file(tmp_path: Path) -> None:
    rows = [{"content": f"SELECT {n}", "path": f"{n}.sql"} for n in range(5)]
    (tmp_path / "train.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    items = read_all(open_source(f"hf:{tmp_path}"))

    assert [item.data for item in items if isinstance(item, SourceItem)] == [
        f"SELECT {n}".encode() for n in range(5)
    ]


def test_a_damaged_shard_does_not_stop_the_next(tmp_path: Path) -> None:
    write_shards(tmp_path)
    shard = tmp_path / "data-00001-of-00002.parquet"
    shard.write_bytes(shard.read_bytes()[:-50])

    outcomes = read_all(open_source(f"hf:{tmp_path}"))

    assert refusals(outcomes) == {shard.name: Reason.BROKEN}
    assert len(texts(outcomes)) == 250


@pytest.mark.parametrize(
    "name", ["json", "csv", "text", "parquet", "data", "a/b/c", "a b/c", "x/.."]
)
def test_what_is_no_name_of_a_data_set_is_refused_before_anything_is_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shards(tmp_path / name.split("/")[0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.load_dataset_builder", lambda *_, **__: pytest.fail("asked"))

    with pytest.raises(SourceError, match="is no data set: one is written owner/name"):
        HubReader(name, options=ReadOptions())
    with pytest.raises(SourceError, match="is no data set"):
        whole_spec(f"hf:{name}")


def test_a_folder_that_is_called_like_a_data_set_must_be_given_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shards(tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SourceError, match="It is written hf:./owner/name"):
        open_source("hf:owner/name")
    assert whole_spec("hf:./owner/name") == f"hf:{tmp_path}/owner/name"
    assert len(read_all(open_source(whole_spec("hf:./owner/name")))) == 500
    with pytest.raises(SourceError, match="There is no folder"):
        open_source("hf:./owner/gone")


@pytest.mark.parametrize("error", [ImportError("HTTPFileSystem requires aiohttp"), KeyError("x")])
def test_whatever_the_library_raises_is_a_message_with_its_words(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("datasets.load_dataset_builder", fail)
    with pytest.raises(SourceError) as told:
        HubReader("evil/set", options=ReadOptions())
    assert f"evil/set cannot be read: {type(error).__name__}: {error}" == str(told.value)


def test_a_data_set_does_not_lead_to_files_of_this_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private.jsonl").write_text('{"content": "SELECT 1"}')
    files = {"train": [f"{tmp_path}/private.jsonl"]}
    builder = SimpleNamespace(config=SimpleNamespace(data_files=files))
    monkeypatch.setattr("datasets.load_dataset_builder", lambda *_, **__: builder)

    with pytest.raises(SourceError, match="names a file outside of itself"):
        HubReader("evil/set", options=ReadOptions())


def test_a_data_set_without_the_column_names_those_it_has(tmp_path: Path) -> None:
    pq.write_table(pa.table({"body": ["SELECT 1"]}), tmp_path / "train.parquet")

    with pytest.raises(SourceError, match="the columns are: body"):
        HubReader(str(tmp_path), options=ReadOptions())


@pytest.mark.parametrize("rows", [1000, 40_000])
def test_a_text_that_many_rows_share_is_a_bomb_in_every_entry(tmp_path: Path, rows: int) -> None:
    """A file of some kilobytes gives a few megabytes at most, however its rows are divided."""
    bomb = pa.table({"content": ["SELECT '" + "x" * 20_000 + "';"] * rows})
    pq.write_table(bomb, tmp_path / "train.parquet")
    outcomes = read_all(open_source(f"hf:{tmp_path}"))
    assert set(refusals(outcomes).values()) == {Reason.ZIP_BOMB}
    given = sum(len(one.data) for one in outcomes if isinstance(one, SourceItem))
    assert given <= ReadOptions().bomb_floor


def test_packed_lines_of_a_data_set_are_under_the_same_guard(tmp_path: Path) -> None:
    line = json.dumps({"content": "SELECT '" + "x" * 20_000 + "';"}) + "\n"
    (tmp_path / "train.jsonl.gz").write_bytes(gzip.compress((line * 2000).encode()))
    outcomes = read_all(open_source(f"hf:{tmp_path}"))
    assert set(refusals(outcomes).values()) == {Reason.ZIP_BOMB}
    given = sum(len(one.data) for one in outcomes if isinstance(one, SourceItem))
    assert given <= ReadOptions().bomb_floor


def test_a_split_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    write_shards(tmp_path)

    with pytest.raises(SourceError, match="has no split 'test'; it has: train"):
        HubReader(str(tmp_path), options=ReadOptions(split="test"))


def not_found(message: str) -> Exception:
    """The library takes a second to import, and every worker of pytest-xdist collects this file."""
    from datasets.exceptions import DatasetNotFoundError

    return DatasetNotFoundError(message)


def test_a_gated_set_says_what_to_accept_where_and_how_to_log_in() -> None:
    from huggingface_hub.errors import GatedRepoError

    request = httpx.Request("GET", "https://huggingface.co")
    cause = GatedRepoError("401", response=httpx.Response(401, request=request))
    error = not_found(f"Dataset '{GATED}' cannot be accessed.")
    error.__cause__ = cause

    assert str(explained(error, GATED)) == (
        f"{GATED} is gated. Log in at https://huggingface.co/datasets/{GATED} and accept its "
        "terms there; then run `hf auth login`, or set HF_TOKEN to a token from "
        "https://huggingface.co/settings/tokens."
    )


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (ConnectionError("Couldn't reach 'a/b' on the Hub (ConnectError)"), "check the network"),
        (OSError("401 Client Error: Invalid user token."), "run `hf auth login` again"),
        (ValueError("something else"), "cannot be read: ValueError: something else"),
    ],
)
def test_an_error_of_the_hub_names_its_fix(error: Exception, fix: str) -> None:
    assert fix in str(explained(error, "a/b"))


def test_a_data_set_that_is_not_found_is_perhaps_misspelt() -> None:
    error = not_found("Dataset 'a/b' doesn't exist on the Hub")
    assert "check its name" in str(explained(error, "a/b"))


def test_a_data_set_that_is_not_there_is_not_called_gated_for_what_the_hub_or_its_name_says() -> (
    None
):
    from huggingface_hub.errors import RepositoryNotFoundError

    request = httpx.Request("GET", "https://huggingface.co")
    cause = RepositoryNotFoundError(
        "If you are trying to access a private or gated repo, make sure you are authenticated.",
        response=httpx.Response(401, request=request),
    )
    error = not_found("Dataset 'me/aggregated-sql' doesn't exist on the Hub")
    error.__cause__ = cause

    assert "There is no data set me/aggregated-sql" in str(explained(error, "me/aggregated-sql"))


ANSWERS = {
    "me/gated-sql": (403, {"X-Error-Code": "GatedRepo"}),
    "me/aggregated-sql": (401, {"X-Error-Code": "RepoNotFound"}),
    "me/mistyped": (404, {"X-Error-Code": "RepoNotFound"}),
    "me/old-token": (401, {"X-Error-Message": "Invalid credentials in Authorization header"}),
}
OPEN = """
import sys
from apps.seeds.readers.base import ReadOptions, SourceError
from apps.seeds.readers.hub import HubReader
for name in sys.argv[1:]:
    try:
        HubReader(name, options=ReadOptions())
    except SourceError as error:
        print(error)
"""


class Hub(BaseHTTPRequestHandler):
    """Refuses every data set as the Hub does, each in a way of its own."""

    tokens: set[str | None] = set()

    def do_GET(self) -> None:
        self.tokens.add(self.headers["Authorization"])
        for name, (status, headers) in ANSWERS.items():
            if name in self.path:
                self.send_response(status)
                for header, value in headers.items():
                    self.send_header(header, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        return


def test_each_refusal_of_a_hub_is_told_as_what_it_is_and_the_token_is_sent(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = {
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "HF_TOKEN": "hf_of_this_test",
            "HF_HOME": str(tmp_path),
        }
        # The address is read when the library is loaded.
        opened = subprocess.run(
            [sys.executable, "-c", OPEN, *ANSWERS], env={**os.environ, **here},
            cwd=settings.BASE_DIR, capture_output=True, text=True,
        )  # fmt: skip
        server.shutdown()

    assert [line[:45] for line in opened.stdout.splitlines()] == [
        "me/gated-sql is gated. Log in at https://hugg",
        "There is no data set me/aggregated-sql that m",
        "There is no data set me/mistyped that may be ",
        "The Hub refuses the token for me/old-token: r",
    ], opened.stderr
    assert Hub.tokens == {"Bearer hf_of_this_test"}


def test_without_the_network_a_data_set_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)

    with pytest.raises(SourceError, match="HF_HUB_OFFLINE is not set; then resume"):
        open_source("hf:owner/nothing-of-this-name")
