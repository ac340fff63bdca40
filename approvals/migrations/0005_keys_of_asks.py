"""An Idempotency-Key is looked up before every call that has one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0004_delivery_about")]

    operations = [
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                fields=["agent", "idempotency_key"], name="approval_key"
            ),
        ),
    ]
