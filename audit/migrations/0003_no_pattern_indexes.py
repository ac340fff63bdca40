"""Ids are never searched by a beginning, so their indexes for LIKE only cost.

Django makes one beside the index of every text key; a governed call wrote eight of them.
"""

from django.db import migrations

DROP = """
DO $$ DECLARE name text; BEGIN
  FOR name IN
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid::regclass::text IN ({tables})
      AND indexrelid::regclass::text LIKE '%\\_like'
  LOOP EXECUTE format('DROP INDEX %s', name); END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            DROP.format(
                tables="'audit_record', 'audit_personal', 'audit_unsealed', "
                "'audit_payload'"
            ),
            migrations.RunSQL.noop,
        )
    ]
