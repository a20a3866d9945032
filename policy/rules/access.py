"""Policies for what pods and people are allowed to request from the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from manifests import rights
from manifests.objects import Manifest, items, kind_of, part
from policy.objects import MAKES_PODS, of_kind, pods
from policy.rule import CHART, RELEASE, Topic
from snapshot.model import Object

topic = Topic("Access", "What pods and people are allowed to request from the Kubernetes API.")

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_RELEASED = (
    "Argo CD applies whatever an AppProject allows, so its ClusterRoles allow everything; the AppProject of each "
    "environment limits that."
)
_EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
_MACHINES = ("system:nodes", "system:bootstrappers", "system:masters", "kubeadm:cluster-admins")
"""Groups of nodes, of machines that join as nodes, and of administrators."""
_OF_THE_CLUSTER = (
    *("system:aggregate-to-admin", "system:aggregate-to-edit", "system:certificates.k8s.io:", "system:controller:"),
    *("system:kube", "system:node", "system:persistent-volume-provisioner", "system:volume-scheduler"),
)
"""How the names of the API server's own, powerful roles for the cluster's components begin."""
_AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-"
_REGISTRATION = ("admissionregistration.k8s.io", "apiregistration.k8s.io", "certificates.k8s.io")


def _rules(item: Object) -> Iterator[Manifest]:
    yield from items(item.manifest, "rules")


@topic.rule(
    "roles-name-what-they-allow",
    kinds=ROLES,
    released=_RELEASED,
    refuses="A Role or ClusterRole with `*` among its verbs, resources or API groups.",
    why="It also allows whatever is added later, such as new resources and verbs.",
    mend="list the verbs and resources that are needed",
)
def _wildcards(item: Object) -> Iterator[str]:
    for rule in _rules(item):
        if wide := list(rights.wildcards(rule)):
            yield f"one of its rules has * in {', '.join(wide)}"


@topic.rule(
    "roles-give-no-way-up",
    kinds=ROLES,
    released=_RELEASED,
    charted="External Secrets and cert-manager act as the ServiceAccount that a store or an issuer names.",
    refuses="A Role or ClusterRole with which its holders can give themselves more rights.",
    why="Whoever is allowed to escalate, bind or impersonate, to enter pods, or to create pods, tokens or webhooks "
    "can get everybody's rights.",
    mend="leave out these verbs and resources, or name the workloads and Secrets in resourceNames",
)
def _way_up(item: Object) -> Iterator[str]:
    for rule in _rules(item):
        allowed = {
            right.resource: verbs
            for right in rights.WAYS_UP
            if (verbs := rights.allows(rule, right)) and not (right.by_name and rights.named(rule))
        }
        for verb in ("escalate", "bind", "impersonate"):
            if verb in items(rule, "verbs"):
                yield f"one of its rules allows {verb}"
        for resource, verbs in allowed.items():
            if not {"escalate", "bind", "impersonate"} & {*verbs}:
                yield f"one of its rules allows {resource} ({', '.join(verbs)})"


@topic.rule(
    "roles-read-named-secrets-only",
    kinds=ROLES,
    released=_RELEASED,
    charted="the operators' purpose is to create Secrets for everybody.",
    refuses="A Role or ClusterRole that can read Secrets and does not name them.",
    why="Its holders can read every password, including the database's, and the tokens of other ServiceAccounts.",
    mend="give the rule resourceNames, and only the verb get: list, watch, patch and deletecollection return contents, "
    "too",
)
def _reads_secrets(item: Object) -> Iterator[str]:
    for rule in _rules(item):
        if rights.allows(rule, rights.READS_SECRETS) and not rights.named(rule):
            yield "one of its rules reads all Secrets"


@topic.rule(
    "roles-are-not-added-to-others",
    kinds=ROLES,
    charted="whoever is allowed to edit a namespace is allowed to edit these operators' objects there.",
    refuses="A ClusterRole that its labels add to admin, edit or view, or that collects the rules of others.",
    why="Everybody with one of those roles gets more rights, and no binding shows it.",
    mend="leave out the labels aggregate-to-... and aggregationRule, and bind the role itself",
)
def _aggregated(item: Object) -> Iterator[str]:
    labels = part(item.manifest, "metadata", "labels")
    for label in labels:
        if label.startswith(_AGGREGATED) and labels[label] == "true":
            yield f"it is added to {label.removeprefix(_AGGREGATED)}"
    if item.manifest.get("aggregationRule"):
        yield "it collects the rules of others"


@topic.rule(
    "bindings-name-who-gets-what",
    kinds=BINDINGS,
    refuses="A binding to cluster-admin, admin or edit, to everybody, or to a ServiceAccount `default`.",
    why="The built-in roles read Secrets and run pods; and every pod that names no other account has the rights of "
    "`default`.",
    mend="bind a Role with only what is needed to a ServiceAccount or group of its own",
)
def _broad_binding(item: Object) -> Iterator[str]:
    role = part(item.manifest, "roleRef").get("name") or ""
    if role in ("cluster-admin", "admin", "edit") or role.startswith(_OF_THE_CLUSTER):
        yield f"it gives the role {role}"
    for subject in items(item.manifest, "subjects"):
        name = subject.get("name") or ""
        if name in _EVERYBODY or name.startswith("system:serviceaccounts:") or name.startswith(_MACHINES):
            yield f"it is for {name}"
        if (subject.get("kind") == "ServiceAccount" and name == "default") or _is_default_user(name):
            yield "it is for a ServiceAccount default"


def _is_default_user(name: str) -> bool:
    """Whether a user's name is that of a ServiceAccount `default`."""
    return name.startswith("system:serviceaccount:") and name.endswith(":default")


@topic.stack_rule(
    "operators-roles-are-theirs",
    kinds=BINDINGS,
    released="it binds its own roles.",
    charted="they bind their own roles.",
    refuses="A binding of ours to a powerful role that belongs to an add-on or to Argo CD.",
    why="Operators read all Secrets and create pods and roles; so can whoever else gets their role.",
    mend="bind a Role with only what is needed",
)
def _operators_role(objects: Sequence[Object]) -> Iterator[tuple[Object, str]]:
    strong = {
        (role.kind, role.namespace, role.name)
        for role in of_kind(objects, *ROLES)
        if (role.component == RELEASE or CHART in role.urn)
        and [*_wildcards(role), *_way_up(role), *_reads_secrets(role)]
    }
    for binding in of_kind(objects, *BINDINGS):
        role = part(binding.manifest, "roleRef")
        kind, name = role.get("kind"), role.get("name")
        if (kind, binding.namespace if kind == "Role" else None, name) in strong:
            yield binding, f"it gives the role {name}"


@topic.rule(
    "the-api-server-stays-as-it-is",
    kinds=(
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
        *("APIService", "CertificateSigningRequest"),
    ),
    charted="operators check and complete their own objects, and measure pods.",
    refuses="An object that sees or changes requests to the API server, serves a part of its API, or requests a "
    "certificate from it.",
    why="A webhook can read every Secret that is written and change every pod; a certificate can't be revoked.",
    mend="leave it out; to refuse something, write a ValidatingAdmissionPolicy",
)
def _extends(item: Object) -> Iterator[str]:
    if kind_of(item.manifest)[0] in _REGISTRATION:
        yield f"it is a {item.kind}"


@topic.rule(
    "tokens-end-by-themselves",
    kinds=("Secret",),
    refuses="A Secret that the cluster fills with a ServiceAccount's token, or with which machines can join it.",
    why="The token is valid until somebody deletes it, and everybody who can read Secrets has it.",
    mend="leave it out; pods mount a token that is renewed every hour",
)
def _endless(item: Object) -> Iterator[str]:
    kind = item.manifest.get("type")
    if kind in ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"):
        yield f"its type is {kind}"


@topic.rule(
    "pods-have-an-identity-of-their-own",
    kinds=(MAKES_PODS,),
    refuses="A pod with a token of the ServiceAccount `default`.",
    why="A stolen token of `default` does not show whose it was, and rights of `default` are rights of all pods.",
    mend="set automountServiceAccountToken to false, or serviceAccountName to an account of its own",
)
def _default_identity(item: Object) -> Iterator[str]:
    for pod in pods(item):
        # Kubernetes reads the field's old name, too; an empty name counts as missing.
        name = pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "default"
        mounted = any(map(_has_token, items(pod.spec, "volumes")))
        if name == "default" and (mounted or pod.spec.get("automountServiceAccountToken") is not False):
            yield "its pods get a token of the ServiceAccount default"


def _has_token(volume: Manifest) -> bool:
    return any("serviceAccountToken" in source for source in items(part(volume, "projected"), "sources"))
