"""What somebody said of a pair before is looked up by the pair. With many labels in one statement
PostgreSQL read all of the reviewer's for each of them: two hundred thousand took hours.
"""

import importlib

from django.db import migrations

_tally = importlib.import_module("apps.review.migrations.0021_tally").SQL
_START = _tally.index("CREATE FUNCTION review_tally_labels()")
_END = _tally.index("END $$;", _START) + len("END $$;")
BEFORE = _tally[_START:_END].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
# No index on reviewers has this expression.
BY_PAIR = BEFORE.replace(
    "AND earlier.reviewer_id = label.reviewer_id", "AND earlier.reviewer_id + 0 = label.reviewer_id"
).replace("ORDER BY earlier.id DESC", "ORDER BY earlier.response_id, earlier.id DESC")


class Migration(migrations.Migration):
    dependencies = [("review", "0022_one_plan")]
    operations = [migrations.RunSQL(BY_PAIR, BEFORE)]
