"""Template filters of the review's pages: `{% load review %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from apps.review import rendering
from apps.review.rubric import BY_CODE

register = template.Library()


@register.filter
def reason(code: str) -> str:
    """A reason in words, with the stage that is at fault: "Instruction: unclear, or …"."""
    known = BY_CODE.get(code)
    return f"{known.fault.split(' (')[0]}: {known.label}" if known else code


@register.filter
def markdown(text: str) -> SafeString:
    """A text of a model or an editor as reviewers see it."""
    return rendering.markdown(text)
