"""From the bytes of a file to the places of its statements; knows nothing of the database."""

from apps.seeds.lexing.dialects import Dialect
from apps.seeds.lexing.guess import Guess, guess_dialect
from apps.seeds.lexing.pieces import Piece, Role
from apps.seeds.lexing.splitter import Splitter, split

__all__ = ["Dialect", "Guess", "Piece", "Role", "Splitter", "guess_dialect", "split"]
