"""The load balancer of the edge: what each cloud is told of it, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.platform.load_balancer import service_annotations
from components.settings import Cluster, LoadBalancer
from tests.support import aks, eks
from tests.support.gke import PROJECT, REGION
from tests.support.program import run_program
from tests.support.stacks import good_config, refusals
from tools.install_manifests import provide_charts

AWS = "service.beta.kubernetes.io/aws-load-balancer-"
AZURE = "service.beta.kubernetes.io/azure-"
EKS: Mapping[str, Any] = {"eks": {"name": eks.NAME, "region": eks.REGION}}
MADE_EKS: Mapping[str, Any] = {"eks": {**EKS["eks"], "create": {"version": "1.35", "tags": {"cost-center": "42"}}}}
GKE: Mapping[str, Any] = {"gke": {"name": "smarthr360-dev", "project": PROJECT, "region": REGION}}
AKS: Mapping[str, Any] = {"aks": aks.FOUND}
MADE_AKS: Mapping[str, Any] = {"aks": aks.CUSTOM}
ALLOCATIONS = [f"eipalloc-0123456789abcdef{number}" for number in range(3)]


@pytest.fixture(scope="module", autouse=True)
def _charts() -> None:
    provide_charts()


def config(cluster: Mapping[str, object] | None = None, **load_balancer: object) -> dict[str, object]:
    own = {"cluster": dict(cluster)} if cluster else {}
    return good_config("dev") | own | {"addons": {"envoyGateway": True, "loadBalancer": load_balancer}}


def service(folder: Path, cluster: Mapping[str, object] | None = None, **load_balancer: object) -> dict[str, Any]:
    """What the Envoys' Service is told, by the whole program."""
    program = run_program(config(cluster, **load_balancer), folder)
    [proxy] = program.of(":EnvoyProxy")
    found: dict[str, Any] = proxy.inputs["spec"]["provider"]["kubernetes"]["envoyService"]
    assert found["type"] == "LoadBalancer"
    assert found["externalTrafficPolicy"] == "Local", "a node on the way would put its address in the client's place"
    return dict(found.get("annotations", {}))


def annotated(cluster: Mapping[str, object], **load_balancer: object) -> dict[str, str]:
    """The same, of a cluster's cloud alone, with made-up tags."""
    settings = LoadBalancer.model_validate_json(json.dumps(load_balancer))
    return service_annotations(settings, Cluster.model_validate_json(json.dumps(cluster)), {"team": "hr", "env": "dev"})


def test_on_eks_the_world_reaches_it_and_nginx_sees_each_client() -> None:
    assert annotated(EKS) == {
        f"{AWS}scheme": "internet-facing",
        f"{AWS}nlb-target-type": "ip",
        f"{AWS}target-group-attributes": "preserve_client_ip.enabled=true",
        f"{AWS}attributes": "load_balancing.cross_zone.enabled=true",
        f"{AWS}additional-resource-tags": "env=dev,team=hr",
    }


def test_on_eks_it_carries_the_clusters_tags_where_the_stack_has_given_the_right_to_tag(tmp_path: Path) -> None:
    tags = service(tmp_path, MADE_EKS)[f"{AWS}additional-resource-tags"].split(",")

    assert set(tags) == {
        *("cost-center=42", "smarthr360:environment=dev", "smarthr360:managed-by=pulumi"),
        f"smarthr360:cluster={eks.NAME}",
    }
    # The role of a control plane that is there already may have no right to; then nothing would be made.
    found = service(tmp_path, EKS)
    assert f"{AWS}additional-resource-tags" not in found
    assert found[f"{AWS}scheme"] == "internet-facing"


def test_on_eks_name_and_addresses_are_the_stacks() -> None:
    found = annotated(MADE_EKS, name="smarthr360-edge", addresses=ALLOCATIONS)

    assert found[f"{AWS}name"] == "smarthr360-edge"
    assert found[f"{AWS}eip-allocations"] == ",".join(ALLOCATIONS)


def test_an_internal_one_is_internal_on_every_cloud() -> None:
    assert annotated(EKS, scheme="internal")[f"{AWS}scheme"] == "internal"
    assert annotated(GKE, scheme="internal") == {"networking.gke.io/load-balancer-type": "Internal"}
    assert annotated(AKS, scheme="internal") == {f"{AZURE}load-balancer-internal": "true"}


def test_on_gke_it_is_of_the_kind_that_google_advises(tmp_path: Path) -> None:
    assert service(tmp_path, GKE) == {"cloud.google.com/l4-rbs": "enabled"}
    assert annotated(GKE, addresses=["edge"]) == {
        "cloud.google.com/l4-rbs": "enabled",
        "networking.gke.io/load-balancer-ip-addresses": "edge",
    }


def test_on_aks_its_address_has_tags_and_a_name_unless_it_is_there_already(tmp_path: Path) -> None:
    found = service(tmp_path, MADE_AKS, name="smarthr360-dev")
    assert found[f"{AZURE}load-balancer-internal"] == "false"
    assert found[f"{AZURE}dns-label-name"] == "smarthr360-dev"
    assert {"application=smarthr360", "cost-center=hr", "environment=dev"} <= set(found[f"{AZURE}pip-tags"].split(","))
    assert annotated(AKS, addresses=["edge"]) == {
        f"{AZURE}load-balancer-internal": "false",
        f"{AZURE}pip-name": "edge",
    }


def test_a_cluster_whose_cloud_is_not_known_gets_nothing_but_what_the_stack_says(tmp_path: Path) -> None:
    assert service(tmp_path) == {}
    assert service(tmp_path, annotations={"metallb.io/address-pool": "edge"}) == {"metallb.io/address-pool": "edge"}


def test_an_annotation_of_the_stack_wins() -> None:
    own = {f"{AWS}target-group-attributes": "proxy_protocol_v2.enabled=true"}
    found = annotated(EKS, annotations=own)

    assert found[f"{AWS}target-group-attributes"] == "proxy_protocol_v2.enabled=true"
    assert found[f"{AWS}scheme"] == "internet-facing"


@pytest.mark.parametrize(
    ("cluster", "load_balancer", "sentence"),
    [
        (EKS, {"scheme": "public"}, 'scheme: "public" is not known; allowed is internet-facing or internal'),
        (EKS, {"name": "a" * 33}, "is not possible on EKS; allowed are at most 32 characters"),
        (EKS, {"name": "internal-edge"}, "name: internal-edge is not possible on EKS"),
        (EKS, {"addresses": ["203.0.113.7"]}, "addresses: 203.0.113.7 is not an allocation of an Elastic IP"),
        (EKS, {"scheme": "internal", "addresses": ALLOCATIONS}, "addresses: are public, and scheme is internal"),
        (MADE_EKS, {"addresses": ALLOCATIONS[:2]}, "addresses: are 2, and the cluster has 3 zones; allowed is one"),
        (GKE, {"name": "edge"}, "name: is not possible on GKE, where Google Cloud names it"),
        (GKE, {"addresses": ["a", "b"]}, "addresses: are 2; allowed on GKE is one"),
        (GKE, {"addresses": ["a,b"]}, "addresses: a,b is not the name of an address"),
        (AKS, {"name": "1edge"}, "name: 1edge is not possible on AKS; allowed are 3 to 63 characters that begin"),
        (AKS, {"addresses": ["a", "b"]}, "addresses: are 2; allowed on AKS is one"),
        (AKS, {"scheme": "internal", "name": "edge"}, "name: belongs to a public address, and scheme is internal"),
        (None, {"scheme": "internal"}, "scheme: has no effect with cluster.existing, whose cloud is not known"),
        (None, {"name": "edge"}, "name: has no effect with cluster.existing"),
        (None, {"annotations": {"no-prefix": "x"}}, "annotations.no-prefix: is not the key of an annotation; allowed"),
        (None, {"annotations": {"a.example.com/b": 1}}, "annotations.a.example.com/b: 1 is a number; allowed is text"),
    ],
)
def test_what_a_cloud_would_not_take_is_refused(
    cluster: Mapping[str, Any] | None, load_balancer: Mapping[str, Any], sentence: str
) -> None:
    (refusal,) = refusals(config(cluster, **load_balancer))

    assert refusal.startswith("smarthr360:addons.loadBalancer.")
    assert sentence in refusal


def test_a_load_balancer_of_nothing_is_refused() -> None:
    values = good_config("dev") | {"addons": {"loadBalancer": {"scheme": "internal"}}}

    assert refusals(values) == (
        "smarthr360:addons.loadBalancer: has no effect without envoyGateway, whose load balancer it is; set that, or "
        "leave this out",
    )


@pytest.mark.parametrize("made", [MADE_EKS, MADE_AKS])
@pytest.mark.parametrize("tags", [{"a,b": "c"}, {"a": "b,c"}, {"a=b": "c"}])
def test_a_tag_that_no_list_of_tags_can_hold_is_refused(made: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    ((kind, cloud),) = made.items()
    bad = {kind: {**cloud, "create": {**cloud["create"], "tags": tags}}}
    (refusal,) = refusals(config(bad))

    assert refusal.startswith(f"smarthr360:cluster.{kind}.create.tags")
    assert "has a comma, or = in its key" in refusal
