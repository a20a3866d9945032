"""Policies for pods: what Pod Security `restricted` requires, and what it leaves to us."""

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
    "when a pod is created, which is too late: then the pod is missing.",
)

_COMPUTE = ("cpu", "memory", "ephemeral-storage")


_VOLUMES = (
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
)
"""The types of volumes that Pod Security `restricted` allows, and `image`, which another policy checks."""
_SYSCTLS = (
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
)
"""The sysctls that Pod Security `baseline` allows: they affect the pod only."""
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SELINUX = (None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")


def _security(pod: Manifest, container: Manifest, key: str) -> Any:
    """A field of a container's securityContext; the pod's if the container does not set it."""
    own = part(container, "securityContext").get(key)
    return part(pod, "securityContext").get(key) if own is None else own


@topic.rule(
    "pods-run-as-non-root",
    kinds=(MAKES_PODS,),
    refuses="A container that could run as root.",
    why="Root in a container is root on the node for whoever breaks out of it.",
    mend="set securityContext.runAsNonRoot to true, and runAsUser to a number above 0",
)
def _runs_as_root(item: Object) -> Iterator[str]:
    for title, container, pod in containers(item):
        if _security(pod, container, "runAsNonRoot") is not True:
            yield f"{title} could run as root"
        elif _security(pod, container, "runAsUser") == 0:
            yield f"{title} runs as user 0"


@topic.rule(
    "pods-gain-no-privileges",
    kinds=(MAKES_PODS,),
    refuses="A container that is privileged, or whose processes can gain more rights than they started with.",
    why="A program with the setuid bit could make a non-root user root again.",
    mend="set securityContext.allowPrivilegeEscalation to false, and leave out privileged",
)
def _gains_privileges(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        own = part(container, "securityContext")
        if own.get("privileged"):
            yield f"{title} is privileged"
        elif own.get("allowPrivilegeEscalation") is not False:
            yield f"{title} could gain privileges"


@topic.rule(
    "pods-drop-capabilities",
    kinds=(MAKES_PODS,),
    refuses="A container that keeps or adds Linux capabilities.",
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
    charted="whether a program writes outside of its volumes is its project's decision; Envoy Gateway does.",
    refuses="A container with a writable root file system.",
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
    refuses="A pod that shares the node's network, processes, files, kernel or ports, or a volume of such files.",
    why="It sees what other pods do, and bypasses the network policies.",
    mend="leave out whatever belongs to the node, and claim volumes of a storage class",
)
def _on_the_node(item: Object) -> Iterator[str]:
    for key in ("hostPath", "local", "nfs"):
        if item.kind == "PersistentVolume" and key in spec(item):
            yield f"it is a {key} volume"
    for pod_template in pods(item):
        yield from _of_the_node(pod_template.spec)
    for title, container, pod in containers(item):
        if any(port.get("hostPort") for port in items(container, "ports")):
            yield f"{title} uses a port of the node"
        if part(container, "securityContext").get("procMount") not in (None, "Default"):
            yield f"{title} can see all of /proc"
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
            yield f"it sets the node's sysctl {setting.get('name')}"


@topic.rule(
    "pods-keep-the-nodes-guards",
    kinds=(MAKES_PODS,),
    refuses="A container that turns AppArmor off, or chooses an SELinux label with more rights.",
    why="It is then allowed what the node's kernel refuses to every other container.",
    mend="leave out appArmorProfile and seLinuxOptions",
)
def _unguarded(item: Object) -> Iterator[str]:
    for template in pods(item):
        annotations = part(template.metadata, "annotations")
        if any(key.startswith(_APPARMOR) and annotations[key] == "unconfined" for key in annotations):
            yield "an annotation turns AppArmor off"
    for title, container, pod in containers(item):
        if (_security(pod, container, "appArmorProfile") or {}).get("type") == "Unconfined":
            yield f"{title} turns AppArmor off"
        labels = _security(pod, container, "seLinuxOptions") or {}
        if labels.get("type") not in _SELINUX or labels.get("user") or labels.get("role"):
            yield f"{title} chooses its SELinux label"


@topic.rule(
    "pods-go-where-they-are-put",
    kinds=(MAKES_PODS,),
    charted="metrics-server has a system priority, as every autoscaler needs it.",
    refuses="A pod that names its node, has the priority of the cluster's own components, or resolves names by itself.",
    why="It bypasses the scheduler, evicts others from a full node, or connects to hosts that no policy allows.",
    mend="leave out nodeName, hostAliases and dnsPolicy, and name a priority class of ours",
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
            yield f"its dnsPolicy is {pod.spec['dnsPolicy']}, so it doesn't use the cluster's name server"


@topic.rule(
    "pods-have-requests-and-limits",
    kinds=(MAKES_PODS,),
    refuses=f"A container without a request and a limit of {', '.join(_COMPUTE)}.",
    why="Without requests the scheduler overfills a node; without limits one pod takes resources from all others.",
    mend="set resources.requests and resources.limits for each",
)
def _unbounded(item: Object) -> Iterator[str]:
    for title, container, _ in containers(item):
        resources = part(container, "resources")
        for side in ("requests", "limits"):
            missing = [name for name in _COMPUTE if _is_nothing(part(resources, side).get(name))]
            if missing:
                yield f"{title} has no {', '.join(missing)} in its {side}"


def _is_nothing(amount: Any) -> bool:
    """Whether a quantity is missing or zero, such as "0", "0m" and 0.0."""
    return amount is None or not any(sign in "123456789" for sign in str(amount))


@topic.rule(
    "pods-say-when-they-are-ready",
    kinds=("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"),
    released="the release decides which probes its parts have.",
    charted="controllers listen only for metrics, and nobody waits for their answers.",
    refuses="A container that listens on a port and has no readiness probe.",
    why="Requests would reach it before it can answer them, and a rollout would continue while nothing answers.",
    mend="give it a readinessProbe",
)
def _silent(item: Object) -> Iterator[str]:
    for pod in pods(item):
        beside = [one for one in items(pod.spec, "initContainers") if one.get("restartPolicy") == "Always"]
        for container in (*items(pod.spec, "containers"), *beside):
            if items(container, "ports") and not container.get("readinessProbe"):
                yield f"container {container.get('name')} has ports, and no readiness probe"
