"""What the stacks whose files lie beside each other would own twice: detected before either is deployed.

The names that come from a stack's own name can't clash. This is about what stack files say: namespaces, host names,
clusters, what a cluster has once, and secrets.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stack_file
from components.settings import Identity, identity

_CLOUDS = {
    "eks": ("region", "name"),
    "gke": ("project", "region", "name"),
    "aks": ("subscription", "resourceGroup", "name"),
}
"""The keys that identify a cluster of a cloud."""

_MANAGERS = {"eks": ("account", "region"), "gke": ("project",), "aks": ("secretVault",)}
"""The same for its cloud's secret manager."""


@dataclass(frozen=True)
class _Claim:
    """One thing that a stack would own.

    Attributes:
        thing: what it is, the same in two stacks for one thing.
        words: what both stacks do, as what follows "both ".
        mend: what one of them could say instead, as what follows "give one of them ".
    """

    thing: str
    words: str
    mend: str


def clashes(folder: Path, stack: str) -> list[str]:
    """Return what a stack would own together with another one, a sentence for each thing, with both named.

    A file that can't be read owns nothing: it is refused where it is used.

    Args:
        folder: where the stack files are.
        stack: the stack's name; a stack without a file there owns nothing.
    """
    names = identity.stacks(path.name for path in folder.iterdir())
    claims = {name: _read(folder / f"Pulumi.{name}.yaml") for name in names}
    sentences = []
    for other, theirs in claims.items():
        if other == stack:
            continue
        shared = {claim.thing for claim in theirs}
        for claim in claims.get(stack, ()):
            if claim.thing in shared:
                first, second = sorted((stack, other), key=list(claims).index)
                sentences.append(
                    f"Pulumi.{first}.yaml and Pulumi.{second}.yaml both {claim.words}, and only one stack can; "
                    f"give one of them {claim.mend}"
                )
    return sentences


def _read(file: Path) -> tuple[_Claim, ...]:
    try:
        about = file.stat()
        return _claims_of(file, about.st_mtime_ns, about.st_size)
    except OSError:
        return ()


@functools.lru_cache(maxsize=1024)  # a preview of all environments asks for each
def _claims_of(file: Path, _changed: int, _size: int) -> tuple[_Claim, ...]:
    try:
        stack = file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        return tuple(_claims(Identity(stack), stack_file.read(file).own))
    except Exception:  # noqa: BLE001 - whatever is wrong with it is reported where the stack is used
        return ()


def _claims(own: Identity, config: Mapping[str, Any]) -> Iterator[_Claim]:
    cluster = _mapping(config.get("cluster"))
    where, which = _place(cluster)
    if name := _text(config.get("namespace")):
        yield _claim("namespace", where, name)(f"have namespace {name}{which}", "another smarthr360:namespace")
    for key, hosts in _mapping(config.get("hosts")).items():
        for host in filter(None, map(_text, hosts if isinstance(hosts, list) else ())):
            yield _claim("host", host)(f"have the host name {host}", f"others in smarthr360:hosts.{key}")
    if external := _mapping(config.get("externalSecrets")):
        secret = _text(external.get("key")) or own.secret_key
        manager = where if external.get("store") == "existing" else _found_by(cluster, _MANAGERS)
        yield _claim("secret", manager, external.get("clusterStore"), secret)(
            f"have the secret {secret} of one secret manager", "another smarthr360:externalSecrets.key"
        )
    if where:  # otherwise `make up` decides which of the stacks installs what the embedded cluster has once
        yield from _had_once(config, cluster, where, which)


def _had_once(config: Mapping[str, Any], cluster: Mapping[str, Any], where: list[Any], which: str) -> Iterator[_Claim]:
    for kind in _CLOUDS:
        if _mapping(cluster.get(kind)).get("create"):
            yield _claim("cluster", where)(f"make the cluster {where[-1]}", f"no smarthr360:cluster.{kind}.create")
            yield from _made_beside(kind, _mapping(cluster[kind]))
    if config.get("delivery", "gitops") == "gitops" and _mapping(config.get("argocd")).get("install", True):
        yield _claim("argocd", where)(f"install Argo CD{which}", "smarthr360:argocd.install false")
    for name, wanted in _mapping(config.get("addons")).items():
        if wanted:
            yield _claim("addon", where, name)(f"install {name}{which}", f"smarthr360:addons.{name} false")


def _made_beside(kind: str, settings: Mapping[str, Any]) -> Iterator[_Claim]:
    """What is made along with a cluster, and is the only one of its name in more than the cluster's own place."""
    name, group = _text(settings.get("name")), _text(settings.get("resourceGroup")).lower()
    if kind == "gke" and name:
        yield _claim("nodes", settings.get("project"), name)(
            f"make the service account {name}-nodes of one project", "another smarthr360:cluster.gke.name"
        )
    if kind == "aks" and group:
        yield _claim("group", settings.get("subscription"), group)(
            f"make the resource group {group}", "another smarthr360:cluster.aks.resourceGroup"
        )


def _claim(*thing: Any) -> Callable[[str, str], _Claim]:
    return functools.partial(_Claim, json.dumps(thing, sort_keys=True, default=str))


def _place(cluster: Mapping[str, Any]) -> tuple[list[Any], str]:
    """What identifies a cluster, and the words for "in it"; a stack without any is for the embedded one."""
    if existing := _mapping(cluster.get("existing")):
        where, name = [_file(existing.get("kubeconfig")), existing.get("context")], existing.get("context")
    else:
        where = _found_by(cluster, _CLOUDS)
        name = where[-1] if where else None
    return where, f" in the cluster {name}" if _text(name) else ""


def _found_by(cluster: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> list[Any]:
    for kind, names in keys.items():
        if settings := _mapping(cluster.get(kind)):
            values = [settings.get(name) for name in names]
            # Azure ignores case in names.
            return [kind, *(_text(value).lower() or value if kind == "aks" else value for value in values)]
    return []


def _file(path: Any) -> Any:
    """A file by one name, of the several that it has."""
    # Unlike pathlib's, this leaves the home folder of an unknown user as it is.
    return os.path.normpath(os.path.expanduser(path)) if _text(path) else path  # noqa: PTH111


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """A text that can be part of a sentence; "" for anything else, which is not a valid name."""
    return value if isinstance(value, str) and value.isprintable() else ""
