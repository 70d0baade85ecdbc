"""Template filters of the review's pages: `{% load review %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from apps.review import rendering

register = template.Library()


@register.filter
def reason(code: str, words: dict[str, str]) -> str:
    """A reason in words (`words_of_reasons`), its code where there is none."""
    return words.get(code, code)


@register.filter
def markdown(text: str) -> SafeString:
    """A text of a model or an editor as reviewers see it."""
    return rendering.markdown(text)


@register.filter
def is_vertical(text: str) -> bool:
    """Whether a text is in a script that runs from top to bottom."""
    return rendering.is_vertical(text)
