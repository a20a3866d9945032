"""Access: the ServiceAccount of the pods, and their priority."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata


@dataclass(frozen=True)
class AccessArgs:
    """What access is made from.

    Args:
        namespace: where the ServiceAccount is made.
        namespace_name: its name as plain text, the prefix of the priority classes, which belong to no namespace.
        pull_secret: name of the Secret that pulls the application's images.
    """

    namespace: pulumi.Input[str]
    namespace_name: str
    pull_secret: pulumi.Input[str]


class Access(pulumi.ComponentResource):
    """Makes the ServiceAccount smarthr360-sa and two priority classes.

    The ServiceAccount has no Role, and no token of it is mounted: nothing in SmartHR360 asks the Kubernetes API, so the
    least that it can be given is nothing.

    Type token `smarthr360:workloads:Access`; children: `<name>-service-account`, `<name>-stores`, `<name>-services`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `AccessArgs`.
        opts: the usual resource options.
    """

    service_account: pulumi.Output[str]
    """Name of the ServiceAccount."""
    stores: pulumi.Output[str]
    """Priority class of PostgreSQL and Redis: when a cluster is full they stay, as everything else needs them."""
    services: pulumi.Output[str]
    """Priority class of everything else; above the default, so that a batch job makes room for it."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:Access", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = k8s.core.v1.ServiceAccount(
            f"{name}-service-account",
            metadata=metadata("smarthr360-sa", args.namespace, "access"),
            automount_service_account_token=False,
            image_pull_secrets=[k8s.core.v1.LocalObjectReferenceArgs(name=args.pull_secret)],
            opts=child,
        )
        self.service_account = account.metadata.name

        def priority(suffix: str, value: int, description: str) -> pulumi.Output[str]:
            priority_class = k8s.scheduling.v1.PriorityClass(
                f"{name}-{suffix}",
                metadata=metadata(f"{args.namespace_name}-{suffix}", None, None),
                value=value,
                description=description,
                opts=child,
            )
            return priority_class.metadata.name

        self.stores = priority("stores", 100_000, "PostgreSQL and Redis, which everything else needs.")
        self.services = priority("services", 10_000, "The API, the workers, beat and Nginx.")
        self.register_outputs(
            {"serviceAccount": self.service_account, "stores": self.stores, "services": self.services}
        )
