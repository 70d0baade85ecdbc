"""Less work for the database with each label (benchmarks.review tells what it costs).

Functions in SQL are planned anew in each statement that calls them, the one that reads a pair joins
nine tables; in PL/pgSQL a connection keeps their plans. The pairs soon to come are looked through
with every eighth label, and when somebody begins: that is often enough for 24 of them.
"""

import importlib
from collections.abc import Iterable

from django.db import migrations

FUNCTIONS = (
    "review_pair_data(bigint)",
    "review_progress(bigint,bigint,timestamptz,integer)",
    "review_may_work(bigint,bigint)",
    "review_is_theirs(bigint,bigint)",
    "review_is_new_to(bigint,bigint)",
    "review_was_looked_at(bigint,bigint,bigint)",
    "review_judged(bigint,bigint)",
)
# Each as it stands, whatever earlier migrations made of it: its one query within RETURN.
CHANGE = r"""
DO $change$
DECLARE
    v_one regprocedure;
    v_text text;
BEGIN
    FOREACH v_one IN ARRAY '{functions}'::regprocedure[] LOOP
        SELECT {changed} INTO v_text FROM pg_proc WHERE oid = v_one;
        EXECUTE v_text;
    END LOOP;
END $change$;
"""
TO_PLPGSQL = r"""replace(
            replace(pg_get_functiondef(oid), prosrc, 'BEGIN RETURN (' || prosrc || '); END'),
            ' LANGUAGE sql', ' LANGUAGE plpgsql'
        )"""
TO_SQL = r"""replace(
            replace(pg_get_functiondef(oid), prosrc,
                regexp_replace(prosrc, '^BEGIN RETURN \((.*)\); END$', '\1')),
            ' LANGUAGE plpgsql', ' LANGUAGE sql'
        )"""
_recent = importlib.import_module("apps.review.migrations.0019_recent_reasons")
SOON = """(
            SELECT jsonb_agg(soon.response_id) FROM (
                SELECT response_id FROM review_entry
                WHERE queue_id = v_queue.id AND state = 'open'
                ORDER BY position, response_id LIMIT 24
            ) AS soon
            WHERE NOT EXISTS (
                SELECT FROM validation_verdict verdict
                WHERE verdict.response_id = soon.response_id AND verdict.database = 'overall'
            )
        )"""
SOON_AT_TIMES = f"""CASE WHEN v_label % 8 > 0 THEN (
            SELECT jsonb_build_array(v_next) WHERE v_next IS NOT NULL AND NOT EXISTS (
                SELECT FROM validation_verdict verdict
                WHERE verdict.response_id = v_next AND verdict.database = 'overall'
            )
        ) ELSE {SOON} END"""  # noqa: S608
UNNESTED = ") AS label, unnest(label.reasons) AS code\n"
UNNESTED_IF_ANY = (
    ") AS label, unnest(label.reasons) AS code\n                WHERE label.reasons <> '{}'\n"
)
DESK = ((SOON, SOON_AT_TIMES), (UNNESTED, UNNESTED_IF_ANY))


def changed(how: str, functions: Iterable[str] = FUNCTIONS) -> str:
    """The statement that makes functions anew: `TO_PLPGSQL` or `TO_SQL`."""
    quoted = ",".join(f'"{function}"' for function in functions)
    return CHANGE.replace("{functions}", "{" + quoted + "}").replace("{changed}", how)


class Migration(migrations.Migration):
    dependencies = [("review", "0019_recent_reasons")]
    operations = [
        migrations.RunSQL(changed(TO_PLPGSQL), changed(TO_SQL)),
        *(
            migrations.RunSQL(
                _recent._changed(_recent.DESK, old, new), _recent._changed(_recent.DESK, new, old)
            )
            for old, new in DESK
        ),
    ]
