"""Who may do what around a cluster on EKS, made or there already: roles, policies, secrets and kubeconfigs."""

from __future__ import annotations

from typing import Any

import pytest

from components.cluster.eks import addons
from tests.support.eks import ACCOUNT, ISSUER, NAME, REGION, Made, make


@pytest.fixture
def found() -> Made:
    return make(None)


def test_the_add_ons_have_exact_versions_and_act_by_pod_identity(cluster: Made) -> None:
    found = {addon.inputs["addonName"]: addon.inputs for addon in cluster.of(":Addon")}
    assert {name: addon["addonVersion"] for name, addon in found.items()} == {
        "metrics-server": addons.METRICS_SERVER,
        "aws-efs-csi-driver": addons.EFS_CSI_DRIVER,
    }
    assert [one["serviceAccount"] for one in found["aws-efs-csi-driver"]["podIdentityAssociations"]] == [
        "efs-csi-controller-sa"
    ]
    assert not [addon for addon in found.values() if "serviceAccountRoleArn" in addon]
    [trust] = cluster.policies()["cluster-addons-files-role.assumeRolePolicy"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-west-3:111122223333:cluster/smarthr360-staging",
        "aws:RequestTag/kubernetes-namespace": "kube-system",
        "aws:RequestTag/kubernetes-service-account": "efs-csi-controller-sa",
    }


def test_no_policy_allows_everything_of_a_service_but_the_keys_to_their_account(cluster: Made) -> None:
    wide = {
        (name, action)
        for name, statements in cluster.policies().items()
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        if action.endswith(":*") or action == "*"
    }
    assert wide == {(f"cluster-keys-{kind}.policy", "kms:*") for kind in ("secrets", "volumes", "logs")}
    owners = [cluster.policies()[name][0]["Principal"] for name, _ in wide]
    assert owners == [{"AWS": "arn:aws:iam::111122223333:root"}] * 3


def test_auto_mode_makes_only_what_carries_the_clusters_name(cluster: Made) -> None:
    making = [
        statement
        for statement in cluster.policies()["cluster-control-plane-policy.policy"]
        if any(action.partition(":")[0] in ("ec2", "elasticloadbalancing") for action in statement["Action"])
    ]
    assert len(making) == 4
    assert all("aws:RequestTag/eks:eks-cluster-name" in one["Condition"]["StringEquals"] for one in making)


def test_the_identity_provider_is_for_the_clusters_own_tokens(cluster: Made) -> None:
    [found] = cluster.of(":OpenIdConnectProvider")
    assert found.inputs["url"] == f"https://{ISSUER}"
    assert found.inputs["clientIdLists"] == ["sts.amazonaws.com"]


def test_there_is_no_key_of_a_user_anywhere(cluster: Made) -> None:
    assert not [resource for resource in cluster.resources if "/user" in resource.type or "accessKey" in resource.type]
    provider = cluster.inputs("cluster-aws")
    assert not {"accessKey", "secretKey", "token"} & {*provider}


# Secrets


@pytest.mark.parametrize("create", [{}, None], ids=["made", "found"])
def test_a_grant_is_for_one_secret_and_one_service_account(create: dict[str, Any] | None) -> None:
    policies = make(create).policies()
    read, decrypt = policies["reader-secrets-policy.policy"]
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:smarthr360/staging-??????"
    assert read["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    assert read["Resource"] == [secret]
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": secret},
    }
    [trust] = policies["reader-secrets-role.assumeRolePolicy"]
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Condition"] == {
        "StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:apps:reader", f"{ISSUER}:aud": "sts.amazonaws.com"}
    }


def test_a_grant_says_what_external_secrets_has_to_be_told(cluster: Made) -> None:
    access = cluster.access
    reader = {"jwt": {"serviceAccountRef": {"name": "reader"}}}
    assert access.store == {"aws": {"service": "SecretsManager", "region": REGION, "auth": reader}}
    assert access.key == "smarthr360/staging"
    assert [*access.annotations] == ["eks.amazonaws.com/role-arn"]
    assert len(access.granted) == 1


def test_the_role_trusts_the_clusters_own_identity_provider(cluster: Made, found: Made) -> None:
    [made] = cluster.policies()["reader-secrets-role.assumeRolePolicy"]
    assert made["Principal"]["Federated"].endswith(":cluster-control-plane-identity")
    [there] = found.policies()["reader-secrets-role.assumeRolePolicy"]
    assert there["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"}


# A cluster that is there already


def test_a_cluster_that_is_there_is_found_by_its_name_and_nothing_of_it_is_made(found: Made) -> None:
    assert {resource.name for resource in found.resources if resource.custom} == {
        *("cluster-aws", "cluster-provider", "reader-secrets-role", "reader-secrets-policy")
    }
    assert [resource.type for resource in found.resources if not resource.custom] == ["smarthr360:cluster:ExistingEks"]


def test_both_are_reached_in_the_same_way(cluster: Made, found: Made) -> None:
    assert found.inputs("cluster-provider") == cluster.inputs("cluster-provider")
    assert NAME in found.inputs("cluster-provider")["kubeconfig"]
