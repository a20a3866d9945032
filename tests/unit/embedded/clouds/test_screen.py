"""What a stack would make in a cloud, on one screen, with list prices that stand with their sources in the docs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from snapshot.in_process import Registered
from tests.support.stacks import ROOT
from tools.embedded.clouds import screen
from tools.embedded.clouds.prices import PRICES
from tools.embedded.clouds.stack import KINDS


def made(type_: str, name: str = "x", rendered: bool = False, **inputs: Any) -> Registered:
    urn = f"urn:pulumi:dev::smarthr360::{type_}::{name}"
    return Registered(type_, name, urn, (), inputs, not type_.startswith("smarthr360:"), rendered, False)


def claim(size: str, mode: str) -> Registered:
    spec = {"accessModes": [mode], "resources": {"requests": {"storage": size}}}
    return made("kubernetes:core/v1:PersistentVolumeClaim", spec=spec, rendered=True)


def pool(replicas: int | None, cpu: str | None, spot: bool = False, machine: str = "m7i.large") -> Registered:
    requirements = [
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": [machine, "other"]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot" if spot else "on-demand"]},
    ]
    spec: dict[str, Any] = {"template": {"spec": {"requirements": requirements}}, "limits": {"cpu": cpu} if cpu else {}}
    return made("kubernetes:karpenter.sh/v1:NodePool", spec=spec | ({"replicas": replicas} if replicas else {}))


NODE_CLASS = made("kubernetes:eks.amazonaws.com/v1:NodeClass", spec={"ephemeralStorage": {"size": "50Gi"}})
EKS = [
    made("pulumi:providers:aws", region="eu-west-3"),
    made("smarthr360:cluster:Eks"),
    made("aws:eks/cluster:Cluster", version="1.36"),
    *[made("aws:ec2/natGateway:NatGateway")] * 3,
    *[made("aws:ec2/eip:Eip")] * 3,
    NODE_CLASS,
    *[pool(1, None)] * 3,
    pool(None, "12"),
    claim("100Gi", "ReadWriteOnce"),
    claim("50Gi", "ReadWriteMany"),
]


def costs(kind: str, *resources: Registered) -> dict[str, tuple[str, tuple[int, int] | None]]:
    rows = screen.rows(PRICES[kind], resources)
    return {row.what: (row.number, row.cost and (round(row.cost[0]), round(row.cost[1]))) for row in rows}


def test_one_screen_says_what_how_many_how_large_and_what_a_month_costs() -> None:
    text = screen.show("eks", "production", EKS)
    lines = text.splitlines()

    assert lines[0].startswith(
        "production on EKS in eu-west-3: 7 resources of the cloud and 7 objects in the cluster, 2 "
    )
    assert [" ".join(line.split()) for line in lines[2:10]] == [
        "what how many how large USD a month",
        "control plane 1 Kubernetes 1.36 73",
        "nodes 3 to 9 m7i.large (2 CPUs), disk 50 GiB 259 to 778",
        "NAT gateways 3 99",
        "public addresses 3 11",
        "disks of claims 1 100 GiB in all 8",
        "shared files 1 50 GiB in all 15",
        "together, about 465 to 983",
    ]
    assert "List prices of Northern Virginia, read May 2025 to June 2026, without discounts" in text
    assert "3 ec2 NatGateway" in text
    assert "4 NodePool" in text
    assert len(lines) < 24
    assert max(map(len, lines)) < 120


def test_what_has_no_price_is_shown_as_such_and_is_not_in_the_sum() -> None:
    spot = costs("eks", NODE_CLASS, pool(2, None, spot=True))
    unknown = costs("eks", NODE_CLASS, pool(2, "8", machine="u-24tb1.metal"))

    assert spot == {"nodes": ("2", None)}
    assert unknown == {"nodes": ("2 to ?", None)}
    text = screen.show("eks", "dev", [pool(2, None, spot=True)])
    assert re.search(r"^together, without what is \? +0$", text, re.MULTILINE)
    assert "In the cloud" not in text


def test_nodes_of_google_and_azure_are_read_where_they_say_it() -> None:
    config = {"machineType": "e2-standard-4", "diskSizeGb": 50, "spot": False}
    google = made(
        "gcp:container/nodePool:NodePool",
        nodeConfig=config,
        autoscaling={"totalMinNodeCount": 3, "totalMaxNodeCount": 9},
    )
    system: dict[str, Any] = {"vmSize": "Standard_D2s_v5", "count": 3, "minCount": 3, "maxCount": 5, "osDiskSizeGB": 64}
    cluster = made("azure-native:containerservice:ManagedCluster", agentPoolProfiles=[system], sku={"tier": "Free"})
    work = made("azure-native:containerservice:AgentPool", **{**system, "vmSize": "Standard_D4s_v5", "maxCount": 3})

    assert costs("gke", google) == {"nodes": ("3 to 9", (308, 925))}
    rows = list(screen.rows(PRICES["aks"], [cluster, work]))
    assert [(row.what, row.number) for row in rows] == [("control plane", "1"), ("nodes", "3 to 5"), ("nodes", "3")]
    assert rows[0].cost == (0, 0)


@pytest.mark.parametrize(
    ("kind", "provisioner", "parameters", "cost"),
    [
        ("eks", "efs.csi.aws.com", {}, 9),
        ("gke", "filestore.csi.storage.gke.io", {"tier": "enterprise"}, 461),
        ("gke", "filestore.csi.storage.gke.io", {"tier": "standard"}, 40),
        ("aks", "file.csi.azure.com", {"skuName": "Premium_ZRS"}, 40),
        ("aks", "file.csi.azure.com", {"skuName": "Premium_LRS"}, 32),
    ],
)
def test_shared_files_cost_what_is_billed_of_their_tier(
    kind: str, provisioner: str, parameters: dict[str, str], cost: int
) -> None:
    storage_class = made("kubernetes:storage.k8s.io/v1:StorageClass", provisioner=provisioner, parameters=parameters)
    shown = costs(kind, storage_class, claim("10Gi", "ReadWriteMany"), claim("20Gi", "ReadWriteMany"))

    assert shown == {"shared files": ("2", (cost, cost))}


@pytest.mark.parametrize("kind", KINDS)
def test_every_price_stands_with_its_region_in_the_cost_section_of_the_cloud_s_page(kind: str) -> None:
    prices = PRICES[kind]
    section = (ROOT / prices.page).read_text().split("## What a month costs")[1].split("\n## ")[0]
    listed = [prices.cluster, prices.gateway, prices.address, *(machine.hour for machine in prices.machines.values())]
    listed += [files.month for files in prices.files.values() if files.month != 0.000274 * 730]

    assert [price for price in listed if f"{price:.2f}" not in section and f"{price:g}" not in section] == []
    assert [name for name in prices.machines if name not in section] == []
    assert prices.region in section
    assert prices.read.split()[-1] in section
