"""Which statements become seeds: pure filters, each with a name and a reason code."""
