"""The pair's data has the altered query that its test did not notice."""

import importlib

from django.db import migrations

_workbench = importlib.import_module("apps.review.migrations.0016_workbench_functions")
BEFORE = "'notes', verdict.notes, 'transpiled', verdict.transpiled"
AFTER = f"{BEFORE}, 'survivor', verdict.survivor"


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0017_altered_pairs_are_no_progress"),
        ("validation", "0005_verdict_survivor"),
    ]
    operations = [
        migrations.RunSQL(_workbench._changed(BEFORE, AFTER), _workbench._changed(AFTER, BEFORE))
    ]
