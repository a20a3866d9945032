"""What roles, bindings and Argo CD's own objects allow; roles as the API server's RBAC authorizer reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from manifests.grants import Grant
from manifests.objects import Manifest, items


class Right(NamedTuple):
    """The right to make some requests to the API server.

    Attributes:
        group: the resource's API group.
        resource: the resource, with its subresource after a slash.
        verbs: any of them is enough.
        by_name: whether it is harmless in a rule that names its objects.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    by_name: bool = False


_MAKE = ("create", "update", "patch")
_ANY = ("get", *_MAKE)
_APPS, _RBAC = "apps", "rbac.authorization.k8s.io"
_REGISTRATION, _CERTIFICATES = "admissionregistration.k8s.io", "certificates.k8s.io"

_SWITCHES = ("admin.enabled", "exec.enabled", "users.anonymous.enabled")
"""In Argo CD's own ConfigMap."""

WAYS_UP = (
    *(Right(_RBAC, kind, ("escalate", "bind")) for kind in ("roles", "clusterroles")),
    *(Right(_RBAC, kind, _MAKE) for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")),
    *(Right("", kind, ("impersonate",)) for kind in ("users", "groups", "serviceaccounts")),
    *(Right("authentication.k8s.io", kind, ("impersonate",)) for kind in ("uids", "userextras")),
    Right("", "serviceaccounts/token", ("create",)),
    # Whoever makes a pod, directly or through a controller, chooses its ServiceAccount.
    Right("", "pods", ("create",)),
    Right("", "podtemplates", _MAKE, by_name=True),
    Right("", "replicationcontrollers", _MAKE, by_name=True),
    *(Right(_APPS, kind, _MAKE, by_name=True) for kind in ("daemonsets", "deployments", "replicasets", "statefulsets")),
    *(Right("batch", kind, _MAKE, by_name=True) for kind in ("jobs", "cronjobs")),
    Right("argoproj.io", "rollouts", _MAKE, by_name=True),
    # Their operators apply anything with rights of their own, or make pods with the ServiceAccount that these name.
    *(Right("argoproj.io", kind, _MAKE) for kind in ("applications", "applicationsets", "appprojects")),
    *(
        Right("monitoring.coreos.com", kind, _MAKE, by_name=True)
        for kind in ("alertmanagers", "prometheusagents", "prometheuses", "thanosrulers")
    ),
    Right("gateway.envoyproxy.io", "envoyproxies", _MAKE, by_name=True),
    *(Right("", f"pods/{way}", _ANY) for way in ("exec", "attach", "portforward", "proxy")),
    Right("", "pods/ephemeralcontainers", ("update", "patch")),
    *(Right("", kind, _ANY) for kind in ("nodes/proxy", "services/proxy")),
    # The cluster fills a Secret of type service-account-token with a token.
    Right("", "secrets", _MAKE, by_name=True),
    Right("", "persistentvolumes", _MAKE),
    Right("", "namespaces", ("update", "patch")),
    Right("", "nodes", ("update", "patch")),
    *(
        Right(_REGISTRATION, kind, _MAKE)
        for kind in (
            *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
            *("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
        )
    ),
    # Without these policies the cluster itself refuses nothing any more.
    *(
        Right(_REGISTRATION, kind, ("delete", "deletecollection", *_MAKE))
        for kind in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    ),
    Right("apiregistration.k8s.io", "apiservices", _MAKE),
    Right(_CERTIFICATES, "certificatesigningrequests/approval", ("update", "patch")),
    Right(_CERTIFICATES, "signers", ("approve", "sign")),
)
"""With any of these, holders can give themselves more rights."""

READS_SECRETS = Right("", "secrets", ("get", "list", "watch", "patch", "deletecollection"))
"""The verbs that return Secrets' contents: patch returns the object, and deletecollection everything it deletes."""


def allows(rule: Manifest, right: Right) -> list[str]:
    """The verbs of a right that a rule allows."""
    fits = _one_of(items(rule, "apiGroups"), right.group) and any(
        _is_resource(resource, right.resource) for resource in items(rule, "resources")
    )
    return [verb for verb in right.verbs if fits and _one_of(items(rule, "verbs"), verb)]


def named(rule: Manifest) -> bool:
    """Whether a rule only covers named objects; a request for all of them has the name ""."""
    names = items(rule, "resourceNames")
    return bool(names) and "" not in names


def wildcards(rule: Manifest) -> Iterator[str]:
    """The parts of a rule that contain a wildcard."""
    for key in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
        if any("*" in entry for entry in items(rule, key)):
            yield key


def granted_by(manifest: Manifest) -> Iterator[Grant]:
    """What an object allows, in Kubernetes or in Argo CD."""
    match manifest.get("kind"):
        case "Role" | "ClusterRole":
            yield from _role(manifest)
        case "RoleBinding" | "ClusterRoleBinding":
            role = manifest.get("roleRef") or {}
            for item in manifest.get("subjects") or ():
                who = (str(item.get("kind")), str(item.get("namespace", "")), str(item.get("name")))
                pattern = (*who, str(role.get("kind")), str(role.get("name")))
                yield Grant(pattern, f"{item.get('kind')} {item.get('name')} as {role.get('kind')} {role.get('name')}")
        case "AppProject":
            yield from _project(manifest.get("spec") or {})
        case "ConfigMap":
            yield from _argocd(manifest)


def forbidden_by(project: Manifest) -> Iterator[Grant]:
    """What an AppProject refuses even if it also allows it."""
    spec = project.get("spec") or {}
    for key in ("clusterResourceBlacklist", "namespaceResourceBlacklist"):
        for item in spec.get(key) or ():
            yield Grant((key, *_kind(item)), "/".join(_kind(item)))


def _is_resource(given: str, wanted: str) -> bool:
    """Whether a rule's resource matches: `*` is every resource, `*/exec` that subresource of every resource."""
    subresource = wanted.partition("/")[2]
    return given in ("*", wanted) or bool(subresource and given == f"*/{subresource}")


def _one_of(given: Iterable[str], wanted: str) -> bool:
    return "*" in given or wanted in given


def _role(manifest: Manifest) -> Iterator[Grant]:
    for rule in manifest.get("rules") or ():
        verbs, names = rule.get("verbs") or (), rule.get("resourceNames") or ["*"]
        for group, resource, verb, name in product(
            rule.get("apiGroups") or [""], rule.get("resources") or (), verbs, names
        ):
            of = "" if name == "*" else f" {name}"
            yield Grant((group, resource, verb, name), f"{verb} {resource}{f'.{group}' if group else ''}{of}")
        for url, verb in product(rule.get("nonResourceURLs") or (), verbs):
            yield Grant(("url", url, verb), f"{verb} {url}")


def _project(spec: Manifest) -> Iterator[Grant]:
    for repository in spec.get("sourceRepos") or ():
        yield Grant(("from", repository), f"manifests from {repository}")
    for item in spec.get("destinations") or ():
        where, namespace = str(item.get("server") or item.get("name")), str(item.get("namespace"))
        yield Grant(("to", where, namespace), f"namespace {namespace} of {where}")
    for key, word in (("clusterResource", "cluster"), ("namespaceResource", "namespace")):
        # Without a list, every kind is allowed in a namespace.
        unset = [{"group": "*", "kind": "*"}] if word == "namespace" and spec.get(f"{key}Whitelist") is None else ()
        for item in spec.get(f"{key}Whitelist") or unset:
            yield Grant((key, *_kind(item)), f"{word} objects {'/'.join(_kind(item))}")
    for role in spec.get("roles") or ():
        for group in role.get("groups") or ():
            yield Grant(("group", group, role["name"]), f"group {group} as {role['name']}")
        for line in role.get("policies") or ():
            *parts, effect = (part.strip() for part in line.split(","))
            if effect != "deny":
                yield Grant((role["name"], *parts), f"{role['name']}: {' '.join(parts[2:])}")


def _kind(item: Manifest) -> tuple[str, str]:
    return str(item.get("group", "")), str(item.get("kind"))


def _argocd(manifest: Manifest) -> Iterator[Grant]:
    data = manifest.get("data") or {}
    for line in str(data.get("policy.csv", "")).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Grant(("policy", line.strip()), f"`{line.strip()}`")
    if data.get("policy.default"):
        yield Grant(("default", data["policy.default"]), f"everybody as {data['policy.default']}")
    for key in _SWITCHES:
        if data.get(key) == "true":
            yield Grant((key,), key)
