"""The outbox is written by the database, in the transaction of what it tells: a label that an
endpoint wants, and a job's end. No statement more is sent for it, and where no endpoint wants an
event it costs a look at a table of a few rows.
"""

from django.db import migrations

SQL = r"""
CREATE FUNCTION webhooks_is_wanted(p_event text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM webhooks_endpoint WHERE status IN ('on', 'failed') AND p_event = ANY(events)
    )
$$;

CREATE FUNCTION webhooks_tell(p_event text, p_data jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO webhooks_message (
        endpoint_id, key, event, data, status, attempts_made, next_at, happened_at
    )
    SELECT id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), p_event, p_data, 'waiting', 0,
        clock_timestamp(), clock_timestamp()
    FROM webhooks_endpoint WHERE status IN ('on', 'failed') AND p_event = ANY(events) ORDER BY id
$$;

-- Labels of a batch are told as one, by the end of its job.
CREATE FUNCTION webhooks_label() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF webhooks_is_wanted('label.created') THEN
        PERFORM webhooks_tell('label.created', jsonb_build_object(
            'label', NEW.id, 'pair', NEW.response_id, 'reviewer', NEW.reviewer_id,
            'value', NEW.value, 'reasons', to_jsonb(NEW.reasons), 'queue', NEW.queue_id
        ));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_label AFTER INSERT ON review_label
    FOR EACH ROW WHEN (NEW.batch_id IS NULL) EXECUTE FUNCTION webhooks_label();

CREATE FUNCTION webhooks_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_event text := CASE NEW.kind
        WHEN 'generate' THEN 'run.ended' WHEN 'export' THEN 'export.ended'
        WHEN 'import' THEN 'import.ended' ELSE 'labels.batch_ended' END;
    v_data jsonb := jsonb_build_object('status', NEW.status, 'message', NEW.message);
BEGIN
    IF webhooks_is_wanted(v_event) THEN
        PERFORM webhooks_tell(v_event, v_data || CASE NEW.kind
            WHEN 'generate' THEN jsonb_build_object(
                'run', (SELECT id FROM generation_run WHERE job_id = NEW.id))
            WHEN 'export' THEN (
                SELECT jsonb_build_object('export', id, 'file', file_name, 'rows', rows,
                    'sha256', sha256)
                FROM exports_export WHERE job_id = NEW.id)
            WHEN 'import' THEN jsonb_build_object(
                'import', (SELECT id FROM generation_import WHERE job_id = NEW.id))
            ELSE (
                SELECT jsonb_build_object('batch', payload->'batch', 'what', payload->'what')
                FROM core_workunit WHERE job_id = NEW.id ORDER BY id LIMIT 1)
        END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER webhooks_job AFTER UPDATE OF status ON core_job
    FOR EACH ROW WHEN (
        NEW.status <> OLD.status AND NEW.status NOT IN ('running', 'paused')
        AND NEW.kind IN ('generate', 'export', 'import', 'label')
    ) EXECUTE FUNCTION webhooks_job();
"""
REVERSE = """
DROP TRIGGER webhooks_job ON core_job;
DROP TRIGGER webhooks_label ON review_label;
DROP FUNCTION webhooks_job, webhooks_label, webhooks_tell, webhooks_is_wanted;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0001_initial"),
        ("core", "0002_unit_outlives_job"),
        ("exports", "0001_initial"),
        ("generation", "0006_import_is_sample"),
        ("review", "0011_rulings_decide"),
    ]
    operations = [migrations.RunSQL(SQL, REVERSE)]
