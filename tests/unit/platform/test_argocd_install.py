"""What of Argo CD's release is installed, how it is changed, and in which order Pulumi makes it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from components.platform.argocd import manifests, release
from components.platform.argocd.config import config_maps
from tests.support.argocd import REPOSITORY, Made, argocd_settings, install
from tests.support.stacks import texts
from tools.engine import pins
from tools.install_manifests import provide

Manifest = Mapping[str, Any]

SINGLE = {"argocd-application-controller", "argocd-notifications-controller", "argocd-repo-server", "argocd-server"}
WORKLOADS = {
    False: {*SINGLE, "argocd-redis"},
    True: {*SINGLE, "argocd-redis-ha-server", "argocd-redis-ha-haproxy"},
}
DEFINITIONS = {"applications.argoproj.io", "applicationsets.argoproj.io", "appprojects.argoproj.io"}
SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270"

pytestmark = pytest.mark.usefixtures("_manifests")


@pytest.fixture(scope="module")
def _manifests() -> None:
    provide()


def parsed(available: bool) -> manifests.Manifests:
    return manifests.parse((release.HIGHLY_AVAILABLE if available else release.SINGLE).read())


def as_published(available: bool) -> manifests.Manifests:
    """The release's manifests, of which nothing was ever changed."""
    content = (release.HIGHLY_AVAILABLE if available else release.SINGLE).read()
    return tuple(manifest for manifest in yaml.load_all(content, Loader=yaml.CSafeLoader) if manifest)


@pytest.fixture(scope="module", params=[False, True], ids=["single", "highly-available"])
def available(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def installed(available: bool, _manifests: None) -> manifests.Manifests:
    """All manifests as they are installed, in a namespace that is not the release's."""
    return manifests.configured(parsed(available), "elsewhere", config_maps(argocd_settings()))


@pytest.fixture(scope="module")
def made(_manifests: None) -> dict[tuple[str, str], Made]:
    """What the component makes when every secret is given."""
    return install(
        argocd_settings(), slack_token="not-a-slack-token", git_token="not-a-git-token", sso_client_secret="not-an-sso"
    )


def of_kind(found: manifests.Manifests, *kinds: str) -> dict[str, Manifest]:
    return {entry["metadata"]["name"]: entry for entry in found if entry["kind"] in kinds}


def pods(found: manifests.Manifests) -> dict[str, Manifest]:
    """The pod template of each workload."""
    return {
        name: entry["spec"]["template"] for name, entry in of_kind(found, "Deployment", "StatefulSet", "Job").items()
    }


def containers(pod: Manifest) -> Iterator[Manifest]:
    yield from pod["spec"].get("initContainers", [])
    yield from pod["spec"]["containers"]


def test_the_version_is_the_one_that_the_tools_are_pinned_to() -> None:
    tools = {tool.name: tool for tool in pins.read().tools}
    assert tools["argocd"].version == tools["argocd-manifests"].version == release.VERSION
    for published in (release.SINGLE, release.HIGHLY_AVAILABLE):
        assert f"/v{release.VERSION}/" in published.url


def test_all_of_the_release_is_installed_but_dex_and_the_applicationset_controller(
    available: bool, installed: manifests.Manifests
) -> None:
    def keys(found: manifests.Manifests) -> set[tuple[str, str]]:
        return {(entry["kind"], entry["metadata"]["name"]) for entry in found}

    left_out = keys(parsed(available)) - keys(installed)
    of_unused = {
        key for key in left_out if key[1].startswith(("argocd-dex-server", "argocd-applicationset-controller"))
    }
    assert left_out - of_unused == {("Secret", "argocd-notifications-secret")}
    assert {kind for kind, _ in of_unused} >= {"Deployment", "Service", "ServiceAccount", "Role", "NetworkPolicy"}
    assert keys(installed) - keys(parsed(available)) == {("NetworkPolicy", "argocd-default-deny")}
    assert not [key for key in keys(installed) if "dex" in key[1] or "applicationset-controller" in key[1]]
    assert set(pods(installed)) == WORKLOADS[available]


def test_all_definitions_are_there_and_only_that_of_applicationsets_allows_anything(
    available: bool, installed: manifests.Manifests
) -> None:
    definitions = of_kind(installed, "CustomResourceDefinition")
    assert set(definitions) == DEFINITIONS
    upstream = of_kind(as_published(available), "CustomResourceDefinition")
    for name, definition in definitions.items():
        expected = upstream[name]["spec"]
        if name == "applicationsets.argoproj.io":
            [version] = expected["versions"]
            assert version["schema"]["openAPIV3Schema"]["properties"]
            version["schema"] = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        assert definition["spec"] == expected


def test_nothing_else_of_the_release_is_read_differently(available: bool) -> None:
    names = "CustomResourceDefinition", "applicationsets.argoproj.io"
    found, expected = (
        [manifest for manifest in release_ if (manifest["kind"], manifest["metadata"]["name"]) != names]
        for release_ in (parsed(available), as_published(available))
    )
    assert found == expected


def test_everything_is_in_the_namespace_and_no_right_goes_elsewhere(installed: manifests.Manifests) -> None:
    everywhere = {entry["kind"] for entry in installed if "namespace" not in entry["metadata"]}
    assert everywhere == {"CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}
    assert {entry["metadata"]["namespace"] for entry in installed if entry["kind"] not in everywhere} == {"elsewhere"}
    bindings = of_kind(installed, "RoleBinding") | of_kind(installed, "ClusterRoleBinding")
    accounts = of_kind(installed, "ServiceAccount")
    assert bindings
    for binding in bindings.values():
        for subject in binding["subjects"]:
            assert (subject["kind"], subject["namespace"]) == ("ServiceAccount", "elsewhere")
            assert subject["name"] in accounts
    assert "argocd" not in {
        text for entry in of_kind(installed, "ClusterRoleBinding").values() for text in texts(entry["subjects"])
    }


def test_a_container_that_an_upgrade_brings_is_refused_by_name() -> None:
    pod = {"containers": [{"name": "argocd-novelty"}]}
    workload = {"kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {"spec": pod}}}
    with pytest.raises(
        ValueError, match="argocd-novelty has no entry; the entries are argocd-application-controller, "
    ):
        manifests.with_resources((workload,))


def test_argo_cds_own_image_is_of_the_pinned_release(installed: manifests.Manifests) -> None:
    images = {container["image"] for pod in pods(installed).values() for container in containers(pod)}
    assert f"quay.io/argoproj/argocd:v{release.VERSION}" in images


def test_high_availability_has_more_than_one_of_what_people_and_controllers_ask() -> None:
    def replicas(available: bool) -> dict[str, int]:
        found = manifests.configured(parsed(available), "argocd", {})
        return {
            name: entry["spec"].get("replicas", 1)
            for name, entry in of_kind(found, "Deployment", "StatefulSet").items()
        }

    assert set(replicas(available=False).values()) == {1}
    assert replicas(available=True) == {
        "argocd-server": 2,
        "argocd-repo-server": 2,
        "argocd-redis-ha-server": 3,
        "argocd-redis-ha-haproxy": 3,
        "argocd-application-controller": 1,
        "argocd-notifications-controller": 1,
    }


def test_nothing_reaches_a_pod_but_through_a_policy_of_its_own(installed: manifests.Manifests) -> None:
    policies = of_kind(installed, "NetworkPolicy")
    deny = policies.pop("argocd-default-deny")
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    for name, pod in pods(installed).items():
        own = [
            policy["spec"]
            for policy in policies.values()
            if policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        ]
        assert len(own) == 1, name
        assert own[0]["ingress"], name
    # Git, Slack, the identity provider and the API server stay within reach; only Redis with Sentinel needs none.
    assert {name for name, policy in policies.items() if "Egress" in policy["spec"]["policyTypes"]} <= {
        "argocd-redis-ha-server-network-policy"
    }


def test_config_is_added_to_what_the_release_has(available: bool) -> None:
    upstream = of_kind(parsed(available), "ConfigMap")
    ours = config_maps(argocd_settings())
    configured = of_kind(manifests.configured(parsed(available), "argocd", ours), "ConfigMap")
    assert set(ours) <= set(upstream) == set(configured)
    for name, entry in configured.items():
        assert entry.get("data", {}) == {**upstream[name].get("data", {}), **ours.get(name, {})}


def test_the_parsed_release_is_shared_and_stays_as_it_was(available: bool) -> None:
    content = (release.HIGHLY_AVAILABLE if available else release.SINGLE).read()
    before = copy.deepcopy(parsed(available))
    manifests.configured(parsed(available), "elsewhere", config_maps(argocd_settings()))

    assert manifests.parse(content) is manifests.parse(bytes(bytearray(content)))
    assert parsed(available) == before


def test_the_namespace_refuses_what_is_not_restricted() -> None:
    namespace = install(argocd_settings(namespace="cd"))["Namespace", "cd"]
    for mode in ("enforce", "audit", "warn"):
        assert namespace.inputs["metadata"]["labels"][f"pod-security.kubernetes.io/{mode}"] == "restricted"


def test_every_object_is_registered_under_its_kind_as_one_field_manager(made: dict[tuple[str, str], Made]) -> None:
    types = {key: entry.request.type for key, entry in made.items()}
    assert types["Deployment", "argocd-server"] == "kubernetes:apps/v1:Deployment"
    assert types["ConfigMap", "argocd-cm"] == "kubernetes:core/v1:ConfigMap"
    assert types["ClusterRole", "argocd-server"] == "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
    for (kind, name), entry in made.items():
        annotations = entry.inputs["metadata"]["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == "smarthr360-pulumi", name
        assert annotations["pulumi.com/patchForce"] == "true", name
        assert ("pulumi.com/skipAwait" in annotations) is (kind == "Service"), name
        assert entry.inputs["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "pulumi", name


def test_argocd_finds_its_config_by_its_own_label(made: dict[tuple[str, str], Made]) -> None:
    for (kind, name), entry in made.items():
        if kind in ("ConfigMap", "Secret"):
            assert entry.inputs["metadata"]["labels"]["app.kubernetes.io/part-of"] == "argocd", name


def test_workloads_come_last_and_the_namespace_first(made: dict[tuple[str, str], Made]) -> None:
    urns = {entry.urn: key for key, entry in made.items()}
    for (kind, name), entry in made.items():
        before = {urns[urn] for urn in entry.request.dependencies if urn in urns}
        if kind == "Namespace":
            assert not before
        else:
            assert ("Namespace", "argocd") in before, name
        if kind in ("Deployment", "StatefulSet"):
            assert before == {key for key in made if key[0] not in ("Deployment", "StatefulSet", "AppProject")}, name
        elif kind not in ("Namespace", "Secret", "CustomResourceDefinition"):
            assert {("CustomResourceDefinition", definition) for definition in DEFINITIONS} <= before, name


@pytest.mark.parametrize("keep", [True, False])
def test_definitions_survive_an_uninstall_unless_asked(keep: bool) -> None:
    found = install(argocd_settings(keepDefinitions=keep))
    retained = {name for (_, name), entry in found.items() if entry.request.retainOnDelete}
    assert retained == (DEFINITIONS if keep else set())


@pytest.mark.parametrize("protect", [True, False])
def test_production_protects_the_namespace_and_the_definitions(protect: bool) -> None:
    found = install(argocd_settings(), protect=protect)
    protected = {name for (_, name), entry in found.items() if entry.request.protect}
    assert protected == ({"argocd", *DEFINITIONS} if protect else set())


def test_each_secret_is_in_one_secret_only_and_marked_as_secret(made: dict[tuple[str, str], Made]) -> None:
    for value, name in (
        ("not-a-slack-token", "argocd-notifications-secret"),
        ("not-a-git-token", "argocd-repository"),
        ("not-an-sso", "argocd-sso"),
    ):
        holding = {key for key, entry in made.items() if any(value in text for text in texts(entry.inputs))}
        assert holding == {("Secret", name)}
        assert SECRET_MARK in made["Secret", name].inputs["stringData"].values()


def test_secrets_have_the_keys_and_labels_that_argocd_looks_for(made: dict[tuple[str, str], Made]) -> None:
    def data(name: str) -> Mapping[str, object]:
        value: Mapping[str, object] = made["Secret", name].inputs["stringData"]["value"]
        return value

    assert data("argocd-notifications-secret") == {"slack-token": "not-a-slack-token"}
    assert data("argocd-sso") == {"clientSecret": "not-an-sso"}
    assert data("argocd-repository") == {
        "type": "git",
        "url": REPOSITORY,
        "username": "git",
        "password": "not-a-git-token",
    }
    labels = made["Secret", "argocd-repository"].inputs["metadata"]["labels"]
    assert labels["argocd.argoproj.io/secret-type"] == "repository"


def test_without_values_no_secret_is_made_but_the_one_that_notifications_wait_for() -> None:
    found = install(argocd_settings())
    assert {name for kind, name in found if kind == "Secret"} == {"argocd-secret", "argocd-notifications-secret"}
    assert "stringData" not in found["Secret", "argocd-notifications-secret"].inputs


def test_the_project_that_argocd_server_would_make_allows_nothing(made: dict[tuple[str, str], Made]) -> None:
    spec = made["AppProject", "default"].inputs["spec"]
    assert spec["sourceRepos"] == spec["destinations"] == []


def test_what_argocd_server_writes_into_its_secret_is_not_pulumis(made: dict[tuple[str, str], Made]) -> None:
    own = made["Secret", "argocd-secret"]
    assert not {"data", "stringData"} & own.inputs.keys()
    assert set(own.request.additionalSecretOutputs) == {"data", "stringData"}


@pytest.mark.parametrize("available", [True, False])
def test_high_availability_is_a_setting(available: bool) -> None:
    found = install(argocd_settings(highAvailability=available))
    assert {name for kind, name in found if kind in ("Deployment", "StatefulSet")} == WORKLOADS[available]
