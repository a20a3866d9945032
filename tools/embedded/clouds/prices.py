"""List prices in US dollars: the one place for them, from which `make preview-cloud` calculates.

Each is with its source in the cost section of its cloud's page, where a test looks for it. They are of one region and
of the time that the page says, without discounts, and no bill was compared with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

HOURS = 730
"""Hours of a month."""


class Machine(NamedTuple):
    """A type of machine.

    Attributes:
        hour: what one costs an hour.
        cpus: how many it has.
    """

    hour: float
    cpus: int


class Files(NamedTuple):
    """Shared files of one kind.

    Attributes:
        month: what a GiB costs a month.
        least_each: the least that is billed of a claim, in GiB.
        least: the least that is billed of all together, in GiB.
    """

    month: float
    least_each: int = 0
    least: int = 0


@dataclass(frozen=True)
class Prices:
    """What a cloud takes.

    Attributes:
        region: of which region they are.
        read: when they were read, as the page has it.
        page: where each is with its source.
        cluster: of a control plane, an hour.
        machines: by type.
        on_top: what share of the machines' price comes on top of it, for what the cloud does for them.
        gateway: of a NAT gateway, an hour.
        address: of a public address, an hour.
        disk: of disks, a GiB and month.
        files: of shared files, by the tier that their storage class names; "" is any other.
    """

    region: str
    read: str
    page: str
    cluster: float
    machines: Mapping[str, Machine]
    gateway: float
    address: float
    disk: float
    files: Mapping[str, Files]
    on_top: float = 0.0


PRICES: Mapping[str, Prices] = {
    "eks": Prices(
        region="Northern Virginia",
        read="May 2025 to June 2026",
        page="docs/eks.md",
        cluster=0.10,
        machines={"m7i.large": Machine(0.1008, 2)},
        on_top=0.12,
        gateway=0.045,
        address=0.005,
        disk=0.08,
        files={"": Files(0.30)},
    ),
    "gke": Prices(
        region="Iowa",
        read="2026-11-25",
        page="docs/gke.md",
        cluster=0.10,
        machines={"e2-standard-4": Machine(0.134, 4)},
        gateway=0.0014,  # and node
        address=0.005,
        disk=0.10,
        files={"enterprise": Files(0.45, least=1024), "": Files(0.000274 * HOURS, least_each=100)},
    ),
    "aks": Prices(
        region="East US",
        read="November 2026",
        page="docs/aks.md",
        cluster=0.10,
        machines={"Standard_D4s_v5": Machine(0.192, 4), "Standard_D2s_v5": Machine(0.096, 2)},
        gateway=0.045,
        address=0.005,
        disk=10 / 64,  # a P6 has 64 GiB and costs 10
        files={"Premium_ZRS": Files(0.20, least_each=100), "": Files(0.16, least_each=100)},
    ),
}
