"""From the bytes of a file to the places of its statements."""

from apps.sql.splitting.pieces import Piece, Role
from apps.sql.splitting.splitter import Splitter, split
from apps.sql.splitting.texts import Statement, statements

__all__ = ["Piece", "Role", "Splitter", "Statement", "split", "statements"]
