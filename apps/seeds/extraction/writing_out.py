"""Files with Jinja: a dbt model becomes the SQL that it stands for."""

from __future__ import annotations

from pathlib import PurePath

from apps.sql.templates import Unrendered, is_template, render


def written_out(content: bytes, path: str) -> tuple[bytes, str]:
    """The SQL of a dbt model, or the content as it is with what stands in the way ("" for none).

    A model's name is that of its file. Places in the file are then places in what was written out.
    """
    if b"{{" not in content and b"{%" not in content:
        return content, ""
    text = content.decode(errors="replace")
    if not is_template(text):
        return content, ""
    written = render(text, name=PurePath(path).stem or "this_model")
    if isinstance(written, Unrendered):
        return content, written.macro
    return written.text.encode(), ""
