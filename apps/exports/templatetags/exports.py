"""Template filters of the exports' pages: `{% load exports %}`."""

from __future__ import annotations

from django import template

from apps.exports import words
from apps.validation.models import OUTCOMES

register = template.Library()
_OUTCOMES = dict(OUTCOMES)


@register.filter
def left_out(reason: str) -> str:
    """Why pairs were left out, behind their number."""
    return words.left_out_words(reason)


@register.filter
def composed(value: str, name: str) -> str:
    """A value of the composition, of what `name` says; "(none)" where there is none."""
    return words.composition_words(name, value) or "(none)"


@register.filter
def outcome(code: str) -> str:
    """A verdict in words."""
    return _OUTCOMES.get(code, code)
