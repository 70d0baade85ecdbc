"""Label the segments of a response: SQL, tables, other code, each with section, role and name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from apps.sql import lexical, tokens
from apps.sql.detect import FENCE_NAMES, language_of
from apps.sql.dialects import Dialect
from apps.validation.reading import labels
from apps.validation.reading.annotated import annotated
from apps.validation.reading.blocks import TABLE_NAMES, What, has_border, kind_of_block
from apps.validation.reading.labels import Role, Section
from apps.validation.reading.markdown import Kind, Segment, Text, segments
from apps.validation.results import sessions, tables, told
from apps.validation.results.given import given_rows
from apps.validation.results.html import rows_of
from apps.validation.results.objects import parts_of
from apps.validation.subject import tells_of_failing
from apps.validation.values import Table

_SESSION_NAMES = frozenset({*FENCE_NAMES, *TABLE_NAMES, "", "console", "shell", "bash", "sh"})
_COMMENT_LINE = re.compile(lexical.COMMENT_LINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a response with what is known about it."""

    what: What
    text: str
    section: Section = Section.NONE
    role: Role = Role.NONE
    label: str = ""
    info: str = ""
    number: int | None = None
    table: Table | None = None
    alternative: bool = False
    wrong: bool = False  # its label says that it is a mistake
    fails: bool = False  # its label says that it is meant to
    refused: bool = False  # the line behind it says that its last statement is meant to fail
    query: str = ""  # the statement whose result it is, where a comment beside it says so
    shown_by: str = ""  # the statement that printed it, in a session


@dataclass(slots=True)
class Walk:
    """The state of reading a response from top to bottom."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    section: Section = Section.NONE
    label: list[str] = field(default_factory=list)
    number: int | None = None
    unread: list[str] = field(default_factory=list)
    awaited_by_comment: bool = False
    before_block: bool = False  # a table or a fence follows
    awaited: str = ""  # the line that announced a result which has not come yet
    dialect: Dialect = Dialect.UNKNOWN
    given: told.Given = told.NOTHING_GIVEN  # what the text's queries give
    shown_by: str = ""  # see `Piece`
    text: str = ""  # all prose: what a line tells may be named in another

    def prose(self, line: str) -> None:
        section = labels.section_of(line)
        number = labels.case_number(line) if len(line) < 120 else None
        announces = labels.announces_result(line)
        if announces or section is not None or (number is not None and number != self.number):
            self.close(line if announces else "")
        if number is not None:
            self.number = number
        if section is not None:
            self.section, self.label = section, []
            return
        if self.section is Section.NONE and labels.opens_tests(line):
            self.section = Section.TESTS
        if not self.is_remark(line) and not self.tell(line):
            self.label.append(line)  # else it is the label of what it told

    def is_remark(self, line: str) -> bool:
        """Whether a line says that the SQL before it must fail; what it calls wrong is marked."""
        last = self.pieces[-1] if self.pieces else None
        if last is None or last.what is not What.SQL:
            return False
        first, fails = tokens.first_word(last.text), not self.label and tells_of_failing(line)
        wrong = not self.label and labels.condemns(line)
        behind = any(piece.what is What.SQL for piece in self.pieces[:-1])
        refused = wrong or labels.tells_of_refusal(line)
        tried = refused and behind and first in {"INSERT", "UPDATE", "DELETE"}
        if fails and (tried or labels.role_of(line) is Role.EXPECTED):
            self.pieces[-1], self.awaited = replace(last, refused=True), ""
            return True
        # "There use this instead:" is of another database.
        corrects = labels.corrects(line) and "instead" not in line.lower() and line.endswith(":")
        if wrong or (corrects and first in {"SELECT", "WITH"}):
            self.pieces[-1] = replace(last, wrong=True)
        return False

    def close(self, awaited: str = "") -> None:
        """Note the result that was announced and has not come; the next one is awaited."""
        # What a comment announces may be shown again, and read, below the block.
        if self.awaited and not (awaited and self.awaited_by_comment):
            self.unread.append(f"Nothing was read as the result below “{self.awaited[:60]}”.")
        self.awaited, self.awaited_by_comment = awaited, False

    def tell(self, line: str) -> bool:
        """Whether a line tells rows, as `Expected Output: 3`, `Result: empty set`, "This returns
        `Kim`.", `cars = [{…}]` do; they are taken. A table's name is left to the label."""
        if self.awaited and self.label == [self.awaited] and tables.is_empty_result(line):
            self.add(Piece(What.TABLE, line, table=Table((), ()), label=line, role=Role.EXPECTED))
            return True
        rows = given_rows(line, self.given, self.text) if not tells_of_failing(line) else ()
        given = [one for one in rows if labels.role_of(one.before) is not Role.EXPECTED]
        for one in given:
            label = f"Input table: {one.table.name}"
            self.add(Piece(What.TABLE, line, table=one.table, label=label, role=Role.INPUT))
        rest = line[max((one.end for one in given), default=0) :]
        said = told.said_after(rest, self.given.texts)
        is_result = said is not None and (
            labels.role_of(said.before) is Role.EXPECTED
            or told.names_column(said.before, self.given)
        )
        if said is None or not is_result:
            return bool(given)
        table = told.told_rows(said.words, self.given)
        if tables.is_empty_result(said.words):
            # "It returns no rows" is of what was shown before it, else of what might be.
            shown = bool(self.pieces) and self.pieces[-1].role is not Role.EXPECTED
            shown = said.is_label or (shown and not told.is_conditional(line))
            table = Table((), ()) if shown else None
        elif said.is_label and labels.is_strong(line) and not self.before_block:
            table = table or told.word(said.words, self.given)
        explains = self.section in {Section.EXPLANATION, Section.REASONING}
        if table is not None and (said.is_label or told.is_scalar(said.words) or not explains):
            self.add(Piece(What.TABLE, line, table=table, label=line, role=Role.EXPECTED))
            return True
        if said.is_label and len(said.words.split()) > 3 and labels.is_strong(line):
            self.add(Piece(What.WORDS, said.words, label=line, role=Role.EXPECTED))
            self.awaited = line
        return False

    def points(self, text: str) -> None:
        """A list below a line that announces a result: its rows, or words."""
        lines = text.split("\n")
        table = told.rows_of_points(told.points_of(lines), self.given)
        if table is None:
            for line in lines:
                self.prose(line.strip())
            return
        role, label = self.hint()
        self.add(Piece(What.TABLE, text, role=role, label=label, table=table))

    def add(self, piece: Piece) -> None:
        where = replace(piece, section=self.section, number=self.number)
        self.pieces.append(replace(where, shown_by=self.shown_by))
        if piece.what in {What.TABLE, What.WORDS}:
            self.awaited = ""
        self.label = []

    def hint(self) -> tuple[Role, str]:
        """Role and label of the block at hand, from the last two lines of prose before it."""
        near = self.label[-2:]
        for line in reversed(near):
            role = labels.role_of(line)
            if role is not Role.NONE:
                return role, " ".join(near) if line is not near[-1] else line
        return Role.NONE, " ".join(near[-1:])

    def table(self, text: str, *, headerless: bool = False, plain: bool = False) -> None:
        """A table's text; headerless: its first row may be data, plain: it is."""
        role, label = self.hint()
        try:
            table = tables.parse_table(text, headerless=headerless, plain=plain)
        except tables.NotATable as error:
            first = next((line.strip() for line in text.splitlines() if line.strip()), "")
            note = f"The table that begins “{first[:60]}” was not understood: {error}."
            self.notes.append(note)
            if role is not Role.INPUT:
                self.unread.append(note)
            self.label, self.awaited = [], ""
            return
        if calls := list(told.calls_of(table, [piece.text for piece in self.pieces])):
            section, self.section = self.section, Section.TESTS
            self.sql("".join(f"{query};\n" for query, _ in calls))
            self.section = section
            self.results((query, result, query) for query, result in calls)
            return
        self.add(Piece(What.TABLE, text, role=role, label=label, table=table))

    def results(self, found: Iterable[tuple[str, Table, str]]) -> None:
        """Results with the queries that they are of, and what tells them."""
        section, self.section = self.section, Section.TESTS
        for query, table, said in found:
            piece = Piece(What.TABLE, said, role=Role.EXPECTED, label=said, table=table)
            self.add(replace(piece, query=query))
        self.section = section

    def sql(self, text: str) -> None:
        role, label = self.hint()
        alternative = any(labels.is_alternative(line) for line in self.label[-2:])
        piece = Piece(What.SQL, text, role=role, label=label, alternative=alternative)
        fails = bool(self.pieces and self.label) and tells_of_failing(self.label[-1])
        wrong = labels.is_wrong(self.label)
        if self.awaited and labels.bare_words(self.awaited).lower().startswith("after"):
            self.awaited_by_comment = True  # it is asked below what is there then
        self.add(replace(piece, wrong=wrong, fails=fails))

    def read(self, parts: Sequence[Segment]) -> None:
        for segment, following in zip_longest(parts, parts[1:]):
            self.before_block = following is not None and following.kind is not Kind.PROSE
            titles = self.before_block and following.kind is Kind.TABLE
            title = title_of(segment) if titles else ""
            self.segment(Segment(Kind.PROSE, title) if title else segment)

    def segment(self, segment: Segment) -> None:
        if segment.kind is Kind.FENCE:
            self.fence(segment)
        elif segment.kind is Kind.TABLE:
            self.table(segment.text, headerless=not has_border(segment.text))
        elif segment.kind is Kind.POINTS:
            self.points(segment.text)
        else:
            self.prose(segment.text)

    def fence(self, segment: Segment) -> None:
        text, info = segment.text, segment.info
        if not segment.closed:
            self.notes.append("A code block is not closed: the response may be cut off.")
        if not text.strip():
            return
        if session := _session(segment):
            self.session(session)
            return
        is_html = info in {"html", "xml"} or (not info and text.lstrip().startswith("<"))
        if is_html and (rows := rows_of(text)):
            text, info = "\n".join(rows), "text"
        drawn = "\n".join(_commented(text))
        if not tokens.first_word(text) and tables.looks_like_table(drawn):
            text, info = drawn, "text"
        kind = kind_of_block(text, info)
        if kind is What.SQL:
            self.sql(text)
            self.comments(text, self.annotations(text))
        elif kind is What.TABLE:
            self.table_block(text)
        else:
            self.add(Piece(What.CODE, text, info=info or language_of(text) or "unknown"))
            if not info and not language_of(text):
                first = text.strip().splitlines()[0]
                self.notes.append(f"The block that begins “{first[:60]}” was not understood.")

    def session(self, session: sessions.Session) -> None:
        """A terminal session: statements, and what each of them printed."""
        self.sql(session.sql)
        for self.shown_by, output in session.outputs:
            self.label = ["Output:"]
            self.table(output, headerless=not has_border(output), plain=session.is_plain)
        self.shown_by = ""

    def table_block(self, text: str) -> None:
        """A block of tables: one alone, or several with labels between them."""
        nested = list(parts_of(text))
        if any(labels.role_of(label) is Role.EXPECTED for label, _ in nested):
            for label, rows in nested:
                self.prose(f"{label}:")
                self.table(rows)
            return
        inner = [] if tables.is_records(text) else segments(text, self.given.alone)
        shown = [part for part in inner if part.kind is Kind.TABLE]
        prose = [part for part in inner if part.kind is Kind.PROSE]
        if not prose and len(shown) < 2 or not shown:
            bare = "|" in text or text.strip()[:1].isdigit()
            self.table(text, headerless=bare and not has_border(text))
            return
        self.read(inner)

    def annotations(self, sql: str) -> set[str]:
        """The results that comments beside the queries of a script tell; those comments."""
        found = list(annotated(sql, self.dialect, self.given))
        self.results(found)
        lines = (line for _, _, comment in found for line in comment.splitlines())
        return {_COMMENT_LINE.sub(r"\1", line).strip() for line in lines}

    def comments(self, sql: str, told: set[str]) -> None:
        """Tables that stand in the comments of a script: `-- Expected output:` and what follows;
        what is told already is left out."""
        lines = _commented(sql)
        if "/*" in sql:
            blocks = [text[2:-2] for text in tokens.comments(sql) if text.startswith("/*")]
            lines += [line for text in blocks for line in text.splitlines()]
        lines = [line for line in lines if line.strip() not in told]
        if not any(labels.role_of(line) is Role.EXPECTED for line in lines if "|" not in line):
            return
        section, self.section = self.section, Section.TESTS
        self.read(segments("\n".join(lines), self.given.alone))
        self.section, self.label = section, []
        self.awaited_by_comment = bool(self.awaited)


def walk(
    text: Text, given: told.Given = told.NOTHING_GIVEN, dialect: Dialect = Dialect.UNKNOWN
) -> Walk:
    """Read a text from top to bottom; given: what its queries give."""
    parts = text.segments(given.alone)
    prose = "\n".join(part.text for part in parts if part.kind is Kind.PROSE)
    state = Walk(given=given, dialect=dialect, text=prose)
    state.read(parts)
    state.close()
    return state


def _commented(sql: str) -> list[str]:
    matches = map(_COMMENT_LINE.match, sql.splitlines())
    return [match.group(1) for match in matches if match]


def title_of(segment: Segment) -> str:
    """The label that a table without rows is for the table below it, "" where it is none."""
    lines = [line for line in segment.text.splitlines() if not tables.is_border(line)]
    if segment.kind is not Kind.TABLE or len(lines) != 1:
        return ""
    words = [cell.strip() for cell in lines[0].strip().strip("|").split("|")]
    title = ": ".join(words) if len(words) > 1 else f"{words[0]}:"
    return title if len(words) < 3 and labels.role_of(title) is not Role.NONE else ""


def _session(fence: Segment) -> sessions.Session | None:
    return sessions.read_session(fence.text) if fence.info in _SESSION_NAMES else None


def script_of(fence: Segment) -> str:
    """The SQL of a fence, of a session what was typed; "" where it holds none."""
    session = _session(fence)
    is_sql = bool(fence.text.strip()) and kind_of_block(fence.text, fence.info) is What.SQL
    return session.sql if session else fence.text if is_sql else ""
