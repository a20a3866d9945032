"""What things are called: the names that a provider makes up, and ids by which no two things are the same."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from tools.embedded.clouds.schema import Properties

_AZURE_OWN = {
    "FileServiceProperties": "fileServicesName",
    "MaintenanceConfiguration": "configName",
    "ManagementLockByScope": "lockName",
}
_OUTERMOST = ("scope", "resourceUri", "resourceGroupName")
_AROUND = (*_OUTERMOST, "location", "region", "project", "zone", "cluster", "keyRing")


def own_key(known: Properties) -> str | None:
    """The input that names a thing itself, not its parent; None where the cloud gives it nothing but an id."""
    name = known.owner
    if name in _AZURE_OWN:
        return _AZURE_OWN[name]
    wanted = [f"{name}Name", f"{name}ResourceName", "resourceName", "accountName", "name", "accountId"]
    by_lower = {key.lower(): key for key in known.types}
    return next((by_lower[key.lower()] for key in wanted if key.lower() in by_lower), None)


def unique(name: str) -> str:
    """A name that nothing else has."""
    return f"{name}-{secrets.token_hex(4)}"


def new_id(known: Properties, inputs: Mapping[str, Any]) -> str:
    """The id of a new thing: its name, behind the names of what it is in. A second one of that name gets the same.

    Args:
        known: what there is to know of its kind.
        inputs: what it is made from.
    """
    own = own_key(known)
    if own is None or not isinstance(inputs.get(own), str):
        return unique(known.owner.lower())
    around = [
        key
        for key, value in inputs.items()
        if key != own and isinstance(value, str) and (key.endswith(("Name", "Id")) or key in _AROUND)
    ]
    ordered = sorted(around, key=lambda key: (key not in _OUTERMOST, key))
    return "/".join(inputs[key] for key in (*ordered, own))
