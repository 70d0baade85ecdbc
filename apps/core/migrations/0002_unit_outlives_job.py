from django.db import migrations, models

# Responses of runs that have been stopped or have failed are validated from now on.
EARLIER = """
    UPDATE core_workunit unit SET outlives_job = true FROM core_job job
    WHERE job.id = unit.job_id AND job.kind = 'generate' AND unit.queue = 'validate'
    AND unit.status IN ('waiting', 'leased')
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.AddField("workunit", "outlives_job", models.BooleanField(default=False)),
        migrations.RunSQL(EARLIER, migrations.RunSQL.noop),
    ]
