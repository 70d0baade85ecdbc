"""Stages: each a pure pair, `build` a prompt from a row and `parse` what the model wrote."""
