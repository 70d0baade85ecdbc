"""The desk as HTML. What one pair's page shares with the next is rendered once and kept; a label
and the next pair then cost the rendering of what is new: the pair's own texts and verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.access import current_user
from apps.core.params import LARGEST
from apps.review.desk import Desk
from apps.review.forms import LabelForm
from apps.review.kept import parts
from apps.review.presenting import PairView

_TEMPLATE = "review/desk.html"
# In a frame this number stands for the pair's, in addresses too: no pair has it.
_ANY_PAIR = LARGEST
_PLACES = ("said", "figures", "texts", "verdict", "before", "duplicates")
_NOTHING = SafeString()
# A place that is filled later: no text from the database or a browser's form has a NUL in it.
_PLACE = re.compile("\x00([a-z]+)\x00")


def work_html(
    request: HttpRequest,
    found: Desk,
    form: LabelForm,
    *,
    said: str,
    problem: str,
    before: SafeString = _NOTHING,
) -> SafeString:
    """The element #work: the pair with its verdict and the buttons, or what to do without one.

    said: what is read out. problem: why nothing was stored. Both are text. before: HTML about the
    pair that was labelled before.
    """
    if found.look and not form.is_bound:
        form = LabelForm(initial={"reasons": found.look.reasons, "note": found.look.note})
    new = {
        "said": said,
        "figures": _figures(found),
        "texts": _part("review/texts.html", found.pair),
        "verdict": _part("review/verdict.html", found.pair),
        "before": before,
        "duplicates": _duplicates(found.pair),
    }
    may_correct = found.queue.may_correct or current_user(request).is_editor
    if found.pair is None or found.look or form.is_bound or problem:
        context = _context(found, found.pair, may_correct) | new | {"form": form}
        return render_to_string(_TEMPLATE, context | {"problem": problem}, request)
    frame = parts.get(
        f"{_TEMPLATE} {_made_of(found, found.pair, may_correct)}",
        partial(_frame, found, found.pair, may_correct),
    )
    return _filled(frame, new | {"pair": str(found.pair.pk), "csrf": get_token(request)})


def _context(found: Desk, pair: PairView | None, may_correct: bool) -> dict[str, Any]:
    return {
        "desk": found,
        "pair": pair,
        "queue": found.queue,
        "progress": found.progress,
        "keys": found.keys.shown(),
        "guideline": found.guideline is not None,
        "may_correct": may_correct,
    }


def _made_of(found: Desk, pair: PairView, may_correct: bool) -> str:
    """What two desks have to share to have the same frame."""
    reasons = [(name, [(r.code, r.key, r.label) for r in group]) for name, group in found.faults]
    of_pair = (pair.is_sample, pair.siblings, bool(pair.alike and pair.alike.number))
    of_desk = (found.queue, found.keys, found.is_judged, found.flagged, found.guideline is None)
    return repr((of_desk, of_pair, may_correct, reasons))


def _frame(found: Desk, pair: PairView, may_correct: bool) -> SafeString:
    places = {name: mark_safe(f"\0{name}\0") for name in _PLACES}  # noqa: S308
    context = _context(found, replace(pair, pk=_ANY_PAIR), may_correct) | places
    context |= {"form": LabelForm(), "csrf_token": "\0csrf\0"}
    return mark_safe(  # noqa: S308
        render_to_string(_TEMPLATE, context).replace(str(_ANY_PAIR), "\0pair\0")
    )


def _filled(frame: str, values: Mapping[str, str]) -> SafeString:
    """The frame with the values in its places; what is not known to be safe HTML is escaped."""
    safe = {
        name: value if isinstance(value, SafeString) else escape(value)
        for name, value in values.items()
    }
    return mark_safe(_PLACE.sub(lambda place: safe[place[1]], frame))  # noqa: S308


def _figures(found: Desk) -> SafeString:
    return render_to_string("review/progress.html", {"progress": found.progress})


def _duplicates(pair: PairView | None) -> SafeString:
    if pair is None or pair.alike is None:
        return _NOTHING
    return render_to_string("review/duplicates.html", {"pair": pair})


def _part(template: str, pair: PairView | None) -> SafeString:
    """A pair's texts or verdict: rendered once for all who see it, and for its like."""
    if pair is None:
        return SafeString()
    make = partial(render_to_string, template, {"pair": pair})
    return parts.get(f"{template} {pair.made_of}", make)
