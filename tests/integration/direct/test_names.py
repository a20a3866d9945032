"""Names that live stacks depend on: a refactoring that changes one would replace a database or a volume."""

from __future__ import annotations

import pytest

from tests.integration.checkout import NAMESPACES, Checkout

# Pulumi tells resources apart by URN: a renamed component, a moved child or another type token makes another resource,
# and the old one is deleted. Where a name has to change, the resource gets an alias and keeps its line here.
# The URN below urn:pulumi:<stack>::smarthr360::smarthr360:environment:Environment$smarthr360:, and the object's name.
KEPT = {
    "environment:Namespace$kubernetes:core/v1:Namespace::smarthr360-namespace-namespace": "{namespace}",
    "environment:Secrets$kubernetes:core/v1:Secret::smarthr360-secrets-app": "smarthr360-secrets",
    "environment:Secrets$kubernetes:core/v1:Secret::smarthr360-secrets-pull": "ghcr-secret",
    "environment:Secrets$kubernetes:core/v1:Secret::smarthr360-secrets-postgres": "postgres-secrets",
    "environment:Secrets$kubernetes:core/v1:Secret::smarthr360-secrets-redis": "redis-secrets",
    "workloads:Api$kubernetes:core/v1:Service::smarthr360-api-service": "smarthr360-api",
    "workloads:Nginx$kubernetes:core/v1:Service::smarthr360-nginx-service": "smarthr360-nginx",
    "workloads:Postgres$kubernetes:apps/v1:StatefulSet::smarthr360-postgres-statefulset": "postgres",
    "workloads:Postgres$kubernetes:core/v1:PersistentVolumeClaim::smarthr360-postgres-claim": "postgres-data",
    "workloads:Postgres$kubernetes:core/v1:Service::smarthr360-postgres-service": "postgres",
    "workloads:Redis$kubernetes:apps/v1:StatefulSet::smarthr360-redis-statefulset": "redis",
    "workloads:Redis$kubernetes:core/v1:PersistentVolumeClaim::smarthr360-redis-claim": "redis-data",
    "workloads:Redis$kubernetes:core/v1:Service::smarthr360-redis-service": "redis",
    "workloads:Storage$kubernetes:core/v1:PersistentVolumeClaim::smarthr360-storage-logs": "logs",
    "workloads:Storage$kubernetes:core/v1:PersistentVolumeClaim::smarthr360-storage-media": "media",
    "workloads:Storage$kubernetes:core/v1:PersistentVolumeClaim::smarthr360-storage-ml-models": "ml-models",
}
KINDS = ("PersistentVolumeClaim", "StatefulSet", "Namespace", "Service", "Secret")


@pytest.mark.parametrize("stack", sorted(NAMESPACES))
def test_urns_and_object_names_stay_as_they_are(running: Checkout, stack: str) -> None:
    prefix = f"urn:pulumi:{stack}::smarthr360::smarthr360:environment:Environment$smarthr360:"
    found = {
        entry["urn"].removeprefix(prefix): entry["id"].rpartition("/")[2]
        for entry in running.state(stack)["checkpoint"]["latest"]["resources"]
        if entry["type"].startswith("kubernetes:") and entry["type"].rpartition(":")[2] in KINDS
    }

    assert found == {urn: name.format(namespace=NAMESPACES[stack]) for urn, name in KEPT.items()}
