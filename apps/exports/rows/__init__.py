"""Pairs out of the database with all that a line and its lineage need, as a stream."""
