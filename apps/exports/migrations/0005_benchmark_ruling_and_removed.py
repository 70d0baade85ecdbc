"""A name of its own for what people decide of benchmark questions (`review` has rulings, too), and
when the files of a deleted export were gone: those of earlier ones are.
"""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def earlier_are_gone(apps, _editor):
    export = apps.get_model("exports", "Export")
    export.objects.filter(deleted_at__isnull=False).update(removed_at=F("deleted_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0004_verification"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.RenameModel("Ruling", "BenchmarkRuling"),
        migrations.AddField("export", "removed_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(earlier_are_gone, migrations.RunPython.noop),
    ]
