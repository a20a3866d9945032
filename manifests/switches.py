"""Boolean settings of programs: which values turn one on, and where objects set them."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.objects import Manifest, items, part
from manifests.pods import containers, pods

_EVERYWHERE = ("1", "on", "true", "y", "yes")
_SOMEWHERE = ("ok", "t")
"""Python's readers of environment variables differ: django-environ takes `ok`, python-decouple `t`."""


def may_be_on(value: object) -> bool:
    """Whether a value turns a setting on for some program."""
    return str(value).strip().lower() in (*_EVERYWHERE, *_SOMEWHERE)


def is_on(value: object) -> bool:
    """Whether a value turns a setting on for every program."""
    return str(value).strip().lower() in _EVERYWHERE


def is_debug(name: str) -> bool:
    """Whether a setting of this name is the debug mode: DEBUG, DJANGO_DEBUG, APP_DEBUG."""
    return name.upper().endswith("DEBUG")


def given(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """The settings in an object: the container, or "" in a ConfigMap, the name and the value."""
    data = part(manifest, "data") if manifest.get("kind") == "ConfigMap" else {}
    for key in data:
        yield "", key, data[key]
    for template in pods(manifest):
        for container in containers(template.spec):
            for variable in items(container, "env"):
                if "value" in variable:
                    yield str(container.get("name")), variable.get("name") or "", variable["value"]
