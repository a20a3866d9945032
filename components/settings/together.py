"""What has to be true of several sections of the settings together: `RULES`.

A rule takes the sections above that are good so far, by field, and the one to check; it raises `ConflictError` at a key
of that one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from components.settings.addons import Addons
from components.settings.app import App
from components.settings.argocd import ArgoCd
from components.settings.edge import Edge, Monitoring
from components.settings.gitops import GitOps
from components.settings.identity import PRODUCTION
from components.settings.raw import NAMESPACE
from components.settings.schema import ConflictError
from components.settings.secrets import ArgoCdSecrets, ExternalSecrets, Secrets, uses
from components.settings.storage import Storage
from components.settings.workloads import Api, Postgres, Worker

_Sections = Mapping[str, Any]

MOST_HOSTS = {"gateway": 16, "ingress": 100}
"""Host names of an environment: as many as an HTTPRoute takes (gateway-api.sigs.k8s.io: `hostnames`), of which one
redirects all of them, or a certificate (letsencrypt.org/docs/rate-limits)."""


def no_debug_in_production(others: _Sections, app: App) -> None:
    """Refuse Django's debug pages in production."""
    if app.debug and others.get("environment") == PRODUCTION:
        raise ConflictError("debug", "true is not allowed in production, where its pages would show settings to anyone")


def shares_can_be_made(others: _Sections, storage: Storage) -> None:
    """Refuse a shared volume that is smaller than the cluster can make it: its claim would stay Pending."""
    cluster = others.get("cluster")
    gke = cluster.gke.create if cluster and cluster.gke else None
    smallest = gke.smallest_share if gke else None
    for key, size in {"media": storage.media, "mlModels": storage.ml_models, "logs": storage.logs}.items():
        if smallest and size < smallest:
            raise ConflictError(
                key,
                f"{size} is below {smallest}, the smallest share of Filestore's enterprise tier; "
                f"allowed is {smallest}, or {NAMESPACE}cluster.gke.create.filestore basic",
            )


def hosts_fit(others: _Sections, edge: Edge) -> None:
    """Refuse more hosts than the edge takes."""
    hosts = others.get("hosts")
    count = len((*hosts.site, *hosts.api)) if hosts else 0
    if count > MOST_HOSTS[edge.kind]:
        more = f", or ingress, which takes {MOST_HOSTS['ingress']}" if edge.kind == "gateway" else ""
        raise ConflictError(
            "kind",
            f"{edge.kind} takes {MOST_HOSTS[edge.kind]} host names, and hosts.site and hosts.api have {count}; "
            f"allowed are fewer of them{more}",
        )


def namespace_apart(others: _Sections, section: Edge | Monitoring | ArgoCd) -> None:
    """Refuse the environment's own namespace for something else: its policies would hold there as well."""
    if others.get("namespace") == section.namespace:
        raise ConflictError("namespace", f"{section.namespace} is the environment's own namespace; allowed is another")


def addons_apart(others: _Sections, addons: Addons) -> None:
    """Refuse an add-on whose namespace somebody else makes: the stack makes it, and deletes it when it goes."""
    owners: dict[str, str] = {}
    for addon, (name, key) in _namespaces(others, addons).items():
        owner = _owner(name, owners)
        if owner:
            raise ConflictError(addon, f"is not possible in {key} {name}, which is {owner}; allowed is another")
        owners[name] = addon


def load_balancer_can_be_made(others: _Sections, addons: Addons) -> None:
    """Refuse a load balancer that the cluster's cloud does not make."""
    if addons.envoy_gateway and (cluster := others.get("cluster")):
        try:
            addons.load_balancer.check(cluster)
        except ConflictError as error:
            raise ConflictError(f"loadBalancer.{error.key}", str(error)) from None


def argocd_apart(others: _Sections, argocd: ArgoCd) -> None:
    """Refuse to install Argo CD in a namespace that somebody else makes."""
    name, addons = argocd.namespace, others.get("addons")
    owners = {name: addon for addon, (name, _) in _namespaces(others, addons).items()} if addons else {}
    if argocd.install and (owner := _owner(name, owners)):
        raise ConflictError("namespace", f"{name} is {owner}; allowed is another, or argocd.install false")


def connections_fit(others: _Sections, postgres: Postgres) -> None:
    """Refuse more connections to the database than it has room for: pods that come last would fail every request."""
    api, worker = others.get("api"), others.get("worker")
    if not isinstance(api, Api) or not isinstance(worker, Worker):
        return
    # One of beat's, and three that PostgreSQL keeps for administrators.
    needed = api.connections + worker.connections + 4
    if needed > postgres.connections:
        limit = postgres.resources.memory.limit
        more = f"{postgres.memory_for(needed)} or more, or " if needed <= Postgres.MOST_CONNECTIONS else ""
        raise ConflictError(
            "resources.memory.limit",
            f"{limit.text} has room for {postgres.connections} connections, and the pods of api and "
            f"worker open up to {needed}; allowed is {more}fewer pods, processes, threads or tasks at once",
        )


def production_by_hand(others: _Sections, gitops: GitOps) -> None:
    """Refuse syncs without approval in production."""
    if gitops.automated and others.get("environment") == PRODUCTION:
        raise ConflictError("automated", "true is not allowed in production, where somebody has to approve; set false")


def cloud_is_known(others: _Sections, external: ExternalSecrets | None) -> None:
    """Refuse a cloud's secret manager where the stack does not say which cloud it is."""
    cluster = others.get("cluster")
    if external and external.store == "cloud" and cluster and cluster.existing:
        raise ConflictError(
            "store", "cloud is not possible with cluster.existing, whose cloud is not known; allowed is existing"
        )


def needed_secrets_are_set(others: _Sections, secrets: Secrets | ArgoCdSecrets) -> None:
    """Refuse a setting without the secret that it needs, before the first object is made."""
    for name, use in uses(type(secrets)):
        section, _, part = use.needed_by.partition(".")
        counts = section not in ("gitops", "argocd") or others.get("delivery") == "gitops"
        needed = counts and getattr(others.get(section), part, None)
        if needed and not getattr(secrets, name).get_secret_value():
            key = str(type(secrets).model_fields[name].alias)
            command = f"pulumi config set --path --secret {NAMESPACE}secrets.{key}"
            raise ConflictError(key, f"is missing, and {use.needed_by} needs it; type `{command}`")


def git_token_is_used(others: _Sections, secrets: Secrets | ArgoCdSecrets) -> None:
    """Refuse a token for a Git repository that is not read by HTTPS."""
    gitops = others.get("gitops")
    if others.get("delivery") != "gitops" or not gitops or gitops.repository.startswith("https://"):
        return
    if secrets.git_token.get_secret_value():
        raise ConflictError(
            "gitToken", "needs a gitops.repository that begins with https://; allowed is such a URL, or no token"
        )


RULES: Mapping[str, Sequence[Callable[[_Sections, Any], None]]] = {
    "app": (no_debug_in_production,),
    "storage": (shares_can_be_made,),
    "edge": (hosts_fit, namespace_apart),
    "monitoring": (namespace_apart,),
    "addons": (addons_apart, load_balancer_can_be_made),
    "postgres": (connections_fit,),
    "argocd": (namespace_apart, argocd_apart),
    "gitops": (production_by_hand,),
    "external_secrets": (cloud_is_known,),
    "secrets": (needed_secrets_are_set, git_token_is_used),
}
"""By the field of the section that is checked; it has to stand below those that the rule looks at."""


def _namespaces(others: _Sections, addons: Addons) -> dict[str, tuple[str, str]]:
    """Return which namespace each installed add-on makes, and the key that names it."""
    known = {
        "certManager": (addons.cert_manager, "cert-manager", "namespace"),
        "externalSecrets": (addons.external_secrets, "external-secrets", "namespace"),
    }
    for addon, installed, section in (
        ("envoyGateway", addons.envoy_gateway, "edge"),
        ("monitoring", addons.monitoring, "monitoring"),
    ):
        if section in others:
            known[addon] = (installed, others[section].namespace, f"{section}.namespace")
    return {addon: (name, key) for addon, (installed, name, key) in known.items() if installed}


def _owner(namespace: str, owners: Mapping[str, str]) -> str | None:
    """Return who else makes a namespace."""
    if namespace == "default" or namespace.startswith("kube-"):
        return "Kubernetes' own"
    return f"{owners[namespace]}'s" if namespace in owners else None
