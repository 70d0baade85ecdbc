"""Forms about people and their passwords."""

from __future__ import annotations

from django import forms

from apps.accounts.models import User


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
