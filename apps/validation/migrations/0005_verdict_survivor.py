from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("validation", "0004_likeness")]
    operations = [
        migrations.AddField(
            model_name="verdict",
            name="survivor",
            field=models.JSONField(null=True),
        ),
    ]
