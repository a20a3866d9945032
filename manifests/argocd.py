"""What Argo CD's own objects mean, by its source code."""

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
    """Whether Argo CD would read a text as a pattern rather than a name.

    It matches with gobwas/glob: `*` and `?`, sets such as [a-z], alternatives such as {a,b}; a leading `!` negates.
    """
    return bool(_SPECIAL.search(text))


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text, as in gobwas/glob without separators; only 100 alternatives are tried."""
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
                # A generator's template overrides the set's.
                yield {"spec": {**part(spec, "template", "spec"), **part(template, "spec")}}


def sources(application: Manifest) -> list[Manifest]:
    """Where an Application's manifests come from; `sources` replaces `source`."""
    spec = part(application, "spec")
    hydrated = [part(spec, "sourceHydrator", "drySource")] if part(spec, "sourceHydrator") else []
    return [
        *hydrated,
        *(items(spec, "sources") or ([part(spec, "source")] if part(spec, "source") or not hydrated else [])),
    ]


def syncs_by_itself(application: Manifest) -> bool:
    """Whether an Application is synced automatically."""
    automated = part(application, "spec", "syncPolicy").get("automated")
    return automated is not None and automated.get("enabled") is not False


def _templates(value: Any) -> Iterator[Manifest]:
    """The templates of generators, and of the generators nested in them."""
    for generator in value:
        for key in generator:
            inner = generator[key]
            if isinstance(inner, Mapping):
                if part(inner, "template"):
                    yield part(inner, "template")
                yield from _templates(items(inner, "generators"))


def _alternatives(pattern: str) -> Iterator[str]:
    """A pattern without braces for each alternative in them; braces in braces are not read."""
    braces = _BRACES.search(pattern)
    if not braces or pattern.count("{") > _ENOUGH:
        yield pattern.replace("\\", "")
        return
    for one in braces[1].split(","):
        yield from _alternatives(f"{pattern[: braces.start()]}{one}{pattern[braces.end() :]}")
