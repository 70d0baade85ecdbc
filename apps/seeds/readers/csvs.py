"""CSV and TSV: a head with the names of the columns, then a row a record (RFC 4180)."""

import csv
from collections.abc import Iterator
from typing import IO

from apps.seeds.readers.base import Reason, Rejection, Unreadable
from apps.seeds.readers.limits import BombGuard
from apps.seeds.readers.lines import LINE_ALLOWANCE, Lines
from apps.seeds.readers.rows import Row, text_column
from apps.seeds.readers.whole_tables import WholeTableReader

_BOM = b"\xef\xbb\xbf"


class CsvReader(WholeTableReader):
    """The rows of a CSV file, of a TSV by its name; of a CSV without commas the semicolon parts
    the columns. A record that is broken does not stop the next.
    """

    def rows_of(self, stream: IO[bytes], guard: BombGuard | None) -> Iterator[Row | Unreadable]:
        longest = self.options.max_file_bytes + LINE_ALLOWANCE
        # Of the process, like every reader's: a field may be as long as a whole record.
        csv.field_size_limit(longest)
        texts = _Texts(Lines(stream, guard), longest)
        head = texts.head()
        records = csv.reader(texts, delimiter=_delimiter(self.file.name, head), strict=True)
        texts.again(head)
        names = _head(records)
        column = text_column(names, self.options)
        while True:
            texts.begin_record()
            place = f"line {texts.number + 1}"
            try:
                fields = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                yield self.bad_row(place, Rejection(Reason.BAD_ROW, f"Not CSV: {error}."))
            except Rejection as error:
                yield self.bad_row(place, error)
            else:
                if fields:
                    yield self._row(place, names, fields, column)

    def _row(
        self, place: str, names: list[str], fields: list[str], column: str | None
    ) -> Row | Unreadable:
        if len(fields) != len(names):
            told = f"The row has {len(fields)} columns, the head {len(names)}."
            return self.bad_row(place, Rejection(Reason.BAD_ROW, told))
        values: dict[str, object] = dict(zip(names, fields, strict=True))
        if column is not None:
            # Bytes as they stand: the file's encoding is found for each text, as for a script.
            values[column] = str(values[column]).encode("utf-8", "surrogateescape")
        return Row(f"{self.label}#{place}", values)


class _Texts:
    """The lines that csv asks for; one record may take no more than `longest` bytes of them.

    No generator, because one that has raised gives nothing more.
    """

    def __init__(self, lines: Lines, longest: int) -> None:
        self._lines = lines
        self._longest = longest
        self._again = ""
        self._held = 0
        self.number = 0
        """Lines given so far."""

    def head(self) -> str:
        line = self._lines.next(self._longest)
        if len(line) > self._longest:
            raise _too_long()
        return line.removeprefix(_BOM).decode("utf-8", "surrogateescape")

    def again(self, line: str) -> None:
        """Give this line before the next one."""
        self._again = line

    def begin_record(self) -> None:
        self._held = 0

    def __iter__(self) -> "_Texts":
        return self

    def __next__(self) -> str:
        self.number += 1
        if self._again:
            line, self._again = self._again, ""
            return line
        piece = self._lines.next(self._longest - self._held)
        if not piece:
            self.number -= 1
            raise StopIteration
        self._held += len(piece)
        if self._held > self._longest:
            if not piece.endswith(b"\n"):
                self._lines.skip(None)
            raise _too_long()
        return piece.decode("utf-8", "surrogateescape")


def _too_long() -> Rejection:
    return Rejection(
        Reason.BAD_ROW, "The row is longer than the limit; raise max_file_bytes to read it."
    )


def _head(records: Iterator[list[str]]) -> list[str]:
    try:
        return next(records)
    except StopIteration:
        raise Rejection(Reason.EMPTY, "The file is empty.") from None
    except csv.Error as error:
        raise Rejection(Reason.BROKEN, f"The first line is no CSV: {error}.") from error


def _delimiter(name: str, head: str) -> str:
    if ".tsv" in name.lower():
        return "\t"
    return ";" if "," not in head and ";" in head else ","
