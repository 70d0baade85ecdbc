"""What a person may set arrives where it counts, and nonsense is refused with the fix."""

import json

import pytest

from apps.seeds.gathering.settings import GatherSettings, SettingsError
from apps.seeds.readers.base import LicencePolicy
from apps.sql.dialects import Dialect


def test_settings_survive_json_and_names_of_another_release() -> None:
    settings = GatherSettings(licences="strict", quotas={"update": 5}, near_duplicates=0.8)
    stored = json.loads(json.dumps(settings.to_json())) | {"gone_since": 1}
    assert GatherSettings.from_json(stored) == settings
    assert GatherSettings.from_json({"text_column": "sql"}).text_column == "sql"


def test_settings_reach_the_readers_the_extraction_and_the_choice(settings) -> None:  # type: ignore[no-untyped-def]
    settings.WINNOW_BLOB_ENDPOINT = "http://localhost:1"
    chosen = GatherSettings(
        licences="any", revision="v1", dialect="mysql", rows=2, many_rows="reject", most_bytes=99,
        personal_data="keep", per_template_file=7, quotas={"update": 5},
    )  # fmt: skip
    read = chosen.read_options()
    assert read.licences is LicencePolicy.ANY and read.revision == "v1"
    assert read.bucket.endpoint_url == "http://localhost:1"
    extraction = chosen.extraction()
    assert extraction.dialect is Dialect.MYSQL and extraction.filters.long.bytes_ == 99
    assert extraction.secrets.emails == "keep" and extraction.per_template == 7
    bounds = chosen.bounds(limit=1000)
    assert bounds.quotas["update"] == 5 and bounds.quotas["select"] == 250
    assert "select" not in chosen.bounds(limit=100).quotas


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rows": 0}, "rows must be more than 0, not 0."),
        ({"most_bytes": 2**20}, "most_bytes must be at most 262144, not 1048576."),
        ({"near_duplicates": 7}, "near_duplicates must lie between 0 and 1, not 7."),
        ({"licences": "free"}, "licences must be one of permissive, strict, any, not 'free'."),
        ({"quotas": {"updates": 3}}, "A quota is kind=number, not updates=3"),
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told.replace("(", r"\(")):
        GatherSettings(**wrong)  # type: ignore[arg-type]
