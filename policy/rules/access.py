"""Policies for what pods and people may ask of the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator

from ops.model import Object
from policy.manifest import POD_KINDS, Manifest, items, part, pod
from policy.rule import Topic

topic = Topic("Access", "What pods and people may ask of the Kubernetes API.")

ROLES = ("Role", "ClusterRole")
BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_RELEASED = (
    "Argo CD applies whatever an AppProject allows, so it brings ClusterRoles over everything; the AppProject of each "
    "environment is where that is limited."
)


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
        wide = [key for key in ("apiGroups", "resources", "verbs", "nonResourceURLs") if "*" in items(rule, key)]
        if wide:
            yield f"a rule of it has * in {', '.join(wide)}"


@topic.rule(
    "roles-give-no-way-up",
    kinds=ROLES,
    charted="External Secrets and cert-manager act as the ServiceAccount that a store or an issuer names.",
    refuses="A Role or ClusterRole with which one can give oneself more rights.",
    why="Who may escalate, bind, impersonate, make tokens or enter any pod has all rights of the others.",
    mend="leave these verbs and resources out",
)
def _way_up(found: Object) -> Iterator[str]:
    for rule in _rules(found):
        verbs, resources = items(rule, "verbs"), items(rule, "resources")
        for verb in ("escalate", "bind", "impersonate"):
            if verb in verbs:
                yield f"a rule of it allows to {verb}"
        for resource in ("serviceaccounts/token", "pods/exec", "pods/attach", "nodes/proxy"):
            if resource in resources:
                yield f"a rule of it allows {resource}"


@topic.rule(
    "roles-read-named-secrets-only",
    kinds=ROLES,
    released=_RELEASED,
    charted="making Secrets for everybody is what these operators are for.",
    refuses="A Role or ClusterRole that reads Secrets without naming which.",
    why="It reads the database's password and every other one, tokens of other ServiceAccounts too.",
    mend="give the rule resourceNames, and only the verb get: list returns the contents too",
)
def _reads_secrets(found: Object) -> Iterator[str]:
    for rule in _rules(found):
        reads = {"get", "list", "watch"} & {*items(rule, "verbs")}
        if "secrets" in items(rule, "resources") and reads and not items(rule, "resourceNames"):
            yield "a rule of it reads all Secrets"


@topic.rule(
    "bindings-name-who-gets-what",
    kinds=BINDINGS,
    refuses="A binding to cluster-admin, admin or edit; or one for everybody, or for a ServiceAccount `default`.",
    why="The built-in roles read Secrets and run pods; and what `default` may do, every pod may that names no other.",
    mend="bind a Role of what is needed to a ServiceAccount or group of its own",
)
def _broad_binding(found: Object) -> Iterator[str]:
    role = part(found.manifest, "roleRef").get("name")
    if role in ("cluster-admin", "admin", "edit"):
        yield f"it gives the role {role}"
    for subject in items(found.manifest, "subjects"):
        name = subject.get("name") or ""
        if name in ("system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"):
            yield f"it is for {name}"
        if subject.get("kind") == "ServiceAccount" and name == "default":
            yield "it is for a ServiceAccount default"


@topic.rule(
    "pods-have-an-identity-of-their-own",
    kinds=POD_KINDS,
    refuses="A pod with a token of the ServiceAccount `default`.",
    why="Nobody can tell from `default` whose token was stolen, and rights given to it are given to all.",
    mend="set automountServiceAccountToken to false, or serviceAccountName to one of its own",
)
def _default_identity(found: Object) -> Iterator[str]:
    own = pod(found)
    if own.get("automountServiceAccountToken") is not False and own.get("serviceAccountName", "default") == "default":
        yield "its pods get a token of the ServiceAccount default"
