"""README and docs: their links lead somewhere, their commands exist, their example is true."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from apps.sql.dialects import Dialect
from apps.validation.judging import validate
from apps.validation.runners import Timed
from tests.validation.conftest import GetPool, pools  # noqa: F401

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
# Words of a code that only stand for something.
NAMES = re.compile(r"^[A-Z…\[]")


def fenced(text: str) -> list[str]:
    """The fenced blocks without a language, or in sh: what people type."""
    # Whole blocks one after the other: the end of one is no beginning of the next.
    blocks = re.findall(r"^(````?)(\w*)\n(.*?)^\1$", text, re.M | re.S)
    return [block for _, language, block in blocks if language in ("", "sh")]


def typed(text: str) -> list[str]:
    """The lines that people type, those that go on in one."""
    return [line for block in fenced(text) for line in block.replace("\\\n", " ").splitlines()]


def commands(page: Path) -> list[list[str]]:
    """Each command of a page, as words without what is set before it."""
    text = page.read_text()
    lines = typed(text)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    found = []
    for line in [*lines, *CODE.findall(prose)]:
        words = shlex.split(line.partition(" #")[0].replace("…", "")) if "'" not in line else []
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0] in ("python", ".venv/bin/python"):
            words.pop(0)
        if words and words[0].endswith("manage.py") or words[:1] in (["make"], ["-m"]):
            found.append(words)
    return found


def test_blocks_with_a_language_do_not_hide_those_without() -> None:
    text = "```sql\nSELECT 1;\n```\n\nthen\n\n```\nmake demo\n```\n\n````md\n```\nno\n```\n````\n"
    assert typed(text) == ["make demo"]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in ("".join(pair) for pair in LINK.findall(page.read_text())):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist_with_their_options(page: Path) -> None:
    known = get_commands()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for words in commands(page):
        if words[0] == "make":
            assert not words[1:] or words[1] in targets, words
        elif words[0] == "-m":
            assert importlib.util.find_spec(words[1]), words
        elif len(words) > 1 and not NAMES.match(words[1]):
            name = words[1].replace("-", "_") if words[1] not in known else words[1]
            assert name in known, words
            parser = load_command_class(known[name], name).create_parser("manage.py", name)
            options = set(parser._option_string_actions)
            asked = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
            assert asked <= options, (words, asked - options)


def test_the_commands_of_the_documents_are_found() -> None:
    found = {" ".join(words[:2]) for page in PAGES for words in commands(page)}
    assert {"make demo", "make test", "manage.py gather", "-m benchmarks.review"} <= found
    assert len(found) > 25


def test_benchmarks_that_are_named_have_their_options() -> None:
    for page in PAGES:
        for words in commands(page):
            if words[0] == "-m" and words[1].startswith("benchmarks."):
                source = (ROOT / f"{words[1].replace('.', '/')}.py").read_text()
                for word in words[2:]:
                    if word.startswith("--"):
                        assert f'"{word.partition("=")[0]}"' in source, words


def test_the_version_is_the_newest_of_the_changelog() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    versions = [re.match(r"(\d+)\.(\d+)\.(\d+)( \(\w+ \d{4}\))?$", head) for head in heads]
    numbers = [tuple(map(int, found.groups()[:3])) for found in versions if found]
    assert len(numbers) == len(heads) > 1, heads
    assert numbers == sorted(set(numbers), reverse=True)
    assert told == ".".join(map(str, numbers[0]))


def test_the_readme_can_be_taken_in() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 100


def test_what_is_said_of_other_tools_is_dated() -> None:
    """Seven tools, each with a link and with the month of what was read; Winnow as it is now."""
    text = (ROOT / "README.md").read_text().partition("## Beside other tools")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", text.partition("## Figures")[0], re.M)[2:]
    (name, version), *others = rows
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert name == "Winnow" and told.startswith(f"{version}.")
    assert len(others) == 7
    links = dict(re.findall(r"^\[(\w+)\]: (https://\S+)$", text, re.M))
    for tool, date in others:
        assert re.search(r"\b(1[0-2]|[1-9])/20\d\d$", date), tool
        assert re.fullmatch(r"\[.+\]\[(\w+)\]", tool)[1] in links, tool  # type: ignore[index]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_is_longer_than_a_screen_is_wide(page: Path) -> None:
    """Rows of tables and commands too: what is longer is no row, but a list or a paragraph."""
    assert [line for line in page.read_text().splitlines() if len(line) > 100] == []


def test_every_page_of_docs_is_linked_from_a_page() -> None:
    links = {
        (page.parent / "".join(link).partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text())
    }
    assert [page.name for page in PAGES if page.parent != ROOT and page not in links] == []


def test_the_words_of_the_glossary_are_in_order_and_in_use() -> None:
    """Each on a page of the site or of the documents; one that nothing says any more goes."""
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.M)[2:]
    assert rows == sorted(set(rows), key=str.lower) and len(rows) > 40
    sources = [*ROOT.glob("templates/**/*.html"), *PAGES]
    texts = [page.read_text() for page in sources if page.name != "glossary.md"]
    said = re.sub(r"<[^>]*>|{[%#{].*?[%#}]}", " ", "\n".join(texts), flags=re.S).lower()
    words = {word.lower() for row in rows for word in row.split(", ")}
    # Two words may be one in code: `SourceFile`.
    assert {word for word in words if not re.search(rf"\b{word.replace(' ', ' ?')}", said)} == set()


def _block(language: str, number: int = 0) -> str:
    text = (ROOT / "docs/pair.md").read_text()
    fence = "````" if language == "markdown" else "```"
    found: list[str] = re.findall(rf"^{fence}{language}\n(.*?)^{fence}$", text, re.M | re.S)
    return found[number]


def test_the_response_of_the_documents_passes(pools: GetPool) -> None:  # noqa: F811
    text = (ROOT / "docs/pair.md").read_text()
    quoted = re.findall(r"^> (.*)$", text, re.M)
    timed = Timed(pools("sqlite"))
    judged = validate(
        _block("markdown"), " ".join(quoted), timed, Dialect.SQLITE,
        run_together=timed.together, mutate=True,
    )  # fmt: skip
    assert judged.outcome == "passed", judged.message


def test_bounds_that_the_readme_gives_are_those_of_the_benchmarks() -> None:
    text = (ROOT / "README.md").read_text()
    figure = r"^\| [^|]+ \| ([^|]*?) *\| [^|]*\| `python -m (benchmarks\.\w+)[^|]*\|$"
    rows = re.findall(figure, text, re.M)
    assert len(rows) > 5
    for told, module in rows:
        source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
        bounds = re.findall(r"(?:MOST_\w+ = |<= |within |\": \(?)([\d.]+)", source)
        for number in re.findall(r"(?<![p\d])[\d.]+", told):
            assert float(number) in map(float, bounds), (module, number)


def test_every_setting_is_told_to_who_runs_it() -> None:
    settings = (ROOT / "apps/settings.py").read_text()
    known = set(re.findall(r'env\.\w+\("(WINNOW_\w+)"', settings)) - {"WINNOW_TESTING"}
    assert len(known) > 40
    told = "".join(page.read_text() for page in PAGES)
    assert known <= set(re.findall(r"WINNOW_\w+", told))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    named = re.findall(
        r"`((?:apps|benchmarks|docs|prompts|scripts|static|templates|tests|worker)/[\w./-]*)`",
        page.read_text(),
    )
    known = [name for name in named if "NAME" not in name]
    missing = [
        name for name in known if not (ROOT / name).exists() and not list(ROOT.glob(f"{name}.*"))
    ]
    assert missing == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/decisions/[!R]*.md")), ids=lambda p: p.stem)
def test_a_decision_says_why_what_else_and_what_follows(page: Path) -> None:
    parts = re.findall(r"^\*\*(.+?)\*\*", page.read_text(), re.M)
    wanted = ["Context.", "Decision.", "Also thought of.", "What follows."]
    assert [part for part in parts if part in wanted] == wanted


def test_pictures_are_those_that_the_script_makes_and_every_user_has_one() -> None:
    script = (ROOT / "tests/browser/pictures.py").read_text()
    made = {
        f"{name}-{scheme}.png"
        for name in re.findall(r'picture\(\w+, "(\w+)"\)', script)
        for scheme in ("light", "dark")
    }
    assert {path.name for path in ROOT.glob("docs/pictures/*")} == made
    for user in ("reviewers", "editors", "trainers", "operators", "data-engineers", "api"):
        assert '"pictures/' in (ROOT / f"docs/{user}.md").read_text(), user


def test_every_picture_is_shown_in_both_colour_schemes() -> None:
    """One that no page shows is made for nothing, and a light one alone dazzles at night."""
    shown = set()
    for page in PAGES:
        text = page.read_text()
        pictures = re.findall(r"<picture>.*?</picture>", text, re.S)
        for picture in pictures:
            dark = re.findall(r'prefers-color-scheme: dark\)" srcset="([^"]+)-dark\.png"', picture)
            light = re.findall(r'<img alt="[^"]+"\s+src="([^"]+)-light\.png"', picture)
            assert dark and dark == light, (page, picture)
            shown |= {f"{dark[0].rpartition('/')[2]}-{scheme}.png" for scheme in ("dark", "light")}
        assert text.count(".png") == 2 * len(pictures), page
    assert shown == {path.name for path in ROOT.glob("docs/pictures/*")}
