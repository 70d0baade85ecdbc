from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.review.rendering import MAX_MARKDOWN, markdown, sql

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "<svg/onload=alert(1)>",
    '</pre></div><iframe src="//evil.example">',
    '```"><script>alert(1)</script>\nSELECT 1\n```',
    "```sql\n</pre><script>alert(1)</script>\n```",
    "<style>*{display:none}</style>",
    "[a]: javascript:alert(1)\n\n[a]",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[Tests]",
    "# T",
    "| a | b |\n|---|---|\n| 1 | <b onclick=x>2</b> |",
]
ALLOWED = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "em", "strong", "s", "blockquote", "mark"),
    *("ul", "ol", "li", "pre", "code", "div", "span"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Elements(HTMLParser):
    """Collects what a browser would make of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_safe(html: str) -> None:
    for tag, attributes in Elements(html).found:
        assert tag in ALLOWED
        assert {name for name, _ in attributes} <= {"class"}


texts = st.lists(
    st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.sampled_from("\n`*_[]()<>\"'|#&"))
).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(0, 200), st.integers(0, 200))
def test_no_text_becomes_a_script_an_attribute_or_an_address(text: str, one: int, two: int) -> None:
    assert_safe(markdown(text, [tuple(sorted((min(one, len(text)), min(two, len(text)))))]))  # type: ignore[list-item]
    assert_safe(sql(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_they_were_written(text: str) -> None:
    html = markdown(text)

    assert_safe(html)
    assert "<script" not in html and "<img" not in html and "href" not in html


def test_links_and_images_stay_visible_as_text() -> None:
    assert "[docs](https://a.example)" in markdown("See [docs](https://a.example).")


def test_sql_is_highlighted_and_other_languages_are_named() -> None:
    html = markdown("```sql\nSELECT 'a' FROM t;\n```\n\n```python\nimport psycopg2\n```")

    assert '<span class="k">SELECT</span>' in html
    assert '<span class="language">python</span>' in html


def test_sections_are_headings_but_not_within_code() -> None:
    html = markdown("[Reasoning]\nOne row.\n\n```text\n[Tests]\n```")

    assert re.search(r"<h3>\[Reasoning\]</h3>\s*<p>One row.</p>", html)
    assert "<h3>[Tests]" not in html


def test_a_place_is_marked_where_it_stands_the_second_time_too() -> None:
    text = "Use Python. Not `SQL`, Python."
    start = text.rindex("Python")

    assert "Use Python. Not <code>SQL</code>, <mark>Python</mark>." in markdown(
        text, [(start, start + 6)]
    )


def test_a_place_in_highlighted_code_is_marked_across_its_words() -> None:
    text = "```sql\nSELECT 1;\nreturn result\n```"
    start = text.index("return")

    marked = re.findall(r"<mark>(.*?)</mark>", markdown(text, [(start, len(text))]))
    assert "".join(marked) == "return result"


def test_a_long_text_is_cut_and_says_so() -> None:
    html = markdown("a" * (MAX_MARKDOWN + 1500))

    assert "1,500 more characters are not shown" in html


def test_a_text_that_runs_from_top_to_bottom_is_laid_out_so_and_its_code_is_not() -> None:
    mongolian = "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌"
    html = markdown(f"{mongolian}\n\n```sql\nSELECT a_very_long_name FROM t;\n```")
    assert html.startswith('<div class="vertical">') and html.endswith("</div>")
    assert_safe(html)
    assert "vertical" not in markdown(f"The word {mongolian} is Mongolian.")
    assert "vertical" not in markdown("No such letter, nor in العربية or 日本語.")


@pytest.mark.parametrize("part", ["**a", "a`", "# a\n", "|a|b|\n|-|-|\n", "  - a\n", "/*", "![[]("])
def test_a_text_made_to_be_slow_is_rendered_in_time(part: str) -> None:
    text = (part * MAX_MARKDOWN)[:MAX_MARKDOWN]
    started = time.process_time()

    markdown(text, [(0, len(text)), (5, len(text) - 5)])
    sql(text)

    assert time.process_time() - started < 2
