"""What a browser may say about a pair that people disagree on."""

from __future__ import annotations

from django import forms


class RulingForm(forms.Form):
    """good or bad with a reason, or back to what the labels say. gold: reviewers are compared with
    it from now on.
    """

    word = forms.ChoiceField(choices=[(word, word) for word in ("good", "bad", "labels")])
    note = forms.CharField(max_length=2000, required=False, label="Why")
    gold = forms.BooleanField(required=False, label="Known answer from now on")

    def clean(self) -> dict[str, object]:
        super().clean()
        if self.cleaned_data.get("word") in ("good", "bad") and not self.cleaned_data.get("note"):
            self.add_error("note", "Say why: both sides will read it.")
        return self.cleaned_data


class GoldForm(forms.Form):
    """good, bad, or none: its answer is not known."""

    word = forms.ChoiceField(choices=[(word, word) for word in ("good", "bad", "none")])
    why = forms.CharField(max_length=2000, required=False)

    @property
    def good(self) -> bool | None:
        """None where it is no gold. Only after is_valid()."""
        word = self.cleaned_data["word"]
        return None if word == "none" else word == "good"
