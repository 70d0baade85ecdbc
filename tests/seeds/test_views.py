"""Pages of seeds: who sees and starts what, what a filter finds, how samples are shown."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.core import work
from apps.seeds import forms, queries
from apps.seeds.gathering import jobs as gatherings
from apps.seeds.models import Gathering, Seed, Source
from apps.seeds.readers.base import SourceError
from tests.builders import make_file, make_response, make_seed, make_user
from tests.pages import markup
from tests.seeds.gathering.running import do_all
from worker import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user("reviewer"))
    return client


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(make_user("editor"))
    return client


@pytest.fixture
def gathered(tmp_path: Path) -> Gathering:
    (tmp_path / "a.sql").write_text(
        "-- All people\nSELECT name FROM people WHERE id = 1;\nBROKEN;\n"
    )
    (tmp_path / "b.sql").write_bytes(b"\x00\x01\x02" * 90)
    gathering = gatherings.gathering_start(spec=str(tmp_path))
    do_all(gathering)
    return gathering


def get(client: Client, name: str, *args: object, **query: object) -> str:
    return markup(client.get(reverse(f"seeds:{name}", args=args), query))


@pytest.mark.parametrize("name", ["index", "sources", "gather"])
def test_nobody_sees_seeds_without_signing_in(client: Client, name: str) -> None:
    assert client.get(reverse(f"seeds:{name}")).status_code == 302


def test_empty_pages_say_what_to_do(reviewer: Client) -> None:
    assert "manage.py gather PATH" in get(reviewer, "index")
    assert "Nothing gathered yet" in get(reviewer, "sources")


def test_each_filter_finds_its_seeds(reviewer: Client) -> None:
    file = make_file(licences=["MIT"])
    mine = make_seed(
        "SELECT shoe FROM cupboard", kind="select", dialect="mysql", file=file, comment="Shoes"
    )
    other = make_seed("UPDATE t SET a = 1", kind="update", dialect="sqlite")
    for query in (
        {"kind": "select"}, {"dialect": "mysql"}, {"licence": "MIT"}, {"commented": "on"},
        {"text": "cupboard"}, {"file": file.pk}, {"text": '"shoe from"'},
    ):  # fmt: skip
        page = get(reviewer, "index", **query)
        assert f"/seeds/{mine.pk}/" in page and f"/seeds/{other.pk}/" not in page, query
    assert f"/seeds/{other.pk}/" in get(reviewer, "index", licence="-", source=file.source_id)
    assert "No seed is like that" in get(reviewer, "index", text="trousers")


def test_values_that_are_not_offered_filter_all_the_same(
    reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = make_seed(file=make_file(licences=["Zlib"]))
    other = make_seed(file=make_file(licences=["MIT"]))
    newer = Source.objects.create(spec="/newer", kind="folder")
    monkeypatch.setattr(queries, "MOST_LICENCES", 1)
    monkeypatch.setattr(forms, "MOST_SOURCES", 1)
    page = get(reviewer, "index", licence="Zlib")
    assert f"/seeds/{mine.pk}/" in page and f"/seeds/{other.pk}/" not in page
    assert '<option value="MIT">' in page and '<option value="Zlib">' not in page
    page = get(reviewer, "index", source=mine.file.source_id)
    assert f"/seeds/{mine.pk}/" in page and f'value="{mine.file.source_id}" selected' in page
    assert "No seed is like that" in get(reviewer, "index", source=newer.pk)


@pytest.mark.parametrize("query", [{"kind": "nope"}, {"source": "z"}, {"source": 10**12}])
def test_an_impossible_value_finds_no_seed_instead_of_all(
    reviewer: Client, query: dict[str, object]
) -> None:
    make_seed()
    assert "No seed is like that" in get(reviewer, "index", **query)


def test_pages_go_on_where_the_last_one_ended(
    reviewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = [make_seed() for _ in range(60)]
    first = get(reviewer, "index", kind="update")
    assert f"?kind=update&amp;before={seeds[10].pk}" in first
    second = get(reviewer, "index", kind="update", before=seeds[10].pk)
    assert f"/seeds/{seeds[9].pk}/" in second and f"/seeds/{seeds[10].pk}/" not in second
    assert "Older seeds" not in second


def test_nonsense_in_the_address_is_no_error(reviewer: Client) -> None:
    page = get(
        reviewer, "index", before="x", kind="nope", source="z", text="\x00 ' (&", file="9" * 30
    )
    assert "No seed" in page


def test_a_seed_shows_its_place_and_escapes_what_it_says(reviewer: Client) -> None:
    file = make_file(
        "db/shop.sql", repository="ann/shop", licences=["MIT"], own_licence="Apache-2.0",
        dialect_confidence=0.5, dialect_of_neighbours=True,
    )  # fmt: skip
    seed = make_seed("SELECT '<script>alert(1)</script>'", file=file, line=1234)
    page = get(reviewer, "seed", seed.pk)
    assert "db/shop.sql" in page and "1,234" in page and "ann/shop" in page and "MIT" in page
    assert (
        "the file itself says Apache-2.0" in page and "as its neighbours, confidence 0.50" in page
    )
    assert "<script>alert" not in page and "alert" in page
    assert reviewer.get(reverse("seeds:seed", args=[10**12])).status_code == 404


def test_what_was_made_of_a_seed_comes_as_a_fragment(reviewer: Client) -> None:
    response = make_response("It is <b>bold</b>.")
    url = reverse("generation:seed", args=[response.instruction.seed_id])
    part = markup(reviewer.get(url, headers={"HX-Request": "true"}))
    assert "<html" not in part and "It is &lt;b&gt;bold" in part and "update, set" in part
    assert url in get(reviewer, "seed", response.instruction.seed_id)


def test_a_gathering_shows_its_funnel_and_samples_of_what_it_rejected(
    reviewer: Client, gathered: Gathering
) -> None:
    page = get(reviewer, "gathering", gathered.pk)
    assert "every 2s" not in page and "1 · 50 %" in page
    assert reverse("seeds:rejected", args=[gathered.pk, "binary"]) in page
    assert "no text in any encoding" in get(reviewer, "rejected", gathered.pk, "binary")
    assert "BROKEN" in get(reviewer, "rejected", gathered.pk, "kind_not_wanted")
    assert str(gathered.pk) in get(reviewer, "sources")


def test_a_running_gathering_polls_and_can_be_stopped_by_editors_only(
    reviewer: Client, editor: Client, tmp_path: Path
) -> None:
    gathering = gatherings.gathering_start(spec=str(tmp_path))
    url = reverse("seeds:gathering", args=[gathering.pk])
    part = markup(reviewer.get(url, headers={"HX-Request": "true"}))
    assert "every 2s" in part and "<html" not in part and "no worker is at work" in part
    stop, resume = (reverse(f"seeds:{name}", args=[gathering.pk]) for name in ("stop", "resume"))
    assert reviewer.post(stop).status_code == 403 and editor.get(stop).status_code == 405
    editor.post(stop)
    gathering.job.refresh_from_db()
    assert gathering.job.status == "stopped"
    editor.post(resume)
    gathering.job.refresh_from_db()
    assert gathering.job.is_running


def form(**fields: object) -> dict[str, object]:
    return {"licences": "permissive", "per_template": 20, "near_duplicates": 0.7, **fields}


def test_an_uploaded_script_is_kept_and_gathered(editor: Client, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.VAR_DIR = tmp_path
    upload = SimpleUploadedFile("../../my shop.sql", b"SELECT name FROM people WHERE id = 1;")
    response = editor.post(reverse("seeds:gather"), form(upload=upload, limit=5))
    gathering = Gathering.objects.get()
    assert response["Location"] == reverse("seeds:gathering", args=[gathering.pk])
    path = Path(gathering.source.spec)
    assert path.name == "my_shop.sql" and path.is_relative_to(tmp_path / "uploads")
    do_all(gathering)
    assert Seed.objects.get().text.startswith("SELECT name") and gathering.limit == 5


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose one source"),
        ({"data_set": "../etc"}, "A data set is written owner/name."),
        ({"path": "/etc/passwd"}, "outside of the folders"),
        ({"upload": SimpleUploadedFile("a.exe", b"MZ")}, "By its name this is no SQL"),
        ({"path": "{allowed}/gone.sql"}, "There is no file or folder"),
    ],
)
def test_a_source_that_cannot_be_is_refused_with_the_reason(
    editor: Client,
    settings,
    tmp_path: Path,
    fields: dict[str, object],
    told: str,  # type: ignore[no-untyped-def]
) -> None:
    settings.WINNOW_SOURCES = [tmp_path]
    filled = {k: v.format(allowed=tmp_path) if isinstance(v, str) else v for k, v in fields.items()}
    page = markup(editor.post(reverse("seeds:gather"), form(**filled)))
    assert told in page and not Gathering.objects.exists()


@pytest.mark.parametrize("name", ["json", "text", "./x", "a/b/c"])
def test_a_data_set_is_named_with_its_owner(editor: Client, name: str) -> None:
    page = markup(editor.post(reverse("seeds:gather"), form(data_set=name)))
    assert "A data set is written owner/name." in page and not Gathering.objects.exists()


def test_the_hub_is_asked_by_the_worker_and_what_it_says_stands_on_the_page(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unreachable(spec: str, **_: object) -> None:
        asked.append(spec)
        raise SourceError("The Hub says <no>.")

    monkeypatch.setattr("apps.seeds.gathering.jobs.open_source", unreachable)
    editor.post(reverse("seeds:gather"), form(data_set="owner/name"))
    gathering = Gathering.objects.get()
    assert gathering.source.kind == "hub" and not asked
    tasks.work(gathering.job.units.get().pk)
    page = get(editor, "gathering", gathering.pk)
    assert asked == ["hf:owner/name"] and "The Hub says &lt;no&gt;." in page and "Go on" in page


def test_an_upload_is_not_opened_in_the_request(
    editor: Client, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(
        "apps.seeds.gathering.jobs.open_source", lambda *_, **__: pytest.fail("opened")
    )
    upload = SimpleUploadedFile("a.jsonl.gz", b"no gzip at all")
    editor.post(reverse("seeds:gather"), form(upload=upload))
    assert Gathering.objects.get().source.kind == "jsonl"


def test_a_link_does_not_lead_out_of_the_allowed_folders(
    editor: Client, settings, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    allowed, secret = tmp_path / "allowed", tmp_path / "secret"
    allowed.mkdir(), secret.mkdir()
    (allowed / "way").symlink_to(secret)
    settings.WINNOW_SOURCES = [allowed]
    page = markup(editor.post(reverse("seeds:gather"), form(path=str(allowed / "way"))))
    assert "outside of the folders" in page


def test_without_allowed_folders_no_path_is_asked_for(editor: Client, reviewer: Client) -> None:
    assert 'name="path"' not in get(editor, "gather")
    assert reviewer.get(reverse("seeds:gather")).status_code == 403


def test_an_upload_over_the_bound_is_refused(editor: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.WINNOW_UPLOAD_BYTES = 10
    big = SimpleUploadedFile("a.sql", b"x" * 2_000_000)
    assert editor.post(reverse("seeds:gather"), form(upload=big)).status_code == 413
    assert not Gathering.objects.exists()


def test_a_stopped_gathering_is_not_ended_by_the_page(editor: Client, gathered: Gathering) -> None:
    assert not work.stop_job(job=gathered.job)
    editor.post(reverse("seeds:resume", args=[gathered.pk]))
    gathered.job.refresh_from_db()
    assert gathered.job.status == "done"
