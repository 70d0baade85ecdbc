"""What a person says of a new token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from apps.accounts.models import User
from apps.api.models import Scope
from apps.api.tokens import scopes_of

DAYS, MOST_DAYS, PER_MINUTE = 90, 366, 600
WORDS = {
    Scope.READ: "read: seeds, runs, pairs, labels, few-shot versions, lists of exports",
    Scope.LABEL: "label: take pairs from queues, label, skip and take back",
    Scope.RUN: "run: start and control runs, imports, drafts and validations",
    Scope.EXPORT: "export: start and download exports",
    Scope.ADMIN: "admin: see and revoke everybody's tokens",
}


class TokenForm(forms.Form):
    """A name, what it is for, how long, and how much."""

    name = forms.CharField(max_length=80, help_text="What it is for, so that you know it again.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"}),
        help_text="As little as it needs.",
    )
    days = forms.IntegerField(
        label="Days until it expires", min_value=1, max_value=MOST_DAYS, initial=DAYS
    )
    per_minute = forms.IntegerField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope.value, WORDS[scope]) for scope in scopes_of(user)]
        self.fields["per_minute"] = forms.IntegerField(
            label="Requests a minute at most",
            min_value=1,
            max_value=settings.WINNOW_API_PER_MINUTE,
            initial=min(PER_MINUTE, settings.WINNOW_API_PER_MINUTE),
        )
