"""Policies for what pods and people may ask of the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from manifests import rights
from manifests.objects import Manifest, items, kind_of, part
from policy.objects import MAKES_PODS, of_kind, pods
from policy.rule import CHART, RELEASE, Topic
from snapshot.model import Object

topic = Topic("Access", "What pods and people may ask of the Kubernetes API.")

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_RELEASED = (
    "Argo CD applies whatever an AppProject allows, so it brings ClusterRoles over everything; the AppProject of each "
    "environment is where that is limited."
)
_EVERYBODY = ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts")
_MACHINES = ("system:nodes", "system:bootstrappers", "system:masters", "kubeadm:cluster-admins")
"""Groups of whoever is a node, becomes one, or may do everything already."""
_OF_THE_CLUSTER = (
    *("system:aggregate-to-admin", "system:aggregate-to-edit", "system:certificates.k8s.io:", "system:controller:"),
    *("system:kube", "system:node", "system:persistent-volume-provisioner", "system:volume-scheduler"),
)
"""How the roles begin that the API server brings for the cluster's own parts, and that give away much."""
_AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-"
_REGISTRATION = ("admissionregistration.k8s.io", "apiregistration.k8s.io", "certificates.k8s.io")


def _rules(found: Object) -> Iterator[Manifest]:
    yield from items(found.manifest, "rules")


@topic.rule(
    "roles-name-what-they-allow",
    kinds=ROLES,
    released=_RELEASED,
    refuses="A Role or ClusterRole with `*` among its verbs, resources or API groups.",
    why="It also allows what is invented tomorrow: definitions, and verbs of other versions.",
    mend="list the verbs and resources that are needed",
)
def _wildcards(found: Object) -> Iterator[str]:
    for rule in _rules(found):
        if wide := list(rights.wildcards(rule)):
            yield f"a rule of it has * in {', '.join(wide)}"


@topic.rule(
    "roles-give-no-way-up",
    kinds=ROLES,
    released=_RELEASED,
    charted="External Secrets and cert-manager act as the ServiceAccount that a store or an issuer names.",
    refuses="A Role or ClusterRole with which one can give oneself more rights.",
    why="Who may escalate, bind, impersonate, enter pods, or make pods, tokens or webhooks, has all rights of others.",
    mend="leave these verbs and resources out, or name the workloads and Secrets that may be changed",
)
def _way_up(found: Object) -> Iterator[str]:
    for rule in _rules(found):
        allowed = {
            right.resource: verbs
            for right in rights.WAYS_UP
            if (verbs := rights.allows(rule, right)) and not (right.by_name and rights.named(rule))
        }
        for verb in ("escalate", "bind", "impersonate"):
            if verb in items(rule, "verbs"):
                yield f"a rule of it allows to {verb}"
        for resource, verbs in allowed.items():
            if not {"escalate", "bind", "impersonate"} & {*verbs}:
                yield f"a rule of it allows {resource} ({', '.join(verbs)})"


@topic.rule(
    "roles-read-named-secrets-only",
    kinds=ROLES,
    released=_RELEASED,
    charted="making Secrets for everybody is what these operators are for.",
    refuses="A Role or ClusterRole that reads Secrets without naming which.",
    why="It reads the database's password and every other one, tokens of other ServiceAccounts too.",
    mend="give the rule resourceNames, and only the verb get: list, patch and deletecollection return contents too",
)
def _reads_secrets(found: Object) -> Iterator[str]:
    for rule in _rules(found):
        if rights.allows(rule, rights.READS_SECRETS) and not rights.named(rule):
            yield "a rule of it reads all Secrets"


@topic.rule(
    "roles-are-not-added-to-others",
    kinds=ROLES,
    charted="whoever may edit a namespace may edit these operators' objects there.",
    refuses="A ClusterRole that is added to admin, edit or view by its labels, or that others are added to.",
    why="Everybody who has one of those gets more, and nothing that binds them says so.",
    mend="leave out the labels aggregate-to-... and aggregationRule, and bind the role itself",
)
def _aggregated(found: Object) -> Iterator[str]:
    labels = part(found.manifest, "metadata", "labels")
    for label in labels:
        if label.startswith(_AGGREGATED) and labels[label] == "true":
            yield f"it is added to {label.removeprefix(_AGGREGATED)}"
    if found.manifest.get("aggregationRule"):
        yield "others are added to it"


@topic.rule(
    "bindings-name-who-gets-what",
    kinds=BINDINGS,
    refuses="A binding to cluster-admin, admin or edit; or one for everybody, or for a ServiceAccount `default`.",
    why="The built-in roles read Secrets and run pods; and what `default` may do, every pod may that names no other.",
    mend="bind a Role of what is needed to a ServiceAccount or group of its own",
)
def _broad_binding(found: Object) -> Iterator[str]:
    role = part(found.manifest, "roleRef").get("name") or ""
    if role in ("cluster-admin", "admin", "edit") or role.startswith(_OF_THE_CLUSTER):
        yield f"it gives the role {role}"
    for subject in items(found.manifest, "subjects"):
        name = subject.get("name") or ""
        if name in _EVERYBODY or name.startswith("system:serviceaccounts:") or name.startswith(_MACHINES):
            yield f"it is for {name}"
        if (subject.get("kind") == "ServiceAccount" and name == "default") or _is_default_user(name):
            yield "it is for a ServiceAccount default"


def _is_default_user(name: str) -> bool:
    """Whether a user's name is that of some ServiceAccount `default`."""
    return name.startswith("system:serviceaccount:") and name.endswith(":default")


@topic.stack_rule(
    "operators-roles-are-theirs",
    kinds=BINDINGS,
    released="it binds its own.",
    charted="they bind their own.",
    refuses="A binding of ours to a role that an add-on or Argo CD brings for itself, and that gives away much.",
    why="Operators read all Secrets and make pods and roles; who else has their role does, too.",
    mend="bind a Role of what is needed",
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
    charted="operators check and fill in their own objects, and measure pods.",
    refuses="What sees or changes requests to the API server, takes a part of it over, or asks it for a certificate.",
    why="A webhook reads each Secret that is written, and changes each pod; a certificate can't be taken back.",
    mend="leave it out; who has to refuse something writes a ValidatingAdmissionPolicy",
)
def _extends(found: Object) -> Iterator[str]:
    if kind_of(found.manifest)[0] in _REGISTRATION:
        yield f"it is a {found.kind}"


@topic.rule(
    "tokens-end-by-themselves",
    kinds=("Secret",),
    refuses="A Secret that the cluster fills with a ServiceAccount's token, or lets a machine join the cluster with.",
    why="It holds until somebody deletes it, and whoever reads Secrets has it.",
    mend="leave it out; a pod mounts a token that is renewed every hour",
)
def _endless(found: Object) -> Iterator[str]:
    kind = found.manifest.get("type")
    if kind in ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"):
        yield f"its type is {kind}"


@topic.rule(
    "pods-have-an-identity-of-their-own",
    kinds=(MAKES_PODS,),
    refuses="A pod with a token of the ServiceAccount `default`.",
    why="Nobody can tell from `default` whose token was stolen, and rights given to it are given to all.",
    mend="set automountServiceAccountToken to false, or serviceAccountName to one of its own",
)
def _default_identity(found: Object) -> Iterator[str]:
    for pod in pods(found):
        # Kubernetes reads the field's old name, too; an empty one is none.
        name = pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "default"
        mounted = any(map(_has_token, items(pod.spec, "volumes")))
        if name == "default" and (mounted or pod.spec.get("automountServiceAccountToken") is not False):
            yield "its pods get a token of the ServiceAccount default"


def _has_token(volume: Manifest) -> bool:
    return any("serviceAccountToken" in source for source in items(part(volume, "projected"), "sources"))
