"""The sandbox: child processes that run hostile SQL under every limit the system offers.

`pool.SandboxPool` is what the rest of Winnow uses; `child` is the program inside.
"""
