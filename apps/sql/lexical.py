"""How SQL's words, names, literals, comments and separators are spelt, per dialect.

The one place in the project that spells a pattern for a quote or a comment. Everything is written
as `str`; `as_bytes` makes the same pattern for UTF-8. All repeats are possessive: nothing here can
backtrack into more than linear time. What is left open runs to the end of the text.

Before Python 3.11.5 a possessive group went on behind where its last, failed repetition had got
(python/cpython issue 106052). A last alternative that always fails, `|(?!)`, takes it back to where
that repetition began; every possessive group here has one, and tests/test_patterns.py sees to it.
"""

from __future__ import annotations

from apps.sql.dialects import Syntax

HIGH = "\\x80-\\U0010ffff"
BOM = "\\ufeff"
LINE_END = r"(?=[\r\n]|\Z)"
GO = r"[Gg][Oo](?:[ \t]++[0-9]++|(?!))?+(?=[ \t]*+;?+[ \t]*+(?:--[^\r\n]*+|(?!))?+(?:[\r\n]|\Z))"
SLASH = r"/(?=[ \t]*+(?:[\r\n]|\Z))"
NUMBER = (
    r"0[xX][0-9a-fA-F]++|(?:[0-9]++(?:\.(?!\.)[0-9]*+|(?!))?+|(?<!\.)\.[0-9]++)"
    r"(?:[eE][+-]?[0-9]++|(?!))?+"
)
SYMBOL = r"::|:=|\|\||<=>?|>=|<>|!=|=>|->>?|[^\s\x00]"
DOLLAR = rf"\$(?:[A-Za-z_{HIGH}][0-9A-Za-z_{HIGH}]*+|(?!))?+\$"
Q_OPEN = r"[nN]?[qQ]'(?=[^\s])"
EXECUTED = r"/\*M?!\d*"  # what MySQL and MariaDB execute begins with it
# A line that is a comment, group 1 without its mark; the marks at a line's beginning and its end.
COMMENT_LINE = r"^[ \t]*+(?:--|#(?=\s))[ \t]?(.*)$"
COMMENT_OPENS = r"^[ \t]*+(?:--+|#+|/\*+!?|\*+/?|//+)?[ \t]?"
COMMENT_CLOSES = r"\*++/[ \t\r]*+$"
BRACKETED = r"\[[^\]\r\n]*+\]"
BLOCK_COMMENT = r"/\*(?:[^*]++|\*(?!/)|(?!))*+(?:\*/|\Z)"
# Closed, and no other begins in it: it ends at one place, whether comments nest or not.
FLAT_COMMENT = rf"(?!{EXECUTED})/\*(?:[^*/]++|\*(?!/)|/(?!\*)|(?!))*+\*/"
# What stands before a statement, as far as nobody reads it as anything else: a carriage return of
# its own is a line's end to some only.
BEFORE = rf"(?:\s++|--[^\r\n]*+\r?+\n|{FLAT_COMMENT}|(?!))*+"


def as_bytes(pattern: str) -> bytes:
    """The same pattern for UTF-8: what is no ASCII there is any byte from 0x80."""
    return pattern.replace(HIGH, r"\x80-\xff").replace(BOM, r"\xef\xbb\xbf").encode("ascii")


def white(syntax: Syntax) -> str:
    """What stands in front of a token. Where statements need no mark at their end, a byte-order
    mark between files that were put together must not become part of a word.
    """
    plain = r"[\s\x00]*+"
    return rf"{plain}(?:{BOM}{plain}|(?!))*+" if syntax.client == "sqlcmd" else plain


def quoted(quote: str, *, backslash: bool) -> str:
    """From quote to quote; doubled it stands for itself, and so it does behind a backslash."""
    doubled = rf"[^{quote}]++|{quote}{quote}"
    if backslash:
        doubled = rf"[^{quote}\\]++|\\(?:[\s\S]|\Z)|{quote}{quote}"
    return rf"{quote}(?:{doubled}|(?!))*+(?:{quote}|\Z)"


def escaped() -> str:
    """PostgreSQL's E'…'."""
    return "[eE]" + quoted("'", backslash=True)


def literals(syntax: Syntax) -> list[str]:
    """Every form of text, dollar and q quotes excepted: their ends are looked for."""
    parts = []
    if syntax.triple_quote:
        prefix = r"(?:[rR][bB]?|[bB][rR]?|(?!))?+"
        for quote in ('"', "'"):
            body = rf"[^{quote}\\]++|\\(?:[\s\S]|\Z)|{quote}(?!{quote}{quote})"
            parts.append(rf"{prefix}{quote * 3}(?:{body}|(?!))*+(?:{quote * 3}|\Z)")
        parts += [prefix + quoted(quote, backslash=True) for quote in ("'", '"')]
    if syntax.escape_prefix:
        parts.append(escaped())
    parts.append(r"(?:[nNbBxX]|[uU]&|(?!))?+" + quoted("'", backslash=syntax.backslash))
    if syntax.double_quote_is_text:
        parts.append(quoted('"', backslash=syntax.backslash))
    return parts


def names(syntax: Syntax) -> list[str]:
    """Quoted names."""
    if syntax.double_quote_is_text:
        return odd_names(syntax)
    return [r"(?:[uU]&|(?!))?+" + quoted('"', backslash=False), *odd_names(syntax)]


def odd_names(syntax: Syntax) -> list[str]:
    """Names in quotes that nothing else has."""
    parts = []
    if syntax.backtick:
        parts.append(r"`(?:[^`\r\n]++|``|(?!))*+`")
    if syntax.bracket:
        parts.append(bracket(syntax))
    return parts


def bracket(syntax: Syntax) -> str:
    """[a name]; where arrays may be meant, only what can be a name."""
    if syntax.client == "any":
        return rf"\[[A-Za-z_{HIGH}][^\]\r\n'\"]{{0,127}}+\]"
    if syntax.client == "sqlcmd":
        # A name there has 128 characters; every further one is read anew behind each open bracket.
        return r"\[[^\]\r\n]{0,128}+(?:\]\][^\]\r\n]{0,128}+|(?!)){0,8}+\]"
    return r"\[[^\]\r\n]{0,256}+\]"


def line_comments(syntax: Syntax) -> list[str]:
    """To the end of the line; MySQL wants white space behind two dashes (5--3 is arithmetic)."""
    dashes = r"--(?:(?=\s)|\Z|(?!))[^\r\n]*+" if syntax.executable_comment else r"--[^\r\n]*+"
    parts = [dashes]
    if syntax.hash_comment:
        parts.append(r"#[^\r\n]*+")
    if syntax.slash_comment:
        parts.append(r"(?<!:)//[^\r\n]*+")  # but file://
    return parts


def comments(syntax: Syntax) -> list[str]:
    """All comments but nested ones; what MySQL executes is none."""
    if syntax.nested:
        return line_comments(syntax)
    guard = r"(?!/\*M?!)" if syntax.executable_comment or syntax.client == "any" else ""
    return [*line_comments(syntax), guard + BLOCK_COMMENT]


def word(syntax: Syntax) -> str:
    marks = syntax.word_marks
    first = rf"[A-Za-z_{HIGH}{'#' if '@' in marks else ''}]"
    return (r"@{0,2}+" if syntax.variables else "") + rf"{first}[0-9A-Za-z_${marks}{HIGH}]*+"


def plain_comments() -> str:
    """Comments whose dialect is not known: none that MySQL executes, `#` stands for itself."""
    return rf"--[^\r\n]*+|(?!{EXECUTED}){BLOCK_COMMENT}"


def any_quoted() -> str:
    """What is quoted in a text whose dialect is not known, and its comments."""
    forms = [quoted(quote, backslash=False) for quote in ("'", '"', "`")]
    return "|".join((*forms, plain_comments()))


def literals_from_quote(syntax: Syntax) -> list[str]:
    """Texts and quoted names from their quote on, for those who have passed the prefix."""
    backslash = syntax.backslash
    escaped = [r"(?<=[^0-9A-Za-z_][eE])" + quoted("'", backslash=True)]
    plain = [quoted("'", backslash=backslash), quoted('"', backslash=backslash)]
    return [*(escaped if syntax.escape_prefix else []), *plain]


def short_literal(most: int, *, quote: str = "'", least: int = 0) -> str:
    """A closed text of so many characters of any dialect, doubled and escaped quotes in it."""
    inside = rf"[^{quote}\\]|{quote}{quote}|\\[\s\S]|(?!)"
    return rf"{quote}(?:{inside}){{{least},{most}}}+{quote}"


def name_part() -> str:
    """One part of a name as any dialect spells it: plain, or in the quotes of one of them."""
    plain = rf"[0-9A-Za-z_${HIGH}]++"
    return rf"(?:{plain}|`[^`\r\n]{{1,128}}+`|\"[^\"\r\n]{{1,128}}+\"|\[[^\]\r\n]{{1,128}}+\])"


def dotted_name() -> str:
    """A name of up to four parts: `"a b".c`, [dbo].[t]."""
    return rf"{name_part()}(?:\s*+\.\s*+{name_part()}){{0,3}}"


def definer() -> str:
    """MySQL's DEFINER = 'user'@'host', behind the word; its quotes are whichever."""
    account = r"(?:`[^`\r\n]*+`|'[^'\r\n]*+'|\"[^\"\r\n]*+\"|[0-9A-Za-z_.%$-]++)"
    return rf"\s*+=\s*+{account}(?:\s*+@\s*+{account})?(?:\s*+\(\s*+\))?"
