"""Who is allowed to do what in Azure: Azure's own roles, each for one identity in the smallest scope."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_azure_native import authorization


class Role(StrEnum):
    """Azure's own roles by id, which is the same everywhere (learn.microsoft.com/azure/role-based-access-control)."""

    AKS_CLUSTER_USER = "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"
    KEY_VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    KEY_VAULT_CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"
    KEY_VAULT_ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
    NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
    PRIVATE_DNS_ZONE_CONTRIBUTOR = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
    READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    STORAGE_ACCOUNT_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"


@dataclass(frozen=True)
class RoleArgs:
    """Who gets which role.

    Args:
        subscription: id of the subscription.
        role: which one.
        scope: id of the resource that it is for.
        principal: object id of who gets it.
        kind: what that is. Given, because Azure does not look for it then: a new identity is not known everywhere yet.
    """

    subscription: str
    role: Role
    scope: pulumi.Input[str]
    principal: pulumi.Input[str]
    kind: authorization.PrincipalType = authorization.PrincipalType.SERVICE_PRINCIPAL


def assign(name: str, args: RoleArgs, opts: pulumi.ResourceOptions) -> authorization.RoleAssignment:
    """Give a role.

    Args:
        name: the assignment's name in Pulumi.
        args: see `RoleArgs`.
        opts: its resource options.
    """
    definitions = f"/subscriptions/{args.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    return authorization.RoleAssignment(
        name,
        role_definition_id=f"{definitions}/{args.role}",
        scope=args.scope,
        principal_id=args.principal,
        principal_type=args.kind,
        opts=opts,
    )
