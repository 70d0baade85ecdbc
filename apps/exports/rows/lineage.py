"""Where an exported line came from, as a line of its own."""

from __future__ import annotations

from apps.exports.formats.escaping import as_line
from apps.exports.rows.pairs import Pair


def lineage_line(pair: Pair, content: bytes) -> bytes:
    """One JSON object and a line end: number, split, hash of the texts, verdicts, labels, votes, file,
    repository, licences, model, hash of the prompt.
    """
    row = pair.row
    rejected = f', "rejected": {pair.rejected.response_id}' if pair.rejected else ""
    if pair.votes:
        rejected += f', "votes": {list(pair.votes)}'
    return as_line(
        f'{{"id": {pair.number}, "split": "{pair.split}", "content": "{content.hex()}"{rejected},'
        f' "verdicts": {pair.said.json}, "portability": "{pair.said.portability}",'
        f' "labels": {row.labels_json}, {row.lineage_json[1:]}'
    )
