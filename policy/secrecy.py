"""Distinguishes secrets from what only resembles one, by name and by value."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from manifests.fingerprints import HIDDEN, is_fingerprint

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SECRET = ("password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "credentials", "apikey", "dsn")
_ALONE = ("pass", "pw", "mdp", "passcode", "requirepass", "masterauth")
"""Only as whole words; of those above, the end of a word is enough: DBPASSWORD."""
_WITH_PASS = ("by", "com", "sur", "tres", "over", "under", "en", "multi", "low", "high")
"""With these before it, `pass` is part of another word: bypass, compass."""
_KEYS = ("api", "private", "access", "secret", "signing", "encryption", "auth", "account", "master")
"""A word `key` after one of these is the name of a secret."""
_ABOUT = (
    *("name", "names", "file", "path", "dir", "url", "uri", "ref", "type", "class", "id", "kind", "provider", "store"),
    *("length", "lifetime", "ttl", "age", "expiry", "seconds", "minutes", "hours", "days", "timeout", "interval"),
    *("enabled", "required", "policy", "algorithm", "header", "prefix", "suffix", "version", "count", "checksum"),
)
"""A name that ends like this is about a secret, but does not hold it."""

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
    r"|\bnpm_\w{36}\b|\bpypi-AgE[\w-]{20}"  # package registries
    r"|\bSG\.[\w-]{22}\.[\w-]{43}\b|\bkey-[0-9a-f]{32}\b"  # SendGrid, Mailgun
    r"|\bsk-(?:ant-|proj-)[\w-]{20}"  # Anthropic, OpenAI
    r"|\bdop_v1_[0-9a-f]{64}\b|\bdckr_pat_[\w-]{20}"  # DigitalOcean, Docker
    r"|\bPuTTY-User-Key-File-\d"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # a signed JSON web token
)
_REFERENCE = r"[$<{*%]|\.\.\."
"""How a placeholder begins: $NAME, ${NAME}, $(NAME), {{name}}, <name>, ***."""
_ELSEWHERE = re.compile(rf"{_REFERENCE}|/|file:|replace-")  # the last is Argo CD's own placeholder
_IN_URL = re.compile(rf"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:(?!{_REFERENCE})[^\s/@'\"]+@[^\s/]", re.IGNORECASE)
_IN_QUERY = re.compile(rf"[?&]([\w.-]+)=(?!{_REFERENCE}|&)[^\s&'\"]+")
_LINE = re.compile(r"^[ \t]*(?:export |- |--)?[\"']?([\w.-]+)[\"']?[ \t]*[:=][ \t]*(\S.*)$", re.MULTILINE)
_PAIR = re.compile(r"[\"']([\w.-]+)[\"']\s*:\s*[\"']([^\"']+)[\"']")
_ELEMENT = re.compile(r"<([\w.-]+)(?:\s[^<>]*)?>\s*([^<>\s][^<>]*)</")
_TAG = re.compile(r"<[^<>]+>")
_ATTRIBUTE = re.compile(r"\s([\w.-]+)=[\"']([^\"']+)[\"']")
_PGPASS = re.compile(r"^[^\s:#]+:(?:\d+|\*):[^\s:]+:[^\s:]+:(\S+)$", re.MULTILINE)
_NETRC = re.compile(r"^\s*(?:machine\s+\S+|default)\s+(?:login|user)\s+\S+\s+password\s+(\S+)", re.MULTILINE)
_REDIS = re.compile(r"^[ \t]*(?:(?:requirepass|masterauth)[ \t]+|user[ \t]+\S+[ \t].*>)(\S+)", re.MULTILINE)
_LOGIN = re.compile(
    r"\b(?:proxy-)?authorization\b[\"']?[ \t:=]+[\"']?(?:basic|bearer)[ \t]+([^\s\"';]{6,})", re.IGNORECASE
)
_HASHED = re.compile(r"^[^\s:#]+:(\$(?:apr1|1|2[aby]|5|6|y)\$\S{20,})$", re.MULTILINE)
_FILES = {
    _PGPASS: "a password of PostgreSQL",
    _NETRC: "a password of a machine",
    _REDIS: "a password of Redis",
    _LOGIN: "a login",
    _HASHED: "a hashed password",
}
_NAMED = re.compile(r"^[ \t-]*name:[ \t]*[\"']?([\w.-]+)[\"']?[ \t]*\n[ \t]*value:[ \t]*(\S.*)$", re.MULTILINE)
_ASSIGNED = re.compile(r"(?:^|[\s;&|(])-{0,2}([A-Za-z][\w.-]*)=[\"']?([^\s;&|\"']+)")
_RANDOM = re.compile(r"[\w+/=-]{24,}", re.ASCII)


def is_name(name: str) -> bool:
    """Whether a name is that of a secret, such as DB_PASSWORD or apiKey, but not PASSWORD_MIN_LENGTH."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _ABOUT:
        return False
    if any(word.endswith(_SECRET) or word in _ALONE or _has_pass(word) for word in words):
        return True
    return any(word == "key" and before in _KEYS for before, word in itertools.pairwise(words)) or any(
        word.endswith(f"{key}key") for key in _KEYS for word in words
    )


def is_value(value: str) -> bool:
    """Whether a value is a secret by itself: Pulumi knows it as one, it has a known format, or it looks random."""
    return value == HIDDEN or is_fingerprint(value) or bool(_FORMATS.search(value)) or _looks_random(value)


def is_given(value: str) -> bool:
    """Whether a value could be a secret: not empty, a boolean, a placeholder or the path of a file."""
    value = value.strip().strip("\"'")
    return bool(value) and value.lower() not in _SWITCHES and not _ELSEWHERE.match(value)


def in_urls(value: str) -> bool:
    """Whether a value contains a URL with a password or a token."""
    return bool(_IN_URL.search(value)) or any(is_name(name) for name in _IN_QUERY.findall(value))


def in_text(value: str) -> Iterator[str]:
    """The names of the secrets that a text sets: in lines, in assignments, or in a known file format."""
    yield from in_lines(value)
    with contextlib.suppress(ValueError, RecursionError):
        yield from _in_json(json.loads(value)) if value.lstrip()[:1] in ("{", "[") else ()
    assigned = [(name, given) for name, given in _ASSIGNED.findall(value) if "(" not in given and "[" not in given]
    attributes = (pair for tag in _TAG.findall(value) for pair in _ATTRIBUTE.findall(tag))
    for name, given in (
        *_ELEMENT.findall(value),
        *attributes,
        *_PAIR.findall(value),
        *_NAMED.findall(value),
        *assigned,
    ):
        if is_name(name) and is_given(given):
            yield name
    for pattern, name in _FILES.items():
        if any(is_given(given) or pattern is _HASHED for given in pattern.findall(value)):
            yield name


def in_command(words: Sequence[str]) -> bool:
    """Whether a command line contains a secret: in an option, with one dash or two, or in a shell script."""
    pairs = [f"{one.lstrip('-')}={other}" for one, other in itertools.pairwise(words) if one.startswith("-")]
    given = [pair for word in (*words, *pairs) for pair in _ASSIGNED.findall(word)]
    return any(is_value(word) or any(in_text(word)) for word in words) or any(
        is_name(name) and is_given(value) and "(" not in value and "[" not in value for name, value in given
    )


def _in_json(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if is_name(str(value.get("name", ""))) and isinstance(value.get("value"), str) and is_given(value["value"]):
            yield str(value["name"])
        for key, inner in value.items():
            if is_name(key) and isinstance(inner, str) and is_given(inner):
                yield key
            yield from _in_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_json(inner)


def _has_pass(word: str) -> bool:
    """Whether a word is a name followed by `pass`, such as pgpass, rather than an ordinary word."""
    return word.endswith("pass") and not word.removesuffix("pass").endswith(_WITH_PASS)


def in_lines(value: str) -> Iterator[str]:
    """The names of the secrets that a text's lines set, such as `password = ...`."""
    for name, given in _LINE.findall(value):
        # A call or an index is code, such as a look-up in the environment, and not the value.
        if is_name(name) and is_given(given) and "(" not in given and "[" not in given:
            yield name


def _looks_random(value: str) -> bool:
    """Whether a value has 24 characters or more that switch between upper case, lower case and digits as if random.

    In random text, two of three neighbours differ in that; in a path or in CamelCaseWords2, one of five. A hexadecimal
    digest has no upper case.
    """
    if not _RANDOM.fullmatch(value):
        return False
    classes = [_class(sign) for sign in value]
    changes = sum(one != other and "" not in (one, other) for one, other in itertools.pairwise(classes))
    return {"digit", "upper", "lower"} <= {*classes} and changes / (len(value) - 1) > 0.33


def _class(sign: str) -> str:
    return "digit" if sign.isdigit() else "upper" if sign.isupper() else "lower" if sign.islower() else ""
