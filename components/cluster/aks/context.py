"""Where the parts of a cluster on AKS are made, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import pulumi


@dataclass(frozen=True)
class Place:
    """What every part of one cluster is made with.

    Args:
        name: prefix of the parts' names in Pulumi.
        cluster: the cluster's name, which the parts' names in Azure begin with.
        subscription: id of the subscription.
        region: the Azure region.
        group: name of the resource group.
        tags: tags of everything that can have some. The provider has no tags of its own, so each part gets these.
        protect: whether Pulumi refuses to delete what can't be made again.
        options: of each part: its parent, its provider, and that it comes after the resource group.
    """

    name: str
    cluster: str
    subscription: str
    region: str
    group: str
    tags: Mapping[str, str]
    protect: bool
    options: pulumi.ResourceOptions

    def renamed(self, name: str, options: pulumi.ResourceOptions) -> Place:
        """The same for parts of something else."""
        return replace(self, name=name, options=options)

    def kept(self) -> pulumi.ResourceOptions:
        """Options of what can't be made again."""
        return pulumi.ResourceOptions.merge(self.options, pulumi.ResourceOptions(protect=self.protect))

    def after(self, first: Iterable[pulumi.Resource], kept: bool = False) -> pulumi.ResourceOptions:
        """Options of what needs something that its properties do not name."""
        own = self.kept() if kept else self.options
        return pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=list(first)))
