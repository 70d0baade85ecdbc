"""Which of a batch's statements become seeds, given what is stored. Pure: no database here.

Statements are taken in the order of their files, each judged by what was kept before it. So it
makes no difference where a batch ends, and a gathering that was cut off and goes on keeps the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from apps.seeds.choice.duplicates import shingles
from apps.seeds.extraction.chain import SeedCandidate

DUPLICATE = "duplicate"
NEAR_DUPLICATE = "near_duplicate"
FLOOD_REPOSITORY = "template_flood_repository"
FLOOD_OVERALL = "template_flood_overall"
KIND_QUOTA = "kind_quota"
LIMIT = "limit"
# Forms that share a band and are yet different are rarely many; this bounds a hostile corpus.
MOST_COMPARED = 64
# A band that more forms share says little: the first that had it are looked at, stored or not.
MOST_OF_BAND = 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many of what. `limit` and `quotas` (by kind) hold for the gathering, the rest for all
    that is stored; `near_duplicates` is a Jaccard similarity, 0 to switch it off.
    """

    limit: int | None = None
    per_template: int = 20
    per_template_repository: int = 5
    near_duplicates: float = 0.7
    quotas: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """What has been kept so far, as far as this batch needs to know; grows with every seed.

    `texts` are hashes that are taken. `templates` counts seeds by template, `in_repository` by
    template and repository, `kinds` those of the gathering. `bands` leads from a band to the
    templates (hashes) that had it first, at most MOST_OF_BAND, `template_of` from a template's
    hash to its text, None when it is gone.
    """

    texts: set[bytes] = field(default_factory=set)
    templates: Counter[bytes] = field(default_factory=Counter)
    in_repository: Counter[tuple[bytes, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    bands: dict[int, list[bytes]] = field(default_factory=dict)
    template_of: Callable[[bytes], bytes | None] = lambda template_hash: None  # noqa: ARG005, E731
    _own: dict[bytes, bytes] = field(default_factory=dict)
    _near: set[bytes] = field(default_factory=set)
    _shingles: dict[bytes, set[bytes]] = field(default_factory=dict)

    def reason(self, seed: SeedCandidate, repository: str, bounds: Bounds) -> str:
        """Why a statement is not kept; "" when it is, and then it counts from now on."""
        reason = self._reason(seed, repository, bounds)
        if not reason:
            self._keep(seed, repository)
        return reason

    def _reason(self, seed: SeedCandidate, repository: str, bounds: Bounds) -> str:
        template = seed.template_hash
        if seed.text_hash in self.texts:
            return DUPLICATE
        if self.templates[template] >= bounds.per_template:
            return FLOOD_OVERALL
        place = (template, repository)
        if repository and self.in_repository[place] >= bounds.per_template_repository:
            return FLOOD_REPOSITORY
        if self.is_new(seed) and bounds.near_duplicates and self._is_near(seed, bounds):
            return NEAR_DUPLICATE
        if self.kinds[seed.kind] >= bounds.quotas.get(seed.kind, self.kinds[seed.kind] + 1):
            return KIND_QUOTA
        if bounds.limit is not None and self.kinds.total() >= bounds.limit:
            return LIMIT
        return ""

    def is_new(self, seed: SeedCandidate) -> bool:
        """Whether no seed of this template is kept yet: only such are compared with others."""
        return not self.templates[seed.template_hash]

    def is_full(self, bounds: Bounds) -> bool:
        """Whether the limit is reached."""
        return bounds.limit is not None and self.kinds.total() >= bounds.limit

    def _is_near(self, seed: SeedCandidate, bounds: Bounds) -> bool:
        if seed.template_hash in self._near:
            return True
        others = dict.fromkeys(t for band in seed.bands for t in self.bands.get(band, ()))
        if others:
            own = set(shingles(seed.template))
            for other in list(others)[:MOST_COMPARED]:
                if _are_alike(own, self._shingles_of(other), bounds.near_duplicates):
                    self._near.add(seed.template_hash)
                    return True
        return False

    def _shingles_of(self, template_hash: bytes) -> set[bytes]:
        """Of a template that is kept; made once a batch. Empty when it is gone."""
        found = self._shingles.get(template_hash)
        if found is None:
            text = self._own.get(template_hash) or self.template_of(template_hash)
            found = self._shingles[template_hash] = set(shingles(text)) if text else set()
        return found

    def add_to_band(self, band: int, template_hash: bytes) -> None:
        """In the order in which they were kept, so that it makes no difference which are stored."""
        sharing = self.bands.setdefault(band, [])
        if len(sharing) < MOST_OF_BAND:
            sharing.append(template_hash)

    def _keep(self, seed: SeedCandidate, repository: str) -> None:
        if self.is_new(seed):
            self._own[seed.template_hash] = seed.template
            for band in seed.bands:
                self.add_to_band(band, seed.template_hash)
        self.texts.add(seed.text_hash)
        self.templates[seed.template_hash] += 1
        self.in_repository[seed.template_hash, repository] += 1
        self.kinds[seed.kind] += 1


def _are_alike(one: set[bytes], other: set[bytes], least: float) -> bool:
    """Whether the Jaccard similarity of two sets is `least` or more; sizes alone often deny it."""
    fewer, more = sorted((len(one), len(other)))
    if fewer < least * more:
        return False
    common = len(one & other)
    return common >= least * (fewer + more - common)
