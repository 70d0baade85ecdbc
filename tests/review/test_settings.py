"""What people set: reasons as rows, the ones used last first, and every key of the desk."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.review.desk import desk
from apps.review.keys import EVERY, GROUPS, keys_kept, keys_of, keys_save, problem_of_keys
from apps.review.models import Label, Reason
from apps.review.models_beside import KeyMap
from apps.review.services import claim_next, label_add
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db
NEW = {"code": "slow", "key": "W", "label": "needlessly slow", "stage": "response", "place": 3}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("admin"))
    return client


def test_an_admin_adds_a_reason_and_switches_it_off_and_labels_keep_its_code(
    admin: Client,
) -> None:
    address = reverse("review:reasons")
    admin.post(address, NEW | {"is_used": "on"})
    reason = Reason.objects.get(code="slow")
    assert (reason.key, reason.stage, reason.is_used) == ("w", "response", True)
    anna, pair = make_user(), make_queued()
    shown = desk(queue_id=None, reviewer_id=anna.pk)
    assert shown and "slow" in [r.code for _, reasons in shown.faults for r in reasons]
    label_add(response=pair, reviewer=anna, value="bad", reasons=["slow"])
    changed = {"key": "z", "label": "much too slow", "stage": "any", "place": 0}
    admin.post(reverse("review:reason", args=[reason.pk]), changed | {"code": "other_code"})
    reason.refresh_from_db()
    assert (reason.code, reason.label, reason.stage) == ("slow", "much too slow", "any")
    assert not reason.is_used
    make_queued()
    shown = desk(queue_id=None, reviewer_id=anna.pk)
    assert shown and "slow" not in [r.code for _, reasons in shown.faults for r in reasons]
    assert "much too slow" in markup(admin.get(reverse("review:pair", args=[pair.pk])))
    assert Label.objects.get().reasons == ["slow"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "7"}, "has this key"),
        ({"key": "n"}, "does something else while the reasons are open"),
        ({"key": "?"}, "does something else while the reasons are open"),
        ({"code": "not_sql"}, "already exists"),
        ({"code": "Two words"}, "valid"),
    ],
)
def test_a_key_and_a_code_are_of_one_reason_only(
    admin: Client, wrong: dict[str, str], said: str
) -> None:
    page = markup(admin.post(reverse("review:reasons"), NEW | {"is_used": "on"} | wrong))
    assert said in page and not Reason.objects.filter(label="needlessly slow").exists()


def test_the_four_classes_of_errors_of_annotated_sql_are_among_them() -> None:
    stages = dict(Reason.objects.filter(is_used=True).values_list("code", "stage"))
    classes = ("wrong_result", "sql_data", "domain_knowledge", "ambiguous_question")
    assert [stages[code] for code in classes] == ["response"] * 3 + ["instruction"]


def test_reasons_are_shown_in_the_order_of_their_places(admin: Client) -> None:
    """On the desk, and on every other page that asks for reasons."""
    codes = ["wrong_result", "sql_data", "domain_knowledge", "not_sql"]
    Reason.objects.exclude(code__in=codes).update(is_used=False)
    pair, me = make_queued(), User.objects.get(role="admin")

    def shown() -> list[list[str]]:
        pages = [reverse("review:index"), reverse("review:batch-new") + "?verdict=passed"]
        texts = [markup(admin.get(page)) for page in pages]
        return [re.findall(r'name="reasons" value="(.+?)"', text) for text in texts]

    assert shown() == [codes, codes], "as they were begun with"
    # The last becomes the first, and of one place what is older comes first.
    for place, code in enumerate(["not_sql", "domain_knowledge", "wrong_result"]):
        reason = Reason.objects.get(code=code)
        sent = {"key": reason.key, "label": reason.label, "stage": reason.stage, "is_used": "on"}
        address = reverse("review:reason", args=[reason.pk])
        assert admin.post(address, sent | {"place": place}).status_code == 302
    Reason.objects.filter(code="sql_data").update(place=2)
    ordered = ["not_sql", "domain_knowledge", "wrong_result", "sql_data"]
    assert shown() == [ordered, ordered]
    listed = markup(admin.get(reverse("review:reasons")))
    places = [listed.index(f"<code>{code}</code>") for code in ordered]
    assert places == sorted(places)
    # Those used last come before them, whatever their place.
    assert claim_next(reviewer=me) == pair
    label_add(response=pair, reviewer=me, value="bad", reasons=["sql_data"])
    make_queued()
    assert shown()[0] == ["sql_data", "not_sql", "domain_knowledge", "wrong_result"]


def test_the_reasons_used_last_come_first_and_once() -> None:
    anna = make_user()
    for reasons in (["cut_off"], ["not_sql", "test_wrong"], ["not_sql"]):
        pair = make_queued()
        assert claim_next(reviewer=anna) == pair
        label_add(response=pair, reviewer=anna, value="bad", reasons=reasons)
    make_queued()
    shown = desk(queue_id=None, reviewer_id=anna.pk)
    assert shown
    (name, last), *others = shown.faults
    assert name == "Used last" and last[0].code == "not_sql"
    assert {reason.code for reason in last} == {"not_sql", "test_wrong", "cut_off"}
    rest = [reason.code for _, reasons in others for reason in reasons]
    assert not {"not_sql", "test_wrong", "cut_off"} & set(rest) and len(rest) == len(set(rest))
    # Many good ones after them do not push them out.
    good = {"response": make_response(), "reviewer": anna, "value": "good"}
    Label.objects.bulk_create(Label(**good) for _ in range(150))
    later = desk(queue_id=None, reviewer_id=anna.pk)
    assert later and later.faults == shown.faults


def test_every_key_may_be_another_and_is_shown_where_it_works(client: Client) -> None:
    anna = make_user()
    client.force_login(anna)
    make_queued()
    free = iter("!#$%&()*+,-.:;<=>@[]^_{|}~ABCDEF")
    sent = {action.name: next(free) for action in EVERY}
    assert client.post(reverse("review:keys"), sent).status_code == 302
    kept = keys_of(keys_kept(anna.pk)).by_action
    assert kept == {name: key.lower() for name, key in sent.items()}
    page = client.get(reverse("review:index"))
    shown = page.context["desk"].keys
    assert dict(shown.lines())[kept["note"].upper()].startswith("while the reasons are open")
    text = markup(page)
    assert f'data-note="{kept["note"]}"' in text
    told = text[text.index('data-keys="') + 11 :].partition('"')[0].split()
    assert dict(zip(told[1::2], told[::2], strict=True))["skip"] == kept["skip"]
    client.post(reverse("review:keys-reset"))
    assert KeyMap.objects.get().keys == {}


def told(client: Client, address: str) -> dict[str, str]:
    """What the help of a page says of each key."""
    page = markup(client.get(address))
    help_ = page[page.index('<dl class="keys">') :].partition("</dl>")[0]
    return dict(re.findall(r"<dt><kbd>(.+?)</kbd></dt><dd>(.+?)</dd>", help_))


def test_the_help_names_every_key_that_works_on_the_desk_and_no_other(client: Client) -> None:
    anna = make_user()
    client.force_login(anna)
    make_queued()
    usual = told(client, reverse("review:index"))
    fixed = {"Enter", "Esc", "?"}
    desk = {"G", "B", "S", "U", "F", "/", "←", "→", "R", "D", "W", "N"}
    assert set(usual) == desk | fixed
    assert "label bad" in usual["Enter"] and "evidence" not in usual["Enter"]
    assert "not bad after all" in usual["Esc"] and usual["?"] == "this help"
    assert "there D finds the smallest data" in usual["R"]

    queue = make_queue(may_correct=True, guideline="Be kind.", evidence_last=True, is_blind=True)
    other = told(client, reverse("review:work", args=[queue.pk]))
    assert set(other) == (desk | fixed | {"E", "I"}) - {"W"}, "a blind queue tells no origin"
    assert "once you see the evidence: keep your label" in other["Enter"]
    client.force_login(make_user("editor"))
    assert "E" in told(client, reverse("review:index")), "editors correct everywhere"


def test_the_help_of_the_other_pages_names_what_works_there(client: Client) -> None:
    anna = make_user()
    client.force_login(anna)
    pair = make_response()
    make_sibling(pair, "```sql\nSELECT 2;\n```")
    beside = told(client, reverse("review:siblings", args=[pair.pk]))
    assert set(beside) == {"←", "→", "D", "R", "Esc", "?"}
    queue = make_queue(is_pairwise=True)
    duel = told(client, reverse("review:duel", args=[queue.pk]))
    assert set(duel) == {"A or ←", "B or →", "G", "X", "U", "Esc", "?"}
    assert duel["B or →"] == "B is better"
    keys_save(user_id=anna.pk, chosen={"right": "arrowleft", "difference": "m"})
    duel = told(client, reverse("review:duel", args=[queue.pk]))
    assert duel["A"] == "A is better" and duel["← or →"] == "B is better"
    assert "M" in told(client, reverse("review:siblings", args=[pair.pk]))
    make_queued()
    assert "there M finds" in told(client, reverse("review:index"))["R"]


def test_no_two_things_that_are_there_at_once_have_the_same_key() -> None:
    for group in GROUPS:
        usual = [action.usual for action in group]
        assert len(usual) == len(set(usual))
    assert not set(Reason.objects.values_list("key", flat=True)) & {"n", "?"}
    assert problem_of_keys({"note": "7"}).endswith("would have the same key: 7.")
    assert problem_of_keys({"difference": "r"}).endswith("would have the same key: R.")
    assert problem_of_keys({"note": "g"}) == "", "a pair is not labelled while one chooses reasons"
    assert "cannot be the key" in problem_of_keys({"good": "enter"})
