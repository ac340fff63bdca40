from django.db import migrations

# The failover epoch of a claim: the system identifier and WAL timeline of this database, and the
# operator's own counter where a managed service never changes its timeline.
# pg_walfile_name, since pg_control_checkpoint lags behind a promotion.
CREATE = """
CREATE FUNCTION failover_epoch() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (SELECT system_identifier FROM pg_control_system())::text
        || ':' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
        || ':' || coalesce((SELECT generation FROM governance_installation), 0)::text
$$;
INSERT INTO governance_installation (id, installation_id, generation, demo)
    VALUES (1, gen_random_uuid(), 1, false);
"""

DROP = "DROP FUNCTION failover_epoch(); DELETE FROM governance_installation;"


class Migration(migrations.Migration):
    dependencies = [("governance", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
