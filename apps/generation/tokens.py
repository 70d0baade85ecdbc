"""How many tokens a prompt has: by the model's own tokenizer where it can be asked, else about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# Of SQL and English with the tokenizers of code models; only said where nobody can be asked.
CHARACTERS = 3.5
MOST_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """The tokens of some texts, in their order; `how` says who counted."""

    counts: tuple[int, ...]
    how: str
    is_exact: bool = True


def count_tokens(texts: Sequence[str], *, engine: str, model: str) -> TokenCounts:
    """The server's own count where one runs already, else that of a tokenizer file in the model's
    folder, else an estimate that says so.
    """
    if engine == "url" and settings.WINNOW_MODEL_URL:
        return _by_server(texts, model)
    if engine != "url" and (counts := _by_server_here(texts, model)):
        return TokenCounts(counts, "counted by the model server of this machine")
    if model and (file := _tokenizer_file(model)):
        return _by_file(texts, file)
    return _about(texts, "no tokenizer of the model is at hand")


def _tokenizer_file(model: str) -> Path | None:
    """In the model's folder, wherever that is: its path, or where the small model is made."""
    for folder in (Path(model), Path(settings.VAR_DIR, "models", model)):
        file = folder / "tokenizer.json"
        if file.is_file() and file.stat().st_size <= MOST_FILE_BYTES:
            return file
    return None


def _about(texts: Sequence[str], why: str) -> TokenCounts:
    counts = tuple(round(len(text) / CHARACTERS) for text in texts)
    return TokenCounts(counts, f"estimated at {CHARACTERS} characters a token; {why}", False)


def _by_file(texts: Sequence[str], file: Path) -> TokenCounts:
    from tokenizers import Tokenizer  # loads a library of its own: not for who counts nothing

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001  it raises nothing narrower
        return _about(texts, f"{file} cannot be read: {str(error)[:200]}")
    return TokenCounts(tuple(len(tokenizer.encode(text).ids) for text in texts), f"by {file}")


def _by_server_here(texts: Sequence[str], model: str) -> tuple[int, ...]:
    """By a server that a worker on this machine keeps for the model; () where none does."""
    from apps.generation.servers_here import name_served, servers_here

    for server in servers_here():
        # Loads an HTTP client: not where no server is.
        from apps.generation.token_server import NotSaidError, counted_by_server_of

        try:
            return counted_by_server_of(name_served(model), texts, url=server.url, key=server.key)
        except NotSaidError:
            continue  # of another model, or busy: the next way counts
    return ()


def _by_server(texts: Sequence[str], model: str) -> TokenCounts:
    # Loads an HTTP client: not for who counts nothing.
    from apps.generation.token_server import NotSaidError, counted_by_server

    try:
        counts = counted_by_server(texts, url=settings.WINNOW_MODEL_URL, model=model)
    except NotSaidError as error:
        return _about(texts, f"the server was asked and did not say: {str(error)[:200]}")
    return TokenCounts(counts, "counted by the model server")
