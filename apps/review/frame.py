"""The desk as HTML. What one pair's page shares with the next is rendered once and kept; a label
and the next pair then cost the rendering of what is new: the pair's own texts and verdict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.access import current_user
from apps.accounts.models import User
from apps.core.evidence import share
from apps.core.params import LARGEST
from apps.core.parts import part
from apps.review.desk import Desk
from apps.review.filters import stored_in_words
from apps.review.forms import LabelForm
from apps.review.kept import parts
from apps.review.nothing import nothing_on
from apps.review.presenting import AlikeView, PairView
from apps.review.team.onboarding import standing_in

_TEMPLATE = "review/desk.html"
# In a frame these numbers stand for pairs', in addresses too: no pair has them.
_NUMBERS = {"pair": LARGEST, "first": LARGEST - 1, "same": LARGEST - 2}
_PLACES = ("said", "left", "today", "accepted", "texts", "verdict", "before", "duplicates")
_NOTHING = SafeString()
# A place that is filled later: no text from the database or a browser's form has a NUL in it.
_PLACE = re.compile("\x00([a-z]+)\x00")


def work_html(
    request: HttpRequest,
    found: Desk,
    form: LabelForm | None,
    *,
    said: str,
    problem: str,
    before: SafeString = _NOTHING,
) -> SafeString:
    """The element #work: the pair with its verdict and the buttons, or what to do without one.

    form: one that was refused. said: what is read out. problem: why nothing was stored. Both are
    text. before: HTML about the pair that was labelled before.
    """
    new = {
        "said": said,
        **_figures(found, current_user(request)),
        **pair_render(found.pair),
        "before": before,
        "duplicates": _duplicates(found.pair),
    }
    may_correct = found.queue.may_correct or current_user(request).is_editor
    if found.pair is None or found.look or form or problem:
        context = _context(found, found.pair, may_correct) | new
        context |= {"form": form or _form_of(found), "problem": problem}
        if found.pair is None:
            nothing = nothing_on(found, current_user(request))
            context |= {"nothing": nothing, "asked": stored_in_words(nothing.queue.filter)}
        return render_to_string(_TEMPLATE, context, request)
    frame = parts.get(
        f"{_TEMPLATE} {_made_of(found, found.pair, may_correct)}",
        partial(_frame, found, found.pair, may_correct),
    )
    return _filled(frame, new | {"pair": str(found.pair.pk), "csrf": get_token(request)})


def _form_of(found: Desk) -> LabelForm:
    """The form as it is shown first: with what was said before the evidence was seen."""
    look = found.look
    return LabelForm(initial={"reasons": look.reasons, "note": look.note} if look else {})


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
    stored = json.dumps([found.reasons, found.recent, found.own_keys])
    of_pair = (pair.is_sample, pair.siblings, bool(pair.alike and pair.alike.number))
    of_desk = (found.queue, found.is_judged, found.flagged, found.guideline is None)
    return repr((of_desk, of_pair, may_correct, stored))


def _frame(found: Desk, pair: PairView, may_correct: bool) -> SafeString:
    places = {name: mark_safe(f"\0{name}\0") for name in _PLACES}  # noqa: S308
    context = _context(found, replace(pair, pk=_NUMBERS["pair"]), may_correct) | places
    context |= {"form": LabelForm(), "csrf_token": "\0csrf\0"}
    return _with_places(render_to_string(_TEMPLATE, context))


def _with_places(html: str) -> SafeString:
    """HTML with places instead of the numbers that stand for pairs'."""
    for name, number in _NUMBERS.items():
        html = html.replace(str(number), f"\0{name}\0")
    return mark_safe(html)  # noqa: S308


def _filled(frame: str, values: Mapping[str, str]) -> SafeString:
    """The frame with the values in its places; what is not known to be safe HTML is escaped."""
    safe = {
        name: value if isinstance(value, SafeString) else escape(value)
        for name, value in values.items()
    }
    return mark_safe(_PLACE.sub(lambda place: safe[place[1]], frame))  # noqa: S308


def _figures(found: Desk, user: User) -> dict[str, str]:
    progress = found.progress
    return {
        "left": _left(found, user),
        "today": f"{progress.today:,}",
        "accepted": share(progress.good, progress.labelled),
    }


def _left(found: Desk, user: User) -> SafeString:
    """How many pairs are left, or in a queue for onboarding, which has none of its own and is gone
    through until its bound, how far one is.
    """
    progress = found.progress
    if found.pair and not progress.left and not found.queue.is_default:
        standing = standing_in(queue_id=found.queue.pk, reviewer=user)
        if standing:
            agreed, asked = standing.agreed, share(standing.share, 1)
            words = "<b>{} of {}</b> agree, {} of {} are asked for"
            return format_html(words, agreed.part, agreed.whole, asked, standing.pairs)
    return format_html("<b>{}{}</b> left", f"{progress.left:,}", "+" if progress.more else "")


def _duplicates(pair: PairView | None) -> SafeString:
    """What is said of pairs like this one: rendered once for all of which the same is said."""
    if pair is None or pair.alike is None:
        return _NOTHING
    alike = pair.alike
    frame = parts.get(
        f"duplicates {bool(alike.first)} {alike.is_exact} {bool(alike.same_sql)} {alike.number}",
        partial(_duplicates_frame, replace(pair, pk=_NUMBERS["pair"], alike=_any(alike))),
    )
    numbers = {"pair": pair.pk, "first": alike.first, "same": alike.same_sql}
    return _filled(frame, {name: str(number) for name, number in numbers.items()})


def _any(alike: AlikeView) -> AlikeView:
    """The same with numbers that stand for those of the pairs."""
    return replace(
        alike,
        first=alike.first and _NUMBERS["first"],
        same_sql=alike.same_sql and _NUMBERS["same"],
    )


def _duplicates_frame(pair: PairView) -> SafeString:
    return _with_places(render_to_string("review/duplicates.html", {"pair": pair}))


def pair_render(pair: PairView | None) -> dict[str, SafeString]:
    """A pair's texts and verdict: each rendered once for all who see it, and for its like."""
    if pair is None:
        return {"texts": _NOTHING, "verdict": _NOTHING}
    made_of = {"texts": pair.texts_of, "verdict": pair.verdict_of}
    values = {"pair": pair, "every_diff": False}
    return {
        name: parts.get(f"{name} {said}", partial(part, f"review/{name}.html", values))
        for name, said in made_of.items()
    }
