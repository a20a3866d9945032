"""How pods on GKE read Google Secret Manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.connection import SecretAccess
from components.cluster.options import extended
from components.settings.clouds.gke import Gke


@dataclass(frozen=True)
class GoogleSecretManager:
    """Google Secret Manager, read by the identity that GKE gives each ServiceAccount; see `SecretManager`.

    Args:
        settings: the cluster's name, project and region.
        provider: the provider of Google Cloud.
        ready: what a right has to wait for. A project knows its ServiceAccounts from its first cluster on.
    """

    settings: Gke
    provider: gcp.Provider
    ready: Sequence[pulumi.Resource] = ()

    def grant(
        self, name: str, namespace: str, service_account: str, key: str, opts: pulumi.ResourceOptions | None = None
    ) -> SecretAccess:
        """Let a ServiceAccount read one secret and nothing else.

        The ServiceAccount is itself a member of IAM, `serviceAccount:<project>.svc.id.goog[<namespace>/<name>]`. No
        account of Google's is in between, and no annotation is needed. Clusters of one project share these members:
        the same ServiceAccount of another cluster reads the same secret.

        Child: `<name>-access`.

        Args:
            name: the prefix of the child's name.
            namespace: where the ServiceAccount is.
            service_account: its name.
            key: which secret; Google allows no slash, so `smarthr360/staging` becomes `smarthr360-staging`.
            opts: the usual resource options.
        """
        settings, secret = self.settings, key.replace("/", "-")
        granted = gcp.secretmanager.SecretIamMember(
            f"{name}-access",
            gcp.secretmanager.SecretIamMemberArgs(
                project=settings.project,
                secret_id=secret,
                role="roles/secretmanager.secretAccessor",
                member=f"serviceAccount:{settings.project}.svc.id.goog[{namespace}/{service_account}]",
            ),
            extended(opts, provider=self.provider, depends_on=self.ready),
        )
        # The cluster is named so that External Secrets need not ask the node's metadata server which one it is in.
        identity = {
            "clusterProjectID": settings.project,
            "clusterLocation": settings.region,
            "clusterName": settings.name,
            "serviceAccountRef": {"name": service_account},
        }
        store = {"gcpsm": {"projectID": settings.project, "auth": {"workloadIdentity": identity}}}
        return SecretAccess(store, secret, {}, (granted,))
