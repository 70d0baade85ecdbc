"""Labels are only added: the database itself refuses to change or delete one."""

from django.db import migrations

SQL = """
CREATE FUNCTION review_label_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'labels are only added, never changed or deleted (label %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER review_label_final BEFORE UPDATE OR DELETE ON review_label
    FOR EACH ROW EXECUTE FUNCTION review_label_is_final();
"""
REVERSE = """
DROP TRIGGER review_label_final ON review_label;
DROP FUNCTION review_label_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
