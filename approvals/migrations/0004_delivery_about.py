from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("approvals", "0003_append_only_votes"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="about",
            field=models.JSONField(default=dict),
        ),
    ]
