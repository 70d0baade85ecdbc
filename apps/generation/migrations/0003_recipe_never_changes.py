"""A recipe decides what rows mean, so it never changes: the database itself refuses it."""

from django.db import migrations

SQL = """
CREATE FUNCTION generation_recipe_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recipe cannot be changed (recipe %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER generation_recipe_final BEFORE UPDATE ON generation_recipe
    FOR EACH ROW EXECUTE FUNCTION generation_recipe_is_final();
"""
REVERSE = """
DROP TRIGGER generation_recipe_final ON generation_recipe;
DROP FUNCTION generation_recipe_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
