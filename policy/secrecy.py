"""Telling a secret from what only sounds like one, by its name and by its value."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ops.fingerprints import HIDDEN, is_fingerprint

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SECRET = ("password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "credentials", "apikey", "dsn")
_ALONE = ("pass", "requirepass", "masterauth")
"""Whole words; of the others, the end of a word is enough: DBPASSWORD."""
_KEYS = ("api", "private", "access", "secret", "signing", "encryption", "auth", "account", "master")
"""What makes a word `key` the name of a secret."""
_ABOUT = (
    *("name", "names", "file", "path", "dir", "url", "uri", "ref", "type", "class", "id", "kind", "provider", "store"),
    *("length", "lifetime", "ttl", "age", "expiry", "seconds", "minutes", "hours", "days", "timeout", "interval"),
    *("enabled", "required", "policy", "algorithm", "header", "prefix", "suffix", "version", "count", "checksum"),
)
"""A name that ends like this tells something about a secret, but not the secret."""

_SWITCHES = ("true", "false", "yes", "no", "on", "off", "none", "null")

_FORMATS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bAIza[\w-]{35}"  # Google
    r"|\bgh[pousr]_\w{36}|\bgithub_pat_\w{22}"  # GitHub
    r"|\bglpat-[\w-]{20}"  # GitLab
    r"|\bxox[abeprs]-[\w-]{10}"  # Slack
    r"|\b[sr]k_live_\w{20}"  # Stripe
    r"|\bpul-[0-9a-f]{40}\b"  # Pulumi
    r"|\bhvs\.[\w-]{20}"  # Vault
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # a signed JSON web token
)
_REFERENCE = r"[$<{*%]|\.\.\."
"""How a place for a value begins: $NAME, ${NAME}, $(NAME), {{name}}, <name>, ***."""
_ELSEWHERE = re.compile(rf"{_REFERENCE}|/|file:")
_IN_URL = re.compile(rf"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:(?!{_REFERENCE})[^\s/@'\"]+@[^\s/]", re.IGNORECASE)
_IN_QUERY = re.compile(rf"[?&]([\w.-]+)=(?!{_REFERENCE}|&)[^\s&'\"]+")
_LINE = re.compile(r"^[ \t]*(?:export |- |--)?[\"']?([\w.-]+)[\"']?[ \t]*[:=][ \t]*(\S.*)$", re.MULTILINE)
_RANDOM = re.compile(r"[\w+/=-]{24,}", re.ASCII)


def is_name(name: str) -> bool:
    """Whether what has this name is a secret: DB_PASSWORD, apiKey; not PASSWORD_MIN_LENGTH."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _ABOUT:
        return False
    if any(word.endswith(_SECRET) or word in _ALONE for word in words):
        return True
    return any(word == "key" and before in _KEYS for before, word in itertools.pairwise(words))


def is_value(value: str) -> bool:
    """Whether a value can be nothing but a secret: Pulumi knows it as one, it has a known format, or looks random."""
    return value == HIDDEN or is_fingerprint(value) or bool(_FORMATS.search(value)) or _looks_random(value)


def is_given(value: str) -> bool:
    """Whether there is a value at all: not nothing, not a switch, not a place for one, not a file that holds it."""
    value = value.strip().strip("\"'")
    return bool(value) and value.lower() not in _SWITCHES and not _ELSEWHERE.match(value)


def in_urls(value: str) -> bool:
    """Whether there is an address in it that holds a password or a token."""
    return bool(_IN_URL.search(value)) or any(is_name(name) for name in _IN_QUERY.findall(value))


def in_lines(value: str) -> Iterator[str]:
    """The names of the secrets that lines of a text set, such as `password = ...`."""
    for name, given in _LINE.findall(value):
        # A call, such as a look-up in the environment, is code and not the value.
        if is_name(name) and is_given(given) and "(" not in given and "[" not in given:
            yield name


def _looks_random(value: str) -> bool:
    """Whether a value is 24 characters or more that change between letters and digits as only random ones do.

    Upper case, lower case and digits change at two of three places in a random text, and at one of five in a path or
    in CamelCaseWords2. A digest in hexadecimal digits has no upper case.
    """
    if not _RANDOM.fullmatch(value):
        return False
    classes = [_class(sign) for sign in value]
    changes = sum(one != other and "" not in (one, other) for one, other in itertools.pairwise(classes))
    return {"digit", "upper", "lower"} <= {*classes} and changes / (len(value) - 1) > 0.33


def _class(sign: str) -> str:
    return "digit" if sign.isdigit() else "upper" if sign.isupper() else "lower" if sign.islower() else ""
