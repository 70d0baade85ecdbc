"""What a browser may say about reasons and keys."""

from __future__ import annotations

from django import forms

from apps.review.keys import ACTIONS, EVERY, Action
from apps.review.models import Reason
from apps.review.rubric import KEYS_IN_USE


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """A reason; its code is given once and stays."""

    class Meta:
        model = Reason
        fields = ["code", "key", "label", "stage", "place", "is_used"]
        labels = {"place": "Place in its stage", "is_used": "May be given"}
        help_texts = {"code": "Stored with labels: small letters, digits and underscores."}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.pk:
            del self.fields["code"]

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).lower()
        if key in KEYS_IN_USE or not key.isprintable() or key.isspace():
            raise forms.ValidationError("This key does something else while the reasons are open.")
        others = Reason.objects.filter(key=key, is_used=True).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(f"“{others[0].label}” has this key.")
        return key


def _label(action: Action) -> str:
    """What it does in short; all of it where that begins with where it does it."""
    is_whole = action not in ACTIONS
    says = action.says if is_whole else action.says.split(":")[0]
    return f"{says[:1].upper()}{says[1:]}"


class KeysForm(forms.Form):
    """A key for each action of the desk."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for action in EVERY:
            self.fields[action.name] = forms.CharField(
                label=_label(action),
                max_length=10,
                required=False,
                widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
            )

    def chosen(self) -> dict[str, str]:
        """Key by action, as the browser names keys, in small letters."""
        return {name: str(key).strip().lower() for name, key in self.cleaned_data.items()}
