"""The log is append-only like the records; not even retention may delete from it."""

from django.db import migrations

TABLES = (
    "audit_leaf",
    "audit_node",
    "audit_checkpoint",
    "audit_anchorreceipt",
    "audit_logkey",
)
INSTALL = "".join(
    f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only;
"""
    for table in TABLES
)
REMOVE = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES)
# Nobody searches these by a beginning either: see 0003.
DROP = """
DO $$ DECLARE name text; BEGIN
  FOR name IN
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid::regclass::text IN ('audit_leaf', 'audit_logkey', 'audit_tenantcount')
      AND indexrelid::regclass::text LIKE '%\\_like'
  LOOP EXECUTE format('DROP INDEX %s', name); END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_the_log")]

    operations = [
        migrations.RunSQL(INSTALL, REMOVE),
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
    ]
