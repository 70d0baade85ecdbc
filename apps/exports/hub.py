"""The Hugging Face Hub as a place to send files to: one commit to a data set.

The library reads the address and the token itself: HF_ENDPOINT, HF_TOKEN, `hf auth login`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import DatasetInfo

KIND = "dataset"
_MOST_WORDS = 600
# Answers after which the same may well go through: too early or at once, or the server's trouble.
_PASSING = frozenset((408, 409, 412, 423, 425, 429))
_NONE = (
    "There is no token of the Hugging Face Hub on the machine that pushes: run `hf auth login`"
    " there, or set HF_TOKEN to a token that may write."
)
_ADVICE = {
    401: "The token is not taken: run `hf auth login` again, or set HF_TOKEN to another.",
    403: "The token may not write there: take one that may, or another name.",
    404: "Look at the name, and whether the token may see it.",
}


class HubError(Exception):
    """The Hub refuses, and would refuse again: the message has its words and what to do."""


class HubAwayError(Exception):
    """The Hub does not answer, or asks to come again."""


def commit_files(
    repository: str,
    files: Mapping[str, Path],
    *,
    message: str,
    is_private: bool,
    outdated: Collection[str] = (),
    check: Callable[[], None] = lambda: None,
    sent: Callable[[int], None] = lambda _number: None,
) -> str:
    """Make the data set where it is not there, and commit the files in one commit, which removes
    those of `outdated` that are there; the commit's address. `check` is called between the steps,
    and may raise; `sent` with how many files are there by then. Content that is there already is
    sent no second time, and a commit that would change nothing is not made.

    Raises HubError, HubAwayError, OSError.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    api = _api()
    with _explaining(repository):
        there = _made(api, repository, is_private=is_private)
    check()
    adding = [CommitOperationAdd(name, str(path)) for name, path in sorted(files.items())]
    for number, one in enumerate(adding):
        sent(number)
        with _explaining(repository):
            api.preupload_lfs_files(repository, [one], repo_type=KIND, free_memory=False)
        check()
    sent(len(adding))
    names = {file.rfilename for file in there.siblings or ()}
    gone = sorted((set(outdated) & names) - set(files))
    with _explaining(repository):
        made = api.create_commit(
            repository, [*adding, *(CommitOperationDelete(name) for name in gone)],
            commit_message=message, repo_type=KIND, parent_commit=there.sha,
        )  # fmt: skip
    return str(made.commit_url)


def _api() -> HfApi:
    from huggingface_hub import HfApi, get_token  # half a second

    token = get_token()
    if token is None:
        raise HubError(_NONE)
    return HfApi(token=token)


def _made(api: HfApi, repository: str, *, is_private: bool) -> DatasetInfo:
    api.create_repo(repository, private=is_private, repo_type=KIND, exist_ok=True)
    there = api.dataset_info(repository)
    if is_private and not there.private:
        raise HubError(
            f"{repository} is there already, and everybody sees it: make it private at the Hub,"
            " choose another name, or push for everybody."
        )
    return there


@contextmanager
def _explaining(repository: str) -> Iterator[None]:
    """What the library raises, as one of ours with the server's words."""
    from httpx2 import TransportError
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except (RuntimeError, ValueError, HfHubHTTPError, TransportError, ConnectionError) as error:
        refused = _first(error, HfHubHTTPError)
        if isinstance(refused, HfHubHTTPError):
            words = "" if isinstance(error, ValueError) else refused.server_message
            status = refused.response.status_code
            raise _answered(status, words or _words(error), repository) from error
        if _first(error, OfflineModeIsEnabled):
            raise HubError(f"HF_HUB_OFFLINE is set: {_words(error)}") from error
        if away := _first(error, TransportError) or _first(error, ConnectionError):
            raise HubAwayError(
                f"The Hub does not answer ({type(away).__name__}: {_words(away)}): look at the"
                " network, HTTPS_PROXY and HF_ENDPOINT."
            ) from error
        if isinstance(error, JSONDecodeError):
            raise HubAwayError(f"What answers is no Hub: {_words(error)}") from error
        if isinstance(error, ValueError):
            raise HubError(f"{repository} cannot be pushed: {_words(error)}") from error
        raise


def _answered(status: int, words: str, repository: str) -> Exception:
    """An answer that is no success, as one of our errors."""
    told = f"The Hub answers {status} for {repository}: {words[:_MOST_WORDS]}"
    if status >= 500 or status in _PASSING:
        return HubAwayError(told)
    advice = _ADVICE.get(status, "")
    return HubError(f"{told.rstrip('. ')}. {advice}" if advice else told)


def _first(error: BaseException, kind: type[BaseException]) -> BaseException | None:
    """The first of that kind among an error and its causes."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, kind):
        link = link.__cause__
    return link


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:_MOST_WORDS]
