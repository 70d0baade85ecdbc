"""The team's figures, conflicts, rulings and gold."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.keys import keys_save
from apps.review.models import Decision, Gold, Label, Reason, Ruling
from apps.review.models_beside import TeamFigures
from apps.review.services import claim_next, label_add
from apps.review.team import services
from apps.review.team.figures import Team, count_team, read_team
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_verdict
from tests.review.test_queues import make_queue
from tests.review.test_views import DIFF

pytestmark = pytest.mark.django_db


def judge(response: Response, **said: str) -> Response:
    """Labels by people of these names, as the database keeps them."""
    for name, value in said.items():
        user = User.objects.filter(username=name).first() or make_user(username=name)
        Label.objects.create(response=response, reviewer=user, value=value, seconds=10.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_decide(%s)", [response.pk])
    return response


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_user("editor"))
    return client


def test_votes_are_counted_with_every_label() -> None:
    pair = judge(make_response(), anna="good", bert="bad")
    decision = Decision.objects.get(response=pair)
    assert (decision.good, decision.voters, decision.good_votes) == (False, 2, 1)
    judge(pair, bert="good")
    decision.refresh_from_db()
    assert (decision.good, decision.voters, decision.good_votes) == (True, 2, 2)
    judge(pair, bert="skipped")
    decision.refresh_from_db()
    assert (decision.voters, decision.good_votes) == (1, 1)


def test_a_ruling_holds_against_later_labels_until_it_is_taken_back() -> None:
    pair, editor = judge(make_response(), anna="good", bert="bad"), make_user("editor")
    services.rule(response=pair, good=True, note="The tie is no fault.", editor=editor)
    assert Decision.objects.get(response=pair).good
    judge(pair, carl="bad")
    assert Decision.objects.get(response=pair).good
    services.rule(response=pair, good=False, note="It is, on second thought.", editor=editor)
    assert not Decision.objects.get(response=pair).good
    assert Ruling.objects.count() == 1
    judge(pair, bert="good", carl="good")
    services.unrule(response=pair)
    assert Decision.objects.get(response=pair).good
    assert Label.objects.count() == 5


def test_the_database_itself_keeps_one_ruling_a_pair() -> None:
    pair, editor = judge(make_response(), anna="good"), make_user("editor")
    Ruling.objects.create(response=pair, good=True, note="a", editor=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ruling.objects.create(response=pair, good=False, note="b", editor=editor)


def test_there_is_nothing_to_rule_on_without_labels() -> None:
    with pytest.raises(services.UnlabelledError, match="Nobody has labelled this pair"):
        services.rule(response=make_response(), good=True, note="x", editor=make_user("editor"))
    assert not Ruling.objects.exists()


def test_conflicts_are_listed_once_and_by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PAGE", 2)
    judge(make_response(), anna="good", bert="good")
    split = [judge(make_response(), anna="good", bert="bad") for _ in range(3)]
    first, more = services.conflicts(after=None, ruled=False)
    assert [each.response for each in first] == [split[2], split[1]] and more
    assert [label.value for label in first[0].labels] == ["good", "bad"]
    rest, more = services.conflicts(after=split[1].pk, ruled=False)
    assert [each.response for each in rest] == [split[0]] and not more
    services.rule(response=split[0], good=True, note="x", editor=make_user("editor"))
    assert services.conflicts(after=split[1].pk, ruled=False)[0] == []
    assert services.conflicts(after=None, ruled=True)[0][0].ruling is not None


def test_the_figures_say_how_far_people_agree() -> None:
    for number in range(40):
        truth = "good" if number % 2 else "bad"
        other = {"good": "bad", "bad": "good"}[truth]
        pair = judge(make_response(), anna=truth, bert=truth if number % 10 else other, carl=truth)
        if number < 10:
            Gold.objects.create(response=pair, good=truth == "good")
    assert count_team() is True
    assert count_team() is False  # nothing is new
    team = read_team()
    assert team.pairs == 40 and team.split == 4
    assert team.alpha is not None and 0.8 < team.alpha < 1
    assert team.low is not None and team.high is not None and team.low < team.alpha < team.high
    people = {person.name: person for person in team.people}
    assert (people["bert"].majority.part, people["bert"].majority.whole) == (36, 40)
    assert (people["bert"].gold.part, people["bert"].gold.whole) == (9, 10)
    assert people["anna"].sensitivity is not None and people["anna"].sensitivity > 0.9
    assert people["anna"].seconds == 10.0
    split, _ = services.conflicts(after=None, ruled=False)
    assert len(split) == 4 and len(team.estimates) == 4
    for each in split:
        said = {label.reviewer.username: label.value for label in each.labels}
        # Two who never err against the one who does.
        assert each.estimate is not None and (each.estimate > 0.9) == (said["anna"] == "good")
        assert each.estimate > 0.9 or each.estimate < 0.1
    kappas = {(two.one, two.other): two.kappa for two in team.twos}
    assert kappas[("anna", "carl")] == 1
    judge(make_response(), anna="good")
    assert count_team() is True


def estimated(people: list[str], pairs: int) -> Team:
    """The figures where these people judged so many pairs, all of them and not always alike."""
    for number in range(pairs):
        said = {
            name: "good" if number % (place + 3) else "bad" for place, name in enumerate(people)
        }
        judge(make_response(), **said)
    count_team()
    return read_team()


def test_how_often_each_errs_is_not_estimated_from_two_people(editor: Client) -> None:
    team = estimated(["anna", "bert"], 40)
    assert team.split and team.estimates == {} and not team.is_estimated
    assert {(each.sensitivity, each.specificity) for each in team.people} == {(None, None)}
    assert "there are 2 reviewers and 40 pairs so far" in markup(editor.get("/review/team/"))


def test_how_often_each_errs_is_estimated_from_30_pairs_on(editor: Client) -> None:
    team = estimated(["anna", "bert", "carl"], 29)
    assert team.split and team.estimates == {} and not team.is_estimated
    assert {(each.sensitivity, each.specificity) for each in team.people} == {(None, None)}
    page = markup(editor.get("/review/team/"))
    assert "3 reviewers and 30 pairs on that several of them" in page
    assert "there are 3 reviewers and 29 pairs so far" in page
    # One that only one of them judged is none of these.
    judge(make_response(), anna="good")
    count_team()
    assert not read_team().is_estimated

    team = estimated(["anna", "bert", "carl"], 1)
    assert team.is_estimated and len(team.estimates) == team.split > 0
    assert all(each.sensitivity and each.specificity for each in team.people)
    assert "so far" not in markup(editor.get("/review/team/"))


def test_figures_of_an_older_winnow_are_counted_anew() -> None:
    estimated(["anna", "bert"], 2)
    stored = TeamFigures.objects.get()
    data = {name: value for name, value in stored.data.items() if name != "judges"}
    data["mark"] = data["mark"].rpartition(" ")[0]
    TeamFigures.objects.update(data=data)
    assert read_team().judges == 0
    assert count_team() and read_team().judges == 2


def test_a_reviewer_sees_their_own_row_only(client: Client) -> None:
    judge(make_response(), anna="good", bert="bad")
    count_team()
    client.force_login(User.objects.get(username="anna"))
    text = markup(client.get("/review/team/"))
    assert '<th scope="row">anna</th>' in text and "bert" not in text
    client.force_login(make_user("editor"))
    assert "anna and bert" in markup(client.get("/review/team/"))


def test_the_team_page_without_labels_says_what_to_do(editor: Client) -> None:
    assert "Nobody has labelled yet" in markup(editor.get("/review/team/"))


def test_an_editor_rules_from_the_page(editor: Client) -> None:
    pair = judge(make_response(), anna="good", bert="bad")
    assert f"Pair {pair.pk}" in markup(editor.get("/review/conflicts/"))
    address = f"/review/pairs/{pair.pk}/rule/"
    refused = editor.post(address, {"word": "good", "note": ""}, follow=True)
    assert "Say why: both sides will read it." in markup(refused)
    assert not Ruling.objects.exists()
    given = {"word": "good", "note": "Fine.", "next": "/review/conflicts/?ruled=1"}
    text = markup(editor.post(address, given, follow=True))
    assert f"Pair {pair.pk}: It is good." in text and "has ruled: good." in text
    assert ">Fine.</span>" in text and "Take the ruling back" in text
    editor.post(address, {"word": "labels", "next": "https://evil.example/"})
    assert not Ruling.objects.exists()
    assert editor.post(address, {"next": "//evil.example"}).headers["Location"] == (
        "/review/conflicts/"
    )


TEXT = "**Here** it is:\n\n```sql\nUPDATE users SET name = 'Bob';\n```"


def split() -> Response:
    """A pair with evidence that two people disagree on."""
    pair = make_response(TEXT, instruction="Rename *everybody*.")
    make_verdict(pair, "wrong_result", message="One row is missing.", diff=DIFF)
    make_verdict(pair, "wrong_result", database="sqlite", message="One row is missing.", diff=DIFF)
    make_verdict(pair, "passed", database="duckdb")
    judge(pair, anna="good", bert="bad")
    bert = User.objects.get(username="bert")
    reasons = ["wrong_result", "not_sql"]
    note = "It renames <b>nobody</b>."
    Label.objects.create(response=pair, reviewer=bert, value="bad", reasons=reasons, note=note)
    return pair


def test_an_editor_judges_a_conflict_where_it_is_shown(editor: Client) -> None:
    pair = split()
    page = markup(editor.get("/review/conflicts/"))
    assert "<strong>Here</strong> it is" in page, "the whole response, as Markdown"
    assert '<span class="k">UPDATE</span>' in page, "and highlighted"
    assert "Rename <em>everybody</em>." in page
    for said in (
        "One row is missing.",
        "<b>sqlite</b>",
        "<b>duckdb</b>",
        "The databases disagree:",
    ):
        assert said in page, said
    assert page.count('<tr class="unexpected">') == 2, "the rows of all together, and of sqlite"
    words = dict(Reason.objects.values_list("code", "label"))
    labels = page[page.index("Who said what") :].partition("</section>")[0]
    assert [labels.index(who) for who in ("anna", "bert")] == sorted(
        labels.index(who) for who in ("anna", "bert")
    )
    for said in (words["wrong_result"], words["not_sql"], "It renames &lt;b&gt;nobody&lt;/b&gt;."):
        assert said in labels, said
    for word, key in (("good", "g"), ("bad", "b")):
        assert f'name="word" value="{word}" data-keys="{key}"' in page
    assert f'action="/review/pairs/{pair.pk}/rule/"' in page


def test_the_page_asks_as_much_of_twenty_conflicts_as_of_one(
    editor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    split()
    editor.get("/review/conflicts/")
    with CaptureQueriesContext(connection) as one:
        editor.get("/review/conflicts/")
    for _ in range(services.PAGE):
        split()
    with django_assert_num_queries(len(one)):
        page = markup(editor.get("/review/conflicts/"))
    assert "1 of 20 on this page" in page and page.count("<strong>Here</strong>") == 1
    assert "Older conflicts" in page


def test_what_comes_after_a_ruling_is_the_next_conflict(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PAGE", 2)
    ids = sorted((split().pk for _ in range(3)), reverse=True)

    def opened(address: str) -> tuple[int, str]:
        """The pair that is open, and where its ruling leads."""
        page = markup(editor.get(address))
        pair = re.search(r'action="/review/pairs/(\d+)/rule/"', page)
        back = re.search(r'name="next" value="(.*?)"', page)
        assert pair and back
        return int(pair[1]), unescape(back[1])

    pair, back = opened("/review/conflicts/")
    assert (pair, back) == (ids[0], f"/review/conflicts/?pair={ids[1]}")
    pair, back = opened(back)
    assert (pair, back) == (ids[1], f"/review/conflicts/?after={ids[1]}")
    pair, back = opened(back)
    assert (pair, back) == (ids[2], f"/review/conflicts/?after={ids[1]}")
    # Ruled on out of turn: the one before stays, and the one after comes.
    given = {"word": "bad", "note": "It is.", "next": f"/review/conflicts/?pair={ids[2]}"}
    editor.post(f"/review/pairs/{ids[1]}/rule/", given)
    assert opened("/review/conflicts/") == (ids[0], f"/review/conflicts/?pair={ids[2]}")
    assert opened(f"/review/conflicts/?pair={ids[1]}")[0] == ids[0], "that is none any more"
    ruled = f"/review/conflicts/?ruled=1&pair={ids[1]}"
    assert opened(ruled) == (ids[1], ruled), "who changes a ruling sees it"


def test_who_holds_the_pair_where_evidence_comes_last_sees_none_yet(editor: Client) -> None:
    pair = split()
    queue = make_queue(evidence_last=True, reviewers=3)
    me = User.objects.get(pk=editor.session["_auth_user_id"])
    assert claim_next(reviewer=me, queue=queue) == pair
    page = markup(editor.get("/review/conflicts/"))
    assert "Hidden until you have said good or bad" in page and "One row is missing" not in page
    label_add(response=pair, reviewer=me, value="good", queue=queue)
    assert "One row is missing" in markup(editor.get("/review/conflicts/"))


def test_keys_that_somebody_chose_rule_too(editor: Client) -> None:
    split()
    me = int(editor.session["_auth_user_id"])
    keys_save(user_id=me, chosen={"good": "j", "note": "b"})
    page = markup(editor.get("/review/conflicts/"))
    assert 'value="good" data-keys="j"' in page and "<kbd>J</kbd> Good" in page
    assert page.count('data-keys="b"') == 1, "one key, one meaning: the note has none here"


def test_gold_is_set_and_taken_back_on_the_pairs_page(editor: Client) -> None:
    pair = make_response()
    page = f"/review/pairs/{pair.pk}/"
    for word, known in (("bad", False), ("good", True)):
        text = editor.post(f"{page}gold/", {"word": word, "next": page}, follow=True)
        assert f"This pair is known to be {word}." in markup(text)
        assert Gold.objects.get(response=pair).good is known
    editor.post(f"{page}gold/", {"word": "none"})
    assert not Gold.objects.exists()
    assert "Say good, bad or none." in markup(
        editor.post(f"{page}gold/", {"word": "x"}, follow=True)
    )


@pytest.mark.parametrize(
    "address", ["/review/conflicts/", "/review/pairs/{}/rule/", "/review/pairs/{}/gold/"]
)
def test_only_editors_rule(client: Client, address: str) -> None:
    address = address.format(make_response().pk)
    client.force_login(make_user("reviewer"))
    assert (client.get if "conflicts" in address else client.post)(address).status_code == 403


@pytest.mark.parametrize("what", ["rule", "gold"])
def test_what_is_not_there_or_no_post(editor: Client, what: str) -> None:
    assert editor.post(f"/review/pairs/999999/{what}/").status_code == 404
    assert editor.get(f"/review/pairs/1/{what}/").status_code == 405
    assert editor.post("/review/team/").status_code == 405
    assert editor.post("/review/conflicts/").status_code == 405
