"""Text tables of every shape that models write → `Table`.

Shapes: cells between pipes (Markdown, psql, mysql client, bare), box-drawing characters, tabs,
commas, two or more spaces, and JSON lists of objects. Values are typed by column, because one
cell alone does not say whether `25` is a number or a text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from apps.validation.results.literals import literal_of, rows_shown
from apps.validation.values import Row, Scalar, Table

MAX_ROWS = 500
MAX_COLUMNS = 60
MAX_CELL = 2_000

_BOX = str.maketrans("│┃║┆┊╎￨", "|||||||")
_BORDER = re.compile(r"[\s|+\-=:_─━═╌┄┈┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╒╕╘╛╞╡╤╧╪┏┓┗┛┣┫┳┻╋╭╮╰╯]+")
_RULE = re.compile(r"[-=─━═]")
_FOOTER = re.compile(
    r"\(\s*\d+\s+rows?\s*\)|\d+ rows? in set.*|\d+ rows?(?: affected| returned)?\.?|"
    r"query ok.*|empty set.*|\(\s*(?:no|zero) rows?\s*\)|"
    r"\(\s*\d+ rows? affected\s*\)|rows matched:.*|records:.*|BEGIN|COMMIT|ROLLBACK|"
    r"(?:CREATE|DROP|ALTER) (?:[A-Z]{3,12} ?){1,3}|"
    r"(?:INSERT 0|UPDATE|DELETE|SELECT|MERGE) \d+|Time: .*|(?:NOTICE|WARNING|HINT|DETAIL): .*|"
    r"(?:\w{1,20} ){1,3}(?:created|dropped|altered|truncated|complete|completed)\.|"
    r"\d+ rows? (?:created|updated|deleted|merged|selected)\.|(?:\w{1,20} ){1,3}is (?:on|off)\.",
    re.IGNORECASE,
)
_EMPTY_RESULT = re.compile(
    r"\(?\s*(?:an? )?(?:empty(?: set| table| result(?: set)?)?.*"
    r"|(?:no|0|zero) (?:rows?|results?|records?)(?: returned| found)?|nothing)\s*\)?\.?",
    re.IGNORECASE,
)
# A blank, None or nil of a text table may be a NULL or a text: what the query makes of it decides.
BLANKS = frozenset({"", "none", "nil"})
# `…` in every cell, `(more rows)`, `and 12 more`, `etc.`: there is more than is shown.
_ABRIDGED = re.compile(
    r"[.…]{2,200}|…|\(?(?:\.{3} ?|… ?)?(?:etc\.?|and so on)\.{0,3}\)?"
    r"|[(\[]?(?:\.{3} ?|… ?|and |\+ ?)(?:\d{1,6} |many )?(?:more|others?)(?: rows)?[)\].…]{0,4}"
    r"|[(\[]?(?:\.{3} ?|… ?)?(?:\d{1,6} )?(?:more|other|further)"
    r" (?:rows?|records?|results?|entries)[)\].…]{0,4}",
    re.IGNORECASE,
)
_NULLS = {"null", "<null>", "(null)", "[null]", "\\n", "none", "nil", "*null*", "_null_"}
_INT = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})")
_FLOAT = re.compile(
    r"[+-]?(?:\d{1,18}\.\d{0,18}|\.\d{1,18}|\d{1,3}(?:\.\d{1,18})?[eE][+-]?\d{1,2})"
)
_TYPE_NOTE = re.compile(
    r"(?<!\s)\s*\((?:pk|fk|int|integer|bigint|text|string|str|varchar|char|date|datetime|timestamp|"
    r"decimal|float|real|numeric|boolean|bool|primary key|foreign key)\b.{0,60}\)$",
    re.IGNORECASE,
)
_TYPE = re.compile(
    r"u?(?:tiny|small|big|huge)?int(?:eger)?\d{0,3}|varchar|boolean|double|float|real|date|time"
    r"|timestamp(?: with time zone)?|interval|json|uuid|blob|decimal\(\d{1,2},\s?\d{1,2}\)",
    re.IGNORECASE,
)
# psql's \\x and mysql's \\G: a record below the other, a value a line.
_RECORD = re.compile(
    r"(?:-\[ RECORD \d{1,6} \][-+]*|\*{3,40} \d{1,6}\. row \*{3,40})[ \t]*(?:\n|\Z)"
)
_FIELD = re.compile(r"[ \t]{0,40}([^|:\n]{1,80}?)[ \t]{0,40}[|:](?: (.*))?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell's text and whether it stood in quotes (then it is no NULL and no blank)."""

    text: str
    quoted: bool = False

    @property
    def is_null(self) -> bool:
        return not self.quoted and (not self.text or self.text.lower() in _NULLS)


class NotATable(ValueError):
    """The text is no table, or one that cannot be trusted; the message says why."""


def parse_table(
    text: str, *, name: str = "", headerless: bool = False, plain: bool = False
) -> Table:
    """Parse one text table; raises `NotATable` with a sentence for a reviewer.

    name: stored in the result. headerless: the first row may be data (sqlite3's list output),
    plain: it is.
    """
    stripped = text.strip()
    if stripped.startswith(("[", "{")):
        return _from_json(stripped, name=name)
    if isinstance(shown := rows_shown(stripped), list):
        return parse_rows(shown, name=name)
    if is_records(stripped):
        return _from_records(stripped, name=name)
    rule = next((line for line in text.splitlines()[:5] if is_aligned_rule(line)), "")
    lines, footers = _content_lines(text.strip("\r\n") if rule else stripped)
    if not lines:
        if footers or _EMPTY_RESULT.fullmatch(stripped):
            return Table(columns=(), rows=(), name=name)
        raise NotATable("the table is empty")
    cells = [_aligned(line, rule) for line in lines] if rule else _split_lines(lines)
    if len(cells[0]) > 1 and cells[0][0].text in {"", "#"} and _are_counted(cells[1:]):
        cells = [row[1:] for row in cells]
    width = len(cells[0])
    if width > MAX_COLUMNS:
        raise NotATable(f"the table has more than {MAX_COLUMNS} columns")
    # One line alone is a header without rows only when it reads like one: `1` is a value.
    has_header = not plain and (_is_header(cells[0]) or not (headerless or len(cells) == 1))
    if has_header and len(cells) > 1 and all(_TYPE.fullmatch(cell.text) for cell in cells[1]):
        del cells[1]  # DuckDB's client says the types below the names
    columns = tuple(column_name(cell.text) for cell in cells[0]) if has_header else ()
    body = [row for row in cells[1 if has_header else 0 :] if not (has_header and row == cells[0])]
    body = body if "|" in text else _unnumbered(body, width)
    _check_shape(body, width)
    cells_of = list(zip(*body, strict=True))
    return Table(
        columns=columns,
        rows=type_rows(body),
        name=name,
        decimals=tuple(_decimals(column) for column in cells_of),
        blanks=tuple(index for index, column in enumerate(cells_of) if _has_blank(column)),
    )


def _is_cut(text: str) -> bool:
    """Whether a text ends in a rule that is drawn for less than the names above it."""
    first, _, last = text.partition("\n")
    if not (last.startswith("|") and is_border(last)):
        return False
    return last.count("|") < first.count("|") and first.rstrip().endswith("|")


def _decimals(cells: tuple[Cell, ...]) -> int:
    """How many decimals a column's numbers are written with: the most of any; -1 where none is."""
    parts = (cell.text.partition(".") for cell in cells if _FLOAT.fullmatch(cell.text))
    return max((len(decimals) for _, point, decimals in parts if decimals.isdigit()), default=-1)


def _has_blank(cells: tuple[Cell, ...]) -> bool:
    return any(not cell.quoted and cell.text.lower() in BLANKS for cell in cells)


def column_name(text: str) -> str:
    """A header cell without emphasis, quotes and type notes: `**id** (PK)` → `id`."""
    bare = text.strip().strip("*").strip()
    bare = _TYPE_NOTE.sub("", bare)
    return bare.strip().strip('`"[]').strip("'").strip()


def looks_like_table(text: str) -> bool:
    """Whether at least a header and one row (or a border) share a delimiter."""
    lines = [line for line in text.translate(_BOX).splitlines() if line.strip()]
    if len(lines) < 2:
        return bool(lines) and bool(_EMPTY_RESULT.fullmatch(lines[0].strip()))
    if any(is_aligned_rule(line) for line in lines[:3]) or is_records(lines[0]):
        return True
    piped = sum("|" in line for line in lines)
    tabbed = sum("\t" in line.strip() for line in lines)
    return max(piped, tabbed) >= max(2, len(lines) // 2)


def is_records(text: str) -> bool:
    """Whether rows stand below one another, a value a line, as psql and mysql show wide ones."""
    return bool(_RECORD.match(text.strip()))


def is_border(line: str) -> bool:
    """A line that only draws: `---+---`, `|:--|--:|`, `├──┤`."""
    return bool(_RULE.search(line)) and bool(_BORDER.fullmatch(line))


def is_footer(line: str) -> bool:
    """`(3 rows)`, `INSERT 0 1`, `Query OK, 1 row affected`: what a client says of a statement."""
    return bool(_FOOTER.fullmatch(line.strip()))


def is_empty_result(text: str) -> bool:
    """`Empty set`, `(0 rows)`, `no rows returned`."""
    return len(text) < 120 and bool(_EMPTY_RESULT.fullmatch(text.strip()))


def _content_lines(text: str) -> tuple[list[str], int]:
    if _is_cut(text):
        raise NotATable("the table ends within the rule below its names")
    lines, footers = [], 0
    for raw in text.translate(_BOX).splitlines():
        line = raw.rstrip(" \r")
        if not line.strip() or is_border(line):
            continue
        if _FOOTER.fullmatch(line.strip()):
            footers += 1
            continue
        lines.append(line)
        if len(lines) > MAX_ROWS:
            raise NotATable(f"the table has more than {MAX_ROWS} rows")
    return lines, footers


def is_aligned_rule(line: str) -> bool:
    """`---------- ----`: columns that only blanks part, as sqlcmd writes them."""
    return len(line) < 4_000 and bool(re.fullmatch(r" {0,8}-{2,}(?: {1,8}-{2,})+ *", line))


def _aligned(line: str, rule: str) -> list[Cell]:
    """A line's cells where a rule below the names shows how wide each column is."""
    starts = [mark.start() for mark in re.finditer(r"-+", rule)]
    ends = [*starts[1:], len(line) + 1]
    return [_cell(line[start:end]) for start, end in zip([0, *starts[1:]], ends, strict=True)]


def _split_lines(lines: list[str]) -> list[list[Cell]]:
    for delimiter in ("|", "\t", ",", "  "):
        if all(delimiter in line.strip() for line in lines):
            break
    else:
        delimiter = "|" if "|" in lines[0] else ""
    rows = [_split_line(line, delimiter) for line in lines]
    # The frame's own bars leave a blank first or last cell in every line, the header too.
    for end in (0, -1):
        if all(len(row) > 1 and row[end] == Cell("") for row in rows):
            for row in rows:
                del row[end]
    return rows


def _split_line(line: str, delimiter: str) -> list[Cell]:
    if delimiter == "  ":
        return [_cell(part) for part in re.split(r" {2,}", line.strip())]
    if not delimiter:
        return [_cell(line)]
    return [_cell(part) for part in _split_outside_quotes(line, delimiter)]


def _split_outside_quotes(line: str, delimiter: str) -> list[str]:
    """Split at `delimiter` but not inside '…' or "…" that open at a cell's start."""
    parts: list[str] = []
    current: list[str] = []
    quote = ""
    index = 0
    while index < len(line):
        char = line[index]
        if char == "\\" and line[index + 1 : index + 2] == delimiter:
            current.append(delimiter)
            index += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and not "".join(current).strip() and line.find(char, index + 1) > 0:
            quote = char
        elif char == delimiter:
            parts.append("".join(current))
            current = []
            index += 1
            continue
        current.append(char)
        index += 1
    parts.append("".join(current))
    return parts


def _cell(text: str) -> Cell:
    bare = text.strip()[:MAX_CELL]
    for mark in ("**", "`"):
        if len(bare) > 2 * len(mark) and bare.startswith(mark) and bare.endswith(mark):
            bare = bare[len(mark) : -len(mark)].strip()
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "'\"":
        quote = bare[0]
        return Cell(bare[1:-1].replace(quote * 2, quote), quoted=True)
    return Cell(bare)


def _is_header(row: list[Cell]) -> bool:
    return all(
        re.fullmatch(r"[^\W\d][\w ().*,]{0,60}", cell.text) and not cell.is_null for cell in row
    )


def _unnumbered(body: list[list[Cell]], width: int) -> list[list[Cell]]:
    """The rows without the numbers that pandas and R write before each, below no name."""
    wider = all(len(row) == width + 1 for row in body)
    return [row[1:] for row in body] if wider and _are_counted(body) else body


def _are_counted(rows: list[list[Cell]]) -> bool:
    """Whether rows begin with 0, 1, 2 … or 1, 2, 3 …"""
    numbers = [row[0].text for row in rows]
    counted = [str(number) for number in range(len(rows) + 1)]
    return bool(rows) and numbers in (counted[:-1], counted[1:])


def _check_shape(body: list[list[Cell]], width: int) -> None:
    for number, row in enumerate(body, start=1):
        if row and _ABRIDGED.fullmatch("".join(cell.text for cell in row)):
            raise NotATable("the table is abridged with “...”")
        if len(row) != width:
            raise NotATable(f"row {number} has {len(row)} cells where the header has {width}")


def type_rows(body: list[list[Cell]]) -> tuple[Row, ...]:
    """Type the cells column by column: int, float, bool or text; NULL and bare blanks are None."""
    if not body:
        return ()
    # Models that quote every cell, numbers too, do not mean texts by it.
    all_quoted = all(cell.quoted or cell.is_null for row in body for cell in row)
    columns = zip(*body, strict=True)
    typed = [_type_column(column, all_quoted and len(body[0]) > 1) for column in columns]
    return tuple(zip(*typed, strict=True))


def _type_column(cells: tuple[Cell, ...], ignore_quotes: bool) -> list[Scalar]:
    present = [cell for cell in cells if not cell.is_null]
    bare = ignore_quotes or not any(cell.quoted for cell in present)
    texts = [cell.text for cell in present]
    if bare and texts and all(_INT.fullmatch(text) for text in texts):
        return [None if cell.is_null else int(cell.text) for cell in cells]
    if bare and texts and all(_INT.fullmatch(text) or _FLOAT.fullmatch(text) for text in texts):
        return [None if cell.is_null else float(cell.text) for cell in cells]
    if bare and texts and all(text.lower() in {"true", "false"} for text in texts):
        return [None if cell.is_null else cell.text.lower() == "true" for cell in cells]
    return [None if cell.is_null else cell.text for cell in cells]


def _from_records(text: str, *, name: str) -> Table:
    records: list[dict[str, Cell]] = []
    for line in text.splitlines():
        if _RECORD.match(line):
            records.append({})
        elif (found := _FIELD.fullmatch(line)) and records:
            records[-1][found.group(1)] = _cell(found.group(2) or "")
        elif line.strip() and not is_footer(line):
            raise NotATable("a record has a line without a name")
        if len(records) > MAX_ROWS:
            raise NotATable(f"the table has more than {MAX_ROWS} rows")
    columns = tuple(records[0])
    if any(tuple(record) != columns for record in records):
        raise NotATable("the records have different columns")
    rows = type_rows([list(record.values()) for record in records])
    return Table(columns, rows, name=name)


def _from_json(text: str, *, name: str) -> Table:
    if len(text) > 100_000:
        raise NotATable("the JSON is longer than 100,000 characters")
    try:
        data = _json_of(text)
    except (ValueError, RecursionError) as error:
        raise NotATable("the text starts like JSON and is none") from error
    if isinstance(data, dict) and len(data) == 1 and isinstance(next(iter(data.values())), list):
        data = next(iter(data.values()))
    return parse_rows([data] if isinstance(data, dict) else data, name=name)


def parse_rows(rows: object, *, name: str = "") -> Table:
    """A list of objects, of rows without names, or of bare values; raises `NotATable`."""
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise NotATable(f"the JSON is no list, or one of more than {MAX_ROWS} rows")
    if rows and not any(isinstance(row, dict) for row in rows):
        return _from_values(rows, name=name)
    if not all(isinstance(row, dict) for row in rows):
        raise NotATable("the JSON is no list of objects")
    columns = tuple(rows[0]) if rows else ()
    if any(tuple(row) != columns for row in rows):
        raise NotATable("the JSON objects have different keys")
    values = [tuple(_json_scalar(value) for value in row.values()) for row in rows]
    return Table(columns=columns, rows=tuple(values), name=name)


def _from_values(rows: list[object], *, name: str) -> Table:
    """Rows without names, as drivers give them; of one column where they are bare values."""
    cells = [row if isinstance(row, list) else [row] for row in rows]
    if len({len(row) for row in cells}) > 1 or not cells[0]:
        raise NotATable("the rows of the list have different lengths")
    values = [tuple(_json_scalar(value) for value in row) for row in cells]
    return Table(columns=(), rows=tuple(values), name=name)


def _json_of(text: str) -> object:
    """A JSON value, a list of those that stand a line each, or a list as Python writes it."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return literal_of(text)


def _json_scalar(value: object) -> Scalar:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value)
