"""Secrets and personal data: masked where a stand-in keeps the SQL right, else rejected.

The plugins of detect-secrets find keys and tokens; they are slow, so a statement comes to them
only when a cheap look finds a sign. E-mail addresses and password hashes are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick

from apps.sql import lexical

if TYPE_CHECKING:
    from detect_secrets.plugins.base import RegexBasedDetector

MASK, REJECT, KEEP = "mask", "reject", "keep"

# Guessing by entropy, name or IP address hits ordinary SQL too often; the rules below cover
# for SQL what these would find.
_UNFIT = frozenset(
    ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector")
)

_EMAIL = re.compile(
    rb"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?!example\.)(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b"
)
_HASH = re.compile(
    rb"(?<=['\"])(?:\$(?:2[abxy]|1|5|6|P|H|argon2(?:id|i|d)?|pbkdf2[\w-]*|scrypt|y)\$[^'\"\s]{8,200}"
    rb"|pbkdf2_sha\d+\$[^'\"\s]{10,200}|\{S?SHA\d*\}[A-Za-z0-9+/=]{20,120}|\*[0-9A-F]{40}"
    rb"|SCRAM-SHA-256\$[^'\"\s]{20,200}|md5[0-9a-f]{32}|[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}"
    rb"|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})(?=['\"])"
)
# Forms that nothing else has: they need no quotes, as in a comment or in the rows of a COPY.
_UNQUOTED_HASH = re.compile(
    rb"(?<![\w$])(?:\$2[abxy]\$\d\d\$[./\w]{53}|\$1\$[./\w]{1,8}\$[./\w]{22}"
    rb"|\$[56]\$(?:rounds=\d+\$)?[./\w]{1,16}\$[./\w]{40,90}|\$[PH]\$[./\w]{31}"
    rb"|\$argon2(?:id|i|d)\$[^\s'\"]{20,200}|pbkdf2_sha\d+\$\d+\$[^\s'\"]{10,200}"
    rb"|\{S?SHA\d*\}[A-Za-z0-9+/=]{20,120}|SCRAM-SHA-256\$\d+:[^\s'\"]{20,200})"
)
_BARE_DIGEST = re.compile(
    rb"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}"
    rb"|[0-9a-fA-F]{128})(?![0-9A-Za-z])"
)
_PRIVATE_KEY = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_PASSWORD = re.compile(
    rb"((?i:\bIDENTIFIED\s+(?:WITH\s+[\w'\"]+\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?|\bPASSWORD\s*[=(]?\s*N?))"
    + lexical.as_bytes(lexical.short_literal(200, least=1))
)
_MASKED_HASH = b"0123456789abcdef"
_HINTS = (
    b"private key", b"akia", b"ghp_", b"gho_", b"ghs_", b"ghu_", b"glpat-", b"xox", b"sk_live",
    b"rk_live", b"sk-", b"sg.", b"npm_", b"pypi-", b"eyj", b"aiza", b"hooks.slack", b"discord",
    b"accountkey=", b"api_key", b"apikey", b"api-key", b"cloudant", b"softlayer", b"artifactory",
    b"akc", b"-us", b"sq0csp", b":aa", b"secret", b"token", b"_auth", b"t3blbkfj", b"ac0", b"://",
)  # fmt: skip
_HINT = re.compile(b"|".join(re.escape(hint) for hint in _HINTS))
_HASH_HINTS = (
    b"$2a$", b"$2b$", b"$2x$", b"$2y$", b"$1$", b"$5$", b"$6$", b"$p$", b"$h$", b"$argon2",
    b"pbkdf2_sha", b"{sha", b"{ssha", b"scram-sha",
)  # fmt: skip
# Most statements have none of these signs and cost no more than looking for them.
_FINDER = BytesAhoCorasick([*_HINTS, *_HASH_HINTS, b"password", b"identified"])
_HASH_FINDER = BytesAhoCorasick(_HASH_HINTS)
# How every alternative of _HASH begins.
_LIKE_A_HASH = re.compile(rb"['\"](?:[$*{pSm][^'\"\s]{10}|[0-9a-fA-F]{32})")


@dataclass(frozen=True, slots=True)
class SecretPolicy:
    """What to do with each of them: "mask", "reject" or "keep"."""

    emails: str = MASK
    password_hashes: str = MASK
    passwords: str = MASK
    keys: str = REJECT


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` with stand-ins; `reason` is "secret" or "personal_data" when the statement must go."""

    text: bytes
    masked: bool = False
    reason: str = ""


def clean_secrets(statement: bytes, policy: SecretPolicy) -> Cleaned:
    """Mask or reject the secrets of one statement, those in its comments too; or of a comment."""
    lowered = statement.lower()
    if not _is_suspicious(statement, lowered):
        return Cleaned(statement)
    text = statement
    if b"@" in text and policy.emails != KEEP:
        masked = _mask_emails(text)
        if masked != text and policy.emails == REJECT:
            return Cleaned(statement, reason="personal_data")
        text = masked
    for pattern, stand_in, does, may_match in _OWN_RULES:
        chosen = getattr(policy, does)
        if chosen == KEEP or not may_match(lowered):
            continue
        masked = pattern.sub(stand_in, text)
        if masked != text and chosen == REJECT:
            return Cleaned(statement, reason="secret")
        text = masked
    if policy.keys != KEEP and _HINT.search(lowered):
        found = find_keys(text.decode(errors="replace"))
        if found and policy.keys == REJECT:
            return Cleaned(statement, reason="secret")
        text = _mask_keys(text, found)
    return Cleaned(text, masked=text != statement)


def clean_sample(text: bytes, *, quoted: bool) -> bytes:
    """Part of a file to look at: all that may be a secret is masked. Rows of data are not
    `quoted`, so there every digest counts as one.
    """
    cleaned = clean_secrets(text, _MASK_ALL).text
    return cleaned if quoted else _BARE_DIGEST.sub(_digest, cleaned)


def _is_suspicious(statement: bytes, lowered: bytes) -> bool:
    if b"@" in statement or _FINDER.find_matches_as_indexes(lowered):
        return True
    return _LIKE_A_HASH.search(statement) is not None


def _digest(found: re.Match[bytes]) -> bytes:
    return (_MASKED_HASH * 8)[: max(16, len(found[0]))]


_MASK_ALL = SecretPolicy(keys=MASK)
# The pattern, what stands in, the policy's name for it, and a quick look whether to try at all.
_OWN_RULES = (
    (_HASH, _digest, "password_hashes", lambda _: True),
    (_UNQUOTED_HASH, _digest, "password_hashes", _HASH_FINDER.find_matches_as_indexes),
    (
        _PASSWORD,
        rb"\1'password'",
        "passwords",
        lambda lowered: b"password" in lowered or b"identified" in lowered,
    ),
)


def find_keys(text: str) -> set[str]:
    """The keys and tokens that detect-secrets knows the form of."""
    found: set[str] = set()
    for line in text.splitlines():
        if _HINT.search(line.lower().encode()):
            for detector in _detectors():
                found.update(str(secret) for secret in detector.analyze_string(line) if secret)
    return found


@lru_cache(maxsize=1)
def _detectors() -> tuple[RegexBasedDetector, ...]:
    # They bring `requests` along: imported with the first statement that looks like a secret.
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    classes: Iterable[type[RegexBasedDetector]] = get_mapping_from_secret_type_to_class().values()
    return tuple(
        plugin()
        for plugin in sorted(classes, key=lambda plugin: plugin.__name__)
        if issubclass(plugin, RegexBasedDetector) and plugin.__name__ not in _UNFIT
    )


def _mask_keys(text: bytes, keys: set[str]) -> bytes:
    """A private key is known by its first line; what follows must go with it."""
    if keys:
        text = _PRIVATE_KEY.sub(b"x" * 16, text)
    for key in sorted(keys, key=len, reverse=True):
        text = text.replace(key.encode(), b"x" * 16)
    return text


def _mask_emails(text: bytes) -> bytes:
    """Equal addresses stay equal, so that a condition still finds its row."""
    stand_ins: dict[bytes, bytes] = {}

    def stand_in(found: re.Match[bytes]) -> bytes:
        return stand_ins.setdefault(found[0], b"user%d@example.com" % (len(stand_ins) + 1))

    return _EMAIL.sub(stand_in, text)
