"""Parts of pages by Jinja, in templates/parts: what is rendered with every label, in a third of
the time that Django's templates take. A page of Django's shows one by `{% part "…" … %}`.
"""

from __future__ import annotations

from typing import Any

from django.template import engines
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment

from apps.core.coloured import coloured
from apps.core.evidence import share


def environment(**options: Any) -> Environment:
    """What settings.TEMPLATES names: escapes everything, as Django does."""
    made = Environment(**options)  # noqa: S701  autoescape is among the options
    made.filters |= {"share": share, "sql": sql_block}
    return made


def part(name: str, values: dict[str, Any]) -> SafeString:
    """A part with these values; one that is left out is empty, as in Django's templates.

    Jinja is asked itself: Django's way to it takes as long again as a small part does.
    """
    made: Environment = engines["parts"].env  # type: ignore[attr-defined]
    return mark_safe(made.get_template(name).render(values))  # noqa: S308  Jinja escapes


def sql_block(text: str) -> SafeString:
    """SQL as a coloured code block (static/css/code.css); everything in it is escaped."""
    html = mark_safe(coloured(text))  # noqa: S308  it escapes
    return format_html('<div class="highlight"><pre><code>{}</code></pre></div>', html)
