"""What counts say, as pure functions: no Django, no database."""
