"""Everything that knows SQL as text: pure Python, imports nothing of the project."""
