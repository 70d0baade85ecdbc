"""All processes of one machine: kept by honcho, restarted when they die, ended together.

    make up | make start ─▶ supervisor (honcho) ─▶ one runner a process ─▶ the process itself

`python -m apps.core.processes --help` lists the commands. Nothing here imports Django, so that it
works before the first migration and when the settings are broken.
"""
