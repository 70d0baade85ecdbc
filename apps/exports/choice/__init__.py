"""Which pairs an export takes: filters, duplicates, benchmarks, quotas, splits."""
