"""Alphabets beyond the Latin one: in which code page are the long words of a text written?

Read in a wrong page, words are letters all the same, but rare ones, in odd capitals or none.
"""

from __future__ import annotations

import re

_CYRILLIC = frozenset("оеаинтсрвлкмдпуя")
_GREEK = frozenset("αοιετσηρνκπλςυμάόίέή")
_HEBREW = frozenset("יוהלאתבשמרנםדקח")
_ARABIC = frozenset("ايلمنوتربةعدسهفك")
_THAI = frozenset("านรอกเงมยลวดทสตะ่้ิีัแปข")
# Letters, those that are most of any text, and the pages that have them.
_PAGES: tuple[tuple[re.Pattern[str], frozenset[str], tuple[str, ...]], ...] = (
    (re.compile("[А-яЁёІіЇїЄєҐґЎў]"), _CYRILLIC, ("cp1251", "koi8_r", "cp866", "iso8859_5")),
    (re.compile("[Ͱ-Ͽ]"), _GREEK, ("cp1253", "iso8859_7")),
    (re.compile("[א-ת]"), _HEBREW, ("cp1255",)),
    (re.compile("[ء-ي]"), _ARABIC, ("cp1256", "iso8859_6")),
    (re.compile("[฀-๿]"), _THAI, ("cp874",)),
)
# A capital behind a small letter, or two before one; a Latin letter in the word.
_ODD = re.compile(
    "[а-яёα-ωά-ώ][А-ЯЁΆ-ΏΑ-Ω]|[А-ЯЁΆ-ΏΑ-Ω]{2}[а-яёα-ωά-ώ]|[A-Za-z][\u0370-\u0e7f]|[\u0370-\u0e7f][A-Za-z]"
)
_FEWEST = 6
_LETTERS_AT_LEAST = 0.9
_CLEARLY = 0.1  # better than a page that stands above, and is met more often
FREQUENT, VERY_FREQUENT = 0.45, 0.65


def page_of(sample: bytes, least: float = FREQUENT) -> str:
    """The code page in whose alphabet nearly all of what is not ASCII is written, with letters
    that are frequent in its languages: this share of them at least; "" for none.
    """
    best, codec = 0.0, ""
    for letters, frequent, pages in _PAGES:
        for page in pages:
            score = _score(sample, page, letters, frequent)
            if score > best + (_CLEARLY if codec else 0.0):
                best, codec = score, page
    return codec if best >= least else ""


def _score(sample: bytes, page: str, letters: re.Pattern[str], frequent: frozenset[str]) -> float:
    """The share of frequent letters; 0 where much is no letter, and less for odd words."""
    text = sample.decode(page, "replace")
    high = [character for character in text if character > "\x7f"]
    own = letters.findall(text)
    if len(own) < max(_FEWEST, _LETTERS_AT_LEAST * len(high)):
        return 0.0
    found = sum(character.lower() in frequent for character in own)
    return (found - 2 * len(_ODD.findall(text))) / len(high)
