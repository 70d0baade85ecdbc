"""Template filters of the review's pages: `{% load review %}`."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def reason(code: str, words: dict[str, str]) -> str:
    """A reason in words (`words_of_reasons`), its code where there is none."""
    return words.get(code, code)
