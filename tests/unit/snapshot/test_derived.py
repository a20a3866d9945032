"""What controllers make of what an environment asks for."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.fingerprints import Fingerprints
from snapshot import requested
from snapshot.derived import derived_objects
from snapshot.model import Object, Snapshot
from tests.support.reports import STACKS, thing
from tests.support.stacks import ROOT

TEMPLATES: dict[str, Any] = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}


def found(*objects: Object) -> list[tuple[str, str, str, str]]:
    return [
        (item.kind, item.namespace, item.name, item.controller)
        for item in derived_objects(Snapshot("dev", "HEAD", objects))
    ]


def wanted(kind: str, name: str = "app", **spec: Any) -> Object:
    return thing(kind, name, manifest={"spec": spec})


@pytest.mark.parametrize("stack", STACKS)
def test_of_our_own_it_is_what_certificates_need_and_what_every_namespace_and_argo_cd_have(
    stack: str,
) -> None:
    snapshot = requested.snapshot(ROOT, stack, "HEAD", Fingerprints(b"k" * 32))
    namespace = "smarthr360" if stack == "production" else f"smarthr360-{stack}"
    everywhere = [("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")]

    own = {(item.kind, item.name) for item in derived_objects(snapshot) if item.namespace == namespace}
    account = "letsencrypt-staging-account" if stack == "dev" else "letsencrypt-prod-account"
    assert own == {*everywhere, ("Secret", "smarthr360-tls"), ("Secret", account)}
    argocd = {(item.kind, item.name) for item in derived_objects(snapshot) if item.namespace == "argocd"}
    admin = [("Secret", "argocd-initial-admin-secret")] if stack != "production" else []
    assert argocd == {*everywhere, *admin, ("Secret", "argocd-redis")}
    assert {item.namespace for item in derived_objects(snapshot)} == {namespace, "argocd"}


def test_cert_manager_makes_the_secrets_that_a_certificate_and_an_issuer_name() -> None:
    assert found(wanted("Certificate", secretName="tls")) == [("Secret", "smarthr360", "tls", "cert-manager")]
    acme = {"privateKeySecretRef": {"name": "account"}}
    assert found(wanted("Issuer", acme=acme)) == [("Secret", "smarthr360", "account", "cert-manager")]
    assert found(wanted("Issuer", selfSigned={})) == []


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (None, "app"),
        ({"name": "other"}, "other"),
        ({"creationPolicy": "Orphan"}, "app"),
        ({"creationPolicy": "Merge"}, None),
        ({"creationPolicy": "None"}, None),
    ],
)
def test_an_external_secret_makes_one_unless_it_only_fills_one_that_is_there(
    target: dict[str, str] | None, name: str | None
) -> None:
    expected = [("Secret", "smarthr360", name, "External Secrets")] if name else []
    spec: dict[str, Any] = {"target": target} if target else {}
    assert found(wanted("ExternalSecret", **spec)) == expected


def test_a_stateful_set_makes_a_claim_of_each_template_for_each_pod() -> None:
    def names(**spec: Any) -> list[str]:
        return [name for _, _, name, _ in found(wanted("StatefulSet", "db", **TEMPLATES, **spec))]

    assert names() == ["data-db-0"]
    assert names(replicas=2) == ["data-db-0", "data-db-1"]
    assert names(replicas=2, ordinals={"start": 3}) == ["data-db-3", "data-db-4"]
    assert names(replicas=0) == []
    assert found(wanted("StatefulSet", replicas=2)) == []


def test_argo_cd_makes_its_admin_s_secret_only_where_there_is_a_local_admin() -> None:
    def config(**data: str) -> Object:
        metadata = {"name": "argocd-cm", "namespace": "argocd"}
        return thing(**metadata, manifest={"kind": "ConfigMap", "metadata": metadata, "data": data})

    expected = [("Secret", "argocd", "argocd-initial-admin-secret", "Argo CD")]
    assert found(config(**{"admin.enabled": "true"})) == expected
    assert found(config()) == expected
    assert found(config(**{"admin.enabled": "false"})) == []


def test_what_is_asked_for_has_an_owner_already() -> None:
    certificate = wanted("Certificate", secretName="tls")
    assert found(certificate, thing("Secret", "tls")) == []
    assert len(found(certificate, thing("Secret", "tls", namespace="elsewhere"))) == 1
    assert len(found(certificate, thing("ConfigMap", "tls"))) == 1


def test_other_objects_make_nothing_that_has_a_name_beforehand_and_those_of_a_cloud_neither() -> None:
    assert found(wanted("Deployment"), wanted("Service"), wanted("Job"), wanted("PersistentVolumeClaim")) == []
    assert found(thing("Certificate", type="aws:acm/certificate:Certificate", manifest={"domain": "example.com"})) == []
    assert derived_objects(Snapshot("dev", "HEAD", ())) == []
