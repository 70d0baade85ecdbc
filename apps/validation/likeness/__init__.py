"""Pairs that say the same: what they are compared by, and which was known before which."""
