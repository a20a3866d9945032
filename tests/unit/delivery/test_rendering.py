"""What becomes a file for Argo CD, in which wave, and what never does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.delivery.rendering import SYNC_OPTIONS, SYNC_WAVE, Rendering, RenderingArgs, Wave
from components.environment.metadata import NOT_AWAITED, SECRET_CHECKSUM, metadata
from tests.support.program import Program, run, run_program
from tests.support.stacks import STACKS, good_config, with_gitops


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def delivered(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return run_program(with_gitops(good_config(stack)), tmp_path_factory.mktemp("gitops"), stack)


@pytest.fixture(scope="module")
def direct(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return run_program(good_config(stack), tmp_path_factory.mktemp("direct"), stack)


def _identity(manifest: dict[str, Any]) -> tuple[str, str, str | None, str]:
    found = manifest["metadata"]
    return manifest["apiVersion"], manifest["kind"], found.get("namespace"), found["name"]


def test_pulumi_applies_namespace_secrets_and_argo_cds_objects_and_renders_all_else(delivered: Program) -> None:
    applied = {manifest["kind"] for manifest in delivered.applied()}
    rendered = {manifest["kind"] for manifest in delivered.files()}

    # The job that looks for changed Secrets has rights, which Git must not give.
    job = {"CronJob", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"}
    assert applied == {"Namespace", "Secret", "AppProject", "Application"} | job
    assert {"Deployment", "StatefulSet", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy"} < rendered
    assert applied & rendered == {"ServiceAccount", "NetworkPolicy"}


def test_both_deliveries_make_the_same_objects_but_for_annotations(delivered: Program, direct: Program) -> None:
    def specs(manifests: list[dict[str, Any]]) -> dict[Any, Any]:
        return {
            _identity(manifest): {
                **manifest,
                "metadata": {key: value for key, value in manifest["metadata"].items() if key != "annotations"},
            }
            for manifest in manifests
        }

    def without_secret_checksums(manifest: dict[str, Any]) -> dict[str, Any]:
        """Which Git can't hold."""
        made = copy.deepcopy(manifest)
        annotations = made.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
        annotations.pop(SECRET_CHECKSUM, None)
        return made

    by_argo = specs(delivered.files())
    by_pulumi = {
        key: value
        for key, value in specs([without_secret_checksums(found) for found in direct.manifests()]).items()
        if key[1] not in ("Namespace", "Secret")
    }

    assert by_argo == by_pulumi


def test_nothing_for_pulumis_provider_stays_in_a_file_and_other_annotations_do(delivered: Program) -> None:
    annotations = [manifest["metadata"]["annotations"] for manifest in delivered.files()]

    assert not [key for found in annotations for key in found if key.startswith("pulumi.com/")]
    assert all(SYNC_WAVE in found for found in annotations)


def test_config_and_access_come_before_stores_and_stores_before_workloads(delivered: Program) -> None:
    waves: dict[str, set[tuple[str, str]]] = {}
    for manifest in delivered.files():
        wave = manifest["metadata"]["annotations"][SYNC_WAVE]
        waves.setdefault(wave, set()).add((manifest["kind"], manifest["metadata"]["name"]))

    assert set(waves) == {"0", "1", "3"}
    assert {("ConfigMap", "smarthr360-config"), ("ServiceAccount", "smarthr360-sa")} < waves["0"]
    assert {("StatefulSet", "postgres"), ("StatefulSet", "redis"), ("ConfigMap", "redis-config")} < waves["1"]
    assert {("Deployment", "smarthr360-api"), ("Deployment", "smarthr360-nginx")} < waves["3"]
    assert not {kind for kind, _ in waves["0"]} & {"Deployment", "StatefulSet", "PersistentVolumeClaim"}


def test_a_claim_is_in_the_wave_of_the_pods_that_mount_it(delivered: Program) -> None:
    """With a class that waits for the first consumer, a claim in an earlier wave would never be bound."""
    wave_of = {
        (manifest["kind"], manifest["metadata"]["name"]): manifest["metadata"]["annotations"][SYNC_WAVE]
        for manifest in delivered.files()
    }
    mounted = 0
    for manifest in delivered.files():
        if manifest["kind"] not in ("Deployment", "StatefulSet"):
            continue
        for volume in manifest["spec"]["template"]["spec"]["volumes"]:
            if "persistentVolumeClaim" in volume:
                mounted += 1
                claim = ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
                assert wave_of[claim] == manifest["metadata"]["annotations"][SYNC_WAVE]
    assert mounted >= 5


def test_only_in_production_argo_cd_asks_before_it_deletes_what_holds_data(delivered: Program, stack: str) -> None:
    asked = {
        (manifest["kind"], manifest["metadata"]["name"])
        for manifest in delivered.files()
        if manifest["metadata"]["annotations"].get(SYNC_OPTIONS) == "Prune=confirm,Delete=confirm"
    }
    claims = {("PersistentVolumeClaim", name) for name in ("logs", "media", "ml-models", "postgres-data", "redis-data")}

    if stack == "production":
        assert claims | {("StatefulSet", "postgres"), ("StatefulSet", "redis")} <= asked
        assert ("Deployment", "smarthr360-api") not in asked
    else:
        assert not asked


def test_what_is_rendered_depends_on_no_secret(stack: str, tmp_path: Path) -> None:
    config = with_gitops(good_config(stack))
    assert isinstance(config["secrets"], dict)
    other = {key: type(secret)(f"other-{secret.text}") for key, secret in config["secrets"].items()}

    def files(secrets: object) -> dict[Any, Any]:
        made = run_program(config | {"secrets": secrets}, tmp_path, stack)
        return {_identity(manifest): manifest for manifest in made.files()}

    assert files(config["secrets"]) == files(other)


def test_delivery_render_makes_the_files_and_nothing_else(stack: str, delivered: Program, tmp_path: Path) -> None:
    rendered = run_program(good_config(stack) | {"delivery": "render"}, tmp_path, stack)

    assert rendered.applied() == []
    assert {_identity(manifest): manifest for manifest in rendered.files()} == {
        _identity(manifest): manifest for manifest in delivered.files()
    }


def test_the_person_s_own_kubeconfig_does_not_reach_the_rendering_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    made = run_program(with_gitops(good_config("dev")), tmp_path)

    [provider] = [entry for entry in made.resources if entry.name == "rendered-provider"]
    assert provider.inputs["renderYamlToDirectory"] == "rendered/dev"
    assert "/home/somebody" not in str(provider.inputs)


class _Parent(pulumi.ComponentResource):
    """A component whose one object is rendered."""

    def __init__(self, make: Callable[[pulumi.ResourceOptions], object]) -> None:
        rendering = Rendering("rendered", RenderingArgs("rendered/dev"))
        super().__init__("test:test:Parent", "parent", {}, rendering.options(rendering, Wave.CONFIG))
        make(pulumi.ResourceOptions(parent=self))


def _config_map(data: Any) -> Callable[[pulumi.ResourceOptions], object]:
    return lambda opts: k8s.core.v1.ConfigMap(
        "planted", metadata=metadata("planted", "somewhere", None, NOT_AWAITED), data=data, opts=opts
    )


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (lambda secret: {"GOOD": "plain", "PASSWORD": secret}, "data.PASSWORD"),
        (lambda secret: {"URL": pulumi.Output.concat("postgres://", secret, "@postgres")}, "data.URL"),
        (lambda secret: {"WHOLE": pulumi.Output.all("plain", secret).apply(str)}, "data.WHOLE"),
        (lambda secret: pulumi.Output.from_input({"PASSWORD": secret}), "data"),
    ],
)
def test_a_planted_secret_value_stops_the_program_and_names_resource_and_property(
    data: Callable[[pulumi.Output[str]], Any], path: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run(lambda: _Parent(_config_map(data(pulumi.Output.secret("planted-not-a-real-secret")))))

    assert str(refused.value).startswith(f"planted: {path} is a secret, and would be written in plain text")
    assert "planted-not-a-real-secret" not in str(refused.value)


def test_a_secret_deep_in_a_pods_environment_is_found_and_named() -> None:
    def deployment(opts: pulumi.ResourceOptions) -> object:
        container = k8s.core.v1.ContainerArgs(
            name="api",
            env=[
                k8s.core.v1.EnvVarArgs(name="MODE", value="plain"),
                k8s.core.v1.EnvVarArgs(name="TOKEN", value=pulumi.Output.secret("planted-not-a-real-secret")),
            ],
        )
        return k8s.core.v1.Pod(
            "planted",
            metadata=metadata("planted", "somewhere", None),
            spec=k8s.core.v1.PodSpecArgs(containers=[container]),
            opts=opts,
        )

    with pytest.raises(pulumi.RunError, match=r"^planted: spec\.containers\[0\]\.env\[1\]\.value is a secret"):
        run(lambda: _Parent(deployment))


def test_a_secret_object_is_refused_even_when_its_data_is_not_marked() -> None:
    with pytest.raises(pulumi.RunError, match=r"^planted: a Secret would be written in plain text into rendered/dev"):
        run(
            lambda: _Parent(
                lambda opts: k8s.core.v1.Secret(
                    "planted", metadata=metadata("planted", "somewhere", None), string_data={"a": "b"}, opts=opts
                )
            )
        )


def test_plain_values_and_outputs_pass() -> None:
    made = run(lambda: _Parent(_config_map({"PLAIN": "a", "LATER": pulumi.Output.from_input("b")})))

    [planted] = made.files()
    assert planted["data"] == {"PLAIN": "a", "LATER": "b"}
    assert planted["metadata"]["annotations"] == {SYNC_WAVE: "0"}
