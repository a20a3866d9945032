"""What Argo CD's own objects mean, as its sources read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from manifests.objects import Manifest, items, part

_BRACES = re.compile(r"\{([^{}]*)\}")
_ENOUGH = 100
_SPECIAL = re.compile(r"[*?\[\]{}\\]|^!")


def is_pattern(text: str) -> bool:
    """Whether Argo CD would take a text for more than the one name that it is.

    It matches with gobwas/glob: `*` and `?`, sets such as [a-z], alternatives such as {a,b}; a leading `!` negates it.
    """
    return bool(_SPECIAL.search(text))


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text, as gobwas/glob without separators does; no further than 100 alternatives."""
    return any(fnmatchcase(text, one) for one in islice(_alternatives(pattern), _ENOUGH))


def applications(manifest: Manifest) -> Iterator[Manifest]:
    """The Applications that an object declares: itself, or those of an ApplicationSet's templates."""
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
    hydrated = [part(spec, "sourceHydrator", "drySource")] if part(spec, "sourceHydrator") else []
    return [
        *hydrated,
        *(items(spec, "sources") or ([part(spec, "source")] if part(spec, "source") or not hydrated else [])),
    ]


def syncs_by_itself(application: Manifest) -> bool:
    """Whether it is synced without anybody asking for it."""
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


def _alternatives(pattern: str) -> Iterator[str]:
    """A pattern without braces for each alternative that they give; none is inside another."""
    braces = _BRACES.search(pattern)
    if not braces or pattern.count("{") > _ENOUGH:
        yield pattern.replace("\\", "")
        return
    for one in braces[1].split(","):
        yield from _alternatives(f"{pattern[: braces.start()]}{one}{pattern[braces.end() :]}")
