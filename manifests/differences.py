"""How two manifests differ, field by field, by their meaning to Kubernetes."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manifests import equality
from manifests.fingerprints import is_fingerprint

_PLAIN_KEY = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Field:
    """A field that differs.

    Attributes:
        path: its path, such as `spec.template.spec.containers[api].image`.
        before: its value in the base; None if it was not set.
        after: its value in the head; None if it is no longer set.
        secret: whether the values are fingerprints of a secret.
    """

    path: str
    before: Any
    after: Any
    secret: bool = False


def fields(before: Any, after: Any, path: str = "", key: str = "", parent: str = "") -> Iterator[Field]:
    """Yield how two values differ.

    Args:
        before: a manifest or a part of one; None if it is not set.
        after: the same, afterwards.
        path: the path of both.
        key: the last field of that path.
        parent: the field before the last.
    """
    if equality.text(before, key, parent) == equality.text(after, key, parent):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for inner in dict.fromkeys([*before, *after]):
            old, new = (
                None if equality.is_absent(side.get(inner), inner) else side.get(inner) for side in (before, after)
            )
            yield from fields(old, new, _below(path, inner), inner, key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(before, after, path, key)
    else:
        yield Field(path, before, after, _secret(before) or _secret(after))


def _items(before: Sequence[Any], after: Sequence[Any], path: str, key: str) -> Iterator[Field]:
    if name := equality.merge_key(before, after):
        yield from _named_items(before, after, path, key, name)
    elif equality.is_ordered([*before, *after], key):
        yield from _ordered_items(before, after, path, key)
    else:
        yield from _unordered_items(before, after, path, key)


def _named_items(
    before: Sequence[Any], after: Sequence[Any], path: str, key: str, name: Callable[[Any], str]
) -> Iterator[Field]:
    old, new = ({name(item): item for item in items} for items in (before, after))
    for each in dict.fromkeys([*old, *new]):
        yield from fields(old.get(each), new.get(each), f"{path}[{each}]", "", key)
    if equality.is_ordered([*before, *after], key):
        was, now = ([each for each in items if each in old and each in new] for items in (old, new))
        if was != now:
            yield Field(f"{path} (their order)", was, now)


def _ordered_items(before: Sequence[Any], after: Sequence[Any], path: str, key: str) -> Iterator[Field]:
    if not all(isinstance(item, Mapping) for item in (*before, *after)):
        yield Field(path, before, after, _secret(before) or _secret(after))
        return
    was, now = ([equality.text(item, "", key) for item in items] for items in (before, after))
    for _, start, end, new_start, new_end in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        pairs = max(end - start, new_end - new_start)
        for index in range(pairs):
            old = before[start + index] if start + index < end else None
            new = after[new_start + index] if new_start + index < new_end else None
            yield from fields(old, new, f"{path}[{(start if new is None else new_start) + index}]", "", key)


def _unordered_items(before: Sequence[Any], after: Sequence[Any], path: str, key: str) -> Iterator[Field]:
    counts = [Counter(equality.text(item, "", key) for item in items) for items in (before, after)]
    removed, added = _left_over(before, counts[0] - counts[1], key), _left_over(after, counts[1] - counts[0], key)
    if len(removed) == len(added) == 1 and isinstance(before[removed[0]], Mapping):
        yield from fields(before[removed[0]], after[added[0]], f"{path}[{added[0]}]", "", key)
        return
    for index in removed:
        yield Field(_item(path, before[index], index), before[index], None, _secret(before[index]))
    for index in added:
        yield Field(_item(path, after[index], index), None, after[index], _secret(after[index]))


def _left_over(items: Sequence[Any], counts: Counter[str], key: str) -> list[int]:
    """The positions of the items that the other list lacks, or has less often."""
    positions: list[int] = []
    for index, item in enumerate(items):
        if counts[text := equality.text(item, "", key)] > 0:
            counts[text] -= 1
            positions.append(index)
    return positions


def _item(path: str, item: Any, index: int) -> str:
    return f"{path}[{index if isinstance(item, Mapping | list) or is_fingerprint(item) else item}]"


def _below(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_secret, value.values()))
    return any(map(_secret, value)) if isinstance(value, list) else is_fingerprint(value)
