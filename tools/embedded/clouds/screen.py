"""What a stack would make in a cloud, on one screen: what, how many, how large, and what a month costs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from review.manifest_values import amount
from snapshot.in_process import Registered
from tools.embedded.clouds.prices import HOURS, PRICES, Machine, Prices

_GIB = 1 << 30
_AKS = "azure-native:containerservice:ManagedCluster"
_CONTROL_PLANES = ("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster", _AKS)
_GATEWAYS = ("aws:ec2/natGateway:NatGateway", "gcp:compute/routerNat:RouterNat", "azure-native:network:NatGateway")
_ADDRESSES = ("aws:ec2/eip:Eip", "azure-native:network:PublicIPAddress")
_OBJECT = "kubernetes:"
_REGIONS = ("region", "location")
_WIDTH = 110
_UNBROKEN = "\u00a0"  # a space at which no line ends


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        what: is made.
        number: how many of it; a range where the load decides.
        size: how large each is, or all of it.
        cost: dollars a month, the least and the most; None where there is no price for it.
    """

    what: str
    number: str
    size: str
    cost: tuple[float, float] | None


class Nodes(NamedTuple):
    """Machines of one kind.

    Attributes:
        machine: their type.
        least: how many there are.
        most: how many there can be; None where `cpus` limits them instead.
        cpus: how many CPUs those so limited have at most; 0 for no such limit.
        disk: GiB of each.
        spot: whether the cloud can take them away, and has a price of the day for them.
    """

    machine: str
    least: int
    most: int | None
    cpus: int
    disk: int
    spot: bool


def show(kind: str, stack: str, registered: Sequence[Registered]) -> str:
    """Make the screen.

    Args:
        kind: of cluster, such as eks.
        stack: its name.
        registered: what the program asks for.
    """
    prices = PRICES[kind]
    resources = [item for item in registered if item.custom and not item.type.startswith("pulumi:")]
    objects = [item for item in resources if item.type.startswith(_OBJECT)]
    rendered = sum(item.rendered for item in objects)
    lines = [
        f"{stack} on {kind.upper()} in {_region(registered)}: {len(resources) - len(objects):,} resources of the cloud "
        f"and {len(objects):,} objects in the cluster, {rendered:,} of which Argo CD applies.",
        "",
        *_table(list(rows(prices, resources))),
        "",
        f"List prices of {prices.region}, read {prices.read}, without discounts; Europe is 10 to 20 % dearer.",
        f"Not in it, as it goes by use: traffic, logs, keys, load balancers, spot nodes. Sources: {prices.page}",
        "",
        *_kinds("In the cloud", (_cloud_kind(item.type) for item in resources if not item.type.startswith(_OBJECT))),
        *_kinds("In the cluster", (item.type.rpartition(":")[2] for item in objects)),
    ]
    return "\n".join(lines) + "\n"


def rows(prices: Prices, resources: Sequence[Registered]) -> Iterator[Row]:
    """Yield what costs something, and what it costs.

    Args:
        prices: of the cloud.
        resources: what the program asks for, of providers only.
    """
    count = Counter(item.type for item in resources)
    clusters = [item for item in resources if item.type in _CONTROL_PLANES]
    for item in clusters:
        version = next(
            (item.inputs[key] for key in ("version", "minMasterVersion", "kubernetesVersion") if key in item.inputs), ""
        )
        free = (item.inputs.get("sku") or {}).get("tier") == "Free"
        yield Row("control plane", "1", f"Kubernetes {version}", _same(0 if free else prices.cluster * HOURS))
    for nodes in _merged(_nodes(resources)):
        yield _row_of(nodes, prices)
    gateways, addresses = (sum(count[type_] for type_ in types) for types in (_GATEWAYS, _ADDRESSES))
    if gateways:
        yield Row("NAT gateways", f"{gateways}", "", _same(gateways * prices.gateway * HOURS))
    if addresses:
        yield Row("public addresses", f"{addresses}", "", _same(addresses * prices.address * HOURS))
    if disks := [size for item in resources for size in _claimed(item, "ReadWriteOnce")]:
        total = sum(disks)
        yield Row("disks of claims", f"{len(disks)}", f"{total:,} GiB in all", _same(total * prices.disk))
    if shares := [size for item in resources for size in _claimed(item, "ReadWriteMany")]:
        tier = next((tier for item in resources for tier in _tiers(item) if tier in prices.files), "")
        files = prices.files[tier]
        total, billed = sum(shares), max(files.least, sum(max(size, files.least_each) for size in shares))
        size = f"{total:,} GiB in all{f', billed as {billed:,}' if billed != total else ''}"
        yield Row("shared files", f"{len(shares)}", size, _same(billed * files.month))


def _row_of(nodes: Nodes, prices: Prices) -> Row:
    machine = prices.machines.get(nodes.machine)
    most = nodes.most if nodes.most is not None else nodes.least + nodes.cpus // machine.cpus if machine else None
    number = f"{nodes.least}" if most == nodes.least else f"{nodes.least} to {'?' if most is None else most}"
    size = f"{nodes.machine}{_cpus(machine)}{', spot' if nodes.spot else ''}, disk {nodes.disk} GiB"
    if not machine or nodes.spot or most is None:
        return Row("nodes", number, size, None)
    each = machine.hour * HOURS * (1 + prices.on_top) + nodes.disk * prices.disk
    return Row("nodes", number, size, (nodes.least * each, most * each))


def _cpus(machine: Machine | None) -> str:
    return f" ({machine.cpus} CPUs)" if machine else ""


def _nodes(resources: Iterable[Registered]) -> Iterator[Nodes]:
    known = list(resources)
    disk = next((_disk(item) for item in known if item.type.endswith(":NodeClass")), 0)
    for item in known:
        given = item.inputs
        if item.type == "kubernetes:karpenter.sh/v1:NodePool":
            spec = given["spec"]
            wanted = {each["key"]: each["values"] for each in spec["template"]["spec"]["requirements"]}
            machine = str(next(iter(wanted.get("node.kubernetes.io/instance-type") or ["any"])))
            spot = "spot" in wanted.get("karpenter.sh/capacity-type", ())
            least, cpus = int(spec.get("replicas") or 0), int((spec.get("limits") or {}).get("cpu") or 0)
            yield Nodes(machine, least, least if not cpus else None, cpus, disk, spot)
        elif item.type == "gcp:container/nodePool:NodePool":
            config, scaling = given.get("nodeConfig") or {}, given.get("autoscaling") or {}
            low, high = (int(scaling.get(f"total{end}NodeCount") or 0) for end in ("Min", "Max"))
            disk_size, spot = int(config.get("diskSizeGb") or 0), bool(config.get("spot"))
            yield Nodes(str(config.get("machineType")), low, high, 0, disk_size, spot)
        elif item.type == _AKS:
            yield from (_pool(pool) for pool in given.get("agentPoolProfiles") or ())
        elif item.type == "azure-native:containerservice:AgentPool":
            yield _pool(given)


def _pool(given: Mapping[str, Any]) -> Nodes:
    least = int(given.get("minCount") or given.get("count") or 0)
    most = int(given.get("maxCount") or least)
    spot = given.get("scaleSetPriority") == "Spot"
    return Nodes(str(given.get("vmSize")), least, most, 0, int(given.get("osDiskSizeGB") or 0), spot)


def _merged(pools: Iterable[Nodes]) -> list[Nodes]:
    """One line for all machines that are alike."""
    by_kind: dict[tuple[str, int, bool], list[Nodes]] = {}
    for nodes in pools:
        by_kind.setdefault((nodes.machine, nodes.disk, nodes.spot), []).append(nodes)
    return [
        Nodes(
            machine,
            sum(each.least for each in alike),
            None if any(each.most is None for each in alike) else sum(each.most or 0 for each in alike),
            sum(each.cpus for each in alike),
            disk,
            spot,
        )
        for (machine, disk, spot), alike in by_kind.items()
    ]


def _disk(item: Registered) -> int:
    """How many GiB each node of a class of EKS Auto Mode has."""
    storage = item.inputs["spec"].get("ephemeralStorage") or {}
    return int(amount(storage.get("size")) / _GIB)


def _claimed(item: Registered, mode: str) -> Iterator[int]:
    """How many GiB a claim of some kind asks for."""
    if item.type.endswith(":PersistentVolumeClaim") and mode in item.inputs["spec"]["accessModes"]:
        yield round(amount(item.inputs["spec"]["resources"]["requests"]["storage"]) / _GIB)


def _tiers(item: Registered) -> Iterator[str]:
    """What a storage class calls the kind of its shared files."""
    if item.type.endswith(":StorageClass") and "file" in str(item.inputs.get("provisioner")):
        parameters = item.inputs.get("parameters") or {}
        yield from (str(parameters[key]) for key in ("tier", "skuName") if key in parameters)


def _region(registered: Iterable[Registered]) -> str:
    for item in registered:
        if item.type.startswith("pulumi:providers:"):
            for key in _REGIONS:
                if isinstance(item.inputs.get(key), str):
                    return str(item.inputs[key])
    return "a region that the stack does not name"


def _same(cost: float) -> tuple[float, float]:
    return cost, cost


def _dollars(cost: tuple[float, float] | None) -> str:
    if cost is None:
        return "?"
    low, high = (f"{round(end):,}" for end in cost)
    return low if low == high else f"{low} to {high}"


def _table(shown: Sequence[Row]) -> Iterator[str]:
    known = [row.cost for row in shown if row.cost]
    total = (sum(low for low, _ in known), sum(high for _, high in known))
    cells = [("what", "how many", "how large", "USD a month")]
    cells += [(row.what, row.number, row.size, _dollars(row.cost)) for row in shown]
    whole = "together, about" if len(known) == len(shown) else "together, without what is ?"
    cells += [(whole, "", "", _dollars(total))]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for what, number, size, cost in cells:
        yield f"{what:{widths[0]}}  {number:>{widths[1]}}  {size:{widths[2]}}  {cost:>{widths[3]}}".rstrip()


def _cloud_kind(type_: str) -> str:
    """A type token's service and kind: `ec2 Subnet`."""
    return f"{type_.split(':')[1].split('/')[0]} {type_.rpartition(':')[2]}"


def _kinds(title: str, kinds: Iterable[str]) -> list[str]:
    """How many there are of each kind, in as few lines as it takes."""
    counted = [f"{number} {kind}".replace(" ", _UNBROKEN) for kind, number in Counter(kinds).most_common()]
    lines = textwrap.wrap(f"{title}: {', '.join(counted)}.", _WIDTH, subsequent_indent="  ") if counted else []
    return [line.replace(_UNBROKEN, " ") for line in lines]
