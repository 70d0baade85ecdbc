"""What the sandbox's PostgreSQL allows: its settings, its access rules, its template database.

Sources: https://www.postgresql.org/docs/18/runtime-config.html, .../auth-pg-hba-conf.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

KEEPER = "winnow_keeper"
TEMPLATE = "winnow_template"

# A job's role can reach only the database of its own name; the keeper all.
ACCESS = f"local all {KEEPER} scram-sha-256\nlocal sameuser all scram-sha-256\n"

# Only settings that an ordinary role cannot change count as bounds; the rest are its defaults.
SERVER_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 40
superuser_reserved_connections = 10
shared_buffers = 48MB
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 128MB
min_wal_size = 32MB
checkpoint_timeout = 1h
autovacuum = off
max_worker_processes = 0
max_parallel_workers = 0
max_logical_replication_workers = 0
dynamic_shared_memory_type = mmap
temp_file_limit = 65536
max_stack_depth = 2MB
max_locks_per_transaction = 2048
max_notify_queue_pages = 32768
max_prepared_transactions = 0
work_mem = 8MB
maintenance_work_mem = 16MB
temp_buffers = 4MB
lock_timeout = 2s
jit = off
io_method = sync
logging_collector = off
log_min_messages = fatal
log_min_error_statement = panic
timezone = 'UTC'
log_timezone = 'UTC'
shared_preload_libraries = ''
local_preload_libraries = ''
"""

# Files inside the database, locks that a whole cluster shares, backends, the write-ahead log.
_REVOKED_FUNCTIONS = r"""
SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'pg_catalog' AND (
    p.proname LIKE 'lo\_%' OR p.proname IN ('loread', 'lowrite')
    OR p.proname LIKE 'pg\_advisory%' OR p.proname LIKE 'pg\_try\_advisory%'
    OR p.proname IN ('pg_terminate_backend', 'pg_cancel_backend', 'pg_logical_emit_message',
        'pg_export_snapshot', 'pg_stat_get_activity', 'pg_tablespace_location')
    OR p.proname LIKE 'pg\_ls\_%' OR p.proname LIKE 'pg\_read\_%'
    OR p.proname LIKE 'pg\_stat\_file%'
)
"""

# What all databases share would tell the names of other jobs, and what those say of themselves.
# Their own stay to be seen: queries of these views and tables are honest SQL.
_OWN_DATABASE = "datname = current_database() OR datname NOT LIKE 'job\\_%'"
_FILTERED_VIEWS = {
    "pg_roles": "rolname = current_user OR rolname NOT LIKE 'job\\_%'",
    "pg_shadow": "usename = current_user OR usename NOT LIKE 'job\\_%'",
    "pg_group": "groname = current_user OR groname NOT LIKE 'job\\_%'",
    "pg_stat_database": _OWN_DATABASE,
    "pg_stat_database_conflicts": _OWN_DATABASE,
}
_FILTERED_TABLES = {
    "pg_database": _OWN_DATABASE,
    "pg_shdescription": "objoid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "pg_db_role_setting": "setrole = current_user::regrole",
}
# Replaced as in a system catalogue; the server itself finds its tables by number, not by name.
_FILTER_VIEW = "CREATE OR REPLACE VIEW pg_catalog.{0} AS SELECT * FROM ({2}) AS every WHERE {1}"
_FILTER_TABLE = (
    "ALTER TABLE pg_catalog.{0} RENAME TO {0}_of_all",
    "REVOKE ALL ON pg_catalog.{0}_of_all FROM PUBLIC",
    "CREATE VIEW pg_catalog.{0} AS SELECT * FROM pg_catalog.{0}_of_all WHERE {1}",
    "GRANT SELECT ON pg_catalog.{0} TO PUBLIC",
)


def make_template(
    keeper: psycopg.Connection[Any], connect: Callable[[str], psycopg.Connection[Any]]
) -> None:
    """Make the database that every job's is a copy of, unless it is there.

    keeper: a superuser of the server; connect: opens a database of that server for it.
    """
    query = "SELECT 1 FROM pg_database WHERE datname = %s AND NOT datallowconn"
    if keeper.execute(query, [TEMPLATE]).fetchone():
        return
    name = sql.Identifier(TEMPLATE)
    keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
    keeper.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
    with connect(TEMPLATE) as template:
        for (function,) in template.execute(_REVOKED_FUNCTIONS).fetchall():
            template.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC".encode())
        _hide_other_jobs(template)
        template.execute("DELETE FROM pg_description")
        # Without the maps of free space every copy has a quarter fewer files.
        template.execute("SET statement_timeout = 0")
        template.execute("VACUUM FULL")
    # One more connection writes the catalogue cache that every copy then starts with.
    with connect(TEMPLATE) as template:
        template.execute("SELECT count(*) FROM pg_class")
    keeper.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))


def _hide_other_jobs(template: psycopg.Connection[Any]) -> None:
    template.execute("SET allow_system_table_mods = on")
    for name, own in _FILTERED_VIEWS.items():
        row = template.execute("SELECT pg_get_viewdef(%s::regclass)", [name]).fetchone()
        assert row is not None
        template.execute(_FILTER_VIEW.format(name, own, row[0].rstrip("; ")).encode())
    for name, own in _FILTERED_TABLES.items():
        for step in _FILTER_TABLE:
            template.execute(step.format(name, own).encode())
    template.execute("RESET allow_system_table_mods")
