"""What a value in a manifest means to Kubernetes: two that are written differently can be the same.

Where no table here knows a field, any difference counts: showing one too many does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from units import Quantity


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUANTITIES_IN = _names("requests limits hard capacity")
_QUANTITIES = _names("sizeLimit averageValue divisor")
_NUMBER_OR_TEXT = _names("port targetPort maxSurge maxUnavailable minAvailable")

_EMPTY_IS_ABSENT = _names(
    """
    add annotations args binaryData capabilities clusterResourceBlacklist clusterResourceWhitelist command data
    destinations drop egress env envFrom finalizers from groups hostAliases hostnames ignoreDifferences imagePullSecrets
    ingress initContainers jqPathExpressions jsonPointers labels limits matchExpressions matchLabels
    namespaceResourceBlacklist nodeSelector ownerReferences policies ports requests resources roles secrets
    securityContext sourceRepos stringData subjects supplementalGroups syncOptions syncWindows to tolerations
    topologySpreadConstraints volumeMounts volumes
    """
)
"""Fields whose empty value is what they have by default.

Not among them is what an empty value opens: `namespaceSelector: {}` is every namespace and none is this one,
`automated: {}` is on and none is off, an empty list of `namespaceResourceWhitelist` is nothing and none is everything.
"""

_UNORDERED = _names(
    """
    accessModes add apiGroups categories clusterResourceBlacklist clusterResourceWhitelist clusters destinations
    dnsNames drop egress except finalizers from groups hostnames hosts ignoreDifferences imagePullSecrets ingress
    jqPathExpressions jsonPointers matchExpressions metrics namespaceResourceBlacklist namespaceResourceWhitelist
    namespaces nonResourceURLs parentRefs policies policyTypes ports required resourceNames resources shortNames
    sourceRepos subjects supplementalGroups syncOptions syncWindows to tolerations topologySpreadConstraints usages
    values verbs
    """
)

_MERGE_KEYS = (
    ("mountPath",),
    ("name",),
    ("name", "sectionName"),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("key",),
    ("host",),
    ("type", "resource.name"),
)
"""The fields that identify the items of a list: the first of these that every item has, each with its own value."""


def text(value: Any, key: str = "", parent: str = "") -> str:
    """What a value means, as a text that equals that of every value with the same meaning.

    Args:
        value: a manifest, or a part of one.
        key: the field that it is the value of.
        parent: the field around that.
    """
    return json.dumps(_canonical(value, key, parent), sort_keys=True)


def is_absent(value: Any, key: str) -> bool:
    """Whether a field with this value means the same as one that is missing."""
    return value is None or (key in _EMPTY_IS_ABSENT and _canonical(value, key, "") in ({}, []))


def merge_key(*lists: Sequence[Any]) -> Callable[[Any], str] | None:
    """Return what identifies the items of lists; None where nothing does.

    Args:
        lists: the list before and after.

    Returns:
        What gives an item's name within its list.
    """
    if not all(isinstance(item, Mapping) for items in lists for item in items):
        return None
    for fields in _MERGE_KEYS:
        named = [[_named(item, fields) for item in items] for items in lists]
        if all(all(names) and len(set(names)) == len(names) for names in named):
            return lambda item: _named(item, fields) or ""
    return None


def is_ordered(items: Sequence[Any], key: str) -> bool:
    """Whether the order of a list's items means something."""
    if key == "initContainers":
        return True
    if key == "env":  # a variable can hold one that stands before it
        return any("$(" in str(item.get("value", "")) for item in items if isinstance(item, Mapping))
    if key == "rules":  # those of a role; a route takes its first that fits
        return not all(isinstance(item, Mapping) and "verbs" in item for item in items)
    return key not in _UNORDERED and merge_key(items) is None


def _canonical(value: Any, key: str, parent: str) -> Any:
    if isinstance(value, Mapping):
        canonical = {inner: _canonical(below, inner, key) for inner, below in value.items()}
        return {
            inner: below
            for inner, below in canonical.items()
            if below is not None and not (inner in _EMPTY_IS_ABSENT and below in ({}, []))
        }
    if isinstance(value, list | tuple):
        items = [_canonical(item, "", key) for item in value]
        return items if is_ordered(value, key) else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, bool) or value is None:
        return value
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    if key in _NUMBER_OR_TEXT:
        return str(value)
    return _quantity(str(value)) if parent in _QUANTITIES_IN or key in _QUANTITIES else value


def _quantity(written: str) -> str:
    try:
        return str(Quantity(written).value)
    except ValueError:  # 0, for one, which our own settings refuse
        return written


def _named(item: Mapping[str, Any], fields: Sequence[str]) -> str | None:
    """An item's name within its list; None where it has not all that makes one."""
    parts: list[str] = []
    for field in fields:
        value: Any = item
        for step in field.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            # The protocol is TCP where none is given, and a route's parent is a whole Gateway.
            if field not in ("protocol", "sectionName"):
                return None
            continue
        parts.append(str(value))
    return "/".join(parts)
