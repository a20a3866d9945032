"""What Argo CD's own objects mean, as its sources read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from manifests.objects import Manifest, items, part

_SPECIAL = re.compile(r"[*?\[\]{}\\]|^!")


def is_pattern(text: str) -> bool:
    """Whether Argo CD would take a text for more than the one thing that it names.

    It matches by gobwas/glob: `*` and `?`, sets such as [a-z], alternatives such as {a,b}; and a `!` before all that
    turns it round.
    """
    return bool(_SPECIAL.search(text))


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern means a text, as gobwas/glob without separators matches it."""
    return re.fullmatch(_expression(pattern), text, re.DOTALL) is not None


def applications(manifest: Manifest) -> Iterator[Manifest]:
    """The Applications that an object says there are to be: itself, or those of an ApplicationSet's templates."""
    match manifest.get("kind"):
        case "Application":
            yield manifest
        case "ApplicationSet":
            spec = part(manifest, "spec")
            yield part(spec, "template")
            for template in _templates(items(spec, "generators")):
                # What a generator says takes the place of what the set does.
                yield {"spec": {**part(spec, "template", "spec"), **part(template, "spec")}}


def sources(application: Manifest) -> list[Manifest]:
    """Where an Application's manifests come from; several take the place of one."""
    spec = part(application, "spec")
    found = [part(spec, "sourceHydrator", "drySource")] if part(spec, "sourceHydrator") else []
    return [*found, *(items(spec, "sources") or ([part(spec, "source")] if part(spec, "source") or not found else []))]


def syncs_by_itself(application: Manifest) -> bool:
    """Whether it is synced with nobody asking for it."""
    automated = part(application, "spec", "syncPolicy").get("automated")
    return automated is not None and automated.get("enabled") is not False


def _templates(value: Any) -> Iterator[Manifest]:
    """The templates of generators, and of those inside them."""
    for generator in value:
        for key in generator:
            inner = generator[key]
            if isinstance(inner, Mapping):
                if part(inner, "template"):
                    yield part(inner, "template")
                yield from _templates(items(inner, "generators"))


def _expression(pattern: str) -> str:
    """The regular expression of a glob."""
    found, depth, index = "", 0, 0
    while index < len(pattern):
        sign = pattern[index]
        index += 1
        if sign == "*":
            found += ".*"
        elif sign == "?":
            found += "."
        elif sign == "\\" and index < len(pattern):
            found, index = found + re.escape(pattern[index]), index + 1
        elif sign == "[" and (end := pattern.find("]", index)) > 0:
            inside = pattern[index:end].replace("\\", "\\\\")
            found, index = found + f"[{'^' + inside[1:] if inside.startswith('!') else inside}]", end + 1
        elif sign == "{":
            found, depth = found + "(?:", depth + 1
        elif sign == "}" and depth:
            found, depth = found + ")", depth - 1
        elif sign == "," and depth:
            found += "|"
        else:
            found += re.escape(sign)
    return found + ")" * depth
