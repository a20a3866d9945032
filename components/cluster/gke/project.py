"""What a Google Cloud project has to have before a cluster can be made in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.options import extended

SERVICES = (
    *("artifactregistry", "cloudkms", "compute", "container", "file", "iam", "iamcredentials", "logging", "monitoring"),
    *("secretmanager", "sts"),
)
"""APIs that are switched on. A person has to switch on the two that this takes, cloudresourcemanager and serviceusage
(docs/gke.md)."""


@dataclass(frozen=True)
class ProjectArgs:
    """What is prepared.

    Args:
        project: the project's id.
    """

    project: str


@dataclass(frozen=True)
class Project:
    """A project that is ready.

    Attributes:
        gke: the member that GKE itself acts as in it.
        compute: the member that Compute Engine itself acts as in it: it makes disks.
        filestore: the member that Filestore itself acts as in it.
        ready: what whatever is made in it has to wait for.
    """

    gke: pulumi.Output[str]
    compute: pulumi.Output[str]
    filestore: pulumi.Output[str]
    ready: tuple[pulumi.Resource, ...]


def prepare_project(name: str, args: ProjectArgs, opts: pulumi.ResourceOptions) -> Project:
    """Switch on the APIs and the log of who reads secrets, and find out which accounts Google's own services have.

    Google always logs who changes what, in the project and in the cluster, but who reads only where that is asked for.

    Children: `<name>-service-<API>`, `<name>-audit-secretmanager`, `<name>-agent-gke`, `<name>-agent-filestore`. APIs
    and the log stay on when the stack is destroyed: others in the project can need them.

    Args:
        name: the prefix of the children's names.
        args: see `ProjectArgs`.
        opts: options of each.
    """
    services = tuple(
        gcp.projects.Service(
            f"{name}-service-{service}", service=f"{service}.googleapis.com", disable_on_destroy=False, opts=opts
        )
        for service in SERVICES
    )
    after = extended(opts, depends_on=services)
    gcp.projects.IAMAuditConfig(
        f"{name}-audit-secretmanager",
        gcp.projects.IAMAuditConfigArgs(
            project=args.project,
            service="secretmanager.googleapis.com",
            audit_log_configs=[gcp.projects.IAMAuditConfigAuditLogConfigArgs(log_type="DATA_READ")],
        ),
        extended(after, retain_on_delete=True),
    )

    def agent(of: str, service: str) -> gcp.projects.ServiceIdentity:
        return gcp.projects.ServiceIdentity(f"{name}-agent-{of}", service=f"{service}.googleapis.com", opts=after)

    gke, filestore = agent("gke", "container"), agent("filestore", "file")
    # Compute Engine's exists from the start, and Google refuses to create or look it up. Its name is made like GKE's.
    compute = gke.member.apply(lambda member: compute_agent(member or ""))  # "" in a run without the engine
    return Project(gke.member, compute, filestore.member, (*services, gke, filestore))


def compute_agent(gke: str) -> str:
    """Name the member that Compute Engine acts as in the project that GKE acts in.

    Args:
        gke: the member that GKE acts as: both have the project's number before the `@`.
    """
    return re.sub(r"@.*", "@compute-system.iam.gserviceaccount.com", gke)
