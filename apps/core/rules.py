"""Versions of rules that stages before them have to know of, so that they see what is old."""

# Of reading, running and judging an answer: raised whenever one of them changes, so that
# `validate` can find what is old.
VALIDATION = 12
