"""Reading SQL from wherever it lies: open_source gives a reader, a reader gives items."""
