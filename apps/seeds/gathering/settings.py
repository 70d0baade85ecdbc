"""What a person may set about a gathering: stored with it as JSON, read by whoever works on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from django.conf import settings

from apps.seeds.choice.filters import FilterSet, TooLong, TooShort
from apps.seeds.choice.flood import quotas
from apps.seeds.choice.rows import TRIM
from apps.seeds.choice.secrets import KEEP, MASK, REJECT, SecretPolicy
from apps.seeds.readers.base import MEBIBYTE, BucketOptions, LicencePolicy, ReadOptions
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS

if TYPE_CHECKING:
    from apps.seeds.choice.keeping import Bounds
    from apps.seeds.extraction.chain import ExtractionSettings

FILES_PER_CHUNK = 16_000
# Below this many seeds a share of each kind would leave a small gathering half empty.
SHARES_FROM = 1000
# More than this no parser here reads; the search index takes 1 MiB, up to four times the text.
MOST_BYTES = 256 * 1024


class SettingsError(ValueError):
    """A setting that cannot be; the message names it and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherSettings:
    """Sizes in bytes, times in seconds.

    Reading: `licences` is permissive, strict or any; `config`, `data_dir`, `split`, `revision`
    choose a part of a Hugging Face data set. A file that takes longer than `file_seconds` or more
    than `file_memory` beside its own size is rejected, not its chunk.
    Choice: `rows` of a multi-row INSERT are kept, or it is rejected (`many_rows`); statements of
    one masked form are kept `per_template_file` times in a file, `per_template_repository` times
    in a repository, `per_template` times overall; `near_duplicates` is the Jaccard similarity from
    which a statement of another form is one (0: not looked at). With a limit of 1,000 seeds or
    more no kind takes more than `kind_share` of it; `quotas` names numbers of its own.
    """

    text_column: str | None = None
    files_per_chunk: int = FILES_PER_CHUNK
    licences: str = LicencePolicy.PERMISSIVE.value
    max_file_bytes: int = 256 * MEBIBYTE
    config: str | None = None
    data_dir: str | None = None
    split: str = "train"
    revision: str | None = None
    file_seconds: float = 600.0
    file_memory: int = 1024 * MEBIBYTE
    seeds_per_file: int = 5_000

    dialect: str = ""
    fewest_words: int = 3
    most_bytes: int = 16_000
    rows: int = 3
    many_rows: str = TRIM
    personal_data: str = MASK
    keys: str = REJECT
    per_template_file: int = 3
    per_template_repository: int = 5
    per_template: int = 20
    near_duplicates: float = 0.7
    kind_share: float = 0.25
    quotas: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name} must be more than 0, not {getattr(self, name)}.")
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise SettingsError(
                    f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}."
                )
        if self.most_bytes > MOST_BYTES:
            raise SettingsError(f"most_bytes must be at most {MOST_BYTES}, not {self.most_bytes}.")
        for name in ("near_duplicates", "kind_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} must lie between 0 and 1, not {getattr(self, name)}.")
        for kind, number in self.quotas.items():
            if kind not in KINDS or number < 0:
                raise SettingsError(
                    f"A quota is kind=number, not {kind}={number}; kinds: {', '.join(KINDS)}."
                )

    def to_json(self) -> dict[str, Any]:
        """A dict of plain values, which from_json reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> GatherSettings:
        """What a release before or after this one stored beside the known names is left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def read_options(self) -> ReadOptions:
        """For the readers. The bucket's address is this machine's matter and not stored."""
        return ReadOptions(
            text_column=self.text_column,
            max_file_bytes=self.max_file_bytes,
            licences=LicencePolicy(self.licences),
            config=self.config,
            data_dir=self.data_dir,
            split=self.split,
            revision=self.revision,
            bucket=BucketOptions(endpoint_url=settings.WINNOW_BLOB_ENDPOINT or None),
        )

    def extraction(self) -> ExtractionSettings:
        """For the choice within a file."""
        # The chain brings all parsers along, which a form that only holds settings does not need.
        from apps.seeds.extraction.chain import ExtractionSettings

        return ExtractionSettings(
            filters=FilterSet(
                short=TooShort(words=self.fewest_words), long=TooLong(bytes_=self.most_bytes)
            ),
            secrets=SecretPolicy(
                emails=self.personal_data,
                password_hashes=self.personal_data,
                passwords=self.personal_data,
                keys=self.keys,
            ),
            many_rows=self.many_rows,
            rows=self.rows,
            per_template=self.per_template_file,
            dialect=Dialect(self.dialect) if self.dialect else None,
        )

    def bounds(self, limit: int | None) -> Bounds:
        """For the choice among all seeds, with the gathering's `limit`."""
        from apps.seeds.choice.keeping import Bounds

        shares: dict[str, int] = {}
        if limit is not None and limit >= SHARES_FROM and 0 < self.kind_share < 1:
            shares = quotas(limit, {}, otherwise=self.kind_share)
        return Bounds(
            limit=limit,
            per_template=self.per_template,
            per_template_repository=self.per_template_repository,
            near_duplicates=self.near_duplicates,
            quotas={**shares, **self.quotas},
        )


_POSITIVE = (
    "files_per_chunk", "max_file_bytes", "file_seconds", "file_memory", "seeds_per_file",
    "fewest_words", "most_bytes", "rows", "per_template_file", "per_template_repository",
    "per_template",
)  # fmt: skip
_CHOICES: dict[str, tuple[str, ...]] = {
    "licences": tuple(policy.value for policy in LicencePolicy),
    "dialect": ("", *(dialect.value for dialect in Dialect)),
    "many_rows": (TRIM, REJECT),
    "personal_data": (MASK, REJECT, KEEP),
    "keys": (MASK, REJECT, KEEP),
}
