"""Forms about people and their passwords."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.contrib.auth.models import Group
from django.core.validators import MaxLengthValidator

from apps.accounts.models import AuditEntry, Invitation, User
from apps.accounts.wording import deed_words


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
        fields = ("username", "role", "email")
        help_texts = {
            "username": "Letters, digits and @ . + - _",
            "email": "May be empty. To it they can have a new password sent.",
        }
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "off"})}


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Another role for a user."""

    class Meta:
        model = User
        fields = ("role",)


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What an admin changes of a user beside the role."""

    class Meta:
        model = User
        fields = ("email", "groups")
        labels = {"email": "E-mail address"}
        help_texts = {
            "email": "May be empty. To it they can have a new password sent.",
            "groups": "",
        }
        widgets = {"groups": forms.CheckboxSelectMultiple}


class LeaveForm(forms.Form):
    """How somebody leaves."""

    pseudonymise = forms.BooleanField(
        required=False,
        label="Forget name and address",
        help_text="They become former-7 or the like everywhere. This cannot be undone.",
    )


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Whom to invite to what."""

    class Meta:
        model = Invitation
        fields = ("email", "role", "groups")
        labels = {"email": "E-mail address"}
        help_texts = {"email": "The link is mailed there; without one you pass it on yourself."}
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "groups": forms.CheckboxSelectMultiple,
        }


class AcceptForm(BaseUserCreationForm):  # type: ignore[type-arg]  # not generic at run time
    """An invited person's name and password."""

    class Meta:
        model = User
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].validators.append(MaxLengthValidator(4096))


class ResetForm(forms.Form):
    """Where a link to a new password is to be mailed."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A group and who is in it."""

    members = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Group
        fields = ("name",)
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}


class AuditForm(forms.Form):
    """Which entries of the audit log to show."""

    actor = forms.ModelChoiceField(
        User.objects.order_by("username"), required=False, label="Who", empty_label="anybody"
    )
    action = forms.ChoiceField(required=False, label="What")
    since = forms.DateField(
        required=False, label="Since", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="Until", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()
        choices = [("", "anything"), *((name, deed_words(name)) for name in known)]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]
