"""Who may do what, told of the views themselves: the page cannot say other than what holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.access import role_needed
from apps.accounts.models import User

# What people do, by the part of the site and the view that does it; a view that an installation
# does not have is left out.
_DEEDS = {
    "Review": (
        ("Label pairs, skip them, take labels back", "review:label"),
        ("See all pairs, the own labels and how the team agrees", "review:pairs"),
        ("Flag a pair for others to look at", "review:flag"),
        ("Correct texts of a pair", "review:correct"),
        ("Rule where reviewers disagree; name pairs whose answer is known", "review:rule"),
        ("Make queues, give them to people and groups, close them", "review:queue-new"),
        ("Label all pairs of a filter at once", "review:batch-new"),
        ("Change the reasons of bad labels", "review:reasons"),
    ),
    "Seeds": (
        ("Look at seeds", "seeds:index"),
        ("Gather seeds", "seeds:gather"),
    ),
    "Few-shot": (
        ("Look at examples and versions", "fewshot:index"),
        ("Write examples", "fewshot:example_edit"),
        ("Publish a version", "fewshot:publish"),
    ),
    "Runs": (
        ("Look at runs and their costs", "generation:index"),
        ("Start runs", "generation:new"),
        ("Pause, resume, extend and cancel runs", "generation:pause"),
        ("Bring finished pairs in", "generation:import-new"),
        ("Have pairs judged by a model", "judge:new"),
        ("Show a judge's scores to reviewers", "judge:show"),
        ("Try a text in the databases", "validation:try"),
        ("Run a run's pairs again", "validation:again"),
    ),
    "Exports": (
        ("Look at exports and download them", "exports:index"),
        ("Export pairs", "exports:new"),
        ("Delete an export", "exports:delete"),
    ),
    "People": (
        ("Change the own password", "accounts:password"),
        ("Add, invite and shut out people; change roles", "accounts:users"),
        ("Make groups", "accounts:groups"),
        ("Read the audit log", "accounts:audit"),
        ("Tell other programs by webhooks", "webhooks:index"),
    ),
    "Installation": (("See what the machine does", "home:status"),),
}
_ORDER = (User.Role.REVIEWER, User.Role.EDITOR, User.Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Right:
    """A deed and, for reviewer, editor and admin in this order, whether they may."""

    deed: str
    may: tuple[bool, bool, bool]


def rights() -> list[tuple[str, list[Right]]]:
    """All deeds by the part of the site, as the views' decorators have it."""
    roles = {name: role_needed(pattern.callback) for name, pattern in _views(get_resolver())}
    parts = [
        (part, [_right(deed, roles[view]) for deed, view in deeds if view in roles])
        for part, deeds in _DEEDS.items()
    ]
    return [(part, deeds) for part, deeds in parts if deeds]


def _right(deed: str, least: User.Role) -> Right:
    reviewer, editor, admin = (_ORDER.index(role) >= _ORDER.index(least) for role in _ORDER)
    return Right(deed, (reviewer, editor, admin))


def _views(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _views(each, f"{each.namespace}:" if each.namespace else space)
        else:
            yield f"{space}{each.name}", each
