"""What roles, bindings and Argo CD's own objects allow; Roles as the API server's authorizer reads them (RBAC)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from manifests.grants import Grant
from manifests.objects import Manifest, items


class Right(NamedTuple):
    """A request to the API server.

    Attributes:
        group: the API group of a resource.
        resource: the resource, and after a slash its subresource.
        verbs: what is done to it; any of them is enough.
        by_name: whether it is harmless enough where a rule names the objects that it is about.
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
"""Of Argo CD's own ConfigMap."""

WAYS_UP = (
    *(Right(_RBAC, kind, ("escalate", "bind")) for kind in ("roles", "clusterroles")),
    *(Right(_RBAC, kind, _MAKE) for kind in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")),
    *(Right("", kind, ("impersonate",)) for kind in ("users", "groups", "serviceaccounts")),
    *(Right("authentication.k8s.io", kind, ("impersonate",)) for kind in ("uids", "userextras")),
    Right("", "serviceaccounts/token", ("create",)),
    # Who makes a pod chooses its ServiceAccount, whoever makes it for him.
    Right("", "pods", ("create",)),
    Right("", "podtemplates", _MAKE, by_name=True),
    Right("", "replicationcontrollers", _MAKE, by_name=True),
    *(Right(_APPS, kind, _MAKE, by_name=True) for kind in ("daemonsets", "deployments", "replicasets", "statefulsets")),
    *(Right("batch", kind, _MAKE, by_name=True) for kind in ("jobs", "cronjobs")),
    Right("argoproj.io", "rollouts", _MAKE, by_name=True),
    # Whose operators apply anything with their own rights, or make pods with a ServiceAccount that is chosen there.
    *(Right("argoproj.io", kind, _MAKE) for kind in ("applications", "applicationsets", "appprojects")),
    *(
        Right("monitoring.coreos.com", kind, _MAKE, by_name=True)
        for kind in ("alertmanagers", "prometheusagents", "prometheuses", "thanosrulers")
    ),
    Right("gateway.envoyproxy.io", "envoyproxies", _MAKE, by_name=True),
    *(Right("", f"pods/{way}", _ANY) for way in ("exec", "attach", "portforward", "proxy")),
    Right("", "pods/ephemeralcontainers", ("update", "patch")),
    *(Right("", kind, _ANY) for kind in ("nodes/proxy", "services/proxy")),
    # A Secret of type service-account-token is filled in with a token.
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
    # Without these nothing of the cluster's own refuses any more.
    *(
        Right(_REGISTRATION, kind, ("delete", "deletecollection", *_MAKE))
        for kind in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    ),
    Right("apiregistration.k8s.io", "apiservices", _MAKE),
    Right(_CERTIFICATES, "certificatesigningrequests/approval", ("update", "patch")),
    Right(_CERTIFICATES, "signers", ("approve", "sign")),
)
"""With any of these, holders can give themselves more rights than they were given."""

READS_SECRETS = Right("", "secrets", ("get", "list", "watch", "patch", "deletecollection"))
"""What returns the content of Secrets: a patch answers with the object, a deletion of all with all that it deleted."""


def allows(rule: Manifest, right: Right) -> list[str]:
    """The verbs of a right that a rule allows."""
    fits = _one_of(items(rule, "apiGroups"), right.group) and any(
        _is_resource(resource, right.resource) for resource in items(rule, "resources")
    )
    return [verb for verb in right.verbs if fits and _one_of(items(rule, "verbs"), verb)]


def named(rule: Manifest) -> bool:
    """Whether a rule is only about objects of certain names. A request for all of them has an empty name."""
    names = items(rule, "resourceNames")
    return bool(names) and "" not in names


def wildcards(rule: Manifest) -> Iterator[str]:
    """The parts of a rule that contain a wildcard."""
    for key in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
        if any("*" in entry for entry in items(rule, key)):
            yield key


def granted_by(manifest: Manifest) -> Iterator[Grant]:
    """What an object lets somebody do, in Kubernetes or in Argo CD."""
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
    """What an AppProject refuses, whatever it allows."""
    spec = project.get("spec") or {}
    for key in ("clusterResourceBlacklist", "namespaceResourceBlacklist"):
        for item in spec.get(key) or ():
            yield Grant((key, *_kind(item)), "/".join(_kind(item)))


def _is_resource(given: str, wanted: str) -> bool:
    """As the authorizer compares them: `*` is all, and `*/exec` is that subresource of all."""
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
        # Without a list of what a namespace may hold, it may hold everything.
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
