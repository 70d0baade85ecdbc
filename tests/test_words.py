"""What is read on every page: words and no codes (what is stored as `wrong_result` is said in
words), figures below each other, and what to do where nothing is there yet.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import User
from tests.builders import make_user
from tests.everything import fill, pages, views

pytestmark = pytest.mark.django_db
# Code and names that people wrote or that they type stand in these.
NOT_READ = re.compile(
    r"<(script|style|code|pre|textarea|kbd|samp|svg)\b.*?</\1>|<!--.*?-->", re.S | re.I
)
TAG = re.compile(r"<[^>]*>")
CODE = re.compile(r"(?<![\w./@-])[a-z]+(?:_[a-z]+)+(?![\w/(])")
CELL = re.compile(r"<td\b([^>]*)>(.*?)</td>", re.S)
FIGURE = re.compile(r"[\d,.]+( ?%| s| ms)?|–")
# What a database returned stands as it came.
DATA = re.compile(r'<table class="[^"]*\bdata\b.*?</table>', re.S)
EMPTY = re.compile(r'<div class="empty">(.*?)</div>', re.S)
TO_DO = re.compile(r"<a |<code>|<button|\bbelow\b|press|editor|worker|scheduler|minute", re.I)
# Pages of the API's reference say names that programs send.
OF_PROGRAMS = {"api:reference", "api:openapi"}


def codes(page: str) -> set[str]:
    """Words with underscores that somebody would read."""
    return set(CODE.findall(TAG.sub(" ", NOT_READ.sub(" ", page))))


def ragged(page: str) -> set[str]:
    """Cells of a table that hold a figure which is not below the others; a key, the number of
    something that is linked, or a fingerprint that happens to have no letter, is a name.
    """
    found = set()
    for attributes, cell in CELL.findall(DATA.sub("", page)):
        text = TAG.sub("", cell).strip()
        is_name = "<a " in cell or "<kbd" in cell or text == "–" or "mono" in attributes
        if FIGURE.fullmatch(text) and not is_name and "number" not in attributes:
            found.add(text)
    return found


def test_codes_are_found() -> None:
    assert codes("<p>wrong_result</p><code>a_b</code><p data-x='c_d'>e</p>") == {"wrong_result"}


def test_figures_that_are_not_aligned_are_found() -> None:
    cells = (
        '<td>7</td><td class="number">1,000</td><td>a 7</td><td><b>12 %</b></td>'
        '<td><a href="/runs/8/">8</a></td><td><kbd>9</kbd></td>'
        '<td class="mono">72280662</td>'
        '<table class="table data"><td>10</td></table>'
    )
    assert ragged(cells) == {"7", "12 %"}


@pytest.mark.django_db(transaction=True)
def test_pages_say_words_and_show_figures_below_each_other(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    values = fill(tmp_path)
    assert {part for parts in views().values() for part in parts} <= set(values)
    client.force_login(User.objects.get(username="admin"))
    said: dict[str, set[str]] = {}
    shown: dict[str, set[str]] = {}
    seen = set()
    for page in pages(client, values):
        seen.add(page.name)
        if page.name not in OF_PROGRAMS and (found := codes(page.html)):
            said[page.address] = found
        if found := ragged(page.html):
            shown[page.address] = found
    assert said == {}
    assert shown == {}
    assert len(seen) > 70


@pytest.mark.parametrize("role", ["reviewer", "editor", "admin"])
def test_a_page_with_nothing_on_it_says_what_to_do(client: Client, role: str) -> None:
    client.force_login(make_user(role))
    empty: dict[str, str] = {}
    for name, parts in views().items():
        if not parts and not name.startswith("accounts:log"):
            answer = client.get(reverse(name))
            if answer.status_code == 200:
                for text in EMPTY.findall(answer.content.decode()):
                    empty[name] = text
    assert {name: text for name, text in empty.items() if not TO_DO.search(text)} == {}
    known = {
        "seeds:index", "seeds:sources", "generation:index", "generation:imports",
        "validation:index", "review:index", "exports:index", "judge:index", "fewshot:index",
    }  # fmt: skip
    assert known <= set(empty)
