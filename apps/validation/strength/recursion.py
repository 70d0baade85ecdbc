"""Recursive queries that only a condition ends: without it they say nothing, at length."""

from __future__ import annotations

from sqlglot import exp


def counts_on(select: exp.Expr | None) -> bool:
    """Whether a select goes on from its own rows, by no join with a table's: `SELECT n + 1 FROM n`.

    What its clauses and its columns say is all that ends it.
    """
    if not isinstance(select, exp.Select):
        return False
    recursive = select.find_ancestor(exp.CTE)
    source = select.args.get("from_") or select.args.get("from")
    if recursive is None or source is None:
        return False
    joins = select.args.get("joins") or ()
    read = [part.this for part in (source, *joins)]
    name = recursive.alias.lower()
    own = any(isinstance(one, exp.Table) and one.name.lower() == name for one in read)
    return own and not any(join.args.get("on") or join.args.get("using") for join in joins)
