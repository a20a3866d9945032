"""A check that nobody becomes an administrator twice, which EKS refuses."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def refuse_the_maker(cluster: str, admins: Sequence[str], provider: aws.Provider, parent: pulumi.Resource) -> None:
    """Refuse who makes the cluster among those who administer it as well, before anything is made.

    Who makes a cluster is its administrator by that, and EKS has one entry for each (409, ResourceInUseException). Who
    it is can be known only of a cluster that does not exist yet. AWS is asked nothing where nobody else administers it.

    Args:
        cluster: its name.
        admins: ARNs of who administers it, beside who makes it.
        provider: the provider of AWS, with the credentials of who makes it.
        parent: whose question it is.

    Raises:
        pulumi.RunError: an administrator is who makes it.
    """
    if not admins:
        return
    ask = pulumi.InvokeOptions(parent=parent, provider=provider)
    try:
        aws.eks.get_cluster(name=cluster, opts=ask)
    except Exception:  # noqa: BLE001 - the SDK raises no other
        maker = _asking(ask)
    else:
        return
    for number, admin in enumerate(admins):
        if _principal(admin) == maker:
            raise pulumi.RunError(
                f"smarthr360:cluster.eks.create.admins[{number}]: {admin} makes the cluster, and "
                "administers it by that; EKS refuses it a second time; leave it out"
            )


def _asking(ask: pulumi.InvokeOptions) -> tuple[str, str, str] | None:
    """Whose credentials these are; None where AWS does not say, which its provider will say itself."""
    try:
        return _principal(aws.get_caller_identity(opts=ask).arn)
    except Exception:  # noqa: BLE001 - the SDK raises no other
        return None


def _principal(arn: str) -> tuple[str, str, str]:
    """Account, kind and name; a session of a role is the role, whose path it does not say."""
    account, resource = arn.split(":")[4:6]
    kind, *names = resource.split("/")
    return (account, "role", names[0]) if kind == "assumed-role" else (account, kind, names[-1])
