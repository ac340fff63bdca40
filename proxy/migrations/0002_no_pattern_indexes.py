"""Ids are never searched by a beginning: see audit's migration of the same name."""

from django.db import migrations

DROP = """
DO $$ DECLARE name text; BEGIN
  FOR name IN
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid = 'proxy_call'::regclass
      AND indexrelid::regclass::text LIKE '%\\_like'
  LOOP EXECUTE format('DROP INDEX %s', name); END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("proxy", "0001_initial")]

    operations = [migrations.RunSQL(DROP, migrations.RunSQL.noop)]
