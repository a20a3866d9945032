"""What a Role allows, as the API server's authorizer reads its rules (RBAC, rbac.authorization.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from manifests.objects import Manifest, items


class Right(NamedTuple):
    """Something that may be asked of the API server.

    Attributes:
        group: the API group of a resource.
        resource: the resource, and after a slash its subresource.
        verbs: what may be done to it; any of them is enough.
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
"""With any of these one can give oneself more rights than one was given."""

READS_SECRETS = Right("", "secrets", ("get", "list", "watch", "patch", "deletecollection"))
"""What returns the content of Secrets: a patch answers with the object, a deletion of all with all that it deleted."""


def allows(rule: Manifest, right: Right) -> list[str]:
    """The verbs of a right that a rule allows."""
    fits = _one_of(items(rule, "apiGroups"), right.group) and any(
        _is_resource(resource, right.resource) for resource in items(rule, "resources")
    )
    return [verb for verb in right.verbs if fits and _one_of(items(rule, "verbs"), verb)]


def named(rule: Manifest) -> bool:
    """Whether a rule is about objects of some names only. That of a request for all of them is empty."""
    names = items(rule, "resourceNames")
    return bool(names) and "" not in names


def wildcards(rule: Manifest) -> Iterator[str]:
    """The parts of a rule in which something stands for more than itself."""
    for key in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
        if any("*" in entry for entry in items(rule, key)):
            yield key


def _is_resource(given: str, wanted: str) -> bool:
    """As the authorizer compares them: `*` is all, and `*/exec` is that subresource of all."""
    subresource = wanted.partition("/")[2]
    return given in ("*", wanted) or bool(subresource and given == f"*/{subresource}")


def _one_of(given: Iterable[str], wanted: str) -> bool:
    return "*" in given or wanted in given
