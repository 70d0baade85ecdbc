"""Every page of the site with something on it: axe finds nothing in either colour scheme, no
complaint in the console, no sideways scrolling; with WINNOW_SCREENSHOTS a picture of each.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django import Settings

from apps.accounts.models import User
from tests.browser.harness import barriers, login, screenshot
from tests.everything import fill, pages

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_page_has_a_barrier(
    page: Page, client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    values = fill(tmp_path)
    admin = User.objects.get(username="admin")
    client.force_login(admin)
    # One of each kind: the first with everything on it.
    found = {each.name: each for each in pages(client, values, firsts=True)}
    login(page, admin)
    problems = []
    for name, one in sorted(found.items()):
        answer = page.goto(one.address)
        assert answer and answer.status == 200, one.address
        seen = barriers(page, in_every_place=True)
        problems += [f"{one.address} {impact}: {told}" for impact, told in seen]
        screenshot(page, "every-" + name.replace(":", "-").replace("_", "-"))
    assert not problems, "\n".join(problems)
    assert len(found) > 70
