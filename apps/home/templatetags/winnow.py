"""Template tags that every page may use: `{% load winnow %}`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from apps.accounts.unsent import unsent_here
from apps.core import parts
from apps.core.evidence import Rate, share
from apps.core.parts import sql_block

register = template.Library()
register.filter(share)
register.filter("sql", sql_block)

# Label, name of the address, and whether only an admin sees it.
_PAGES = (
    ("Home", "home:index", False),
    ("Seeds", "seeds:index", False),
    ("Few-shot", "fewshot:index", False),
    ("Runs", "generation:index", False),
    ("Validation", "validation:index", False),
    ("Review", "review:index", False),
    ("Exports", "exports:index", False),
    ("Users", "accounts:users", True),
    ("Status", "home:status", True),
)
# Where an app's pages belong that has no page called index among these.
_APP_PAGES = {
    "accounts": "accounts:users",
    "webhooks": "accounts:users",
    "judge": "generation:index",
    "studio": "fewshot:index",
    "evidence": "fewshot:index",
}
# What people call a job of that kind, where such ones are looked after, and the page of one.
JOBS = {
    "gather": ("gathering", "seeds:sources", "seeds:gathering"),
    "generate": ("run", "generation:index", "generation:run"),
    "import": ("import of pairs", "generation:imports", "generation:import"),
    "validate": ("validation", "validation:index", ""),
    "try": ("tried SQL", "validation:try", ""),
    "example": ("running of examples", "fewshot:index", ""),
    "judge": ("judging", "judge:index", "judge:judging"),
    "label": ("labels for a filter", "review:batches", ""),
    "known bad": ("altering of pairs", "review:team", ""),
    "difference": ("data on which two responses differ", "review:index", ""),
    "export": ("export", "exports:index", "exports:export"),
    "push": ("push to the Hub", "exports:index", ""),
    "verify": ("verification of an export", "exports:index", ""),
    "webhook": ("webhook", "webhooks:index", ""),
}
# What workers of that queue do.
QUEUES = {
    "gather": "read files",
    "generate": "have a model server",
    "import": "read files of pairs",
    "validate": "run responses",
    "ahead": "run what reviewers come near",
    "judge": "ask judges",
    "label": "label whole filters",
    "export": "write exports",
    "webhook": "post webhooks",
}


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A link of the main navigation; `current` when the page belongs to it."""

    label: str
    url: str
    current: bool


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[NavigationItem]:
    """The links that this user sees, `current` set on the one whose part of the site is open."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    here = match.view_name if match else ""
    urls = {name for _, name, _ in _PAGES}
    # A page that has no link of its own belongs to its app's first one.
    app = here.partition(":")[0]
    current = here if here in urls else _APP_PAGES.get(app, f"{app}:index")
    is_admin = getattr(request.user, "is_admin", False)
    return [
        NavigationItem(label=label, url=url, current=name == current)
        for label, name, admin_only in _PAGES
        if (is_admin or not admin_only) and (url := address(name))
    ]


@register.simple_tag
def address(name: str, number: int | None = None) -> str:
    """The address of a page by its name, "" where this installation has no such page; `number`:
    of the queue, run, … that it is about.
    """
    try:
        return reverse(name, args=[] if number is None else [number])
    except NoReverseMatch:
        return ""


@register.simple_tag
def job_address(kind: str, number: int | None = None) -> str:
    """Where a job of that kind is looked after; `number` is that of its run, export, …"""
    _, pages, page = JOBS.get(kind, ("", "home:index", ""))
    return reverse(page, args=[number]) if page and number else address(pages)


@register.filter
def job_words(kind: str) -> str:
    """What people call a job of that kind."""
    return JOBS[kind][0] if kind in JOBS else kind.replace("_", " ")


@register.filter
def queue_words(queue: str) -> str:
    """Who does the work units of that queue."""
    return f"workers that {QUEUES[queue]}" if queue in QUEUES else f"workers of the queue {queue}"


@register.inclusion_tag("accounts/unsent.html", takes_context=True)
def unsent(context: Context) -> dict[str, object]:
    """What one sent from this page when one's session had ended; ui.js puts it into its form."""
    found = unsent_here(context["request"])
    if found is None:
        return {}
    fields = [(name, value) for name, values in found.fields.lists() for value in values]
    return {"path": found.path, "fields": fields}


@register.inclusion_tag("core/bar.html")
def bar(part: float | None, whole: float | None, kind: str = "") -> dict[str, object]:
    """A bar filled to part / whole; decoration only, write the figures beside it."""
    share = min(1.0, max(0.0, (part or 0) / whole)) if whole else 0.0
    return {"width": f"{100 * share:.2f}", "kind": kind}


@register.inclusion_tag("core/how_far.html")
def how_far(done: int, total: int | None, unit: str, name: str) -> dict[str, object]:
    """A bar of long work with its figures, "n of total" or, while nobody knows the total, "n so
    far"; `unit` is what is counted, `name` says of what work.
    """
    return {"done": done, "total": total, "unit": unit, "name": name}


@register.inclusion_tag("core/interval.html")
def interval(rate: Rate) -> dict[str, object]:
    """A rate with its interval of 95 % as a line from 0 to 100 %; decoration only."""
    low, high = rate.interval
    return {
        "value": None if rate.value is None else f"{100 * rate.value:.2f}",
        "low": f"{100 * low:.2f}",
        "width": f"{100 * (high - low):.2f}",
    }


@register.filter
def waiting_time(time: timedelta | None) -> str:
    """A time in whole minutes, rounded up: "15 minutes", "1 minute"."""
    minutes = max(1, -(-round(time.total_seconds()) // 60)) if time else 1
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


@register.simple_tag
def part(name: str, **values: Any) -> SafeString:
    """A part of templates/parts with these values: `{% part "validation/rows.html" table=it %}`."""
    return parts.part(name, values)
