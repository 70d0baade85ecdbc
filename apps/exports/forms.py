"""What a browser may say about a new export."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from apps.exports.choice.benchmarks import names
from apps.exports.choice.care import Care, Likeness, PerInstruction
from apps.exports.choice.filters import GENERATED, IMPORTED, Filters
from apps.exports.choice.labels import Policy
from apps.exports.shape import FileKind, Format, Shape
from apps.fewshot.values import DIFFICULTIES
from apps.generation.models import Response, Run
from apps.judge.models import Judge
from apps.review.filters import PairFilter
from apps.seeds.models import Source
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS
from apps.validation.databases import NAMES
from apps.validation.models import OUTCOMES

OFFERED = 50  # runs, sources, judges
MOST_LICENCES = 30
FORMATS = {
    Format.RECORD: "record: the whole prompt, as imported",
    Format.CHAT: "chat: messages",
    Format.ALPACA: "Alpaca: instruction, input, output",
    Format.PROMPT_COMPLETION: "prompt and completion",
    Format.PREFERENCE: "preferences: prompt, chosen, rejected",
    Format.UNPAIRED: "unpaired: prompt, completion, label",
    Format.SHAREGPT: "ShareGPT: conversations",
}
LABELS = {
    Policy.DECIDED: "as its page says",
    Policy.UNANIMOUS: "when nobody said bad",
    Policy.MAJORITY: "when more said good than bad",
    Policy.ADJUDICATED: "when an editor ruled so",
}
LIKE = {
    Likeness.EXACT: "exact",
    Likeness.NEAR: "near",
    Likeness.SKELETON: "same SQL skeleton",
}
RESPONSES = {
    PerInstruction.ALL: "all accepted ones",
    PerInstruction.ONE: "the best labelled one",
    PerInstruction.GROUP: "the largest group that agrees",
}


class ExportForm(forms.Form):
    """Which accepted pairs; nothing chosen means all. `filters()` gives what the service takes."""

    tag = forms.CharField(
        label="Name",
        max_length=30,
        initial="winnow",
        validators=[
            RegexValidator(r"^[A-Za-z0-9_]+\Z", "Use letters, digits and underscores only.")
        ],
        help_text="A word in the file's name.",
    )
    outcomes = forms.MultipleChoiceField(
        label="Verdicts",
        choices=OUTCOMES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all. What a reviewer accepts need not have passed.",
    )
    strength = forms.FloatField(
        label="Least strength of the test, in percent",
        min_value=0,
        max_value=100,
        required=False,
        help_text="The share of altered queries that the test must notice. Empty: any.",
    )
    licences = forms.CharField(
        label="Licences",
        max_length=1000,
        required=False,
        help_text="SPDX identifiers, separated by commas: MIT, Apache-2.0. Empty: all.",
    )
    kinds = forms.MultipleChoiceField(
        label="Kinds of statement",
        choices=[(kind, kind.replace("_", " ")) for kind in KINDS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )
    runs = forms.ModelMultipleChoiceField(
        label="Runs",
        queryset=Run.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all, and what was imported.",
    )

    databases = forms.MultipleChoiceField(
        label="Passed on", choices=[(name, name) for name in NAMES], required=False,
        widget=forms.CheckboxSelectMultiple, help_text="On each of those chosen.",
    )  # fmt: skip
    sources = forms.ModelMultipleChoiceField(
        label="Sources", queryset=Source.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple, help_text="Where the seeds come from.",
    )  # fmt: skip
    origins = forms.MultipleChoiceField(
        label="Written", choices=[(GENERATED, "here, by a model"), (IMPORTED, "imported")],
        required=False, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    difficulties = forms.MultipleChoiceField(
        label="Difficulty", choices=[(one, one) for one in DIFFICULTIES], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    agreement = forms.FloatField(
        label="Least agreement of the responses, in percent", min_value=0, max_value=100,
        required=False, help_text="The share that gave the same result. Empty: any.",
    )  # fmt: skip
    judges = forms.ModelMultipleChoiceField(
        label="Called good by", queryset=Judge.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple, help_text="By each of the judges chosen.",
    )  # fmt: skip
    stale = forms.BooleanField(label="Also what was corrected since", required=False)
    flagged = forms.BooleanField(label="Also what is flagged", required=False)
    gold = forms.BooleanField(label="Also gold", required=False)
    promoted = forms.BooleanField(label="Also what became an example", required=False)

    format = forms.ChoiceField(
        label="Format", choices=[(one.value, words) for one, words in FORMATS.items()],
        required=False,
    )  # fmt: skip
    file = forms.ChoiceField(
        label="Files", choices=[(one.value, one.value) for one in FileKind], required=False
    )
    with_schema = forms.BooleanField(label="Prompts contain the schema", required=False)
    with_dialect = forms.BooleanField(label="Prompts contain the dialect", required=False)
    sql_only = forms.BooleanField(label="A response is its SQL alone", required=False)
    columns = forms.BooleanField(
        label="Columns for id, kind, dialect, licence and portability", required=False
    )
    labels = forms.ChoiceField(
        label="A pair is accepted", choices=[(one.value, words) for one, words in LABELS.items()],
        required=False,
    )  # fmt: skip
    least_labels = forms.IntegerField(
        label="Least reviewers", min_value=1, max_value=50, required=False,
        help_text="So many judged it. Empty: one.",
    )  # fmt: skip
    dialects = forms.MultipleChoiceField(
        label="Dialects", choices=[(one.value, one.value) for one in Dialect if one.value],
        required=False, widget=forms.CheckboxSelectMultiple, help_text="None chosen: all.",
    )  # fmt: skip
    duplicates = forms.MultipleChoiceField(
        label="Leave out duplicates", choices=[(one.value, words) for one, words in LIKE.items()],
        required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Of each group the best labelled pair stays.",
    )  # fmt: skip
    per_instruction = forms.ChoiceField(
        label="Responses of an instruction",
        choices=[(one.value, words) for one, words in RESPONSES.items()],
        required=False,
    )
    benchmarks = forms.MultipleChoiceField(
        label="Leave out benchmark questions of", required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Files in the folder benchmarks below var.",
    )  # fmt: skip
    validation = forms.FloatField(
        label="To validate, in percent", min_value=0, max_value=50, required=False,
        help_text="Pairs of one repository, schema or skeleton stay in one split.",
    )  # fmt: skip
    test = forms.FloatField(label="To test, in percent", min_value=0, max_value=50, required=False)
    preferences = forms.IntegerField(
        label="Most preferences of an instruction", min_value=1, max_value=100, required=False,
        help_text="Those whose SQL differs least come first. Empty: 4.",
    )  # fmt: skip
    random_seed = forms.IntegerField(
        label="Random seed", min_value=0, max_value=2**31 - 1, required=False,
        help_text="Draws splits and what is kept of too many. Empty: 0.",
    )  # fmt: skip
    per_kind = forms.IntegerField(label="Most of a kind", min_value=1, required=False)
    per_dialect = forms.IntegerField(label="Most of a dialect", min_value=1, required=False)
    per_concept = forms.IntegerField(label="Most of a concept", min_value=1, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._offer("runs", Run.objects.without_tries())
        self._offer("sources", Source.objects.all())
        self._offer("judges", Judge.objects.all())
        found: forms.MultipleChoiceField = self.fields["benchmarks"]  # type: ignore[assignment]
        found.choices = [(name, name) for name in names()]

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        """The newest of some rows as choices."""
        rows = rows.order_by("-pk")
        newest = list(rows.values_list("pk", flat=True)[:OFFERED])
        field: forms.ModelMultipleChoiceField[Any] = self.fields[name]  # type: ignore[assignment]
        field.queryset = rows.filter(pk__in=newest)

    def switches(self) -> list[forms.BoundField]:
        """What rows contain: fields that are either on or off."""
        return [self[name] for name in ("with_schema", "with_dialect", "sql_only", "columns")]

    def also(self) -> list[forms.BoundField]:
        """What is left out unless it is asked for."""
        return [self[name] for name in ("stale", "flagged", "gold", "promoted")]

    def clean_licences(self) -> tuple[str, ...]:
        named = [name.strip() for name in self.cleaned_data["licences"].split(",")]
        licences = tuple(dict.fromkeys(name for name in named if name))
        if len(licences) > MOST_LICENCES:
            raise forms.ValidationError(f"Name {MOST_LICENCES} licences at most.")
        return licences

    def filters(self, pairs: PairFilter | None = None) -> Filters:
        """The filters of a valid form; the same choice in another order gives the same ones.
        pairs: what the pairs page was narrowed to.
        """
        data = self.cleaned_data
        several: dict[str, Any] = {
            name: tuple(sorted(row.pk for row in data[name]))
            for name in ("runs", "sources", "judges")
        }
        return Filters(
            **several,
            pairs=pairs or PairFilter(),
            databases=tuple(sorted(data["databases"])),
            origins=tuple(sorted(data["origins"])),
            difficulties=tuple(sorted(data["difficulties"])),
            agreement=(data["agreement"] or 0) / 100,
            stale=data["stale"],
            flagged=data["flagged"],
            gold=data["gold"],
            promoted=data["promoted"],
            outcomes=tuple(sorted(data["outcomes"])),
            kinds=tuple(sorted(data["kinds"])),
            licences=tuple(sorted(data["licences"])),
            strength=(data["strength"] or 0) / 100,
            dialects=tuple(sorted(data["dialects"])),
            labels=data["labels"] or Policy.DECIDED.value,
            least_labels=data["least_labels"] or 1,
        )

    def care(self) -> Care:
        """What is done with the chosen pairs together; call it on a valid form."""
        data = self.cleaned_data
        return Care(
            per_instruction=data["per_instruction"] or PerInstruction.ALL.value,
            duplicates=tuple(sorted(data["duplicates"])),
            benchmarks=tuple(sorted(data["benchmarks"])),
            per_kind=data["per_kind"] or 0,
            per_dialect=data["per_dialect"] or 0,
            per_concept=data["per_concept"] or 0,
            validation=(data["validation"] or 0) / 100,
            test=(data["test"] or 0) / 100,
            pairs_per_instruction=data["preferences"] or Care().pairs_per_instruction,
            random_seed=data["random_seed"] or 0,
        )

    def shape(self) -> Shape:
        """How the rows look; call it on a valid form."""
        data = self.cleaned_data
        return Shape(
            format=Format(data["format"] or Format.RECORD),
            file=FileKind(data["file"] or FileKind.JSONL),
            schema=data["with_schema"],
            dialect=data["with_dialect"],
            sql_only=data["sql_only"],
            columns=data["columns"],
        )


class RulingForm(forms.Form):
    """A decision about a pair that a benchmark's question was found in."""

    response = forms.ModelChoiceField(queryset=Response.objects.all())
    benchmark = forms.RegexField(r"^[0-9a-f]{64}\Z")
    number = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    keeps = forms.ChoiceField(choices=[("yes", "keep"), ("no", "leave out")])


class PushForm(forms.Form):
    """Where an export is pushed to."""

    repository = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}\Z",
        label="Data set",
        max_length=200,
        error_messages={"invalid": "Write owner/name, as in our-team/sql-pairs."},
        help_text="owner/name at the Hub. It is made where it is not there; what earlier pushes"
        " have put there is replaced, its card too.",
    )
    is_public = forms.BooleanField(
        label="Everybody may see it", required=False,
        help_text="Off: a new data set is private, and a public one is refused.",
    )  # fmt: skip
    with_lineage = forms.BooleanField(
        label="With the lineage", required=False,
        help_text="It says where each row came from, and names the reviewers.",
    )  # fmt: skip

    def switches(self) -> list[forms.BoundField]:
        """The fields that are either on or off."""
        return [self["is_public"], self["with_lineage"]]


class VerifyForm(forms.Form):
    """How an export is verified."""

    share = forms.FloatField(
        label="Run pairs again, in percent", min_value=0, max_value=100, required=False,
        help_text="A random share, drawn the same every time, runs in the sandbox again. Empty: 0.",
    )  # fmt: skip
