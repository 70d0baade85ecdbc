"""A good pair becomes a few-shot example, and is left out of exports from then on."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.fewshot import services as fewshot
from apps.fewshot.models import Example, FewShotSet
from apps.fewshot.queries import draft_of, example_value
from apps.fewshot.services import draft_discard, draft_open, version_publish
from apps.generation.models import Response
from apps.review.errors import ReviewError
from apps.review.models import Correction, Decision, Label
from apps.review.models_beside import Promotion
from apps.review.promoting import content_of, response_promote
from apps.validation.models import StoredReading
from apps.validation.reading import read_response
from apps.validation.storing import storable
from tests.builders import make_file, make_recipe, make_response, make_run, make_seed, make_user
from tests.fewshot.data import make_published
from tests.pages import markup
from tests.review.building import make_verdict

pytestmark = pytest.mark.django_db

OURS = """\
[Reasoning]
Count them.

[Implementation]
```sql
SELECT count(*) AS n FROM users;
```

[Explanation]
One row.

[Tests]
Input Table: users
```text
id

1
```

Expected Output:
```text
n

1
```
"""
THEIRS = """\
Count the rows of each name.

```sql
SELECT name, note FROM users;
```

That is all.

| name | note |
| --- | --- |
| Ann | NULL |
| 12 | a |

Expected output:

| name | note |
| --- | --- |
| Ann | NULL |
| 12 | a |
"""


def good(text: str = OURS, **fields: Any) -> Response:
    """A pair that was validated and accepted."""
    seed = make_seed(
        "SELECT 1 FROM t", file=make_file("shop.sql", repository="a/b", licences=["MIT"])
    )
    run = make_run(make_recipe(make_published()), seeds=[seed])
    response = make_response(text, seed=seed, run=run, **fields)
    response.instruction.category = "reporting"
    response.instruction.difficulty = "Easy"
    response.instruction.save()
    reading = read_response(text, instruction=response.instruction.text)
    StoredReading.objects.create(response=response, data=storable(asdict(reading)))
    make_verdict(response, strength=0.75)
    make_verdict(response, database="sqlite")
    label = Label.objects.create(response=response, reviewer=make_user(), value="good")
    Decision.objects.get_or_create(response=response, defaults={"good": True, "label": label})
    return response


@pytest.fixture
def editor() -> User:
    return make_user("editor")


def test_its_sections_are_filled_and_its_lineage_is_kept(editor: User) -> None:
    response = good()
    example = response_promote(response=response, editor=editor)
    value = example_value(example)
    assert str(example.version) == "small version 2"
    assert (value.number, value.code, value.category) == (4, "SELECT 1 FROM t", "reporting")
    assert (value.concepts, value.difficulty) == (("update", "set"), "Easy")
    assert value.instruction == "Write a SQL query that returns 1."
    assert value.reasoning == "Count them."
    assert value.implementation == "SELECT count(*) AS n FROM users;"
    assert value.explanation == "One row."
    assert value.tests == OURS.partition("[Tests]\n")[2].strip()
    lineage = example.lineage
    assert lineage["pair"] == response.pk
    assert (lineage["file"], lineage["repository"], lineage["licences"]) == (
        "shop.sql",
        "a/b",
        ["MIT"],
    )
    assert (lineage["model"], lineage["by"]) == ("tiny", editor.pk)
    assert lineage["verdicts"] == {"overall": "passed", "sqlite": "passed"}
    assert lineage["strength"] == 0.75
    version_publish(version=example.version, note="one more", published_by=None)


def test_another_form_is_put_into_ours_from_what_validation_understood(editor: User) -> None:
    value = content_of(good(THEIRS))
    assert value.reasoning == "Count the rows of each name."
    assert value.implementation == "SELECT name, note FROM users;"
    assert "Expected Output:\n```text\nname | note\n\nAnn | NULL\n'12' | a\n```" in value.tests
    again = read_response(f"```sql\n{value.implementation}\n```\n\n{value.tests}")
    assert again.cases[0].expected.rows == read_response(THEIRS).cases[0].expected.rows


def test_it_goes_with_copies_of_the_version_and_a_duplicate(editor: User) -> None:
    example = response_promote(response=good(), editor=editor)
    copy = fewshot.example_duplicate(example=example)
    assert copy.lineage == example.lineage
    version_publish(version=example.version, note="one more", published_by=None)
    draft = draft_open(fewshot_set=example.version.fewshot_set, created_by=None)
    assert draft.examples.get(number=4).lineage == example.lineage


def test_a_pair_is_one_example_however_often_it_is_asked_for(editor: User) -> None:
    response = good()
    assert response_promote(response=response, editor=editor) == response_promote(
        response=response, editor=editor
    )
    assert Example.objects.filter(lineage__pair=response.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_example() -> None:
    editor, response = make_user("editor"), good()
    together = threading.Barrier(2)

    def click() -> None:
        together.wait()
        response_promote(response=response, editor=editor)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Promotion.objects.count() == 1
    assert draft_of(FewShotSet.objects.get(name="small")).examples.count() == 4


def test_only_an_accepted_pair_whose_text_was_judged_is_taken(editor: User) -> None:
    response = good()
    Correction.objects.create(response=response, editor=editor, before="x")
    with pytest.raises(ReviewError, match="corrected since"):
        response_promote(response=response, editor=editor)
    Correction.objects.all().delete()
    Decision.objects.filter(response=response).update(good=False)
    with pytest.raises(ReviewError, match="Only a pair that is accepted"):
        response_promote(response=response, editor=editor)
    Decision.objects.all().delete()
    with pytest.raises(ReviewError, match="Only a pair that is accepted"):
        response_promote(response=response, editor=editor)


def test_the_mark_goes_with_a_discarded_draft_and_stays_with_a_published_one(editor: User) -> None:
    example = response_promote(response=good(), editor=editor)
    draft_discard(version=example.version)
    assert not Promotion.objects.exists()
    again = response_promote(response=Response.objects.get(), editor=editor)
    version_publish(version=again.version, note="one more", published_by=None)
    assert Promotion.objects.get().example == again


def test_one_click_opens_the_draft_at_it(client: Client, editor: User) -> None:
    response = good()
    client.force_login(editor)
    page = markup(client.get(f"/review/pairs/{response.pk}/"))
    assert "Make it an example" in page
    answer = client.post(f"/review/pairs/{response.pk}/promote/", follow=True)
    example = Example.objects.get(lineage__pair=response.pk)
    assert answer.redirect_chain[-1][0] == f"/fewshot/examples/{example.pk}/edit/"
    assert f"Pair {response.pk} is example 4 of small version 2." in markup(answer)
    assert "It is <a" in markup(client.get(f"/review/pairs/{response.pk}/"))
    shown = markup(client.get(f"/fewshot/examples/{example.pk}/"))
    assert "Where it came from" in shown and "shop.sql of a/b" in shown


def test_another_set_may_be_chosen_and_none_is_said(client: Client, editor: User) -> None:
    response = good()
    other = FewShotSet.objects.create(name="another")
    client.force_login(editor)
    assert 'name="set"' in client.get(f"/review/pairs/{response.pk}/").content.decode()
    address = f"/review/pairs/{response.pk}/promote/"
    assert client.post(address, {"set": 10**9}).status_code == 404
    client.post(address, {"set": other.pk})
    assert Promotion.objects.get().example.version.fewshot_set == other


def test_who_may_not_and_what_is_not_there(client: Client) -> None:
    response = good()
    address = f"/review/pairs/{response.pk}/promote/"
    assert client.post(address).status_code == 302
    client.force_login(User.objects.get(role="reviewer"))
    assert client.post(address).status_code == 403
    assert "Make it an example" not in client.get(f"/review/pairs/{response.pk}/").content.decode()
    client.force_login(make_user("editor"))
    assert client.get(address).status_code == 405
    assert client.post("/review/pairs/999999999/promote/").status_code == 404
    Decision.objects.update(good=False)
    assert "Only a pair that is accepted" in markup(client.post(address, follow=True))
