"""Policies for pods: what Pod Security `restricted` asks, and what it leaves to us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manifests.objects import Manifest, items, part
from policy.objects import MAKES_PODS, containers, pods, spec
from policy.rule import Topic
from snapshot.model import Object

topic = Topic(
    "Pods",
    "What a pod is allowed to do to its node and its neighbours. The namespaces enforce most of it again, but only "
    "when a pod is created, and by then the pod is missing.",
)

_COMPUTE = ("cpu", "memory", "ephemeral-storage")


_VOLUMES = (
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
)
"""What Pod Security `restricted` lets a volume be; where an image comes from is another policy's."""
_SYSCTLS = (
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
)
"""What Pod Security `baseline` lets a pod set of the kernel: the pod's own only."""
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SELINUX = (None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")


def _security(pod: Manifest, container: Manifest, key: str) -> Any:
    """A setting of a container's security; the pod's where the container has none of its own."""
    own = part(container, "securityContext").get(key)
    return part(pod, "securityContext").get(key) if own is None else own


@topic.rule(
    "pods-run-as-non-root",
    kinds=(MAKES_PODS,),
    refuses="A container that may run as root.",
    why="Root in a container is root on the node for whoever breaks out of it.",
    mend="set securityContext.runAsNonRoot to true, and runAsUser to a number above 0",
)
def _runs_as_root(item: Object) -> Iterator[str]:
    for title, container, pod in containers(item):
        if _security(pod, container, "runAsNonRoot") is not True:
            yield f"{title} may run as root"
        elif _security(pod, container, "runAsUser") == 0:
            yield f"{title} runs as user 0"


@topic.rule(
    "pods-gain-no-privileges",
    kinds=(MAKES_PODS,),
    refuses="A container that is privileged, or whose processes can gain more rights than they started with.",
    why="A program with the setuid bit would make a non-root user root again.",
    mend="set securityContext.allowPrivilegeEscalation to false, and leave out privileged",
)
def _gains_privileges(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        own = part(container, "securityContext")
        if own.get("privileged"):
            yield f"{title} is privileged"
        elif own.get("allowPrivilegeEscalation") is not False:
            yield f"{title} may gain privileges"


@topic.rule(
    "pods-drop-capabilities",
    kinds=(MAKES_PODS,),
    refuses="A container that keeps or adds capabilities of the kernel.",
    why="The default set lets a process forge packets and bypass file permissions, which no program of ours needs.",
    mend='set securityContext.capabilities.drop to ["ALL"], and add at most NET_BIND_SERVICE',
)
def _keeps_capabilities(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        capabilities = part(container, "securityContext", "capabilities")
        if "ALL" not in items(capabilities, "drop"):
            yield f"{title} does not drop all capabilities"
        for name in items(capabilities, "add"):
            if name != "NET_BIND_SERVICE":
                yield f"{title} adds the capability {name}"


@topic.rule(
    "pods-filter-system-calls",
    kinds=(MAKES_PODS,),
    refuses="A container without a seccomp profile.",
    why="Most ways out of a container go through system calls that no ordinary program makes.",
    mend="set securityContext.seccompProfile.type to RuntimeDefault",
)
def _unfiltered(item: Object) -> Iterator[str]:
    for title, container, pod in containers(item):
        profile = _security(pod, container, "seccompProfile") or {}
        if profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{title} has no seccomp profile"


@topic.rule(
    "pods-keep-their-image",
    kinds=(MAKES_PODS,),
    charted="whether a program writes outside its volumes is its project's decision; Envoy Gateway does.",
    refuses="A container whose root file system can be written to.",
    why="What intruders can't write, they can't run; and what a program writes there is lost with the pod.",
    mend="set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the program has to write",
)
def _writable(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        if part(container, "securityContext").get("readOnlyRootFilesystem") is not True:
            yield f"{title} can write to its root file system"


@topic.rule(
    "pods-stay-off-the-node",
    kinds=(MAKES_PODS, "PersistentVolume"),
    refuses="A pod that shares the node's network, processes, files, kernel or ports, or a volume that is such files.",
    why="It sees what other pods do, and bypasses the network policies.",
    mend="leave out whatever belongs to the node, and claim volumes of a storage class",
)
def _on_the_node(item: Object) -> Iterator[str]:
    for key in ("hostPath", "local", "nfs"):
        if item.kind == "PersistentVolume" and key in spec(item):
            yield f"it is made by hand, of {key}"
    for made in pods(item):
        yield from _of_the_node(made.spec)
    for title, container, pod in containers(item):
        if any(port.get("hostPort") for port in items(container, "ports")):
            yield f"{title} takes a port of the node"
        if part(container, "securityContext").get("procMount") not in (None, "Default"):
            yield f"{title} sees all of /proc"
        for guarded in (pod, container):
            if part(guarded, "securityContext", "windowsOptions").get("hostProcess"):
                yield f"{title} is a process of the node"


def _of_the_node(own: Manifest) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if own.get(key):
            yield f"{key} is true"
    for volume in items(own, "volumes"):
        for kind in volume:
            if kind != "name" and kind not in _VOLUMES and volume[kind] is not None:
                yield f"volume {volume.get('name')} is a {kind}"
    for setting in items(part(own, "securityContext"), "sysctls"):
        if setting.get("name") not in _SYSCTLS:
            yield f"it sets {setting.get('name')} of the node's kernel"


@topic.rule(
    "pods-keep-the-nodes-guards",
    kinds=(MAKES_PODS,),
    refuses="A container that turns off AppArmor, or chooses an SELinux label that allows it more.",
    why="This container is then allowed what the node's kernel refuses to every other.",
    mend="leave out appArmorProfile and seLinuxOptions",
)
def _unguarded(item: Object) -> Iterator[str]:
    for made in pods(item):
        annotations = part(made.metadata, "annotations")
        if any(key.startswith(_APPARMOR) and annotations[key] == "unconfined" for key in annotations):
            yield "an annotation turns AppArmor off"
    for title, container, pod in containers(item):
        if (_security(pod, container, "appArmorProfile") or {}).get("type") == "Unconfined":
            yield f"{title} turns AppArmor off"
        labels = _security(pod, container, "seLinuxOptions") or {}
        if labels.get("type") not in _SELINUX or labels.get("user") or labels.get("role"):
            yield f"{title} chooses its label of SELinux"


@topic.rule(
    "pods-go-where-they-are-put",
    kinds=(MAKES_PODS,),
    charted="metrics-server has the priority of something that every autoscaler needs.",
    refuses="A pod that names its node, takes the priority of the cluster's own parts, or resolves names by itself.",
    why="It bypasses the scheduler, evicts others from a full node, or talks to hosts other than its policies allow.",
    mend="leave out nodeName and hostAliases, and name a priority class of ours",
)
def _chooses(item: Object) -> Iterator[str]:
    for pod in pods(item):
        if pod.spec.get("nodeName"):
            yield "it names its node"
        if (pod.spec.get("priorityClassName") or "").startswith("system-"):
            yield f"its priority is {pod.spec['priorityClassName']}"
        if items(pod.spec, "hostAliases"):
            yield "it has hostAliases"
        if pod.spec.get("dnsPolicy") in ("None", "Default"):
            yield "it asks another name server than the cluster's"


@topic.rule(
    "pods-have-requests-and-limits",
    kinds=(MAKES_PODS,),
    refuses=f"A container without a request and a limit of {', '.join(_COMPUTE)}.",
    why="Without a request the scheduler overfills a node; without a limit one pod takes it from all others.",
    mend="set resources.requests and resources.limits of each",
)
def _unbounded(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        resources = part(container, "resources")
        for side in ("requests", "limits"):
            missing = [name for name in _COMPUTE if _is_nothing(part(resources, side).get(name))]
            if missing:
                yield f"{title} has no {', '.join(missing)} in its {side}"


def _is_nothing(amount: Any) -> bool:
    """Whether a quantity is none: "0", "0m" and 0.0 are no request, and no limit."""
    return amount is None or not any(sign in "123456789" for sign in str(amount))


@topic.rule(
    "pods-say-when-they-are-ready",
    kinds=("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"),
    released="the release decides which probes its parts have.",
    charted="controllers listen only for metrics, and nobody waits for their answers.",
    refuses="A container that listens on a port and has no readiness probe.",
    why="Requests would reach it before it can answer them, and a rollout would go on while nothing answers.",
    mend="give it a readinessProbe",
)
def _silent(item: Object) -> Iterator[str]:
    for pod in pods(item):
        beside = [one for one in items(pod.spec, "initContainers") if one.get("restartPolicy") == "Always"]
        for container in (*items(pod.spec, "containers"), *beside):
            if items(container, "ports") and not container.get("readinessProbe"):
                yield f"container {container.get('name')} listens, and has no readiness probe"
