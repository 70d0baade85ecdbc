"""From the bytes of a file to the places of its statements."""

from apps.sql.splitting.pieces import Piece, Role
from apps.sql.splitting.splitter import Splitter, split

__all__ = ["Piece", "Role", "Splitter", "split"]
