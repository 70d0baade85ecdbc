"""Templates are read by people: `make lint` has them indented, here their lines are not too long."""

from __future__ import annotations

from django.conf import settings

LONGEST = 160


def test_no_line_of_a_template_is_too_long_to_read() -> None:
    templates = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
    assert len(templates) > 50
    assert [
        f"{template.name}:{number}: {len(line)} columns"
        for template in templates
        for number, line in enumerate(template.read_text("utf-8").split("\n"), 1)
        if len(line) > LONGEST
    ] == []
