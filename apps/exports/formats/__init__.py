"""Rows as trainers want them, and files of them."""
