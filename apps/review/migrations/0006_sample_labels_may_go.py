"""Labels of the sample go with it: they were given to look around. All others stay for ever."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION review_label_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM generation_response response
        JOIN generation_instruction instruction ON instruction.id = response.instruction_id
        JOIN generation_import import ON import.id = instruction.imported_id
        WHERE response.id = OLD.response_id AND import.is_sample
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'labels are only added, never changed or deleted (label %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
REVERSE = """
CREATE OR REPLACE FUNCTION review_label_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'labels are only added, never changed or deleted (label %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0006_import_is_sample"),
        ("review", "0005_labels_not_truncated"),
    ]
    operations = [migrations.RunSQL(SQL, REVERSE)]
