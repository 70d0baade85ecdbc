"""A pair of a try is not in the default queue as it is stored: somebody sends it there, or not."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION review_new_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_entry (queue_id, response_id, position, state)
    SELECT queue.id, stored.id,
        2 * 1000000000000000000 + least(stored.draw, 998) * 1000000000000000 + stored.id, 'open'
    FROM stored, review_queue queue
    WHERE queue.is_default{condition}
    ORDER BY stored.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""
SQL = FUNCTION.replace("{condition}", " AND NOT stored.is_held_back")
REVERSE = FUNCTION.replace("{condition}", "")


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_initial"), ("review", "0011_rulings_decide")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
