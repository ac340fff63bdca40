from django.db import migrations, models

MUST = [("email", "Mail"), ("slack", "Slack, and mail where that fails")]
MAY = [*MUST, ("none", "Nothing")]
MUST_NAMES, MAY_NAMES = ["email", "slack"], ["email", "slack", "none"]


def _way(default="email", choices=MAY):
    return models.CharField(choices=choices, default=default, max_length=10)


def keep_reminders(apps, schema_editor):
    """Who wanted no reminders wants none; the others go on to get them by mail."""
    preferences = apps.get_model("approvals", "Preference").objects
    preferences.filter(wants_reminders=False).update(reminders="none")


def forget_ways(apps, schema_editor):
    """Going back, a reminder is wanted or not."""
    preferences = apps.get_model("approvals", "Preference").objects
    preferences.filter(reminders="none").update(wants_reminders=False)


class Migration(migrations.Migration):
    dependencies = [("approvals", "0009_preferences")]

    operations = [
        migrations.RenameField("preference", "first_channel", "questions"),
        migrations.AlterField("preference", "questions", _way(choices=MUST)),
        migrations.RenameField("preference", "reminders", "wants_reminders"),
        migrations.AddField("preference", "reminders", _way()),
        migrations.RunPython(keep_reminders, forget_ways),
        migrations.RemoveField("preference", "wants_reminders"),
        migrations.AddField("preference", "endings", _way()),
        migrations.AddField("preference", "runs", _way()),
        migrations.AddField("preference", "voted_runs", _way("none")),
        migrations.AddField("preference", "alerts", _way(choices=MUST)),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("alerts__in", MUST_NAMES), ("questions__in", MUST_NAMES)
                ),
                name="preference_questions_and_alerts_arrive",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("endings__in", MAY_NAMES),
                    ("reminders__in", MAY_NAMES),
                    ("runs__in", MAY_NAMES),
                    ("voted_runs__in", MAY_NAMES),
                ),
                name="preference_ways_are_offered",
            ),
        ),
    ]
