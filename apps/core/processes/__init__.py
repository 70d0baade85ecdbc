"""All processes of one machine: kept by one supervisor, restarted when they die, ended together.

    make up | make start ─▶ supervisor ─▶ PostgreSQL, Valkey, sandbox, web, workers, scheduler

The supervisor imports Django and the tasks once and forks its Python processes: they start in
tenths of a second and share that memory. `python -m apps.core.processes --help` lists the commands;
apart from the supervisor none of them imports Django, so that they work before the first migration
and when the settings are broken.
"""
