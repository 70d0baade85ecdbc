"""Bytes of a file → text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.seeds.readers.decoding import BINARY, EMPTY, decode

SQL = "SELECT 'größe', 'a;b' FROM tabelle;\n" * 4


def test_utf8_is_the_file_itself() -> None:
    data = SQL.encode()
    assert decode(data).content is data


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_is_cut_off(codec: str) -> None:
    assert decode(SQL.encode(codec)).content == SQL.encode()


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_is_seen_without_a_mark(codec: str) -> None:
    found = decode(SQL.encode(codec))
    assert (found.content, found.encoding) == (SQL.encode(), codec)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (SQL, "latin-1"),
        (
            "-- Обновление таблицы пользователей\nUPDATE t SET имя = 'Иван' WHERE id = 1;\n" * 5,
            "cp1251",
        ),
        ("-- 更新用户表的名称字段\nUPDATE t SET name='供应商材料名称' WHERE id=1;\n" * 5, "gbk"),
    ],
)
def test_other_encodings_are_detected(text: str, codec: str) -> None:
    assert decode(text.encode(codec)).content.decode() == text


def test_the_encoding_that_the_source_names_is_tried_first() -> None:
    assert decode("SELECT 'é'".encode("cp850"), encoding="cp850").content.decode() == "SELECT 'é'"


def test_an_unknown_encoding_of_the_source_does_no_harm() -> None:
    assert decode("SELECT 'é'".encode("latin-1"), encoding="no-such").content


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\x00" * 3_000_000])
def test_nothing_but_white_space_or_zeros_is_empty(data: bytes) -> None:
    assert decode(data).reason == EMPTY


@pytest.mark.parametrize(
    "data",
    [b"\x7fELF\x00\x01\x02SELECT", bytes(range(256)) * 20, b"SELECT 1;\n" * 20 + b"\x00\x01"],
)
def test_binary_is_named(data: bytes) -> None:
    assert decode(data).reason == BINARY


def test_bytes_of_another_program_behind_a_byte_order_mark_make_no_binary_of_a_file() -> None:
    assert (
        decode(b"\xef\xbb\xbf-- \xc3\xa9\n-- caf\xe9 \xc3\xa8").content.decode()
        == "-- é\n-- café è"
    )
    assert decode(b"\xef\xbb\xbf-- Gr\xf6\xdfe").content.decode() == "-- Größe"


@pytest.mark.parametrize("codec", ["utf-16", "utf-32"])
def test_a_file_that_ends_within_a_character_is_read_up_to_it(codec: str) -> None:
    assert decode(SQL.encode(codec) + b"x").content == SQL.encode()


@given(st.binary(max_size=400))
def test_whatever_comes_is_text_or_has_a_reason(data: bytes) -> None:
    found = decode(data)
    assert bool(found.content) != bool(found.reason)
    found.content.decode()
