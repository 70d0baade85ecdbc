"""What reviewers said of altered pairs is no progress of the pairs that there are."""

import importlib

from django.db import migrations

_workbench = importlib.import_module("apps.review.migrations.0016_workbench_functions")
KNOWN = "FROM (SELECT good FROM review_decision LIMIT p_most) AS known"
WITHOUT_ALTERED = """FROM (
            SELECT decided.good FROM review_decision decided WHERE NOT EXISTS (
                SELECT FROM review_gold gold
                WHERE gold.response_id = decided.response_id AND gold.origin_id IS NOT NULL
            ) LIMIT p_most
        ) AS known"""


def _changed(old: str, new: str) -> str:
    text: str = _workbench._changed(old, new)
    return text.replace(
        "review_pair_data(bigint)", "review_progress(bigint,bigint,timestamptz,integer)"
    ).replace("review_pair_data has", "review_progress has")


class Migration(migrations.Migration):
    dependencies = [("review", "0016_workbench_functions")]
    operations = [
        migrations.RunSQL(_changed(KNOWN, WITHOUT_ALTERED), _changed(WITHOUT_ALTERED, KNOWN))
    ]
