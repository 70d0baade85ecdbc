"""What a page shows of a pair says which pairs are like it."""

from django.db import migrations

PLACE = "'pk', response.id,"
ALIKE = """
        'alike', (
            SELECT jsonb_build_object('first', like_it.twin_id, 'is_exact', like_it.is_exact,
                'same_sql', like_it.same_sql_id, 'number', (
                    SELECT count(*) FROM (
                        SELECT FROM validation_likeness other
                        JOIN generation_response theirs ON theirs.id = other.response_id
                        WHERE (other.twin_id = coalesce(like_it.twin_id, like_it.response_id)
                            OR other.response_id = like_it.twin_id)
                          AND other.response_id <> like_it.response_id AND NOT theirs.is_held_back
                        LIMIT 100
                    ) AS counted
                ))
            FROM validation_likeness like_it WHERE like_it.response_id = response.id
        ),"""
# The function as it stands is changed in one place, whatever else it was made to give.
CHANGE = r"""
DO $change$
DECLARE
    v_before text := pg_get_functiondef('review_pair_data(bigint)'::regprocedure);
    v_after text := replace(v_before, $q${old}$q$, $q${new}$q$);
BEGIN
    IF v_after = v_before THEN
        RAISE EXCEPTION 'review_pair_data has another form than this migration knows';
    END IF;
    EXECUTE v_after;
END $change$;
"""


def _changed(old: str, new: str) -> str:
    return CHANGE.replace("{old}", old).replace("{new}", new)


class Migration(migrations.Migration):
    dependencies = [("review", "0015_workbench"), ("validation", "0004_likeness")]
    operations = [migrations.RunSQL(_changed(PLACE, PLACE + ALIKE), _changed(PLACE + ALIKE, PLACE))]
