"""Labels are only added: TRUNCATE, which no row's trigger sees, is refused as well.

The tests empty their own databases with it and say so: winnow.labels_may_be_truncated=on.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION review_labels_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('winnow.labels_may_be_truncated', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'labels are only added, never emptied by TRUNCATE'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER review_labels_kept BEFORE TRUNCATE ON review_label
    FOR EACH STATEMENT EXECUTE FUNCTION review_labels_are_kept();
"""
REVERSE = """
DROP TRIGGER review_labels_kept ON review_label;
DROP FUNCTION review_labels_are_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0004_correction")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
