"""A published version never changes: the database itself refuses it."""

from django.db import migrations

SQL = """
CREATE FUNCTION fewshot_version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'published' THEN
        RAISE EXCEPTION 'a published few-shot version cannot be changed (version %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER fewshot_version_final BEFORE UPDATE OR DELETE ON fewshot_version
    FOR EACH ROW EXECUTE FUNCTION fewshot_version_is_final();

CREATE FUNCTION fewshot_example_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = OLD.version_id AND status = 'published'
    ) OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = NEW.version_id AND status = 'published'
    ) THEN
        RAISE EXCEPTION 'the examples of a published few-shot version cannot be changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER fewshot_example_final BEFORE INSERT OR UPDATE OR DELETE ON fewshot_example
    FOR EACH ROW EXECUTE FUNCTION fewshot_example_is_final();
"""
REVERSE = """
DROP TRIGGER fewshot_example_final ON fewshot_example;
DROP FUNCTION fewshot_example_is_final();
DROP TRIGGER fewshot_version_final ON fewshot_version;
DROP FUNCTION fewshot_version_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("fewshot", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
