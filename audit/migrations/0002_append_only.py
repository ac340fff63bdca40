"""Evidence that the database itself refuses to change.

append_only()        a statement trigger, so that a statement touching no row fails too;
                     with the argument 'retention' it lets the table's owner DELETE in a
                     transaction that did SET LOCAL sealwright.retention = 'on'
append_only_erase()  a row trigger: the columns named may become NULL, nothing else may
                     change, and an UPDATE that changes nothing is refused too
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_NARGS = 1 AND TG_ARGV[0] = 'retention'
     AND coalesce(current_setting('sealwright.retention', true), '') = 'on'
     AND EXISTS (SELECT FROM pg_class
                 WHERE oid = TG_RELID AND relowner = current_user::regrole)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION append_only_erase() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
BEGIN
  IF before = after
     OR before - TG_ARGV <> after - TG_ARGV
     OR NOT jsonb_strip_nulls(before) @> jsonb_strip_nulls(after)
  THEN
    RAISE EXCEPTION '% is append-only: only erasing is allowed', TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
FOR EACH STATEMENT EXECUTE FUNCTION append_only('retention');
ALTER TABLE audit_record ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit_personal
FOR EACH STATEMENT EXECUTE FUNCTION append_only('retention');
ALTER TABLE audit_personal ENABLE ALWAYS TRIGGER append_only;

CREATE TRIGGER append_only_erase BEFORE UPDATE ON audit_personal
FOR EACH ROW EXECUTE FUNCTION append_only_erase(
  'person', 'person_salt', 'on_behalf_of', 'on_behalf_of_salt',
  'args_digest', 'args_digest_salt', 'summary_digest', 'summary_digest_salt',
  'fingerprint', 'fingerprint_salt', 'summary', 'summary_salt',
  'stated_reason', 'stated_reason_salt', 'approvers', 'approvers_salt',
  'client_address', 'client_address_salt');
ALTER TABLE audit_personal ENABLE ALWAYS TRIGGER append_only_erase;
"""

REMOVE = """
DROP TRIGGER append_only ON audit_record;
DROP TRIGGER append_only ON audit_personal;
DROP TRIGGER append_only_erase ON audit_personal;
DROP FUNCTION append_only();
DROP FUNCTION append_only_erase();
"""


class Migration(migrations.Migration):
    """Install the functions and their triggers."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, REMOVE)]
