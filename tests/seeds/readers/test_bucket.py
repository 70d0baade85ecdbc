"""The Software Heritage bucket over real HTTP: a local S3 server, and ports where none answers."""

import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.seeds.readers.base import (
    BucketOptions,
    Outcome,
    ReadOptions,
    Reason,
    SourceError,
    SourceItem,
    Unreadable,
)
from apps.seeds.readers.opening import open_source
from tests.seeds.readers.reading import read_all, refusals

QUICK = BucketOptions(first_delay=0.01, timeout=5, attempts=3, concurrency=8)


def blob_id(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def write_stack(path: Path, contents: list[bytes], *, refused_between: int = 0) -> Path:
    """A Parquet file with the columns of The Stack v2 that list `contents`; so many rows after
    each have a licence that is not permissive."""
    rows = [
        {
            "blob_id": blob_id(data),
            "path": f"/db/{number}.sql",
            "repo_name": "owner/repo",
            "detected_licenses": ["MIT"],
            "license_type": "permissive",
            "src_encoding": "ISO-8859-1",
            "length_bytes": len(data),
            "revision_id": "r1",
        }
        for number, data in enumerate(contents)
    ]
    refused = {"detected_licenses": ["GPL-3.0-only"], "license_type": "non_permissive"}
    rows = [one for row in rows for one in (row, *([{**row, **refused}] * refused_between))]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # takes a second, and every worker collects this

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def heritage(endpoint: str) -> Iterator[dict[str, bytes]]:
    """Blobs put in here before reading are in the bucket, as raw objects under their key."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="softwareheritage")

    class Objects(dict[str, bytes]):
        def __setitem__(self, key: str, value: bytes) -> None:
            client.put_object(
                Bucket="softwareheritage", Key=f"content/{key}", Body=value, ACL="public-read"
            )

    yield Objects()


def options_for(endpoint: str, **changes: int) -> ReadOptions:
    return ReadOptions(bucket=replace(QUICK, endpoint_url=endpoint), **changes)  # type: ignore[arg-type]


def test_blobs_come_unpacked_in_order_with_all_that_is_known(
    tmp_path: Path, endpoint: str, heritage: dict[str, bytes]
) -> None:
    contents = [f"SELECT {number}, 'é'".encode("latin-1") for number in range(40)]
    for data in contents:
        heritage[blob_id(data)] = gzip.compress(data)
    stack = write_stack(tmp_path / "train.parquet", contents)

    items = read_all(open_source(str(stack), options=options_for(endpoint)))

    assert [item.data for item in items if isinstance(item, SourceItem)] == contents
    assert items[3] == SourceItem(
        path="/db/3.sql",
        locator="train.parquet#0:3",
        data=contents[3],
        encoding_hint="ISO-8859-1",
        repository="owner/repo",
        licences=("MIT",),
        blob_id=blob_id(contents[3]),
        revision="r1",
    )


def test_a_missing_damaged_or_exploding_blob_is_counted_and_the_rest_goes_on(
    tmp_path: Path, endpoint: str, heritage: dict[str, bytes]
) -> None:
    good, missing, damaged, large, bomb = (f"SELECT '{n}' FROM t".encode() for n in "gmdlb")
    heritage[blob_id(good)] = gzip.compress(good)
    heritage[blob_id(damaged)] = b"no gzip"
    heritage[blob_id(large)] = gzip.compress(bytes(range(256)) * 300)
    heritage[blob_id(bomb)] = gzip.compress(bytes(40 << 20))
    stack = write_stack(tmp_path / "a.parquet", [missing, damaged, large, bomb, good])

    small = options_for(endpoint, max_file_bytes=70_000, bomb_floor=60_000)
    outcomes = read_all(open_source(str(stack), options=small))

    assert refusals(outcomes) == {
        "/db/0.sql": Reason.MISSING_BLOB,
        "/db/1.sql": Reason.BROKEN,
        "/db/2.sql": Reason.TOO_LARGE,
        "/db/3.sql": Reason.TOO_LARGE,
    }
    assert [item.data for item in outcomes if isinstance(item, SourceItem)] == [good]


def test_a_data_set_is_streamed_by_datasets_and_its_blobs_fetched(
    tmp_path: Path, endpoint: str, heritage: dict[str, bytes]
) -> None:
    contents = [f"SELECT {number} FROM hub".encode() for number in range(5)]
    for data in contents:
        heritage[blob_id(data)] = gzip.compress(data)
    write_stack(tmp_path / "data" / "train-00000-of-00001.parquet", contents)

    items = read_all(open_source(f"hf:{tmp_path}", options=options_for(endpoint)))

    assert [item.data for item in items if isinstance(item, SourceItem)] == contents
    assert items[4].locator == "data/train-00000-of-00001.parquet#0:4"


def test_a_server_that_is_dead_ends_the_reading_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    stack = write_stack(tmp_path / "a.parquet", [b"SELECT %d" % n for n in range(40)])
    dead = replace(QUICK, endpoint_url=f"http://127.0.0.1:{port}", failures_in_a_row=10)

    yielded = []
    with pytest.raises(SourceError, match="10 downloads in a row .* failed. Check the network"):
        for outcome in open_source(str(stack), options=ReadOptions(bucket=dead)).read(
            open_source(str(stack)).manifest()
        ):
            yielded.append(outcome)
    assert not yielded, "what failed because the server is dead is to be read again"


def test_a_dead_server_is_noticed_though_most_rows_are_refused_before_it_is_asked(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    contents = [b"SELECT %d" % n for n in range(40)]
    stack = write_stack(tmp_path / "a.parquet", contents, refused_between=3)
    dead = replace(QUICK, endpoint_url=f"http://127.0.0.1:{port}", failures_in_a_row=10)

    yielded: list[Outcome] = []
    with pytest.raises(SourceError, match="10 downloads in a row"):
        yielded.extend(
            open_source(str(stack), options=ReadOptions(bucket=dead)).read(
                open_source(str(stack)).manifest()
            )
        )
    assert Reason.DOWNLOAD_FAILED not in refusals(yielded).values()


class Flaky(BaseHTTPRequestHandler):
    """Answers the first request for a key with 503, the second with a body cut short."""

    seen: dict[str, int] = {}
    lock = threading.Lock()

    def do_GET(self) -> None:
        with self.lock:
            attempt = self.seen[self.path] = self.seen.get(self.path, 0) + 1
        body = gzip.compress(b"SELECT 1")
        dead = self.path.endswith(blob_id(b"dead"))
        self.send_response(503 if attempt == 1 or dead else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:5] if attempt == 2 else body)
        if attempt == 2:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        return


def test_a_failed_download_is_tried_again_and_one_that_keeps_failing_is_counted(
    tmp_path: Path,
) -> None:
    stack = write_stack(tmp_path / "a.parquet", [b"SELECT 1", b"dead", b"SELECT 2"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Flaky) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = options_for(f"http://127.0.0.1:{server.server_port}")
        outcomes = read_all(open_source(str(stack), options=options))
        server.shutdown()

    assert [type(outcome) for outcome in outcomes] == [SourceItem, Unreadable, SourceItem]
    assert refusals(outcomes) == {"/db/1.sql": Reason.DOWNLOAD_FAILED}
    assert set(Flaky.seen.values()) == {3}
