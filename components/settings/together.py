"""What has to be true of several sections of the settings together, because another system reads them so."""

from collections.abc import Mapping
from typing import Any

from components.settings.addons import Addons
from components.settings.argocd import ArgoCd
from components.settings.schema import ConflictError
from components.settings.workloads import Api, Postgres, Worker

MOST_HOSTS = {"gateway": 16, "ingress": 100}
"""Host names of an environment: as many as an HTTPRoute takes (gateway-api.sigs.k8s.io: `hostnames`), of which one
redirects all of them, or a certificate (letsencrypt.org/docs/rate-limits)."""


def hosts_fit(found: Mapping[str, Any], kind: str) -> None:
    """Refuse more hosts than the edge takes.

    Args:
        found: The sections that are good so far.
        kind: The edge's.

    Raises:
        ConflictError: At the edge's `kind`.
    """
    hosts = found.get("hosts")
    count = len((*hosts.site, *hosts.api)) if hosts else 0
    if count > MOST_HOSTS[kind]:
        more = f", or ingress, which takes {MOST_HOSTS['ingress']}" if kind == "gateway" else ""
        raise ConflictError(
            "kind",
            f"{kind} takes {MOST_HOSTS[kind]} host names, and hosts.site and hosts.api have {count}; "
            f"allowed are fewer of them{more}",
        )


def namespace_apart(found: Mapping[str, Any], name: str) -> None:
    """Refuse a namespace that is the environment's as well: its policies would hold for what is there.

    Args:
        found: The sections that are good so far.
        name: The namespace.

    Raises:
        ConflictError: At the section's `namespace`.
    """
    if found.get("namespace") == name:
        raise ConflictError("namespace", f"{name} is the environment's own namespace; allowed is another")


def addons_apart(found: Mapping[str, Any], addons: Addons) -> None:
    """Refuse an add-on whose namespace somebody else makes: the stack makes it, and deletes it when it goes.

    Args:
        found: The sections that are good so far.
        addons: The add-ons.

    Raises:
        ConflictError: At the add-on.
    """
    made: dict[str, str] = {}
    for addon, (name, key) in _namespaces(found, addons).items():
        owner = "Kubernetes' own" if _is_kubernetes(name) else f"{made[name]}'s" if name in made else None
        if owner:
            raise ConflictError(addon, f"is not possible in {key} {name}, which is {owner}; allowed is another")
        made[name] = addon


def argocd_apart(found: Mapping[str, Any], argocd: ArgoCd) -> None:
    """Refuse to install Argo CD in a namespace that somebody else makes.

    Args:
        found: The sections that are good so far.
        argocd: Argo CD's settings.

    Raises:
        ConflictError: At its `namespace`.
    """
    name, addons = argocd.namespace, found.get("addons")
    made = {name: addon for addon, (name, _) in _namespaces(found, addons).items()} if addons else {}
    owner = "Kubernetes' own" if _is_kubernetes(name) else f"{made[name]}'s" if name in made else None
    if argocd.install and owner:
        raise ConflictError("namespace", f"{name} is {owner}; allowed is another, or argocd.install false")


def _namespaces(found: Mapping[str, Any], addons: Addons) -> dict[str, tuple[str, str]]:
    """Return which namespace each add-on makes that is installed, and the key that says so."""
    known = {
        "certManager": (addons.cert_manager, "cert-manager", "namespace"),
        "externalSecrets": (addons.external_secrets, "external-secrets", "namespace"),
    }
    for addon, installed, section in (
        ("envoyGateway", addons.envoy_gateway, "edge"),
        ("monitoring", addons.monitoring, "monitoring"),
    ):
        if section in found:
            known[addon] = (installed, found[section].namespace, f"{section}.namespace")
    return {addon: (name, key) for addon, (installed, name, key) in known.items() if installed}


def _is_kubernetes(namespace: str) -> bool:
    return namespace == "default" or namespace.startswith("kube-")


def connections_fit(found: Mapping[str, Any], postgres: Postgres) -> None:
    """Refuse more connections to the database than it has room for: pods that come last would fail every request.

    Args:
        found: The sections that are good so far.
        postgres: The database.

    Raises:
        ConflictError: At the database's memory limit.
    """
    api, worker = found.get("api"), found.get("worker")
    if not isinstance(api, Api) or not isinstance(worker, Worker):
        return
    # One of beat's, and three that PostgreSQL keeps for administrators.
    needed = api.connections + worker.connections + 4
    if needed > postgres.connections:
        limit = postgres.resources.memory.limit
        more = f"{postgres.memory_for(needed)} or more, or " if needed <= Postgres.MOST_CONNECTIONS else ""
        raise ConflictError(
            "resources.memory.limit",
            f"{limit.text} has room for {postgres.connections} connections, and at their most the pods of api and "
            f"worker open {needed}; allowed is {more}fewer pods, processes, threads or tasks at once",
        )
