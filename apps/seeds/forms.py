"""What a browser may say: which seeds to show, and what to gather."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.core.params import LARGEST
from apps.seeds import queries
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.models import Source
from apps.seeds.queries import NO_LICENCE, SeedFilter
from apps.seeds.readers.names import is_data_set, is_sql_name, kind_of
from apps.seeds.readers.opening import HUB_PREFIX
from apps.seeds.uploads import upload_store
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS

Choices = list[tuple[str, str]]
ANY: Choices = [("", "any")]
MOST_SOURCES = 200
LICENCE_CHOICES = [
    ("permissive", "drop files whose licence is known not to be permissive"),
    ("strict", "keep only files that are known to be permissive"),
    ("any", "keep all"),
]


def words(code: str) -> str:
    """A code as words: create_table → create table."""
    return code.replace("_", " ")


class SeedFilterForm(forms.Form):
    """The filters of the seed browser, from the address."""

    text = forms.CharField(
        label="Words", required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    kind = forms.ChoiceField(required=False, choices=ANY + [(k, words(k)) for k in KINDS])
    dialect = forms.ChoiceField(required=False, choices=ANY + [(d.value, d.value) for d in Dialect])
    source = forms.ChoiceField(required=False, choices=ANY)
    # There are thousands of licence lines at the size of The Stack: suggested, and typed.
    licence = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput({"list": "licences"})
    )
    commented = forms.BooleanField(label="Has a comment", required=False)
    file = forms.IntegerField(required=False, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        source.choices = ANY + self._sources()

    def _sources(self) -> Choices:
        """The newest, and the one that is asked for, however old it is."""
        sources = Source.objects.order_by("-pk").values_list("pk", "spec")
        offered = list(sources[:MOST_SOURCES])
        asked = str(self.data.get("source", ""))
        if asked.isdecimal() and len(asked) < 19 and int(asked) not in dict(offered):
            offered += sources.filter(pk=int(asked))
        return [(str(pk), short(spec)) for pk, spec in offered]

    def licences(self) -> Choices:
        """What the field of licences suggests."""
        return [(NO_LICENCE, "not known"), *((name, name) for name in queries.licences())]

    def chosen(self) -> SeedFilter | None:
        """The filter; None where a value is impossible, for no seed has it."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        return SeedFilter(
            kind=data.get("kind", ""),
            dialect=data.get("dialect", ""),
            source=int(data["source"]) if data.get("source") else None,
            file=data.get("file"),
            licence=data.get("licence", ""),
            commented=data.get("commented", False),
            text=data.get("text", ""),
        )


def short(spec: str) -> str:
    """A source's name where there is little room: an upload by its name, a path by its end."""
    if spec.startswith(str(Path(settings.VAR_DIR) / "uploads")):
        return f"{Path(spec).name} (upload)"
    return spec if len(spec) <= 50 else f"…{spec[-49:]}"


class GatherForm(forms.Form):
    """One source and how to read it; `spec()`, `settings()` give what the service takes."""

    upload = forms.FileField(
        label="A file from here", required=False, allow_empty_file=True,
        help_text="A script, an archive (.zip, .tar, .gz), JSONL or Parquet.",
    )  # fmt: skip
    path = forms.CharField(label="Or a path on the server", required=False, max_length=500)
    data_set = forms.CharField(
        label="Or a Hugging Face data set", required=False, max_length=200,
        help_text="bigcode/the-stack-dedup, bigcode/the-stack-v2-dedup, or another with SQL.",
    )  # fmt: skip
    limit = forms.IntegerField(
        label="Seeds at most", required=False, min_value=1, max_value=2**31 - 1,
        help_text="100,000 are enough for a quick experiment. Empty: all.",
    )  # fmt: skip
    licences = forms.ChoiceField(label="Licences", choices=LICENCE_CHOICES)
    text_column = forms.CharField(
        label="Column with the SQL", required=False, max_length=200,
        help_text="Of JSONL, JSON, CSV, Parquet and data sets. Empty: content, text or sql.",
    )  # fmt: skip
    dialect = forms.ChoiceField(
        label="Dialect", required=False,
        choices=[("", "guess for each file"), *((d.value, d.value) for d in Dialect)],
    )  # fmt: skip
    per_template = forms.IntegerField(
        label="Statements of one masked form at most", min_value=1, initial=20
    )
    near_duplicates = forms.FloatField(
        label="Near-duplicates from a similarity of", min_value=0, max_value=1, initial=0.7,
        help_text="Jaccard similarity of masked five-grams. 0: keep them.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.WINNOW_SOURCES:
            folders = ", ".join(str(folder) for folder in settings.WINNOW_SOURCES)
            self.fields["path"].help_text = f"Below {folders}."
        else:
            del self.fields["path"]

    def clean_path(self) -> str:
        given = self.cleaned_data["path"]
        if not given:
            return ""
        path = Path(given.replace("\0", "")).resolve()
        if not any(path.is_relative_to(folder) for folder in settings.WINNOW_SOURCES):
            raise forms.ValidationError("This lies outside of the folders that may be gathered.")
        return str(path)

    def clean_data_set(self) -> str:
        name: str = self.cleaned_data["data_set"].removeprefix(HUB_PREFIX)
        # `datasets` would take a folder of that name before a data set.
        if name and (not is_data_set(name) or Path(name).exists()):
            raise forms.ValidationError("A data set is written owner/name.")
        return name

    def clean_upload(self) -> UploadedFile[bytes] | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data["upload"]
        name = upload.name or "" if upload else ""
        if upload and not is_sql_name(name) and kind_of(name) is None:
            raise forms.ValidationError(
                "By its name this is no SQL: .sql, .zip, .tar, .gz, .zst, .jsonl, .json, .csv and"
                " .parquet are read."
            )
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        given = [name for name in ("upload", "path", "data_set") if data.get(name)]
        if not self.errors and len(given) != 1:
            raise forms.ValidationError("Choose one source: a file, a path or a data set.")
        return data

    def spec(self) -> str:
        """The source; an upload is stored by this."""
        data = self.cleaned_data
        if data["upload"]:
            return str(upload_store(data["upload"]))
        path: str = data.get("path") or HUB_PREFIX + data["data_set"]
        return path

    def settings(self) -> GatherSettings:
        data = self.cleaned_data
        return GatherSettings(
            licences=data["licences"],
            text_column=data["text_column"] or None,
            dialect=data["dialect"],
            per_template=data["per_template"],
            near_duplicates=data["near_duplicates"],
        )
