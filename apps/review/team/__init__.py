"""Several reviewers of the same pairs: how far they agree, and what holds where they do not."""
