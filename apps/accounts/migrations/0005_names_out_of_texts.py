"""Names of people out of texts that nobody may change later, so that a name can be forgotten: who
corrected a pair is told by its correction, who made an example of one is named by their id, or not
at all where nobody has that name any more.

The triggers that refuse changes of labels and examples are off meanwhile: what was judged, and what
a prompt shows, stays as it is.
"""

from django.db import migrations

SQL = """
ALTER TABLE review_label DISABLE TRIGGER review_label_final;
UPDATE review_label SET note = regexp_replace(note, ' by [^ ]+[.]$', '.')
WHERE value = 'withdrawn' AND note ~ '^The [a-z ]+ was corrected by [^ ]+[.]$';
ALTER TABLE review_label ENABLE TRIGGER review_label_final;
ALTER TABLE fewshot_example DISABLE TRIGGER fewshot_example_final;
UPDATE fewshot_example AS example SET lineage = jsonb_set(lineage, '{by}', to_jsonb(person.id))
FROM accounts_user AS person WHERE person.username = example.lineage->>'by';
UPDATE fewshot_example SET lineage = jsonb_set(lineage, '{by}', 'null')
WHERE jsonb_typeof(lineage->'by') = 'string';
ALTER TABLE fewshot_example ENABLE TRIGGER fewshot_example_final;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tour"),
        ("fewshot", "0005_tried_versions"),
        ("review", "0016_workbench_functions"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
