"""Templates are read by people: `make lint` has them indented, here their lines are not too long."""

from __future__ import annotations

import re
from collections import Counter

from django.conf import settings

# A page's, where tags stand within tags, and a mail's, which is prose.
LONGEST = {".html": 160, ".txt": 100}


def test_no_line_of_a_template_is_too_long_to_read() -> None:
    templates = sorted(
        path for path in (settings.BASE_DIR / "templates").rglob("*") if path.is_file()
    )
    assert {template.suffix for template in templates} == set(LONGEST)
    assert len(templates) > 50
    assert [
        f"{template.name}:{number}: {len(line)} columns"
        for template in templates
        for number, line in enumerate(template.read_text("utf-8").split("\n"), 1)
        if len(line) > LONGEST[template.suffix]
    ] == []


# Prose with small tables in it, and texts beside each other line by line.
READ = {"api/reference.html", "studio/changes.html"}


def test_a_page_with_a_table_has_the_width_that_there_is() -> None:
    """`reading` and `narrow` keep lines of prose short; a table is not read along its lines."""
    folder = settings.BASE_DIR / "templates"
    kept_short = {
        str(template.relative_to(folder))
        for template in folder.rglob("*.html")
        if re.search(r"main_class %}(reading|narrow)", text := template.read_text("utf-8"))
        and "<table" in text
    }
    assert kept_short == READ


def test_a_part_that_one_page_has_says_what_it_is() -> None:
    """A part of its own is worth its file where its first words say what it is for."""
    folder = settings.BASE_DIR / "templates"
    texts = {
        str(template.relative_to(folder)).removeprefix("parts/"): template.read_text("utf-8")
        for template in folder.rglob("*.html")
    }
    named = (re.findall(r'{% (?:include|part) "([\w/.-]+)"', text) for text in texts.values())
    included = Counter(name for names in named for name in names)
    # What a view renders as well is a page's part and an answer of its own.
    code = "".join(module.read_text() for module in settings.BASE_DIR.glob("apps/**/*.py"))
    once = {name for name, times in included.items() if times == 1 and f'"{name}' not in code}
    assert len(once) > 10
    assert {name for name in once if not texts[name].startswith("{# ")} == set()
