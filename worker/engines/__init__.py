"""The programs that run models: their environments, their processes, what they answer for.

This file stays empty of imports: `worker.engines.setup` runs before anything is installed.
"""
