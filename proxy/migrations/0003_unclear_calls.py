"""The home page looks for unclear calls, and there are hardly any."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("proxy", "0002_no_pattern_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("state", "outcome_unknown")),
                fields=["created_at"],
                name="call_unclear",
            ),
        ),
    ]
