"""When two values in manifests mean the same to Kubernetes although they are written differently.

For fields that are in no table here, any difference counts: showing one too many does no harm.
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
"""Fields whose empty value means the same as leaving them out.

Not among them are fields where it matters: `namespaceSelector: {}` is every namespace, and without it only this one;
`automated: {}` is on, and without it off; an empty `namespaceResourceWhitelist` allows nothing, and without it
everything.
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
"""Fields that identify the items of a list: the first of these that all items have, with a different value in each."""


def text(value: Any, key: str = "", parent: str = "") -> str:
    """A value's meaning as a text, the same for all values with this meaning.

    Args:
        value: a manifest, or a part of one.
        key: the field that has the value.
        parent: the field around it.
    """
    return json.dumps(_canonical(value, key, parent), sort_keys=True)


def is_absent(value: Any, key: str) -> bool:
    """Whether a field with this value means the same as a missing field."""
    return value is None or (key in _EMPTY_IS_ABSENT and _canonical(value, key, "") in ({}, []))


def merge_key(*lists: Sequence[Any]) -> Callable[[Any], str] | None:
    """Return a function that names an item within its list; None if nothing identifies the items.

    Args:
        lists: the list before and after.
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
    if key == "env":  # a variable can refer to earlier ones
        return any("$(" in str(item.get("value", "")) for item in items if isinstance(item, Mapping))
    if key == "rules":  # a role's are not ordered; a route uses the first that matches
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
    except ValueError:  # such as 0, which `Quantity` refuses
        return written


def _named(item: Mapping[str, Any], fields: Sequence[str]) -> str | None:
    """An item's name within its list, made of some fields; None if it lacks one of them."""
    parts: list[str] = []
    for field in fields:
        value: Any = item
        for step in field.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            # Both are optional: the protocol is TCP by default, and a route's parent the whole Gateway.
            if field not in ("protocol", "sectionName"):
                return None
            continue
        parts.append(str(value))
    return "/".join(parts)
