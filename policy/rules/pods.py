"""Policies for pods: what Pod Security `restricted` asks, and what it leaves to us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ops.model import Object
from policy.manifest import POD_KINDS, Manifest, containers, items, part, pod
from policy.rule import Topic

topic = Topic(
    "Pods",
    "What a pod may do to its node and to its neighbours. The namespaces enforce most of it once more, but only when a "
    "pod is made, and then it is missing.",
)

_COMPUTE = ("cpu", "memory", "ephemeral-storage")


def _security(found: Object, container: Manifest, key: str) -> Any:
    """A setting of a container's security; the pod's where the container has none of its own."""
    own = part(container, "securityContext")
    return own[key] if key in own else part(pod(found), "securityContext").get(key)


@topic.rule(
    "pods-run-as-non-root",
    kinds=POD_KINDS,
    refuses="A container that may run as root.",
    why="Root in a container is root on the node for whoever breaks out of it.",
    mend="set securityContext.runAsNonRoot to true, and runAsUser to a number above 0",
)
def _runs_as_root(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        if _security(found, container, "runAsNonRoot") is not True:
            yield f"{title} may run as root"
        elif _security(found, container, "runAsUser") == 0:
            yield f"{title} runs as user 0"


@topic.rule(
    "pods-gain-no-privileges",
    kinds=POD_KINDS,
    refuses="A container that is privileged, or whose processes may gain more rights than they began with.",
    why="A program with the setuid bit would make a non-root user root again.",
    mend="set securityContext.allowPrivilegeEscalation to false, and leave out privileged",
)
def _gains_privileges(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        own = part(container, "securityContext")
        if own.get("privileged"):
            yield f"{title} is privileged"
        elif own.get("allowPrivilegeEscalation") is not False:
            yield f"{title} may gain privileges"


@topic.rule(
    "pods-drop-capabilities",
    kinds=POD_KINDS,
    refuses="A container that keeps or adds capabilities of the kernel.",
    why="The default set lets a process forge packets and pass by file permissions, which no program of ours needs.",
    mend='set securityContext.capabilities.drop to ["ALL"], and add at most NET_BIND_SERVICE',
)
def _keeps_capabilities(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        capabilities = part(container, "securityContext", "capabilities")
        if "ALL" not in items(capabilities, "drop"):
            yield f"{title} does not drop all capabilities"
        for name in items(capabilities, "add"):
            if name != "NET_BIND_SERVICE":
                yield f"{title} adds the capability {name}"


@topic.rule(
    "pods-filter-system-calls",
    kinds=POD_KINDS,
    refuses="A container without a seccomp profile.",
    why="Most ways out of a container go through system calls that no ordinary program makes.",
    mend="set securityContext.seccompProfile.type to RuntimeDefault",
)
def _unfiltered(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        profile = _security(found, container, "seccompProfile") or {}
        if profile.get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{title} has no seccomp profile"


@topic.rule(
    "pods-keep-their-image",
    kinds=POD_KINDS,
    charted="whether a program writes beside its volumes, its project knows; Envoy Gateway may.",
    refuses="A container whose root file system can be written to.",
    why="What an intruder can't write, he can't run; and what a program writes there is lost with the pod.",
    mend="set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the program has to write",
)
def _writable(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        if part(container, "securityContext").get("readOnlyRootFilesystem") is not True:
            yield f"{title} can write to its root file system"


@topic.rule(
    "pods-stay-off-the-node",
    kinds=POD_KINDS,
    refuses="A pod that shares the node's network, processes, files or ports.",
    why="It sees what other pods do, and passes by the network policies.",
    mend="leave out hostNetwork, hostPID, hostIPC, hostPath volumes and hostPort",
)
def _on_the_node(found: Object) -> Iterator[str]:
    own = pod(found)
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if own.get(key):
            yield f"{key} is true"
    for volume in items(own, "volumes"):
        if "hostPath" in volume:
            yield f"volume {volume.get('name')} is a folder of the node"
    for title, container in containers(found):
        if any(port.get("hostPort") for port in items(container, "ports")):
            yield f"{title} takes a port of the node"


@topic.rule(
    "pods-have-requests-and-limits",
    kinds=POD_KINDS,
    refuses=f"A container without a request and a limit of {', '.join(_COMPUTE)}.",
    why="Without a request the scheduler overfills a node; without a limit one pod takes it from all others.",
    mend="set resources.requests and resources.limits of each",
)
def _unbounded(found: Object) -> Iterator[str]:
    for title, container in containers(found):
        resources = part(container, "resources")
        for side in ("requests", "limits"):
            missing = [name for name in _COMPUTE if not part(resources, side).get(name)]
            if missing:
                yield f"{title} has no {', '.join(missing)} in its {side}"


@topic.rule(
    "pods-say-when-they-are-ready",
    kinds=("Deployment", "StatefulSet", "DaemonSet", "Rollout"),
    released="which probes its parts have, the release decides.",
    charted="a controller listens for metrics only, and nobody waits for its answers.",
    refuses="A container that listens on a port and has no readiness probe.",
    why="Requests would reach it before it can answer them, and a rollout would go on while nothing answers.",
    mend="give it a readinessProbe",
)
def _silent(found: Object) -> Iterator[str]:
    for container in items(pod(found), "containers"):
        if items(container, "ports") and not container.get("readinessProbe"):
            yield f"container {container.get('name')} listens, and has no readiness probe"
