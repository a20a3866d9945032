"""What keeps and what breaks the policies for who may do what: access, namespaces, GitOps."""

from __future__ import annotations

from dataclasses import replace

from policy.rule import CHART
from tests.support.policy_cases import API, APPLICATION, POD, SERVICE
from tests.support.policy_examples import NAMESPACE, Example, edited, edits, made, ours

NOTE = made("v1", "ConfigMap", "note", data={"about": "nothing"})
CONFIG_OF_ARGOCD = made("v1", "ConfigMap", "argocd-cm", data={"users.anonymous.enabled": "false"})
OWN_NAMESPACE = ours("Namespace", NAMESPACE)
PROJECT = ours("AppProject", "production")
ROLE = made(
    "rbac.authorization.k8s.io/v1",
    "Role",
    "reader",
    rules=[{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["smarthr360-secrets"], "verbs": ["get"]}],
)
ROLE_OF_ALL = made(
    "rbac.authorization.k8s.io/v1", "ClusterRole", "reader", namespace=None, rules=ROLE.manifest["rules"]
)
BINDING = made(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "reader",
    roleRef={"kind": "Role", "name": "reader"},
    subjects=[{"kind": "ServiceAccount", "name": "smarthr360-sa", "namespace": NAMESPACE}],
)


OPERATORS = replace(ROLE_OF_ALL, name="operator", urn=f"urn:pulumi:production::smarthr360::{CHART}$any::operator")
OPERATORS = replace(
    OPERATORS,
    manifest={
        **ROLE_OF_ALL.manifest,
        "metadata": {"name": "operator"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    },
)


def rule(group: str, resource: str, *verbs: str, names: list[str] | None = None) -> list[dict[str, object]]:
    """The rules of a Role with one rule."""
    named = {} if names is None else {"resourceNames": names}
    return [{"apiGroups": [group], "resources": [resource], "verbs": [*verbs], **named}]


ACCESS = [
    Example(
        "roles-name-what-they-allow",
        ROLE,
        edits(
            ROLE,
            verbs=("rules.0.verbs", ["*"]),
            resources=("rules.0.resources", ["*"]),
            groups=("rules.0.apiGroups", ["*"]),
            addresses=("rules", [{"nonResourceURLs": ["*"], "verbs": ["get"]}]),
        ),
        also=("roles-give-no-way-up", "roles-read-named-secrets-only"),
    ),
    Example(
        "roles-give-no-way-up",
        ROLE,
        edits(
            ROLE,
            verb=("rules", [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}]),
            resource=("rules", [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}]),
            application=("rules", rule("argoproj.io", "applications", "create")),
            project=("rules", rule("argoproj.io", "appprojects", "patch", names=["production"])),
            prometheus=("rules", rule("monitoring.coreos.com", "prometheuses", "create")),
            envoy=("rules", rule("gateway.envoyproxy.io", "envoyproxies", "patch")),
            guards=("rules", rule("admissionregistration.k8s.io", "validatingadmissionpolicies", "delete")),
        ),
    ),
    Example(
        "roles-read-named-secrets-only",
        ROLE,
        edits(ROLE, all_of_them=("rules.0.resourceNames", None)),
    ),
    Example(
        "roles-are-not-added-to-others",
        ROLE_OF_ALL,
        {
            "added": edited(
                ROLE_OF_ALL, ("metadata", "labels", "rbac.authorization.k8s.io/aggregate-to-admin"), "true"
            ),
            "added_to": edited(ROLE_OF_ALL, "aggregationRule", {"clusterRoleSelectors": [{}]}),
        },
    ),
    Example(
        "the-api-server-stays-as-it-is",
        made("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "refuse", namespace=None, spec={}),
        {
            kind: made(f"{group}.k8s.io/v1", kind, "own", namespace=None)
            for group, kind in (
                ("admissionregistration", "MutatingWebhookConfiguration"),
                ("admissionregistration", "ValidatingWebhookConfiguration"),
                ("admissionregistration", "MutatingAdmissionPolicy"),
                ("apiregistration", "APIService"),
                ("certificates", "CertificateSigningRequest"),
            )
        },
    ),
    Example(
        "tokens-end-by-themselves",
        made("v1", "Secret", "own", type="Opaque"),
        {
            "of_an_account": made("v1", "Secret", "own", type="kubernetes.io/service-account-token"),
            "of_a_machine": made("v1", "Secret", "own", type="bootstrap.kubernetes.io/token"),
        },
    ),
    Example(
        "bindings-name-who-gets-what",
        BINDING,
        edits(
            BINDING,
            everything=("roleRef", {"kind": "ClusterRole", "name": "cluster-admin"}),
            everybody=("subjects.0", {"kind": "Group", "name": "system:authenticated"}),
            default=("subjects.0.name", "default"),
            nodes=("subjects.0", {"kind": "Group", "name": "system:nodes"}),
            machines=("subjects.0", {"kind": "Group", "name": "system:bootstrappers:kubeadm"}),
            admins=("subjects.0", {"kind": "Group", "name": "kubeadm:cluster-admins"}),
        ),
    ),
    Example(
        "operators-roles-are-theirs",
        BINDING,
        edits(BINDING, role=("roleRef", {"kind": "ClusterRole", "name": "operator"})),
        beside=(OPERATORS,),
    ),
    Example(
        "pods-have-an-identity-of-their-own",
        edited(API, f"{POD}.automountServiceAccountToken", None),
        {
            "default": edited(
                edited(API, f"{POD}.automountServiceAccountToken", True), f"{POD}.serviceAccountName", "default"
            ),
            "nothing_said": edited(
                edited(API, f"{POD}.automountServiceAccountToken", None), f"{POD}.serviceAccountName", None
            ),
        },
    ),
]

_ENFORCE = ("metadata", "labels", "pod-security.kubernetes.io/enforce")
_PART_OF = ("metadata", "labels", "app.kubernetes.io/part-of")

NAMESPACES = [
    Example(
        "namespaces-refuse-unsafe-pods",
        OWN_NAMESPACE,
        edits(OWN_NAMESPACE, baseline=(_ENFORCE, "baseline"), nothing_said=(_ENFORCE, None)),
    ),
    Example(
        "objects-stay-out-of-the-clusters-namespaces",
        NOTE,
        edits(
            NOTE,
            default=("metadata.namespace", "default"),
            system=("metadata.namespace", "kube-system"),
        ),
    ),
    Example("objects-say-whose-they-are", SERVICE, edits(SERVICE, nobodys=(_PART_OF, None))),
    Example(
        "objects-are-whole",
        NOTE,
        {
            "a_part": replace(NOTE, type="kubernetes:core/v1:ConfigMapPatch"),
            "a_release": made("helm.sh/v3", "Release", "redis", chart="redis"),
        },
    ),
]

_OPTIONS = "argocd.argoproj.io/sync-options"
WINDOW = "spec.syncWindows.0"

GITOPS = [
    Example(
        "production-is-synced-by-hand",
        edited(APPLICATION, "spec.syncPolicy.automated", {"enabled": False}),
        edits(
            APPLICATION,
            anything_said=("spec.syncPolicy.automated", {}),
            said=("spec.syncPolicy.automated", {"prune": True, "selfHeal": True}),
        ),
    ),
    Example(
        "production-has-sync-windows",
        PROJECT,
        edits(
            PROJECT,
            none=("spec.syncWindows", None),
            only_denied=("spec.syncWindows", PROJECT.manifest["spec"]["syncWindows"][1:]),
        ),
    ),
    Example(
        "windows-mean-what-they-say",
        PROJECT,
        edits(
            PROJECT,
            no_zone=(f"{WINDOW}.timeZone", None),
            every_hour=(f"{WINDOW}.schedule", "0 2-4 * * *"),
            every_minute=(f"{WINDOW}.schedule", "* 2 * * *"),
        ),
    ),
    Example(
        "projects-name-what-they-allow",
        PROJECT,
        edits(
            PROJECT,
            repositories=("spec.sourceRepos", ["*"]),
            namespaces=("spec.destinations.0.namespace", "smarthr360*"),
            clusters=("spec.destinations.0.server", "*"),
            kinds=("spec.namespaceResourceWhitelist", [{"group": "*", "kind": "*"}]),
            kinds_of_the_cluster=("spec.clusterResourceWhitelist", [{"group": "apps", "kind": "*"}]),
            applications=("spec.sourceNamespaces", ["*"]),
        ),
    ),
    Example(
        "projects-take-no-secrets-from-git",
        PROJECT,
        edits(
            PROJECT,
            not_refused=("spec.namespaceResourceBlacklist", [{"group": "", "kind": "LimitRange"}]),
            nothing_refused=("spec.namespaceResourceBlacklist", None),
            every_kind=("spec.namespaceResourceWhitelist", None),
        ),
    ),
    Example(
        "applications-belong-to-a-project",
        APPLICATION,
        edits(APPLICATION, default=("spec.project", "default"), none=("spec.project", None)),
    ),
    Example(
        "applications-follow-a-branch",
        APPLICATION,
        edits(APPLICATION, head=("spec.source.targetRevision", "HEAD"), none=("spec.source.targetRevision", None)),
    ),
    Example(
        "applications-delete-with-care",
        APPLICATION,
        edits(
            APPLICATION,
            orphans=("spec.syncPolicy.syncOptions", ["CreateNamespace=false"]),
            replaces=("spec.syncPolicy.syncOptions", ["PrunePropagationPolicy=foreground", "Replace=true"]),
        ),
    ),
    Example(
        "objects-ask-for-no-force",
        edited(SERVICE, "metadata.annotations", {_OPTIONS: "Prune=confirm,Delete=confirm"}),
        edits(
            SERVICE,
            replaced=("metadata.annotations", {_OPTIONS: "Prune=confirm, Replace=true"}),
            forced=("metadata.annotations", {_OPTIONS: "Force=true"}),
        ),
    ),
    Example(
        "argocd-lets-nobody-in-by-default",
        CONFIG_OF_ARGOCD,
        edits(
            CONFIG_OF_ARGOCD,
            anonymous=("data", {"users.anonymous.enabled": "true"}),
            shells=("data", {"exec.enabled": "true"}),
        )
        | {"everybody": made("v1", "ConfigMap", "argocd-rbac-cm", data={"policy.default": "role:readonly"})},
    ),
]
