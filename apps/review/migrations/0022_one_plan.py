"""A label and the next pair are planned once for a connection, and with no label after that.

Left to itself PostgreSQL compares what a plan for the values at hand would cost, and plans some of
the desk's queries anew with every label to learn it: a sixth of the label's time in the database.
All of them go by an index that serves any queue, reviewer and pair.
"""

from django.db import migrations

_DESK = (
    "ALTER FUNCTION review_desk(bigint, bigint, bigint, text, text[], text, double precision,"
    " boolean, timestamptz, timestamptz, integer, boolean) "
)


class Migration(migrations.Migration):
    dependencies = [("review", "0021_tally")]
    operations = [
        migrations.RunSQL(
            _DESK + "SET plan_cache_mode = force_generic_plan", _DESK + "RESET plan_cache_mode"
        )
    ]
