"""The audit log is only added to: the database itself refuses to change or delete an entry.

TRUNCATE is refused as for labels (apps/review/migrations/0005); the tests say that they mean it.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION accounts_audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE'
        AND current_setting('winnow.labels_may_be_truncated', true) IS NOT DISTINCT FROM 'on'
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER accounts_audit_final BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_final();
CREATE TRIGGER accounts_audit_kept BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_audit_is_final();
"""
REVERSE = """
DROP TRIGGER accounts_audit_kept ON accounts_auditentry;
DROP TRIGGER accounts_audit_final ON accounts_auditentry;
DROP FUNCTION accounts_audit_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_come_and_go")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
