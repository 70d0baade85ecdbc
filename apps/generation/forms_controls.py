"""What a browser may say about a run that is there: how much more, and when it is to stop."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.generation.controls import MOST_RESPONSES
from apps.generation.limits import LAST, Limits

MOST = 10**12
MOST_SEEDS = 1_000_000


class ExtendForm(forms.Form):
    """More seeds, more responses, or both."""

    seeds = forms.IntegerField(
        label="More seeds", min_value=0, max_value=MOST_SEEDS, required=False,
        help_text="Of those that the run's selection admits and it does not have yet.",
    )  # fmt: skip
    responses = forms.IntegerField(
        label="More responses per instruction", min_value=0, max_value=MOST_RESPONSES,
        required=False, help_text="To the instructions that are there and those to come.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["seeds"], data["responses"] = data.get("seeds") or 0, data.get("responses") or 0
        if not self.errors and not data["seeds"] + data["responses"]:
            raise forms.ValidationError("Say how many seeds or responses more.")
        return data


class LimitsForm(forms.Form):
    """When a run stops by itself; `limits()` gives what the services take. Empty: never."""

    stop_tokens = forms.IntegerField(
        label="Tokens written", min_value=1, max_value=MOST, required=False,
        help_text="Stops when the model has written so many.",
    )  # fmt: skip
    stop_hours = forms.FloatField(
        label="Hours of the server", min_value=0.01, max_value=1e6, required=False,
        help_text="At work for this run; pauses do not count.",
    )  # fmt: skip
    stop_backlog = forms.IntegerField(
        label="Pairs waiting for review", min_value=0, max_value=MOST, required=False,
        help_text="Stops when more than so many wait, of all runs.",
    )  # fmt: skip
    stop_pass_rate = forms.FloatField(
        label="Pass rate at least, in %", min_value=0.1, max_value=100, required=False,
        help_text="Stops when fewer of the last responses pass.",
    )  # fmt: skip
    stop_last = forms.IntegerField(
        label="How many are the last", min_value=1, max_value=1_000_000, required=False,
        help_text=f"The pass rate is taken over so many; {LAST} where nothing is said.",
    )  # fmt: skip
    stop_interval = forms.FloatField(
        label="Interval of acceptance, in points", min_value=0.1, max_value=100, required=False,
        help_text="Stops when reviewers have labelled enough to know the share accepted so well"
        " (width of the 95 % interval).",
    )  # fmt: skip

    def limits(self) -> Limits:
        """The limits; call it on a valid form."""
        data = self.cleaned_data
        return Limits(
            tokens=data["stop_tokens"],
            hours=data["stop_hours"],
            backlog=data["stop_backlog"],
            pass_rate=_share(data["stop_pass_rate"]),
            last=data["stop_last"] or LAST,
            interval=_share(data["stop_interval"]),
        )

    @staticmethod
    def initial_of(limits: Limits) -> dict[str, Any]:
        """What the form says at first of a run's present limits."""
        return {
            "stop_tokens": limits.tokens,
            "stop_hours": limits.hours,
            "stop_backlog": limits.backlog,
            "stop_pass_rate": _percentage(limits.pass_rate),
            "stop_last": limits.last,
            "stop_interval": _percentage(limits.interval),
        }


def _share(percentage: float | None) -> float | None:
    return None if percentage is None else percentage / 100


def _percentage(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 6)
