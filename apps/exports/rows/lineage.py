"""Where an exported line came from, as a line of its own."""

from __future__ import annotations

from apps.core.lines import as_line
from apps.exports.rows.pairs import Pair


def lineage_line(pair: Pair, content: bytes) -> bytes:
    """One JSON object and a line end: number, split, hash of the texts, verdicts, labels, votes,
    model, hash of the prompt, file, repository, licences.
    """
    row = pair.row
    rejected = f', "rejected": {pair.rejected.response_id}' if pair.rejected else ""
    if pair.votes:
        rejected += f', "votes": {list(pair.votes)}'
    sent = f'"{row.prompt_hash.hex()}"' if row.prompt_hash else "null"
    return as_line(
        f'{{"id": {pair.number}, "split": "{pair.split}", "content": "{content.hex()}"{rejected},'
        f' "verdicts": {pair.said.json}, "portability": "{pair.said.portability}",'
        f' "labels": {row.labels_json}, "response": {row.response_id}, {pair.prompt.model_json},'
        f' "prompt_sha256": {sent}, "corrected_by": {row.editors_json}, {row.asked.way_json[1:]}'
    )
