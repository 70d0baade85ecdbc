"""A person's labels in a queue, the newest first: for the queue's page, however many there are."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0023_tally_of_many"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(
                fields=["queue", "reviewer", "id"],
                name="seat_of_person",
                condition=models.Q(expires_at__isnull=True),
            ),
        )
    ]
