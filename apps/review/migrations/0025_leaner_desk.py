"""Less work for the database with each label (benchmarks.review tells what it costs).

What is put together to be sent once is json: as jsonb each part was taken apart and copied into the
whole. What nobody holds is not looked through by the statements that change it. And the reasons one
used last are found by an index of the labels that have any, among the newest twenty of those: of
hundred labels of somebody who finds most pairs good, hardly any had one.
"""

import importlib
from collections.abc import Iterator

from django.conf import settings
from django.db import migrations, models

_recent = importlib.import_module("apps.review.migrations.0019_recent_reasons")
PAIR = "review_pair_data(bigint)"
# Another type of what is given back needs another function. The names stay, and who calls it.
AS_OTHER = r"""
DO $change$
DECLARE
    v_one text;
    v_text text;
BEGIN
    FOREACH v_one IN ARRAY ARRAY['{pair}', '{desk}'] LOOP
        SELECT {changed} INTO v_text FROM pg_proc WHERE oid = v_one::regprocedure;
        EXECUTE 'DROP FUNCTION ' || v_one::regprocedure;
        EXECUTE v_text;
    END LOOP;
END $change$;
"""
FUNCTIONS = ("{a}_build_object", "{a}_build_array", "{a}_agg", "to_{a}")
# What is stored as jsonb, and what a coalesce has to be of one type with.
STORED = (
    ("instruction.record->'concepts'", "(instruction.record->'concepts')::json"),
    ("SELECT keys FROM", "SELECT keys::json FROM"),
    ("'{}')", "'{}'::json)"),
    ("), '[]')", "), '[]'::json)"),
    ("RETURNS jsonb", "RETURNS json"),
)
TAKE = "review_take(bigint,bigint,timestamptz,boolean)"
GIVE = "review_label_give(bigint,bigint,bigint,text,text[],text,double precision,bigint)"
HELD_GOLD = """DELETE FROM review_goldhold hold WHERE hold.queue_id = p_queue AND hold.reviewer_id = p_reviewer
      AND NOT (review_is_new_to(hold.response_id, p_reviewer)
          AND EXISTS (SELECT FROM review_gold gold WHERE gold.response_id = hold.response_id));
    SELECT response_id INTO v_response FROM review_goldhold
    WHERE queue_id = p_queue AND reviewer_id = p_reviewer;
    IF FOUND THEN RETURN v_response; END IF;"""
HELD = """UPDATE review_seat seat SET expires_at = p_until FROM review_entry entry
    WHERE entry.id = seat.entry_id AND seat.queue_id = p_queue AND seat.reviewer_id = p_reviewer
      AND seat.expires_at IS NOT NULL AND entry.state = 'open'
    RETURNING entry.response_id INTO v_response;
    IF FOUND THEN RETURN v_response; END IF;
    DELETE FROM review_seat
    WHERE queue_id = p_queue AND reviewer_id = p_reviewer AND expires_at IS NOT NULL;"""
ENTRIES = """PERFORM FROM review_entry WHERE response_id = p_response ORDER BY id FOR UPDATE;
    SELECT id INTO v_entry FROM review_entry
    WHERE response_id = p_response AND queue_id = p_queue;"""
ENTRIES_AT_ONCE = """SELECT max(locked.id) FILTER (WHERE locked.queue_id = p_queue) INTO v_entry FROM (
        SELECT id, queue_id FROM review_entry WHERE response_id = p_response
        ORDER BY id FOR UPDATE
    ) AS locked;"""
UNKNOWN = """IF EXISTS (
        SELECT FROM unnest(p_reasons) AS code"""
UNKNOWN_IF_ANY = """IF p_reasons <> '{}' AND EXISTS (
        SELECT FROM unnest(p_reasons) AS code"""
LAST = """FROM review_label
                    WHERE reviewer_id = p_reviewer ORDER BY created_at DESC LIMIT 100
                ) AS label, unnest(label.reasons) AS code
                WHERE label.reasons <> '{}'
"""
LAST_BY_INDEX = """FROM review_label
                    WHERE reviewer_id = p_reviewer AND reasons <> '{}'
                    ORDER BY created_at DESC LIMIT 20
                ) AS label, unnest(label.reasons) AS code
"""


def _held(table: str, statements: str, beside: str = "") -> tuple[str, str]:
    """Statements, and the same where this reviewer has a row at all."""
    indented = statements.replace("\n", "\n    ")
    return statements, (
        f"IF EXISTS (SELECT FROM {table} WHERE queue_id = p_queue AND reviewer_id = p_reviewer"
        f"{beside}) THEN\n        {indented}\n    END IF;"
    )  # fmt: skip


CHANGES = (
    (TAKE, *_held("review_goldhold", HELD_GOLD)),
    (TAKE, *_held("review_seat", HELD, "\n        AND expires_at IS NOT NULL")),
    (GIVE, ENTRIES, ENTRIES_AT_ONCE),
    (GIVE, UNKNOWN, UNKNOWN_IF_ANY),
    (_recent.DESK, LAST, LAST_BY_INDEX),
)


def _names(old: str, new: str) -> Iterator[tuple[str, str]]:
    for name in FUNCTIONS:
        yield name.replace("{a}", old), name.replace("{a}", new)


def _as_other(*pairs: tuple[str, str]) -> str:
    """The statement that makes both functions anew, with what is in pairs exchanged."""
    made = "pg_get_functiondef(oid)"
    for old, new in pairs:
        quoted = (text.replace("'", "''") for text in (old, new))
        made = "replace({}, '{}', '{}')".format(made, *quoted)
    text = AS_OTHER.replace("{pair}", PAIR).replace("{desk}", _recent.DESK)
    return text.replace("{changed}", made)


def _reversed(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    return ((new, old) for old, new in pairs)


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0024_seat_of_person"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddIndex(
            model_name="label",
            index=models.Index(
                fields=["reviewer", "created_at"],
                name="label_with_reasons",
                condition=~models.Q(reasons=[]),
            ),
        ),
        *(
            migrations.RunSQL(
                _recent._changed(function, old, new), _recent._changed(function, new, old)
            )
            for function, old, new in CHANGES
        ),
        migrations.RunSQL(
            _as_other(*_names("jsonb", "json"), *STORED),
            _as_other(*_names("json", "jsonb"), *_reversed(STORED)),
        ),
    ]
