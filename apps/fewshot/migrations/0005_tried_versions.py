"""A draft that was tried is kept as it was; once dated it is as final as a published version."""

from django.db import migrations, models

FINAL = "(status = 'published' OR status = 'tried' AND published_at IS NOT NULL)"
FUNCTIONS = """
CREATE OR REPLACE FUNCTION fewshot_version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {old} THEN
        RAISE EXCEPTION 'a published few-shot version cannot be changed (version %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE FUNCTION fewshot_example_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = OLD.version_id AND {final}
    ) OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = NEW.version_id AND {final}
    ) THEN
        RAISE EXCEPTION 'the examples of a published few-shot version cannot be changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
SQL = FUNCTIONS.format(
    final=FINAL,
    old="OLD.status = 'published' OR OLD.status = 'tried' AND OLD.published_at IS NOT NULL",
)
REVERSE = FUNCTIONS.format(final="status = 'published'", old="OLD.status = 'published'")


class Migration(migrations.Migration):
    dependencies = [("fewshot", "0004_unshown_lineage_and_runs")]
    operations = [
        migrations.RemoveConstraint(model_name="version", name="version_number_once"),
        migrations.AlterField(
            model_name="version",
            name="status",
            field=models.CharField(
                choices=[("draft", "draft"), ("published", "published"), ("tried", "tried")],
                default="draft",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(
                condition=~models.Q(status="tried"),
                fields=("fewshot_set", "number"),
                name="version_number_once",
            ),
        ),
        migrations.RunSQL(SQL, REVERSE),
    ]
