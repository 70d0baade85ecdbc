"""Editing a few-shot set in the browser: draft, example, publish."""

import pytest
from django.test import Client

from apps.fewshot import services
from apps.fewshot.forms import example_initial
from apps.fewshot.models import Example, Version
from apps.fewshot.queries import example_value, fingerprint
from tests.builders import make_user
from tests.fewshot.data import make_published

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


@pytest.fixture
def published() -> Version:
    return make_published()


@pytest.fixture
def draft(published: Version) -> Version:
    return services.draft_open(fewshot_set=published.fewshot_set, created_by=None)


@pytest.fixture
def example(draft: Version) -> Example:
    return draft.examples.get(number=2)


def entered(example: Example, **changes: str) -> dict[str, str]:
    value = example_value(example)
    return {**example_initial(value), "seen": fingerprint(value), **changes}


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 19, "²", "-1", "x"])
def test_a_draft_is_opened_whatever_stands_for_the_number_of_its_example(
    editor: Client, published: Version, number: str
) -> None:
    address = f"/fewshot/sets/{published.fewshot_set_id}/draft/"
    answer = editor.post(address, {"example": number})
    assert answer.status_code == 302 and "/fewshot/versions/" in answer["Location"]


def test_editing_a_published_example_leads_to_its_copy_in_a_draft(
    editor: Client, published: Version
) -> None:
    address = f"/fewshot/sets/{published.fewshot_set_id}/draft/"
    answer = editor.post(address, {"example": "2"}, follow=True)
    copy = Example.objects.get(version__status="draft", number=2)
    assert answer.redirect_chain == [(f"/fewshot/examples/{copy.pk}/edit/", 302)]
    assert 'value="library two"' in answer.content.decode()


def test_a_published_example_itself_has_no_form(editor: Client, published: Version) -> None:
    row = published.examples.get(number=1)
    answer = editor.get(f"/fewshot/examples/{row.pk}/edit/", follow=True)
    assert "A published version stays as it is." in answer.content.decode()
    answer = editor.post(f"/fewshot/examples/{row.pk}/edit/", entered(row, category="museum"))
    assert "Version 1 is published and stays as it is." in answer.content.decode()


def test_a_saved_example_is_in_the_draft(editor: Client, example: Example) -> None:
    address = f"/fewshot/examples/{example.pk}/"
    given = entered(example, category="museum", concepts="count, , join ")
    assert editor.post(f"{address}edit/", given).headers["Location"] == address
    example.refresh_from_db()
    assert (example.category, example.concepts) == ("museum", ["count", "join"])


def test_htmx_gets_the_saved_example_in_place_of_the_form(editor: Client, example: Example) -> None:
    address = f"/fewshot/examples/{example.pk}/"
    answer = editor.post(f"{address}edit/", entered(example, category="museum"), headers=HTMX)
    text = answer.content.decode()
    assert answer.headers["HX-Push-Url"] == address
    assert "museum" in text and "<form" not in text and "<html" not in text
    assert "Example 2 is saved in the draft." in text


def test_every_error_stands_next_to_its_field_and_nothing_is_saved(
    editor: Client, example: Example
) -> None:
    given = entered(example, code="```sql", tests="no table", concepts="", category="a\nb")
    text = editor.post(
        f"/fewshot/examples/{example.pk}/edit/", given, headers=HTMX
    ).content.decode()
    for name, message in {
        "code": "Write the SQL alone, without a fence.",
        "tests": "Say what is expected: a line &#39;Expected Output:&#39; and a table.",
        "concepts": "Name 1 to 12 concepts, separated by commas.",
        "category": "Write one line of at most 80 characters.",
    }.items():
        assert f'<ul class="errorlist" id="id_{name}_error"><li>{message}</li></ul>' in text
    before = example.code
    example.refresh_from_db()
    assert example.code == before


@pytest.mark.parametrize("difficulty", ["", "Impossible"])
def test_a_difficulty_out_of_nowhere_is_refused(
    editor: Client, example: Example, difficulty: str
) -> None:
    given = entered(example, difficulty=difficulty)
    text = editor.post(f"/fewshot/examples/{example.pk}/edit/", given).content.decode()
    assert 'id="id_difficulty_error"' in text


def test_the_second_of_two_editors_is_told_instead_of_overwriting(
    editor: Client, example: Example
) -> None:
    address = f"/fewshot/examples/{example.pk}/edit/"
    first, second = entered(example, category="museum"), entered(example, category="theatre")
    editor.post(address, first)
    assert "Somebody saved this example while you were editing it." in (
        editor.post(address, second).content.decode()
    )
    example.refresh_from_db()
    assert example.category == "museum"


def test_an_example_is_added_at_the_end(editor: Client, draft: Version, example: Example) -> None:
    address = f"/fewshot/versions/{draft.pk}/add/"
    assert editor.get(address).status_code == 200
    assert "Write something here." in editor.post(address, {}).content.decode()
    editor.post(address, entered(example, category="new"))
    assert draft.examples.get(number=4).category == "new"


def test_moving_by_htmx_returns_the_list_in_its_new_order(
    editor: Client, draft: Version, example: Example
) -> None:
    answer = editor.post(f"/fewshot/examples/{example.pk}/up/", headers=HTMX)
    text = answer.content.decode()
    assert text.index("library two") < text.index("library one")
    assert "<html" not in text
    answer = editor.post(f"/fewshot/examples/{example.pk}/down/")
    assert answer.headers["Location"] == f"/fewshot/versions/{draft.pk}/"


def test_a_refused_move_is_said_in_plain_text_to_htmx(editor: Client, published: Version) -> None:
    row = published.examples.get(number=1)
    answer = editor.post(f"/fewshot/examples/{row.pk}/down/", headers=HTMX)
    assert answer.status_code == 409
    assert answer.content.decode().startswith("Version 1 is published and stays as it is.")


def test_an_example_is_removed(editor: Client, draft: Version, example: Example) -> None:
    answer = editor.post(f"/fewshot/examples/{example.pk}/remove/", follow=True)
    assert "Example 2 is removed from the draft." in answer.content.decode()
    assert draft.examples.count() == 2


def test_system_texts_must_name_sql(editor: Client, draft: Version) -> None:
    address = f"/fewshot/versions/{draft.pk}/systems/"
    given = {"i_r": "Answer.", "c_i": "Ask for SQL.", "s_c": "Read SQL.", "s_i": ""}
    text = editor.post(address, given).content.decode()
    assert "name SQL in the system text" in text
    editor.post(address, {**given, "i_r": "Answer in SQL."})
    draft.refresh_from_db()
    assert draft.systems == {"I->R": "Answer in SQL.", "C->I": "Ask for SQL.", "S->C": "Read SQL."}


def test_publishing_makes_version_two_and_only_once(
    editor: Client, draft: Version, example: Example
) -> None:
    address = f"/fewshot/versions/{draft.pk}/publish/"
    note = {"note": "The museum is nearer to our readers."}
    assert "Nothing differs from version 1" in editor.post(address, note).content.decode()
    editor.post(f"/fewshot/examples/{example.pk}/edit/", entered(example, category="museum"))
    assert "Example 2" in editor.get(address).content.decode()
    assert "Say in a few words why" in editor.post(address, {"note": " "}).content.decode()
    assert "Version 2 is published." in editor.post(address, note, follow=True).content.decode()
    assert "published already" in editor.get(address, follow=True).content.decode()
    changes = editor.get(f"/fewshot/versions/{draft.pk}/changes/").content.decode()
    assert "<ins>- category: <mark>museum</mark></ins>" in changes
    for page in ("/fewshot/", f"/fewshot/versions/{draft.pk}/"):
        assert note["note"] in editor.get(page).content.decode()
    draft.refresh_from_db()
    assert draft.published_by and draft.published_by.is_editor


def test_the_second_editor_sees_both_and_may_save_what_they_put_together(
    editor: Client, example: Example
) -> None:
    address = f"/fewshot/examples/{example.pk}/edit/"
    first = entered(example, category="museum")
    second = entered(example, instruction="List the clocks.")
    editor.post(address, first)
    answer = editor.post(address, second)
    text = answer.content.decode()
    assert (
        "<del>- category: <mark>museum</mark></del>" in text
        and "<ins>List the <mark>clocks</mark>.</ins>" in text
    )
    form = answer.context["form"]
    assert form.initial["instruction"] == "List the clocks."
    together = {**form.initial, "category": "museum"}
    assert editor.post(address, together).status_code == 302
    example.refresh_from_db()
    assert (example.category, example.instruction) == ("museum", "List the clocks.")


def test_what_is_written_is_checked_and_not_saved(
    editor: Client, draft: Version, example: Example
) -> None:
    address = f"/fewshot/versions/{draft.pk}/check/{example.number}/"
    broken = entered(example, code="SELEC T FRO M;", tests="nothing", instruction="List the books.")
    text = editor.post(address, broken).content.decode()
    assert "No parser reads the statement that begins with “SELEC T FRO M”" in text
    assert "Say what is expected" in text
    assert "Example 1 asks nearly the same." in text
    example.refresh_from_db()
    assert example.code == "SELECT * FROM books;"


def test_examples_are_copied_switched_off_and_put_in_order(editor: Client, draft: Version) -> None:
    first, second, third = draft.examples.order_by("number")
    answer = editor.post(f"/fewshot/examples/{first.pk}/duplicate/")
    copy = draft.examples.get(number=2)
    assert answer.headers["Location"] == f"/fewshot/examples/{copy.pk}/edit/"
    text = editor.post(f"/fewshot/examples/{copy.pk}/switch/off/", headers=HTMX).content.decode()
    assert "<html" not in text and f'id="switch-{copy.pk}"' in text
    order = {"example": [third.pk, first.pk, copy.pk, second.pk]}
    assert editor.post(f"/fewshot/versions/{draft.pk}/order/", order).status_code == 302
    kept = [row.pk for row in draft.examples.order_by("number")]
    assert kept == order["example"]
    lost = {"example": [third.pk, first.pk]}
    refused = editor.post(f"/fewshot/versions/{draft.pk}/order/", lost)
    assert refused.status_code == 409 and "Reload the page" in refused.content.decode()
    assert editor.post(f"/fewshot/examples/{copy.pk}/switch/up/").status_code == 404
    huge = editor.post(f"/fewshot/versions/{draft.pk}/order/", {"example": ["9" * 5000, "\u00b2"]})
    assert huge.status_code == 409


def test_the_examples_are_searched_by_words(editor: Client, draft: Version) -> None:
    text = editor.get(f"/fewshot/versions/{draft.pk}/?text=LIBRARY+two").content.decode()
    assert ">library two<" in text and ">library one<" not in text
    text = editor.get(f"/fewshot/versions/{draft.pk}/?text=elephant").content.decode()
    assert "No example has these words." in text


def test_a_discarded_draft_is_gone(editor: Client, draft: Version) -> None:
    answer = editor.post(f"/fewshot/versions/{draft.pk}/discard/", follow=True)
    assert "The draft is discarded." in answer.content.decode()
    assert not Version.objects.filter(status="draft").exists()
