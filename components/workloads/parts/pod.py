"""Pieces of a pod that every workload writes the same way."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import selector
from components.settings import Resources
from units import Quantity


def pod_security_context(user: int) -> k8s.core.v1.PodSecurityContextArgs:
    """What Pod Security `restricted` asks of a pod: one non-root user, which also owns the mounted volumes.

    Args:
        user: the numeric user and group id that the image was made for.
    """
    return k8s.core.v1.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=user,
        run_as_group=user,
        fs_group=user,
        # A volume with many files is not walked again at every start.
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=k8s.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def container_security_context() -> k8s.core.v1.SecurityContextArgs:
    """A container without capabilities, that can't gain any, on a read-only root file system."""
    return k8s.core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=k8s.core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def requirements(resources: Resources) -> k8s.core.v1.ResourceRequirementsArgs:
    """The requests and limits of a container: processor, memory and ephemeral storage."""
    bounds = (
        ("cpu", resources.cpu.request, resources.cpu.limit),
        ("memory", resources.memory.request, resources.memory.limit),
        ("ephemeral-storage", resources.ephemeral_storage.request, resources.ephemeral_storage.limit),
    )
    return k8s.core.v1.ResourceRequirementsArgs(
        requests={name: str(request) for name, request, _ in bounds},
        limits={name: str(limit) for name, _, limit in bounds},
    )


def env_from_secret(name: str, secret: pulumi.Input[str], key: str) -> k8s.core.v1.EnvVarArgs:
    """An environment variable whose value is one key of a Secret."""
    reference = k8s.core.v1.SecretKeySelectorArgs(name=secret, key=key)
    return k8s.core.v1.EnvVarArgs(name=name, value_from=k8s.core.v1.EnvVarSourceArgs(secret_key_ref=reference))


def shell(command: str) -> k8s.core.v1.ExecActionArgs:
    """A probe that runs a command in the container's shell, where the container's environment is known."""
    return k8s.core.v1.ExecActionArgs(command=["sh", "-c", command])


def http_probe(
    path: str, *, period: int, delay: int | None = None, failures: int | None = None
) -> k8s.core.v1.ProbeArgs:
    """A probe of the port `http`.

    Args:
        path: the path of the request.
        period: seconds between two probes.
        delay: seconds before the first; None for no delay.
        failures: how many in a row count; None for Kubernetes' default of 3.
    """
    return k8s.core.v1.ProbeArgs(
        http_get=k8s.core.v1.HTTPGetActionArgs(
            path=path,
            port="http",
            # Django answers only to hosts that it knows, and the kubelet would send the pod's address.
            http_headers=[k8s.core.v1.HTTPHeaderArgs(name="Host", value="localhost")],
        ),
        initial_delay_seconds=delay,
        period_seconds=period,
        failure_threshold=failures,
    )


def port_probe(port: str, *, period: int) -> k8s.core.v1.ProbeArgs:
    """A probe that is content when a named port takes connections.

    Args:
        port: the port's name.
        period: seconds between two probes.
    """
    return k8s.core.v1.ProbeArgs(tcp_socket=k8s.core.v1.TCPSocketActionArgs(port=port), period_seconds=period)


def spread(component: str) -> list[k8s.core.v1.TopologySpreadConstraintArgs]:
    """Spread a component's pods over zones and nodes.

    `ScheduleAnyway`, because a pod beside another is better than a pod that waits for a zone that is gone.
    """
    return [
        k8s.core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(component)),
            # Of the new pods only: during a rollout the old ones are about to go.
            match_label_keys=["pod-template-hash"],
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def tolerations(taint: tuple[str, str] | None) -> list[k8s.core.v1.TolerationArgs] | None:
    """Let pods run on nodes with a taint as well.

    Args:
        taint: its key and value; None for no toleration.
    """
    if not taint:
        return None
    key, value = taint
    return [k8s.core.v1.TolerationArgs(key=key, operator="Equal", value=value, effect="NoSchedule")]


class Mounts:
    """Volumes and where they are mounted, kept in step."""

    def __init__(self) -> None:
        self.volumes: list[k8s.core.v1.VolumeArgs] = []
        self.mounts: list[k8s.core.v1.VolumeMountArgs] = []

    def scratch(self, name: str, path: str) -> Mounts:
        """An empty volume that goes with its pod: where a program can write on a read-only root file system.

        Its content counts against the container's ephemeral storage limit.
        """
        source = k8s.core.v1.EmptyDirVolumeSourceArgs()
        return self._add(name, path, k8s.core.v1.VolumeArgs(name=name, empty_dir=source))

    def memory(self, name: str, path: str, size: Quantity) -> Mounts:
        """A volume in memory that goes with its pod; what is in it counts in the container's memory limit.

        Args:
            name: its name.
            path: where it is mounted.
            size: the most that it holds; more is "No space left on device", not the end of the pod.
        """
        source = k8s.core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=str(size))
        return self._add(name, path, k8s.core.v1.VolumeArgs(name=name, empty_dir=source))

    def claim(self, name: str, path: str, claim: pulumi.Input[str], *, read_only: bool | None = None) -> Mounts:
        """A volume that outlives its pod."""
        source = k8s.core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim)
        volume = k8s.core.v1.VolumeArgs(name=name, persistent_volume_claim=source)
        return self._add(name, path, volume, read_only=read_only)

    def config_map(self, name: str, path: str, config_map: pulumi.Input[str]) -> Mounts:
        """The keys of a config map as files."""
        source = k8s.core.v1.ConfigMapVolumeSourceArgs(name=config_map)
        return self._add(name, path, k8s.core.v1.VolumeArgs(name=name, config_map=source), read_only=True)

    def secret(self, name: str, path: str, secret: pulumi.Input[str], key: str) -> Mounts:
        """One key of a Secret as a file of that name."""
        items = [k8s.core.v1.KeyToPathArgs(key=key, path=key)]
        source = k8s.core.v1.SecretVolumeSourceArgs(secret_name=secret, items=items)
        return self._add(name, path, k8s.core.v1.VolumeArgs(name=name, secret=source), read_only=True)

    def _add(self, name: str, path: str, volume: k8s.core.v1.VolumeArgs, *, read_only: bool | None = None) -> Mounts:
        self.volumes.append(volume)
        self.mounts.append(k8s.core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=read_only))
        return self
