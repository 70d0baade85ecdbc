"""The pages of people and webhooks: no barrier, no complaint, no sideways scrolling, pictures."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.invitations import invitation_create
from apps.accounts.models import AuditEntry
from apps.webhooks.models import Attempt, Event, Message
from apps.webhooks.services import endpoint_create
from tests.browser.harness import Complaints, assert_accessible, login, screenshot, tab_to
from tests.builders import make_user


def look(page: Page, address: str, name: str) -> None:
    page.goto(address)
    assert_accessible(page, strictly=True)
    screenshot(page, name)


def test_the_pages_of_people(page: Page, complaints: Complaints) -> None:
    complaints.ignore("status of 404")
    admin, rosa = make_user("admin"), make_user("reviewer", "rosa", email="rosa@example.org")
    rosa.groups.add(group := Group.objects.create(name="Night shift"))
    made = invitation_create(role="editor", email="otto@example.org", created_by=admin)
    for action, path in (("generation:pause", "/runs/1/pause/"), ("exports:new", "/exports/new/")):
        AuditEntry.objects.create(
            actor=admin, action=action, path=path, status=302, details={"format": "jsonl"}
        )
    look(page, f"/accounts/invited/{made.token}/", "invited")
    look(page, "/accounts/invited/none/", "invited-not")
    look(page, "/accounts/reset/", "reset")
    page.get_by_label("E-mail address").fill("rosa@example.org")
    page.get_by_role("button", name="Mail the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "reset-sent")
    login(page, admin)
    for address, name in (
        ("users/", "users-all"), (f"users/{rosa.pk}/", "user"), ("groups/", "groups"),
        (f"groups/{group.pk}/", "group"), ("roles/", "roles"), ("audit/", "audit"),
        ("invitations/", "invitations"),
    ):  # fmt: skip
        look(page, f"/accounts/{address}", name)
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#link")).to_contain_text("/accounts/invited/")
    screenshot(page, "invitation-made")


def test_people_and_the_log_are_worked_by_keyboard(page: Page) -> None:
    admin = make_user("admin")
    AuditEntry.objects.create(actor=admin, action="exports:new", path="/x/", status=302)
    AuditEntry.objects.create(actor=admin, action="generation:pause", path="/y/", status=302)
    login(page, admin)
    page.goto("/accounts/invitations/")
    tab_to(page, "Invite somebody")  # an empty list leads to its form
    page.keyboard.press("Enter")
    tab_to(page, "Invite")
    page.keyboard.press("Enter")
    expect(page.locator("#link")).to_contain_text("/accounts/invited/")
    page.goto("/accounts/groups/")
    tab_to(page, "Name")
    page.keyboard.type("Night shift")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Night shift")).to_be_visible()
    page.goto("/accounts/audit/")
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="Runs: pause")).to_be_visible()


def test_an_endpoint_is_added_by_keyboard(page: Page) -> None:
    login(page, make_user("admin"))
    page.goto("/webhooks/")
    tab_to(page, "Name")
    page.keyboard.type("Ours")
    tab_to(page, "Address")
    page.keyboard.type("https://example.org/hook")
    tab_to(page, "a run has ended")
    page.keyboard.press("Space")
    tab_to(page, "Add endpoint")
    page.keyboard.press("Enter")
    expect(page.locator("#new-secret")).to_contain_text("whsec_")
    tab_to(page, "Ours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ours")).to_be_visible()
    tab_to(page, "Send a test event")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="webhook.test").first).to_be_visible()


def test_the_pages_of_webhooks(page: Page) -> None:
    login(page, make_user("admin"))
    look(page, "/webhooks/", "webhooks-none")
    page.get_by_label("Name").fill("Ours")
    page.get_by_label("Address").fill("https://example.org/hook")
    page.get_by_label("a label (also").check()
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.locator("#new-secret")).to_contain_text("whsec_")
    assert_accessible(page)
    screenshot(page, "webhooks-added")
    endpoint = endpoint_create(
        name="Theirs", url="https://hooks.example.org/a/long/path", events=list(Event.values)
    )
    for number in range(3):
        message = Message.objects.create(
            endpoint=endpoint, event="run.ended", data={"run": number, "status": "done"}
        )
    Attempt.objects.create(
        message=message, at=timezone.now(), status=503, milliseconds=120,
        problem="It answered 503.", answer="upstream connect error",
    )  # fmt: skip
    look(page, f"/webhooks/{endpoint.pk}/", "webhooks-endpoint")
    look(page, f"/webhooks/{endpoint.pk}/change/", "webhooks-change")
    look(page, f"/webhooks/messages/{message.pk}/", "webhooks-message")
