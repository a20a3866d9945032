"""Fingerprints, which replace secrets: they show whether two secrets are the same, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

HIDDEN = "<secret>"
"""In the place of a secret in a report."""

_FINGERPRINT = re.compile(r"<secret [0-9a-f]{32}>")
_PLACEHOLDER = re.compile(r"placeholder-[0-9a-f]{40}")


class Fingerprints:
    """Makes fingerprints with a key, without which not even a secret with two possible values can be guessed.

    Args:
        key: random bytes, the same for everything that is compared, and kept nowhere.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def placeholder(self, known: str) -> str:
        """A value in the place of a secret: long enough for Django's key, short enough for PostgreSQL's user.

        Args:
            known: what is known of the secret, such as its encrypted form.
        """
        return f"placeholder-{self._digest(known)[:40]}"

    def of(self, value: Any) -> str:
        """A secret's fingerprint.

        Args:
            value: as a manifest would hold it.
        """
        return f"<secret {self._digest(json.dumps(value, sort_keys=True))[:32]}>"

    def of_each(self, value: Any) -> Any:
        """A part of a manifest with a fingerprint in place of every value.

        Args:
            value: the part.
        """
        if isinstance(value, Mapping | list):
            return _each(value, self.of_each)
        return value if is_fingerprint(value) else self.of(value)

    def hide(self, value: Any) -> Any:
        """A part of a manifest with a fingerprint in place of every text that contains a placeholder.

        Args:
            value: the part.
        """
        if isinstance(value, str):
            return self.of(value) if _PLACEHOLDER.search(value) else value
        return _each(value, self.hide)

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def is_fingerprint(value: Any) -> bool:
    """Whether a value is the fingerprint of a secret."""
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None


def without_fingerprints(value: Any) -> Any:
    """A part of a manifest for a report: `HIDDEN` in place of every fingerprint, which depends on the run's key."""
    return HIDDEN if is_fingerprint(value) else _each(value, without_fingerprints)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: change(inner) for key, inner in value.items()}
    return [change(inner) for inner in value] if isinstance(value, list) else value
