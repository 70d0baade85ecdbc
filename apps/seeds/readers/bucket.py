"""The Software Heritage bucket: gzipped contents under content/<blob_id>, public and unsigned."""

import gzip
import io
import random
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.seeds.readers.base import (
    MEBIBYTE,
    BucketOptions,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    SourceError,
    SourceItem,
    Unreadable,
)
from apps.seeds.readers.limits import (
    BAD_CONTENT,
    BombGuard,
    GuardedStream,
    as_rejection,
    read_capped,
    too_large,
)

_LONGEST_DELAY = 20.0
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_FINAL = frozenset({"NoSuchBucket", "AccessDenied", "403", "InvalidBucketName"})
_GUESSED_LENGTH = MEBIBYTE


@dataclass(frozen=True, slots=True)
class BlobRequest:
    """A file whose content is still to be fetched. `length` is in bytes, unpacked."""

    path: str
    locator: str
    blob_id: str
    encoding: str
    repository: str
    licences: tuple[str, ...]
    revision: str
    length: int | None

    @property
    def weight(self) -> int:
        """The bytes that it is taken to hold while it is under way."""
        return _GUESSED_LENGTH if self.length is None else self.length

    def item(self, data: bytes, *, encoding: str) -> SourceItem:
        return SourceItem(
            path=self.path,
            locator=self.locator,
            data=data,
            encoding_hint=encoding or None,
            repository=self.repository,
            licences=self.licences,
            blob_id=self.blob_id,
            revision=self.revision,
        )

    def unreadable(self, rejection: Rejection) -> Unreadable:
        return Unreadable(
            path=self.path,
            locator=self.locator,
            reason=rejection.reason,
            message=rejection.message,
            repository=self.repository,
            licences=self.licences,
            blob_id=self.blob_id,
        )


class Bucket:
    """Fetches contents; safe to share between threads. Close it to end retries that wait."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self._closed = threading.Event()

    def close(self) -> None:
        self._closed.set()

    def fetch(self, blob_id: str) -> bytes:
        """The content of a blob, unpacked. Raises Rejection."""
        if not re.fullmatch(r"[0-9a-f]{40}", blob_id):
            raise Rejection(Reason.BAD_ROW, f"No blob id of 40 hex digits: {blob_id[:60]!r}.")
        packed = self._download(f"content/{blob_id}")
        guard = BombGuard(packed_bytes=len(packed), options=self.options)
        unpacked = GuardedStream(gzip.GzipFile(fileobj=io.BytesIO(packed)), guard)
        try:
            return read_capped(unpacked, limit=self.options.max_file_bytes)
        except BAD_CONTENT as error:
            raise as_rejection(error) from error

    def _download(self, key: str) -> bytes:
        # botocore takes a second to import: only here, where blobs are fetched.
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        settings = self.options.bucket
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._download_once(key)
            except (ClientError, BotoCoreError, HTTPClientError, OSError) as error:
                if _code(error) in _MISSING:
                    raise Rejection(Reason.MISSING_BLOB, f"The bucket has no {key}.") from error
                if _code(error) in _FINAL or attempt >= settings.attempts:
                    raise Rejection(
                        Reason.DOWNLOAD_FAILED, f"{attempt} attempts failed; the last: {error}"
                    ) from error
            self._wait(attempt)

    def _wait(self, attempt: int) -> None:
        """Exponential back-off with jitter, so that many workers do not come back at once."""
        delay = min(_LONGEST_DELAY, self.options.bucket.first_delay * 2 ** (attempt - 1))
        if self._closed.wait(delay * random.uniform(0.5, 1.0)):  # noqa: S311 - no secret
            raise Rejection(Reason.DOWNLOAD_FAILED, "Interrupted.")

    def _download_once(self, key: str) -> bytes:
        response = self._client.get_object(Bucket=self.options.bucket.bucket, Key=key)
        with closing(response["Body"]) as body:
            return read_capped(body, limit=self.options.max_file_bytes)

    @cached_property
    def _client(self) -> Any:
        import boto3
        import botocore
        from botocore.config import Config

        settings = self.options.bucket
        return boto3.session.Session().client(
            "s3",
            region_name="us-east-1",
            endpoint_url=settings.endpoint_url,
            config=Config(
                signature_version=botocore.UNSIGNED,
                max_pool_connections=settings.concurrency,
                connect_timeout=settings.timeout,
                read_timeout=settings.timeout,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path" if settings.endpoint_url else "auto"},
            ),
        )


def fetch_in_order(
    stream: Iterable[Outcome | BlobRequest], options: ReadOptions
) -> Iterator[Outcome]:
    """`stream` with every request replaced by its item or refusal, in the same order (but for
    failed downloads, which wait until the bucket has answered again).

    At most `concurrency` downloads and about `bytes_in_flight` bytes are under way or waiting.
    Raises SourceError after `failures_in_a_row` failed downloads in a row; those are not yielded,
    so that nobody writes them off: they are to be read again.
    """
    bucket = Bucket(options)
    failed: list[Outcome] = []
    with ThreadPoolExecutor(options.bucket.concurrency, "blob") as pool:
        try:
            for outcome in _in_window(stream, pool, bucket):
                if isinstance(outcome, Unreadable) and outcome.reason is Reason.DOWNLOAD_FAILED:
                    failed.append(outcome)
                    _check_alive(failed, options.bucket)
                    continue
                if _has_answered(outcome):
                    yield from failed
                    failed.clear()
                yield outcome
            yield from failed
        finally:
            bucket.close()
            pool.shutdown(wait=False, cancel_futures=True)


def _in_window(
    stream: Iterable[Outcome | BlobRequest], pool: ThreadPoolExecutor, bucket: Bucket
) -> Iterator[Outcome]:
    settings = bucket.options.bucket
    waiting: deque[tuple[int, Outcome | Future[Outcome]]] = deque()
    in_flight = 0
    for element in stream:
        if not waiting and not isinstance(element, BlobRequest):
            yield element
            continue
        weight = element.weight if isinstance(element, BlobRequest) else 0
        while waiting and (
            len(waiting) >= settings.concurrency or in_flight + weight > settings.bytes_in_flight
        ):
            freed, first = waiting.popleft()
            yield _result(first)
            in_flight -= freed
        in_flight += weight
        if isinstance(element, BlobRequest):
            waiting.append((weight, pool.submit(_fetched, bucket, element)))
        else:
            waiting.append((weight, element))
    while waiting:
        yield _result(waiting.popleft()[1])


def _result(element: Outcome | Future[Outcome]) -> Outcome:
    return element.result() if isinstance(element, Future) else element


def _fetched(bucket: Bucket, request: BlobRequest) -> Outcome:
    try:
        if request.length is not None and request.length > bucket.options.max_file_bytes:
            raise too_large(bucket.options.max_file_bytes)
        return request.item(bucket.fetch(request.blob_id), encoding=request.encoding)
    except Rejection as error:
        return request.unreadable(error)


def _has_answered(outcome: Outcome) -> bool:
    """Whether the bucket is there: rows refused for their licence and the like never came to it."""
    return isinstance(outcome, SourceItem) or outcome.reason is Reason.MISSING_BLOB


def _check_alive(failed: list[Outcome], settings: BucketOptions) -> None:
    if len(failed) < settings.failures_in_a_row:
        return
    last = failed[-1]
    message = last.message if isinstance(last, Unreadable) else ""
    raise SourceError(
        f"{len(failed)} downloads in a row from the bucket {settings.bucket!r} "
        f"at {settings.endpoint_url or 'AWS'} failed. Check the network, a proxy and the endpoint "
        f"setting, then resume: what was read is kept. The last error: {message}"
    )


def _code(error: Any) -> str:
    """The service's own code of a botocore ClientError; empty for any other error."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
