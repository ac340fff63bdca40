from django.db import migrations

# The functions are audit's; free text alone may become NULL (erasure).
TRIGGERS = """
DROP TRIGGER append_only_erase ON approvals_vote;
CREATE TRIGGER append_only_erase BEFORE UPDATE ON approvals_vote
FOR EACH ROW EXECUTE FUNCTION append_only_erase('reason', 'note');
ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only_erase;

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON approvals_comment
FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE approvals_comment ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only_erase BEFORE UPDATE ON approvals_comment
FOR EACH ROW EXECUTE FUNCTION append_only_erase('text');
ALTER TABLE approvals_comment ENABLE ALWAYS TRIGGER append_only_erase;
"""

REMOVE = """
DROP TRIGGER append_only ON approvals_comment;
DROP TRIGGER append_only_erase ON approvals_comment;

DROP TRIGGER append_only_erase ON approvals_vote;
CREATE TRIGGER append_only_erase BEFORE UPDATE ON approvals_vote
FOR EACH ROW EXECUTE FUNCTION append_only_erase('reason');
ALTER TABLE approvals_vote ENABLE ALWAYS TRIGGER append_only_erase;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0006_comments_and_categories"),
        ("audit", "0002_append_only"),
    ]

    operations = [migrations.RunSQL(TRIGGERS, REMOVE)]
