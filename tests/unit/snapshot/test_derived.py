"""The objects that controllers derive from what an environment requests."""

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


def derived(*objects: Object) -> list[tuple[str, str, str, str]]:
    return [
        (item.kind, item.namespace, item.name, item.controller)
        for item in derived_objects(Snapshot("dev", "HEAD", objects))
    ]


def of_kind(kind: str, name: str = "app", **spec: Any) -> Object:
    return thing(kind, name, manifest={"spec": spec})


@pytest.mark.parametrize("stack", STACKS)
def test_ours_are_for_certificates_every_namespace_and_argo_cd(
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
    assert derived(of_kind("Certificate", secretName="tls")) == [("Secret", "smarthr360", "tls", "cert-manager")]
    acme = {"privateKeySecretRef": {"name": "account"}}
    assert derived(of_kind("Issuer", acme=acme)) == [("Secret", "smarthr360", "account", "cert-manager")]
    assert derived(of_kind("Issuer", selfSigned={})) == []


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
    assert derived(of_kind("ExternalSecret", **spec)) == expected


def test_a_stateful_set_makes_a_claim_of_each_template_for_each_pod() -> None:
    def names(**spec: Any) -> list[str]:
        return [name for _, _, name, _ in derived(of_kind("StatefulSet", "db", **TEMPLATES, **spec))]

    assert names() == ["data-db-0"]
    assert names(replicas=2) == ["data-db-0", "data-db-1"]
    assert names(replicas=2, ordinals={"start": 3}) == ["data-db-3", "data-db-4"]
    assert names(replicas=0) == []
    assert derived(of_kind("StatefulSet", replicas=2)) == []


def test_argo_cd_makes_its_admin_s_secret_only_where_there_is_a_local_admin() -> None:
    def config(**data: str) -> Object:
        metadata = {"name": "argocd-cm", "namespace": "argocd"}
        return thing(**metadata, manifest={"kind": "ConfigMap", "metadata": metadata, "data": data})

    expected = [("Secret", "argocd", "argocd-initial-admin-secret", "Argo CD")]
    assert derived(config(**{"admin.enabled": "true"})) == expected
    assert derived(config()) == expected
    assert derived(config(**{"admin.enabled": "false"})) == []


def test_what_is_requested_itself_is_not_derived() -> None:
    certificate = of_kind("Certificate", secretName="tls")
    assert derived(certificate, thing("Secret", "tls")) == []
    assert len(derived(certificate, thing("Secret", "tls", namespace="elsewhere"))) == 1
    assert len(derived(certificate, thing("ConfigMap", "tls"))) == 1


def test_nothing_is_derived_from_other_objects_or_from_those_of_a_cloud() -> None:
    assert derived(of_kind("Deployment"), of_kind("Service"), of_kind("Job"), of_kind("PersistentVolumeClaim")) == []
    assert (
        derived(thing("Certificate", type="aws:acm/certificate:Certificate", manifest={"domain": "example.com"})) == []
    )
    assert derived_objects(Snapshot("dev", "HEAD", ())) == []
