"""Comments and sentences that describe a statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.seeds.extraction.descriptions import MOST_CHARACTERS, SENTENCES, clean_comment, describe
from apps.sql.kinds import KINDS


def test_every_kind_has_a_sentence() -> None:
    assert set(SENTENCES) == set(KINDS)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("-- Finds   late orders", "Finds late orders"),
        ("-- Finds late orders\n-- and their customers", "Finds late orders and their customers"),
        ("/*\n * Finds late\n * orders\n */", "Finds late orders"),
        ("--------\n-- Finds late orders\n--------", "Finds late orders"),
        ("# Finds late orders", "Finds late orders"),
        ("-- 更新商人的名字", "更新商人的名字"),
    ],
)
def test_a_comment_is_freed_of_its_marks(comment: str, text: str) -> None:
    assert clean_comment(comment) == text


@pytest.mark.parametrize(
    "comment",
    [
        "--\n-- Table structure for table `users`\n--",
        "--\n-- Dumping data for table `users`\n--",
        "--\n-- Name: users; Type: TABLE; Schema: public; Owner: app\n--",
        "-- phpMyAdmin SQL Dump\n-- version 4.8\n-- https://www.phpmyadmin.net/",
        "-- Table structure for users\n-- ----------",
        "/****** Object:  Table [dbo].[t]    Script Date: 1/2/2013 ******/",
        "-- Copyright (c) 2019 Example Corp",
        "-- Licensed under the Apache License, Version 2.0",
        "-- SELECT * FROM old_table;",
        "-- ==========",
        "-- x",
        "-- complain if script is sourced in psql, rather than via CREATE EXTENSION",
    ],
)
def test_banners_licences_and_dead_code_describe_nothing(comment: str) -> None:
    assert clean_comment(comment) == ""
    assert describe("select", comment).source == "kind"


@given(st.text(max_size=3000))
def test_a_description_is_one_line_of_bounded_length(comment: str) -> None:
    found = describe("update", "-- " + comment)
    assert 0 < len(found.text) <= MOST_CHARACTERS + 2 and "\n" not in found.text
