"""One file → its seeds and its rejections: the pure chain from bytes to choice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.seeds.choice.duplicates import bands_of, template_hash
from apps.seeds.choice.filters import FilterSet
from apps.seeds.choice.flood import TemplateCounter
from apps.seeds.choice.normalise import Normalised, normalise, rough_template
from apps.seeds.choice.rows import trim_rows
from apps.seeds.choice.secrets import MASK, SecretPolicy, clean_secrets
from apps.seeds.descriptions import DescriptionSource, clean_comment, describe
from apps.seeds.kinds import kind_of
from apps.seeds.lexing import Dialect, Guess, Piece, Role, guess_dialect, split
from apps.seeds.parsing import Reader, parse, reads_with_tree_sitter
from apps.seeds.schema import Schema
from apps.seeds.transactions import TransactionFinder

SAMPLE_CHARACTERS = 500
SAMPLES_PER_REASON = 20  # per file; further rejections are counted and have no sample
MOST_ROUGH_BYTES = 4096
MOST_FLOODS = 10_000  # rough templates remembered per file
_LITERAL = re.compile(rb"'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)")
_MASK_ALL = SecretPolicy(keys=MASK)
MOST_COMMENT_BYTES = 4096
TRIM, REJECT = "trim", "reject"


@dataclass(frozen=True, slots=True)
class ExtractionSettings:
    """What decides which statements of a file are kept; equal settings and bytes give equal seeds.

    `rows` is how many rows of a multi-row INSERT stay (`many_rows="trim"`); with "reject" such an
    INSERT is dropped as data. `per_template` bounds statements of one masked form within a file.
    """

    filters: FilterSet = field(default_factory=FilterSet)
    secrets: SecretPolicy = field(default_factory=SecretPolicy)
    many_rows: str = TRIM
    rows: int = 3
    per_template: int = 3
    dialect: Dialect | None = None


@dataclass(frozen=True, slots=True)
class SeedCandidate:
    """A statement that passed everything that can be judged from its file alone.

    `content[start:end]` is the statement as it stands in the file; `text` equals it unless
    `trimmed`
    (rows were left out) or `masked` (secrets have stand-ins). `line` counts from 1. `comment` is
    the
    cleaned own comment. `text_hash` has 32 bytes, `template_hash` 16; `bands` are signed 64-bit.
    `template` is the masked statement, for verifying a near-duplicate with `duplicates.jaccard`.
    """

    text: str
    start: int
    end: int
    line: int
    kind: str
    dialect: Dialect
    dialect_confidence: float
    comment: str
    description: str
    description_source: DescriptionSource
    schema_context: str
    trimmed: bool
    masked: bool
    reader: Reader
    text_hash: bytes
    template_hash: bytes
    template: bytes
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A piece of the file that is no seed. `sample` is its beginning, at most 500 characters.

    Secrets in it are masked; after 20 rejections of one reason in a file it is "".
    """

    reason: str
    start: int
    end: int
    sample: str


@dataclass(slots=True)
class Extraction:
    """Iterate over it once: candidates and rejections come in the order of the file, the
    counters fill.
    """

    content: bytes
    guess: Guess
    settings: ExtractionSettings
    statements: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[SeedCandidate | Rejection]:
        for item in _FileReader(self).items():
            if isinstance(item, Rejection):
                self.reasons[item.reason] += 1
            else:
                self.kinds[item.kind] += 1
            yield item


def extract(content: bytes, *, path: str, settings: ExtractionSettings) -> Extraction:
    """Prepare the extraction of one file's decoded content (`decoding.decode`); nothing is read
    yet.
    """
    guess = guess_dialect(content, path=path)
    if settings.dialect is not None:
        guess = Guess(settings.dialect, 1.0)
    return Extraction(content, guess, settings)


@dataclass(slots=True)
class _Draft:
    """A statement on its way through the choice."""

    piece: Piece
    kind: str
    text: bytes
    trimmed: bool = False
    masked: bool = False


class _FileReader:
    """The state of one pass over one file; everything in it is bounded."""

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._content = extraction.content
        self._dialect = extraction.guess.dialect
        self._settings = extraction.settings
        self._templates = TemplateCounter(extraction.settings.per_template)
        self._texts = TemplateCounter(1)
        self._flooded: set[bytes] = set()
        self._schema = Schema()
        self._transactions = TransactionFinder(extraction.settings.filters.long.bytes_)
        self._line, self._counted = 1, 0

    def items(self) -> Iterator[SeedCandidate | Rejection]:
        for piece in split(self._content, self._dialect):
            if piece.role is not Role.STATEMENT:
                yield self._rejection(piece.role.value, piece)
                continue
            self._extraction.statements += 1
            statement = self._content[piece.start : piece.end]
            kind = kind_of(statement)
            if kind == "create_table":
                self._schema.learn(statement, piece.start, piece.end)
            yield self._judge(_Draft(piece, kind, statement))
            whole = self._transactions.feed(statement, piece.start, piece.end, kind, piece.comment)
            if whole:
                start, end, comment = whole
                yield from self._transaction(Piece(start, end, Role.STATEMENT, comment))

    def _transaction(self, piece: Piece) -> Iterator[SeedCandidate]:
        """The whole transaction besides its statements; no rejection, for its parts are counted
        already.
        """
        item = self._judge(
            _Draft(piece, "transaction", self._content[piece.start : piece.end]), whole=True
        )
        if isinstance(item, SeedCandidate):
            yield item

    def _judge(self, draft: _Draft, *, whole: bool = False) -> SeedCandidate | Rejection:
        piece, settings = draft.piece, self._settings
        rough = rough_template(draft.text) if len(draft.text) <= MOST_ROUGH_BYTES else b""
        if rough in self._flooded:
            return self._rejection("template_flood", piece)
        reason = "" if whole else self._unfit(draft)
        if reason:
            return self._rejection(reason, piece)
        normal = normalise(draft.text, self._dialect)
        template = normal.template
        reason = self._repeated(normal, template)
        if reason:
            if reason == "template_flood" and rough and len(self._flooded) < MOST_FLOODS:
                self._flooded.add(rough)
            return self._rejection(reason, piece)
        cleaned = clean_secrets(draft.text, settings.secrets)
        if cleaned.reason:
            return self._rejection(cleaned.reason, piece)
        if cleaned.masked:
            draft.text, draft.masked = cleaned.text, True
            normal = normalise(draft.text, self._dialect)
            template = normal.template
        reader = self._read(draft, whole=whole)
        if reader is Reader.NOBODY:
            return self._rejection("unparsed", piece)
        return self._candidate(draft, normal, template, reader)

    def _unfit(self, draft: _Draft) -> str:
        """Cut an INSERT's rows, then ask the filters; the reason of a rejection or ""."""
        if draft.kind == "insert":
            cut = trim_rows(draft.text, self._dialect, keep=self._settings.rows)
            if cut and self._settings.many_rows == REJECT:
                return "data_rows"
            if cut:
                draft.text, draft.trimmed = cut.text, True
        return self._settings.filters.reason(draft.text, draft.kind)

    def _read(self, draft: _Draft, *, whole: bool) -> Reader:
        if not whole:
            return parse(draft.text, draft.kind, self._dialect)
        closed = draft.text if draft.text.endswith(b";") else draft.text + b";"
        return Reader.TREE_SITTER if reads_with_tree_sitter(closed) else Reader.NOBODY

    def _repeated(self, normal: Normalised, template: bytes) -> str:
        if not self._texts.admits(normal.text_hash):
            return "duplicate"
        return "" if self._templates.admits(template_hash(template)) else "template_flood"

    def _candidate(
        self, draft: _Draft, normal: Normalised, template: bytes, reader: Reader
    ) -> SeedCandidate:
        piece, guess = draft.piece, self._extraction.guess
        raw = self._comment(piece)
        description = describe(draft.kind, raw)
        context = self._schema.context(draft.text, draft.kind, lambda a, b: self._content[a:b])
        return SeedCandidate(
            text=draft.text.decode(errors="replace"),
            start=piece.start,
            end=piece.end,
            line=self._line_of(piece.start),
            kind=draft.kind,
            dialect=guess.dialect,
            dialect_confidence=guess.confidence,
            comment=clean_comment(raw) if raw else "",
            description=description.text,
            description_source=description.source,
            schema_context=clean_secrets(context, self._settings.secrets).text.decode(
                errors="replace"
            ),
            trimmed=draft.trimmed,
            masked=draft.masked,
            reader=reader,
            text_hash=normal.text_hash,
            template_hash=template_hash(template),
            template=template,
            bands=bands_of(template),
        )

    def _comment(self, piece: Piece) -> str:
        if not piece.comment:
            return ""
        start, end = piece.comment
        return self._content[start : min(end, start + MOST_COMMENT_BYTES)].decode(errors="replace")

    def _line_of(self, start: int) -> int:
        if start < self._counted:  # a whole transaction begins before its last statement
            return self._line - self._content.count(b"\n", start, self._counted)
        self._line += self._content.count(b"\n", self._counted, start)
        self._counted = start
        return self._line

    def _rejection(self, reason: str, piece: Piece) -> Rejection:
        if self._extraction.reasons[reason] >= SAMPLES_PER_REASON:
            return Rejection(reason, piece.start, piece.end, "")
        head = self._content[piece.start : min(piece.end, piece.start + 4 * SAMPLE_CHARACTERS)]
        if reason in ("secret", "personal_data"):
            head = _LITERAL.sub(b"'...'", head)
        else:
            head = clean_secrets(head, _MASK_ALL).text
        sample = head.decode(errors="replace")[:SAMPLE_CHARACTERS]
        return Rejection(reason, piece.start, piece.end, sample)
