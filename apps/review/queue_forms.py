"""What a browser may say about pairs' filters and about queues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.review.filters import PairFilter
from apps.review.managing import QueueSettings
from apps.review.models import MOST_REVIEWERS, Queue


class QueueForm(forms.Form):
    """A queue; `settings(filter)` gives what the service takes."""

    name = forms.CharField(max_length=80)
    order = forms.ChoiceField(
        choices=Queue.Order.choices, help_text="Cannot be changed later: make another queue."
    )
    reviewers = forms.IntegerField(
        label="Reviewers of each pair", min_value=1, max_value=MOST_REVIEWERS, initial=1
    )
    people = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        help_text="Nobody and no group chosen: everybody.",
    )
    groups = forms.ModelMultipleChoiceField(Group.objects.order_by("name"), required=False)
    is_blind = forms.BooleanField(
        label="Blind",
        required=False,
        help_text="Hides the model, the few-shot version, the import and judges' scores.",
    )
    evidence_last = forms.BooleanField(
        label="Evidence last",
        required=False,
        help_text="Verdict, checks and judges come into sight after the label, which may then be"
        " kept or changed. Take a random order: others begin with what passed.",
    )
    is_pairwise = forms.BooleanField(
        label="Pairwise",
        required=False,
        help_text="Asks which of two responses to one instruction is better: preferences, no"
        " labels. Cannot be changed later.",
    )
    may_correct = forms.BooleanField(label="Reviewers may correct pairs", required=False)
    leave_out = forms.ChoiceField(
        label="Duplicates left out",
        choices=Queue.LeaveOut.choices,
        required=False,
        help_text="Of pairs that say the same the one that was known first stays.",
    )
    gold_share = forms.IntegerField(
        label="Pairs with a known answer, in percent",
        min_value=0,
        max_value=50,
        initial=0,
        help_text="Drawn among the others from the pairs that editors marked as gold, once for each"
        " reviewer; nobody is told.",
    )
    gold_altered = forms.BooleanField(
        label="Altered pairs among them",
        required=False,
        help_text="Pairs that pass, with their SQL altered so that the test fails: known to be bad,"
        " made in the background.",
    )
    is_onboarding = forms.BooleanField(
        label="Onboarding",
        required=False,
        help_text="Has pairs with a known answer only and says after each label whether it agrees."
        " Reviewers whom it concerns get into no other queue before they reach its bound. Cannot"
        " be changed later.",
    )
    bound_pairs = forms.IntegerField(
        label="Bound of onboarding: pairs", min_value=1, max_value=500, initial=20
    )
    bound_share = forms.IntegerField(
        label="Bound of onboarding: percent that agree",
        min_value=1,
        max_value=100,
        initial=80,
        help_text="Of the last pairs that somebody labelled there.",
    )
    guideline = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Markdown, shown beside the queue. A change makes a new version; labels say"
        " which one they went by.",
    )
    wording_only = forms.BooleanField(
        label="Only the wording of the guideline changes",
        required=False,
        help_text="Labels that went by the version before hold. Otherwise they are stale: they are"
        " taken back in the background, and only their pairs come back.",
    )

    def __init__(self, *args: Any, queue: Queue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = queue
        if not queue:
            del self.fields["wording_only"]
        else:
            for name in ("order", "is_pairwise", "is_onboarding"):
                del self.fields[name]
            if not queue.is_onboarding:
                del self.fields["bound_pairs"], self.fields["bound_share"]
            else:
                del self.fields["gold_share"]
        if queue and queue.is_default:
            for name in ("people", "groups", "leave_out"):
                del self.fields[name]
            self.fields["reviewers"].disabled = True

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        others = Queue.objects.filter(name=name)
        if self.queue:
            others = others.exclude(pk=self.queue.pk)
        if others.exists():
            raise forms.ValidationError("There is a queue of that name.")
        return name

    def settings(self, chosen: PairFilter) -> QueueSettings:
        data = self.cleaned_data
        return QueueSettings(
            name=data["name"],
            filter=chosen,
            order=data.get("order", ""),
            reviewers=data["reviewers"],
            people=list(data.get("people") or ()),
            groups=list(data.get("groups") or ()),
            is_blind=data["is_blind"],
            evidence_last=data["evidence_last"],
            is_pairwise=data.get("is_pairwise", False),
            may_correct=data["may_correct"],
            leave_out=data.get("leave_out", ""),
            gold_share=data.get("gold_share", 0) / 100,
            gold_altered=data["gold_altered"],
            is_onboarding=self.queue.is_onboarding if self.queue else data["is_onboarding"],
            bound_pairs=data.get("bound_pairs", 20),
            bound_share=data.get("bound_share", 80) / 100,
            guideline=data["guideline"],
            wording_only=data.get("wording_only", False),
        )


def initial_of(queue: Queue) -> dict[str, Any]:
    """What the form shows of a queue that is there."""
    newest = queue.newest_guideline
    return {
        "name": queue.name,
        "reviewers": queue.reviewers,
        "people": list(queue.people.all()),
        "groups": list(queue.groups.all()),
        "is_blind": queue.is_blind,
        "evidence_last": queue.evidence_last,
        "may_correct": queue.may_correct,
        "leave_out": queue.leave_out,
        "gold_share": round(100 * queue.gold_share),
        "gold_altered": queue.gold_altered,
        "bound_pairs": queue.bound_pairs,
        "bound_share": round(100 * queue.bound_share),
        "guideline": newest.text if newest else "",
    }
