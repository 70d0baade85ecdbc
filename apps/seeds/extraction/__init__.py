"""From a statement to a draft of a seed: description, schema, transactions, the chain."""
