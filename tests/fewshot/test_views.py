"""Few-shot pages for reading, and who may do what."""

import pytest
from django.test import Client

from apps.fewshot import services
from apps.fewshot.models import Version
from tests.builders import make_user
from tests.fewshot.data import FILE, make_published

pytestmark = pytest.mark.django_db
READ = ["/fewshot/", "/fewshot/versions/{v}/", "/fewshot/versions/{v}/file/",
        "/fewshot/versions/{v}/changes/", "/fewshot/examples/{e}/"]  # fmt: skip
EDIT = [
    "/fewshot/versions/{v}/systems/",
    "/fewshot/versions/{v}/add/",
    "/fewshot/examples/{e}/edit/",
    "/fewshot/versions/{v}/publish/",
]
POST = ["/fewshot/sets/{s}/draft/", "/fewshot/versions/{v}/discard/",
        "/fewshot/versions/{v}/order/", "/fewshot/versions/{v}/check/1/",
        "/fewshot/examples/{e}/duplicate/", "/fewshot/examples/{e}/switch/off/",
        "/fewshot/examples/{e}/up/", "/fewshot/examples/{e}/remove/"]  # fmt: skip


@pytest.fixture
def draft() -> Version:
    published = make_published()
    return services.draft_open(fewshot_set=published.fewshot_set, created_by=None)


def address(pattern: str, version: Version, example: int | None = None) -> str:
    example_id = example or version.examples.get(number=1).pk
    return pattern.format(v=version.pk, e=example_id, s=version.fewshot_set_id)


@pytest.mark.parametrize("pattern", [*READ, *EDIT, *POST])
def test_a_stranger_must_log_in(client: Client, draft: Version, pattern: str) -> None:
    answer = client.get(address(pattern, draft))
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("pattern", READ)
def test_a_reviewer_reads_drafts_and_published_versions(
    client: Client, draft: Version, pattern: str
) -> None:
    client.force_login(make_user("reviewer"))
    for version in draft.fewshot_set.versions.all():
        answer = client.get(address(pattern, version))
        assert answer.status_code == 200
        assert "Edit" not in answer.content.decode()
    assert client.post(address(pattern, draft)).status_code == 405


@pytest.mark.parametrize("pattern", [*EDIT, *POST])
def test_a_reviewer_changes_nothing_and_is_told_the_role(
    client: Client, draft: Version, pattern: str
) -> None:
    client.force_login(make_user("reviewer"))
    answer = client.post(address(pattern, draft))
    assert answer.status_code == 403
    assert "This needs the role editor or admin." in answer.content.decode()


@pytest.mark.parametrize("pattern", POST)
def test_a_change_is_a_post(client: Client, draft: Version, pattern: str) -> None:
    client.force_login(make_user("editor"))
    assert client.get(address(pattern, draft)).status_code == 405


@pytest.mark.parametrize("pattern", [*READ[1:], *EDIT, *POST])
def test_what_is_not_there_is_a_404(client: Client, pattern: str) -> None:
    client.force_login(make_user("editor"))
    method = client.post if pattern in POST else client.get
    assert method(pattern.format(v=99, e=99, s=99)).status_code == 404


def test_an_example_moves_up_or_down_and_nowhere_else(client: Client, draft: Version) -> None:
    client.force_login(make_user("editor"))
    assert client.post(address("/fewshot/examples/{e}/sideways/", draft)).status_code == 404


def test_without_sets_the_page_says_how_to_get_one(client: Client) -> None:
    client.force_login(make_user())
    assert "manage.py fewshot import" in client.get("/fewshot/").content.decode()


def test_a_version_is_downloaded_as_the_text_file_it_came_from(
    client: Client, draft: Version
) -> None:
    client.force_login(make_user())
    answer = client.get(address("/fewshot/versions/{v}/file/", draft))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="small-v2.txt"'
    text = answer.content.decode()
    assert text.startswith("### System: I->R\n\nWrite SQL (I->R).\n\n")
    assert text.count("### Example ") == len(FILE.examples)


def test_a_draft_that_is_no_whole_file_is_not_downloaded(client: Client, draft: Version) -> None:
    client.force_login(make_user())
    draft.examples.all().delete()
    answer = client.get(f"/fewshot/versions/{draft.pk}/file/", follow=True)
    assert "This draft is not a whole file yet" in answer.content.decode()


def test_text_of_an_example_is_shown_and_never_run(client: Client, draft: Version) -> None:
    hostile = "<script>alert(1)</script>"
    draft.examples.update(instruction=hostile, code=hostile, tests=hostile, category=hostile)
    client.force_login(make_user())
    for pattern in READ:
        text = client.get(address(pattern, draft)).content.decode()
        assert "<script>alert" not in text or pattern.endswith("file/")
