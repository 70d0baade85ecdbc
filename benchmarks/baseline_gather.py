"""The predecessor, written honestly: what benchmarks/gather.py compares Winnow with.

A pool of processes; a chunk of files is one task, and all its finds are one result. Each file is
parsed whole with tree-sitter-sql, a query captures the nodes of the wanted kinds and the
comments, and Python walks the captures: text, kind, and the comment that stands above.
Nothing is chosen, masked or stored; the finds are written as JSON lines.

    python -m benchmarks.baseline_gather FOLDER OUTPUT [PROCESSES]
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from bisect import bisect_left
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import IO

import tree_sitter_sql
from tree_sitter import Language, Node, Parser, Query, QueryCursor

KINDS = [
    "create_table", "create_function", "alter_table", "drop_table", "insert", "update", "delete",
    "select", "comment_statement", "set_statement", "reset_statement", "transaction",
    "alter_index", "create_index", "drop_index", "create_trigger", "alter_sequence",
    "drop_sequence", "create_extension", "drop_extension", "create_view", "drop_view",
]  # fmt: skip
COMMENTS = ("comment", "marginalia")
FILES_PER_CHUNK = 1000
_NAME = re.compile(r"\.sql(\.gz)?$")

_language = Language(tree_sitter_sql.language())
_parser = Parser(_language)


def _query() -> Query:
    """The kinds that this version of the grammar has."""
    known = []
    for kind in (*KINDS, *COMMENTS):
        if _language.id_for_node_kind(kind, True) is not None:
            known.append(f"({kind}) @{kind}")
    return Query(_language, "\n".join(known))


def scripts(folder: Path) -> list[Path]:
    """The SQL files below a folder, compressed or not, in order."""
    return sorted(path for path in folder.rglob("*") if _NAME.search(path.name) and path.is_file())


def read(path: Path) -> bytes:
    """What is in a file, unpacked."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def chunk(paths: list[Path]) -> list[dict[str, str]]:
    """All finds of a chunk of files, as one result."""
    query = _query()
    found = []
    for path in paths:
        content = read(path)
        captures = QueryCursor(query).captures(_parser.parse(content).root_node)
        found += _walk(captures, content)
    return found


def _walk(captures: dict[str, list[Node]], content: bytes) -> list[dict[str, str]]:
    comments = sorted(
        (node.end_byte, node.start_byte) for kind in COMMENTS for node in captures.get(kind, [])
    )
    ends = [end for end, _ in comments]
    found = []
    for kind in KINDS:
        for node in captures.get(kind, []):
            place = bisect_left(ends, node.start_byte + 1) - 1
            comment = ""
            if place >= 0 and not content[ends[place] : node.start_byte].strip():
                comment = content[comments[place][1] : ends[place]].decode(errors="replace")
            text = content[node.start_byte : node.end_byte].decode(errors="replace")
            found.append({"sql_statement": text, "kind": kind, "description": comment})
    return found


def gather(folder: Path, output: Path, processes: int) -> int:
    """Gather a folder; the number of finds."""
    paths = scripts(folder)
    chunks = [
        paths[start : start + FILES_PER_CHUNK] for start in range(0, len(paths), FILES_PER_CHUNK)
    ]
    number = 0
    with ProcessPoolExecutor(processes) as pool, output.open("w", encoding="utf-8") as stream:
        for finds in pool.map(chunk, chunks):
            number = write(finds, stream, number)
    return number


def write(finds: list[dict[str, str]], stream: IO[str], number: int) -> int:
    """Write the finds as records that are numbered on; the next number."""
    for offset, find in enumerate(finds):
        record = {"id": number + offset, **find}
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return number + len(finds)


if __name__ == "__main__":
    print(gather(Path(sys.argv[1]), Path(sys.argv[2]), int((sys.argv + ["1"])[3])))
