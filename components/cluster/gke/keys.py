"""The keys that a cluster on GKE is encrypted with."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.cluster.gke.project import Project
from components.cluster.options import extended

_ROTATION = f"{90 * 24 * 60 * 60}s"  # a quarter; what older versions have encrypted stays readable


@dataclass(frozen=True)
class Keys:
    """Two keys, each with what is allowed to use it.

    Attributes:
        secrets: of the Secrets in Kubernetes' database.
        volumes: of the nodes' disks and of all volumes.
        ready: what whatever is encrypted has to wait for.
    """

    secrets: gcp.kms.CryptoKey
    volumes: gcp.kms.CryptoKey
    ready: tuple[pulumi.Resource, ...]


@dataclass(frozen=True)
class KeysArgs:
    """What the keys are made for.

    Args:
        region: the region of the keys, and of what they encrypt.
        project: whose services use them.
        protect: whether Pulumi refuses to delete them: what they encrypted is lost with them.
    """

    region: str
    project: Project
    protect: bool


def make_keys(name: str, args: KeysArgs, opts: pulumi.ResourceOptions) -> Keys:
    """Make two keys that rotate, and let only the services use them that encrypt with them.

    They have no fixed names: Google never deletes a key's name, so a stack that was destroyed could not be made again.

    Children: `<name>-keys` (the ring), `<name>-key-secrets`, `<name>-key-volumes`, and `<name>-key-<key>-<user>`.

    Args:
        name: the prefix of the children's names.
        args: see `KeysArgs`.
        opts: options of each.
    """
    project, kept = args.project, extended(opts, protect=args.protect)
    ring = gcp.kms.KeyRing(f"{name}-keys", gcp.kms.KeyRingArgs(location=args.region), kept)

    def key(purpose: str) -> gcp.kms.CryptoKey:
        return gcp.kms.CryptoKey(
            f"{name}-key-{purpose}",
            gcp.kms.CryptoKeyArgs(
                key_ring=ring.id,
                purpose="ENCRYPT_DECRYPT",
                rotation_period=_ROTATION,
                deletion_policy="PREVENT" if args.protect else "DELETE",
            ),
            kept,
        )

    def use(key: gcp.kms.CryptoKey, purpose: str, user: str, member: pulumi.Output[str]) -> gcp.kms.CryptoKeyIAMMember:
        return gcp.kms.CryptoKeyIAMMember(
            f"{name}-key-{purpose}-{user}",
            gcp.kms.CryptoKeyIAMMemberArgs(
                crypto_key_id=key.id, role="roles/cloudkms.cryptoKeyEncrypterDecrypter", member=member
            ),
            opts,
        )

    secrets, volumes = key("secrets"), key("volumes")
    users = (
        use(secrets, "secrets", "gke", project.gke),
        use(volumes, "volumes", "compute", project.compute),
        use(volumes, "volumes", "filestore", project.filestore),
    )
    return Keys(secrets, volumes, users)
