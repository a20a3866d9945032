"""How much of each thing is allowed: numbers and quantities with the bounds that other systems set."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from units import Duration, Quantity, Size

MOST_PODS = 1000
"""Pods of one workload. Kubernetes' Endpoints hold a thousand addresses, and leave out the others
(kubernetes.io/docs/concepts/services-networking/service/#over-capacity-endpoints)."""

Pods = Annotated[int, Field(ge=1, le=MOST_PODS)]

Percent = Annotated[int, Field(ge=1, le=100)]

Processes = Annotated[int, Field(ge=1, le=1000)]
"""Processes, threads or tasks of one pod. Each has a connection to PostgreSQL, whose number is what really bounds it;
see `Settings`."""

Tasks = Annotated[int, Field(ge=1, le=1_000_000)]
"""Tasks of a process until it is replaced; with more, what it leaks is never given back."""

Machines = Annotated[int, Field(ge=1, le=1000)]
"""Nodes of a pool: as many as AKS makes (`maxCount` of Microsoft.ContainerService/managedClusters/agentPools)."""

History = Annotated[int, Field(ge=1, le=100)]
"""Syncs that an Application remembers, in its own status: an object of etcd holds 1.5 MiB
(etcd.io/docs/v3.5/dev-guide/limit), and an entry with its source and parameters some kilobytes."""

_MILLI = Fraction(1, 1000)


class Cpu(Quantity):
    """Processor time. Kubernetes counts it in thousandths of a core, and rounds up what is finer.

    No machine of AWS or Google Cloud has more than 1920 virtual processors (u7inh-32tb.480xlarge, x4-1920).
    """

    example = "500m"
    least = "1m"
    most = "1920"
    allowed = f"a number of cores from {least} to {most}, in whole thousandths, such as {example}, 2 or 1.5"

    def _fault(self) -> str | None:
        fault = super()._fault()
        return fault or ("is finer than a thousandth of a core" if self.value % _MILLI else None)


class Memory(Size):
    """Memory of a container.

    A container does not start with less than 12 MiB on CRI-O, nor with less than 6 MiB on Docker, where a bare number
    is bytes as well; and no machine of AWS or Google Cloud has more than 32 TiB.
    """

    example = "512Mi"
    least = "12Mi"
    most = "32Ti"
    allowed = f"a size in bytes from {least} to {most} such as {example} or 2Gi"


class Disk(Size):
    """How much a container is allowed to write on its node's disk.

    Its output counts, of which the kubelet keeps five files of 10 MiB (`containerLogMaxFiles`, `containerLogMaxSize`);
    with less than that a pod would be evicted for its own log. 64 TiB is the largest disk of a node.
    """

    example = "1Gi"
    least = "64Mi"
    most = "64Ti"
    allowed = f"a size in bytes from {least} to {most} such as {example}"


class Volume(Size):
    """Size of a volume.

    Clouds make disks in whole GiB, and Azure, whose largest disks are the smallest of the three clouds' largest, none
    above 32767 GiB (learn.microsoft.com/azure/virtual-machines/disks-types).
    """

    example = "10Gi"
    least = "1Gi"
    most = "32767Gi"
    allowed = f"a size in bytes from {least} to {most} such as {example}"


class DatabaseVolume(Volume):
    """Size of PostgreSQL's volume, of which its log alone takes 1 GiB before it is cut (`max_wal_size`)."""

    least = "2Gi"
    allowed = f"a size in bytes from {least} to {Volume.most} such as {Volume.example}"


class Hsts(Duration):
    """For how long browsers remember that a host speaks HTTPS only; two years is what the preload list asks for."""

    example = "8760h"
    most = "17520h"
    allowed = f"a duration in whole seconds up to {most} such as {example}, or 0s"


class RequestTime(Duration):
    """How long a request is allowed to take.

    Gunicorn reads 0 as "without limit"; and the edge and Nginx give up after 120 s, so that nobody would get a later
    answer (`READ_TIMEOUT` of components/edge/limits.py).
    """

    example = "120s"
    least = "1s"
    most = "120s"
    allowed = f"a duration in whole seconds from {least} to {most} such as {example} or 1m30s"


class Refresh(Duration):
    """How often a secret is read anew.

    External Secrets reads it once and never again at 0 (external-secrets.io/latest/api/externalsecret); every read of
    each Secret is a call that the cloud counts; and after more than a day nobody remembers what was rotated.
    """

    example = "1h"
    least = "1m"
    most = "24h"
    allowed = f"a duration in whole seconds from {least} to {most} such as {example}"
