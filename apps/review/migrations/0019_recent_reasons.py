"""A new reviewer's first labels no longer cost a read of everybody's.

The server's plan for any reviewer is right for those who have many labels. By id it may then read
all labels backwards for one who has few, and without an order it may read the table. By time there
is one index, which begins with the reviewer.
"""

import importlib

from django.db import migrations

_workbench = importlib.import_module("apps.review.migrations.0016_workbench_functions")
DESK = (
    "review_desk(bigint,bigint,bigint,text,text[],text,double precision,boolean,timestamptz,"
    "timestamptz,integer,boolean)"
)
BY_ID = "WHERE reviewer_id = p_reviewer ORDER BY id DESC LIMIT 100"
BY_TIME = "WHERE reviewer_id = p_reviewer ORDER BY created_at DESC LIMIT 100"
PROGRESS = "review_progress(bigint,bigint,timestamptz,integer)"
TODAY = """FROM review_label
            WHERE reviewer_id = p_reviewer AND created_at >= p_midnight
            ORDER BY response_id, id DESC"""
# More than anybody labels in a day, and what makes the server read along the index.
TODAY_BY_TIME = """FROM (
                SELECT id, response_id, value FROM review_label
                WHERE reviewer_id = p_reviewer AND created_at >= p_midnight
                ORDER BY created_at DESC LIMIT 50000
            ) AS today
            ORDER BY response_id, id DESC"""


def _changed(function: str, old: str, new: str) -> str:
    text: str = _workbench._changed(old, new)
    name = function.partition("(")[0]
    return text.replace("review_pair_data(bigint)", function).replace(
        "review_pair_data has", f"{name} has"
    )


class Migration(migrations.Migration):
    dependencies = [("review", "0018_survivor")]
    operations = [
        migrations.RunSQL(_changed(function, old, new), _changed(function, new, old))
        for function, old, new in ((DESK, BY_ID, BY_TIME), (PROGRESS, TODAY, TODAY_BY_TIME))
    ]
