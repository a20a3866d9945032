"""What Pulumi hands to a program, before the models read it: text, of which some is JSON."""

import json
from collections.abc import Collection, Iterable

from checked import nearest
from stack_file import PROJECT

NAMESPACE = f"{PROJECT}:"
"""What every key of ours begins with."""

_PROVIDERS = ("pulumi", "aws", "azure-native", "gcp", "kubernetes")
"""The namespaces beside our own that something reads: the engine, and the providers that the program uses."""

_DEEPEST = 32
"""Levels of an object; pydantic reads about 200, Python's own reader about 1,000, and no key needs more than ten."""


def decode(value: object) -> object:
    """Return what an object's JSON text holds; other values, and text that is not such JSON, as they are."""
    if not isinstance(value, str):
        return value
    try:
        decoded = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if _is_deeper(decoded, _DEEPEST) else decoded


def is_text(value: object) -> bool:
    """Return whether all text in a value is of whole characters, so that it can be written anywhere."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(key: str) -> str:
    """Return a key as any terminal can show it."""
    return key.encode("ascii", "backslashreplace").decode()


def unread_keys(keys: Iterable[str], own: str) -> list[str]:
    """Return a sentence for each key of a namespace that nothing reads, such as a misspelt one.

    Args:
        keys: Full keys, such as `smarthr360:api`.
        own: The namespace of this project.
    """
    known = (own, *_PROVIDERS)
    sentences = []
    for key in keys:
        namespace, _, name = printable(key).partition(":")
        if namespace not in known:
            near = nearest(namespace, known)
            meant = f", the nearest is {near}:{name}" if near else ""
            sentences.append(
                f"{namespace}:{name}: is read by nothing{meant}; namespaces that are read: {', '.join(known)}"
            )
    return sentences


def _is_deeper(value: object, levels: int) -> bool:
    """Return whether an object or a list has more levels than these."""
    inner: Collection[object] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(item, levels - 1) for item in inner)
