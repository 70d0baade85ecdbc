"""Forms about people and their passwords."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator

from apps.accounts.models import User


class LoginForm(AuthenticationForm):
    """Django's, whose bound of a name's length is a hint to browsers only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("username").max_length or 0
        for name, most in (("username", longest), ("password", 4096)):
            self.fields[name].validators.append(MaxLengthValidator(most))


class NewUserForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A name and a role; the password is made by the service and shown once."""

    class Meta:
        model = User
        fields = ("username", "role")
        help_texts = {"username": "Letters, digits and @ . + - _"}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "off"})}


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Another role for a user."""

    class Meta:
        model = User
        fields = ("role",)
