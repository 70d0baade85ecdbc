"""The pages of seeds in a real browser: from an upload to a seed, without a barrier."""

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Import
from apps.seeds.models import Gathering
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_response, make_seed, make_user
from tests.generation.test_importing import read
from tests.seeds.gathering.running import do_all

SCRIPT = b"""-- People who may log in
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, joined date);

-- Those who came first
SELECT name, joined FROM people WHERE joined < '2020-01-01' ORDER BY joined;
UPDATE people SET name = 'Ann' WHERE id = 1;
GRANT ALL ON people TO ann;
SELECT broken FROM WHERE ((;
"""


@pytest.fixture
def editor(page: Page) -> Page:
    login(page, make_user("editor", "edda"))
    return page


def test_an_editor_uploads_sql_watches_it_and_looks_at_a_seed(editor: Page) -> None:
    page = editor
    page.goto("/seeds/")
    expect(page.get_by_text("No seeds yet")).to_be_visible()
    page.get_by_role("link", name="Gather SQL").first.click()
    assert_accessible(page)
    screenshot(page, "seeds-gather")
    page.get_by_label("A file from here").set_input_files(
        {"name": "people.sql", "mimeType": "text/plain", "buffer": SCRIPT}
    )
    page.get_by_role("button", name="Gather").click()
    expect(page.get_by_role("heading", name="How far")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "seeds-gathering-begun")
    do_all(Gathering.objects.get())
    # The page asks by itself, and stops asking when the work has ended.
    expect(page.locator("#progress .badge.done")).to_be_visible()
    expect(page.locator("#progress[hx-get]")).to_have_count(0)
    screenshot(page, "seeds-gathering-done")
    assert_accessible(page)
    page.get_by_role("link", name="unparsed").click()
    expect(page.get_by_text("broken")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "seeds-rejected")
    page.goto("/seeds/sources/")
    assert_accessible(page)
    screenshot(page, "seeds-sources")


def test_filters_change_the_list_without_a_new_page(editor: Page) -> None:
    page = editor
    for number in range(60):
        make_seed(f"UPDATE shop SET price = {number} WHERE id = {number}")
    make_seed("SELECT shoe FROM cupboard WHERE size = 42", kind="select", comment="Shoes")
    page.goto("/seeds/")
    expect(page.locator("#seeds tbody tr")).to_have_count(50)
    assert_accessible(page)
    screenshot(page, "seeds-index")
    page.get_by_label("Kind").select_option("select")
    expect(page.locator("#seeds tbody tr")).to_have_count(1)
    assert "kind=select" in page.url
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("Words").fill("cupboard")
    page.get_by_label("Words").press("Enter")
    expect(page.locator("#seeds tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Clear").click()
    page.get_by_role("link", name="Older seeds").click()
    expect(page.locator("#seeds tbody tr")).to_have_count(11)


def test_a_seed_tells_what_was_made_of_it(editor: Page) -> None:
    page = editor
    seed = make_seed(
        "SELECT name FROM people WHERE id = 1",
        kind="select",
        comment="The first",
        schema_context="CREATE TABLE people (id int, name text);",
    )
    make_response("All is well.", seed=seed)
    page.goto(f"/seeds/{seed.pk}/")
    expect(page.get_by_text("Write a SQL query that returns 1.")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "seeds-seed")


def test_an_editor_brings_finished_pairs_in(editor: Page) -> None:
    page = editor
    page.goto("/seeds/sources/")
    page.get_by_role("link", name="Finished pairs").click()
    page.get_by_role("link", name="Bring in a file").first.click()
    assert_accessible(page)
    page.get_by_label("File").set_input_files(
        {
            "name": "data-tiny-i_r-0a1b2-0-20240508_101112.jsonl",
            "mimeType": "application/jsonl",
            "buffer": b'{"instruction": "Count.", "response": "SELECT 1"}\n{broken\n',
        }
    )
    page.get_by_role("button", name="Bring in").click()
    expect(page.get_by_text("It is being brought in.")).to_be_visible()
    read(Import.objects.latest("pk"))
    page.reload()
    expect(page.get_by_role("region", name="Figures")).to_contain_text("1 pair")
    expect(page.get_by_role("cell", name="no JSON", exact=True)).to_be_visible()
    assert_accessible(page)
    screenshot(page, "seeds-import")
