from django.db import migrations

# The functions are audit's; a vote's free text alone may become NULL (erasure).
TRIGGERS = """
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON approvals_vote
FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only_erase BEFORE UPDATE ON approvals_vote
FOR EACH ROW EXECUTE FUNCTION append_only_erase('reason');
ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only_erase;
"""

REMOVE = """
DROP TRIGGER append_only ON approvals_vote;
DROP TRIGGER append_only_erase ON approvals_vote;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_initial"),
        ("audit", "0002_append_only"),
    ]

    operations = [migrations.RunSQL(TRIGGERS, REMOVE)]
