"""SeedBand gets its two columns as primary key: one index instead of two."""

import django.db.models.deletion
from django.db import migrations, models

FILL = "INSERT INTO seeds_seedband SELECT DISTINCT band, seed_id FROM seeds_seedband_old"


class Migration(migrations.Migration):
    dependencies = [("seeds", "0002_browse_and_near_duplicates")]

    operations = [
        migrations.RenameModel("SeedBand", "SeedBand_old"),
        migrations.CreateModel(
            name="SeedBand",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "band",
                        "seed_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("band", models.BigIntegerField()),
                (
                    "seed",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="seeds.seed",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.DeleteModel("SeedBand_old"),
    ]
