"""What a reviewer labelled today stands in a row of its own, and what the scheduler counted a moment
ago is not counted again: the progress line cost a label more than the label did. Two indexes go
that others begin with.
"""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = r"""
-- Once for all labels that a statement adds, whoever's they are. Those of a batch are no day's work.
CREATE FUNCTION review_tally_labels() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_first bigint;
BEGIN
    SELECT min(id) INTO v_first FROM added WHERE batch_id IS NULL;
    IF v_first IS NULL THEN RETURN NULL; END IF;
    INSERT INTO review_tally AS tally (reviewer_id, day, labelled)
    SELECT DISTINCT ON (reviewer_id) reviewer_id, day, sum(now_is - was) FROM (
        SELECT DISTINCT ON (label.reviewer_id, label.response_id, that.day)
            label.reviewer_id, that.day, (label.value IN ('good', 'bad'))::integer AS now_is,
            coalesce((
                SELECT (earlier.value IN ('good', 'bad') AND earlier.batch_id IS NULL
                    AND (earlier.created_at AT TIME ZONE 'UTC')::date = that.day)::integer
                FROM review_label earlier
                WHERE earlier.response_id = label.response_id
                  AND earlier.reviewer_id = label.reviewer_id AND earlier.id < v_first
                ORDER BY earlier.id DESC LIMIT 1
            ), 0) AS was
        FROM added label, LATERAL (SELECT (label.created_at AT TIME ZONE 'UTC')::date AS day) that
        WHERE label.batch_id IS NULL
        ORDER BY label.reviewer_id, label.response_id, that.day, label.id DESC
    ) AS changed
    GROUP BY reviewer_id, day ORDER BY reviewer_id, day DESC
    ON CONFLICT (reviewer_id) DO UPDATE SET day = excluded.day, labelled = excluded.labelled
        + CASE WHEN tally.day = excluded.day THEN tally.labelled ELSE 0 END
    WHERE tally.day <= excluded.day;
    RETURN NULL;
END $$;
CREATE TRIGGER review_tally_labels AFTER INSERT ON review_label
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION review_tally_labels();

INSERT INTO review_tally (reviewer_id, day, labelled)
SELECT reviewer_id, (now() AT TIME ZONE 'UTC')::date, count(*) FROM (
    SELECT DISTINCT ON (reviewer_id, response_id) reviewer_id, value, batch_id FROM review_label
    WHERE created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    ORDER BY reviewer_id, response_id, id DESC
) AS newest
WHERE value IN ('good', 'bad') AND batch_id IS NULL GROUP BY reviewer_id;

-- How far a queue is: counts up to p_most, and what was counted in the background beyond. What that
-- found to be far more is not counted here.
CREATE OR REPLACE FUNCTION review_progress(
    p_queue bigint, p_reviewer bigint, p_midnight timestamptz, p_most integer
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_figures jsonb;
    v_left bigint := p_most;
    v_labelled bigint := p_most;
    v_good bigint := 0;
BEGIN
    SELECT coalesce(jsonb_object_agg(name, value), '{}') INTO v_figures FROM core_figure
    WHERE name IN ('open', 'good', 'labelled');
    IF coalesce((v_figures->>'open')::bigint, 0) < 10 * p_most
        OR NOT (SELECT is_default FROM review_queue WHERE id = p_queue)
    THEN
        SELECT count(*) INTO v_left FROM (
            SELECT FROM review_entry WHERE queue_id = p_queue AND state = 'open' LIMIT p_most
        ) AS waiting;
    END IF;
    IF coalesce((v_figures->>'labelled')::bigint, 0) < p_most THEN
        SELECT count(*), count(*) FILTER (WHERE good) INTO v_labelled, v_good FROM (
            SELECT decided.good FROM review_decision decided WHERE NOT EXISTS (
                SELECT FROM review_gold gold
                WHERE gold.response_id = decided.response_id AND gold.origin_id IS NOT NULL
            ) LIMIT p_most
        ) AS known;
    END IF;
    RETURN jsonb_build_object(
        'left', v_left, 'labelled', v_labelled, 'good', v_good, 'figures', v_figures,
        'today', coalesce((
            SELECT labelled FROM review_tally
            WHERE reviewer_id = p_reviewer AND day = (p_midnight AT TIME ZONE 'UTC')::date
        ), 0)
    );
END $$;
"""


def _before() -> str:
    """review_progress as it was: made, and changed twice."""
    made = importlib.import_module("apps.review.migrations.0009_label_and_next").SQL
    start = made.index("CREATE FUNCTION review_progress(")
    end = made.index("\n$$;", start) + len("\n$$;")
    first = made[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
    altered = importlib.import_module("apps.review.migrations.0017_altered_pairs_are_no_progress")
    recent = importlib.import_module("apps.review.migrations.0019_recent_reasons")
    kept = importlib.import_module("apps.review.migrations.0020_kept_plans")
    body = first.replace(altered.KNOWN, altered.WITHOUT_ALTERED)
    return body.replace(recent.TODAY, recent.TODAY_BY_TIME) + kept.changed(
        kept.TO_PLPGSQL, ["review_progress(bigint,bigint,timestamptz,integer)"]
    )


REVERSE = (
    _before()
    + """
DROP TRIGGER review_tally_labels ON review_label;
DROP FUNCTION review_tally_labels;
"""
)


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0020_kept_plans"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "reviewer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("day", models.DateField()),
                ("labelled", models.IntegerField()),
            ],
            options={"verbose_name_plural": "tallies"},
        ),
        migrations.RunSQL(SQL, REVERSE),
        *(
            migrations.AlterField(
                "label",
                name,
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="labels",
                    to=to,
                ),
            )
            for name, to in (
                ("response", "generation.response"),
                ("reviewer", settings.AUTH_USER_MODEL),
            )
        ),
    ]
