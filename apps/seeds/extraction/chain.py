"""One file → its seeds and its rejections: the pure chain from bytes to choice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from apps.seeds.choice.duplicates import bands_of, template_hash
from apps.seeds.choice.filters import FilterSet
from apps.seeds.choice.flood import TemplateCounter
from apps.seeds.choice.rows import REJECT, TRIM, trim_rows
from apps.seeds.choice.secrets import SecretPolicy, clean_sample, clean_secrets
from apps.seeds.extraction.descriptions import DescriptionSource, describe
from apps.seeds.extraction.schema import Schema
from apps.seeds.extraction.transactions import TransactionFinder
from apps.seeds.extraction.writing_out import written_out
from apps.sql import lexical
from apps.sql.dialects import SYNTAX, Dialect
from apps.sql.guess import Guess, guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.normalise import normalise, repeated, rough_template
from apps.sql.parsing.parsers import Reader, parse_otherwise, parse_quickly
from apps.sql.splitting import Piece, Role, Splitter

SAMPLE_CHARACTERS = 500
SAMPLES_PER_REASON = 20  # per file; further rejections are counted and have no sample
MOST_ROUGH_BYTES = 4096
GROUP = 128  # statements that are parsed in one go
MOST_CONTEXTS = 256  # remembered per file
MOST_FLOODS = 10_000  # rough templates remembered per file
_LITERAL = re.compile(
    b"|".join(lexical.as_bytes(one) for one in lexical.literals_from_quote(SYNTAX[Dialect.UNKNOWN]))
)
MOST_COMMENT_BYTES = 4096
FLOOD = "template_flood"
TEMPLATE = "template"
# Kinds that nothing after them depends on: no table is learnt from them, no transaction opened.
_REPEATED_KINDS = frozenset(("insert", "update", "delete"))


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

    Secrets in it are masked; after 20 rejections of one reason in a file it is "". `number` is
    how many pieces it stands for.
    """

    reason: str
    start: int
    end: int
    sample: str
    number: int = 1


@dataclass(slots=True)
class Extraction:
    """Iterate over it once: candidates and rejections come in the order of the file, the
    counters fill.
    """

    content: bytes
    guess: Guess
    settings: ExtractionSettings
    statements: int = 0
    template: str = ""  # what stands in the way of writing out its Jinja
    transactions: int = 0  # candidates that hold statements which are counted themselves
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[SeedCandidate | Rejection]:
        if self.template:
            return iter((self._rejected_template(),))
        return _FileReader(self).items()

    def _rejected_template(self) -> Rejection:
        """The file as a whole: what its macros come to only its own project knows."""
        self.statements += 1
        self.reasons[TEMPLATE] += 1
        head = self.content[: 4 * SAMPLE_CHARACTERS].decode(errors="replace").encode()
        beginning = clean_sample(head, quoted=True).decode(errors="replace")
        sample = f"{self.template}: {beginning}"[:SAMPLE_CHARACTERS]
        return Rejection(TEMPLATE, 0, len(self.content), sample)


def extract(
    content: bytes,
    *,
    path: str,
    settings: ExtractionSettings,
    neighbours: Iterable[Dialect] = (),
) -> Extraction:
    """Prepare the extraction of one file's decoded content (`decoding.decode`); nothing is read
    yet. A file that says nothing of its dialect is of that of most of its `neighbours`.
    """
    content, template = written_out(content, path)
    guess = guess_dialect(content, path=path, neighbours=neighbours)
    if settings.dialect is not None:
        guess = Guess(settings.dialect, 1.0)
    return Extraction(content, guess, settings, template=template)


@dataclass(slots=True)
class _Draft:
    """A statement on its way through the choice."""

    piece: Piece
    kind: str
    text: bytes
    is_whole: bool = False  # a transaction with its statements, besides them
    trimmed: bool = False
    masked: bool = False
    comment: bytes = b""
    text_hash: bytes = b""
    template: bytes = b""
    template_hash: bytes = b""
    schema_context: str = ""
    reader: Reader = Reader.NOBODY

    def normalise(self, dialect: Dialect) -> None:
        """Take the text apart, as it is now."""
        normal = normalise(self.text, dialect)
        self.text_hash, self.template = normal.text_hash, normal.template
        self.template_hash = template_hash(self.template)


class _FileReader:
    """The state of one pass over one file; everything in it is bounded.

    Statements are judged in groups: first the cheap rules for all of a group, then the parser.
    Its tables are large; taken in turns with the rest it would find them gone from the
    processor's caches and take half as long again.
    """

    def __init__(self, extraction: Extraction) -> None:
        self._extraction = extraction
        self._content = extraction.content
        self._dialect = extraction.guess.dialect
        self._settings = extraction.settings
        self._templates = TemplateCounter(extraction.settings.per_template)
        self._texts = TemplateCounter(1)
        self._flooded: dict[bytes, int] = {}  # rough template: how often it came again
        self._splitter = Splitter(extraction.content, extraction.guess.dialect)
        self._schema = Schema()
        self._contexts: dict[bytes, str] = {}
        self._transactions = TransactionFinder(extraction.settings.filters.long.bytes_)
        self._line, self._counted = 1, 0

    def items(self) -> Iterator[SeedCandidate | Rejection]:
        for group in self._groups():
            drafts = [one for one in group if isinstance(one, _Draft)]
            for draft, reader in zip(drafts, self._read_quickly(drafts), strict=True):
                draft.reader = reader
                if reader is Reader.NOBODY and not draft.is_whole:
                    draft.reader = parse_otherwise(draft.text, draft.kind, self._dialect)
            for one in group:
                if isinstance(one, Rejection):
                    yield one
                elif one.reader is not Reader.NOBODY:
                    yield self._candidate(one)
                elif not one.is_whole:  # its parts are counted already
                    yield self._rejection("unparsed", one.piece)

    def _read_quickly(self, drafts: list[_Draft]) -> list[Reader]:
        """By tree-sitter; a transaction is closed by its last delimiter, which is no part of it."""
        texts = [
            draft.text + b";" if draft.is_whole and not draft.text.endswith(b";") else draft.text
            for draft in drafts
        ]
        return [
            parse_quickly(text, draft.kind, self._dialect)
            for text, draft in zip(texts, drafts, strict=True)
        ]

    def _groups(self) -> Iterator[list[_Draft | Rejection]]:
        """What the cheap rules leave, and their rejections, in the order of the file."""
        group: list[_Draft | Rejection] = []
        content, extraction = self._content, self._extraction
        for piece in self._splitter.pieces():
            if len(group) >= GROUP:
                yield group
                group = []
            if piece.role is Role.REPEATED:
                extraction.statements += piece.number
                group.append(self._rejection(FLOOD, piece))
                continue
            if piece.role is not Role.STATEMENT:
                group.append(self._rejection(piece.role.value, piece))
                continue
            extraction.statements += 1
            statement = content[piece.start : piece.end]
            kind = kind_of(statement)
            draft = _Draft(piece, kind, statement)
            reason = self._judge(draft)
            group.append(self._rejection(reason, piece) if reason else draft)
            if kind == "create_table":
                self._schema.learn(statement, piece.start, piece.end)
            elif kind == "transaction":
                whole = self._transaction(statement, piece)
                if whole:
                    group.append(whole)
        yield group

    def _transaction(self, statement: bytes, piece: Piece) -> _Draft | None:
        """The whole transaction that `statement` closes; no rejection, its parts are counted."""
        closed = self._transactions.feed(statement, piece, self._extraction.statements)
        if not closed:
            return None
        text = self._content[closed.start : closed.end]
        draft = _Draft(closed, "transaction", text, is_whole=True)
        return None if self._judge(draft) else draft

    def _judge(self, draft: _Draft) -> str:
        """Everything but the parsers: a reason, or "" and the draft is complete."""
        raw = draft.text
        has_rough = len(raw) <= MOST_ROUGH_BYTES
        if self._flooded and has_rough and self._is_flooded(draft):
            return FLOOD
        reason = "" if draft.is_whole else self._unfit(draft)
        if reason:
            return reason
        draft.normalise(self._dialect)
        if not self._texts.admits(draft.text_hash):
            return "duplicate"
        if not self._templates.admits(draft.template_hash):
            if has_rough and len(self._flooded) < MOST_FLOODS:
                self._flooded[rough_template(raw, self._dialect)] = 0
            return FLOOD
        cleaned = clean_secrets(draft.text, self._settings.secrets)
        reason = cleaned.reason or self._take_comment(draft)
        if reason:
            return reason
        if cleaned.masked:
            draft.text, draft.masked = cleaned.text, True
            draft.normalise(self._dialect)
        draft.schema_context = self._context(draft)
        return ""

    def _take_comment(self, draft: _Draft) -> str:
        """Its own comment becomes text of the seed: the policy of its secrets holds for both."""
        comment = self._comment(draft.piece)
        if not comment:
            return ""
        cleaned = clean_secrets(comment, self._settings.secrets)
        draft.comment = cleaned.text
        return cleaned.reason

    def _is_flooded(self, draft: _Draft) -> bool:
        """Whether enough have its form. What comes again and again is not even split any more."""
        rough = rough_template(draft.text, self._dialect)
        times = self._flooded.get(rough)
        if times is None:
            return False
        self._flooded[rough] = times + 1
        if times + 1 == SAMPLES_PER_REASON and draft.kind in _REPEATED_KINDS:
            pattern = repeated(draft.text, self._dialect)
            if pattern:
                self._splitter.repeat(pattern)
        return True

    def _unfit(self, draft: _Draft) -> str:
        """Cut an INSERT's rows, then ask the filters; the reason of a rejection or ""."""
        if draft.kind == "insert":
            cut = trim_rows(draft.text, self._dialect, keep=self._settings.rows)
            if cut and self._settings.many_rows == REJECT:
                return "data_rows"
            if cut:
                draft.text, draft.trimmed = cut.text, True
        filters = self._settings.filters
        reason = filters.reason(draft.text, draft.kind, self._dialect)
        if reason or not draft.piece.comment:
            return reason
        comment = self._comment(draft.piece)
        is_undone = filters.undone.rejects(comment, draft.kind, self._dialect)
        return filters.undone.reason if is_undone else ""

    def _comment(self, piece: Piece) -> bytes:
        if not piece.comment:
            return b""
        start, end = piece.comment
        return self._content[start : min(end, start + MOST_COMMENT_BYTES)]

    def _context(self, draft: _Draft) -> str:
        found = self._schema.context(draft.text, draft.kind, draft.template, self._content)
        if not found:
            return ""
        cleaned = self._contexts.get(found)
        if cleaned is None:
            if len(self._contexts) >= MOST_CONTEXTS:
                self._contexts.clear()
            table = clean_secrets(found, self._settings.secrets)
            # Tables that are rejected for a secret are no context either.
            text = b"" if table.reason else table.text
            cleaned = self._contexts[found] = text.decode(errors="replace")
        return cleaned

    def _candidate(self, draft: _Draft) -> SeedCandidate:
        piece, guess = draft.piece, self._extraction.guess
        self._extraction.kinds[draft.kind] += 1
        self._extraction.transactions += draft.is_whole
        description = describe(draft.kind, draft.comment.decode(errors="replace"))
        is_own = description.source is DescriptionSource.COMMENT
        return SeedCandidate(
            text=draft.text.decode(errors="replace"),
            start=piece.start,
            end=piece.end,
            line=self._line_of(piece.start),
            kind=draft.kind,
            dialect=guess.dialect,
            dialect_confidence=guess.confidence,
            comment=description.text if is_own else "",
            description=description.text,
            description_source=description.source,
            schema_context=draft.schema_context,
            trimmed=draft.trimmed,
            masked=draft.masked,
            reader=draft.reader,
            text_hash=draft.text_hash,
            template_hash=draft.template_hash,
            template=draft.template,
            bands=bands_of(draft.template),
        )

    def _line_of(self, start: int) -> int:
        if start < self._counted:  # a whole transaction begins before its last statement
            return self._line - self._content.count(b"\n", start, self._counted)
        self._line += self._content.count(b"\n", self._counted, start)
        self._counted = start
        return self._line

    def _rejection(self, reason: str, piece: Piece) -> Rejection:
        reasons = self._extraction.reasons
        times = reasons[reason] = reasons[reason] + piece.number
        if times > SAMPLES_PER_REASON:
            return Rejection(reason, piece.start, piece.end, "", piece.number)
        head = self._content[piece.start : min(piece.end, piece.start + 4 * SAMPLE_CHARACTERS)]
        # A little more than is shown, so that a secret at the cut is seen as a whole.
        if head.isascii():
            head = head[: SAMPLE_CHARACTERS + 200]
        else:
            head = head.decode(errors="replace")[: SAMPLE_CHARACTERS + 200].encode()
        head = clean_sample(head, quoted=piece.role is not Role.COPY_DATA)
        if reason in ("secret", "personal_data"):
            head = _LITERAL.sub(b"'...'", head)
        sample = head.decode(errors="replace")[:SAMPLE_CHARACTERS]
        return Rejection(reason, piece.start, piece.end, sample)
