"""The resource group of a cluster on AKS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_azure_native import authorization, resources

from components.cluster.options import extended
from components.settings.clouds.aks import Aks


class Common(TypedDict):
    """Properties of resources, with the names of the provider's arguments."""

    resource_group_name: str
    location: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Group:
    """A resource group, and what everything in it has in common.

    Args:
        name: its name.
        subscription: id of its subscription.
        region: its Azure region.
        cluster: the cluster's name, which the names of everything else begin with.
        tags: tags of everything that can have some. The provider has no tags of its own, so each resource gets these.
        protect: whether Pulumi refuses to delete what can't be made again.
    """

    name: str
    subscription: str
    region: str
    cluster: str
    tags: Mapping[str, str]
    protect: bool

    @property
    def common(self) -> Common:
        """The properties that nearly everything in the group has."""
        return {"resource_group_name": self.name, "location": self.region, "tags": self.tags}


def group_of(settings: Aks, environment: str, protect: bool) -> Group:
    """Return the group of the cluster that a stack names.

    Args:
        settings: what the stack says.
        environment: which environment it is for.
        protect: whether Pulumi refuses to delete what can't be made again.
    """
    tags = {
        "application": "smarthr360",
        "environment": environment,
        "cluster": settings.name,
        "managed-by": "pulumi",
        **(settings.create.tags if settings.create else {}),
    }
    return Group(settings.resource_group, settings.subscription, settings.region, settings.name, tags, protect)


def make_group(name: str, group: Group, opts: pulumi.ResourceOptions) -> resources.ResourceGroup:
    """Make the resource group. Child: `<name>-group`.

    Args:
        name: prefix of its name.
        group: see `Group`.
        opts: its resource options.
    """
    return resources.ResourceGroup(
        f"{name}-group",
        **group.common,
        opts=extended(opts, protect=group.protect),
    )


def lock_group(name: str, group: resources.ResourceGroup, opts: pulumi.ResourceOptions) -> None:
    """Lock production's group: Azure deletes nothing in it then. Child: `<name>-lock`.

    Args:
        name: prefix of its name.
        group: the group.
        opts: its resource options; it comes after everything else in the group.
    """
    authorization.ManagementLockByScope(
        f"{name}-lock",
        lock_name="production",
        scope=group.id,
        level=authorization.LockLevel.CAN_NOT_DELETE,
        notes="SmartHR360's production; docs/aks.md says how to take it down on purpose",
        opts=extended(opts, protect=True),
    )
