"""Argo CD undoes what somebody does to dev and staging by hand, leaves autoscalers alone, and prunes what left Git."""

from __future__ import annotations

from tests.integration.checkout import NAMESPACES
from tests.integration.gitops.delivered import Delivered, Object, log_only, without

API_PODS = "-n smarthr360-dev -l app.kubernetes.io/component=api"
LOAD = "smarthr360.com/cpu-usage"
MOST = 3
"""To how many pods dev's autoscaler goes."""


def test_live_edits_and_deletions_are_undone(delivered: Delivered) -> None:
    # A new commit: the pauses between healings of the same one grow.
    with delivered.pushed("dev", log_only("ERROR")) as commit:
        delivered.wait_until("dev is at the commit", lambda: delivered.is_at("dev", commit))
        beat = _deployment(delivered, "smarthr360-beat")
        service = delivered.get("service", "redis", NAMESPACES["dev"])

        delivered.checkout.shell(
            "kubectl set image -n smarthr360-dev deployment/smarthr360-beat *=busybox:1 && "
            "kubectl scale -n smarthr360-dev deployment/smarthr360-worker --replicas=2 && "
            "kubectl delete -n smarthr360-dev service redis"
        )
        delivered.wait_until("dev is healed", lambda: _is_healed(delivered) and delivered.is_at("dev", commit))

        healed = _deployment(delivered, "smarthr360-beat")
        assert healed["spec"] == beat["spec"]
        assert healed["metadata"]["uid"] == beat["metadata"]["uid"], "it was made anew"
        made_anew = delivered.get("service", "redis", NAMESPACES["dev"])
        assert made_anew["metadata"]["uid"] != service["metadata"]["uid"]
        assert made_anew["spec"]["ports"] == service["spec"]["ports"]
        operation = delivered.application("dev")["status"]["operationState"]["operation"]
        assert operation["initiatedBy"] == {"automated": True}


def test_what_an_autoscaler_does_is_no_difference_and_outlives_a_sync(delivered: Delivered) -> None:
    assert _replicas(delivered) < MOST
    delivered.checkout.shell(f"kubectl annotate pods {API_PODS} --overwrite {LOAD}=900m")
    try:
        delivered.wait_until("the autoscaler adds pods", lambda: _replicas(delivered) == MOST)
        for _ in range(3):
            assert delivered.next_comparison("dev")["status"]["sync"]["status"] == "Synced"
            assert _replicas(delivered) == MOST
        with delivered.pushed("dev", log_only("ERROR")) as commit:
            delivered.wait_until("dev is at the commit", lambda: delivered.is_at("dev", commit))
            assert _replicas(delivered) == MOST
            assert len(delivered.checkout.get("pods", API_PODS)) == MOST
    finally:
        delivered.checkout.shell(f"kubectl annotate pods {API_PODS} {LOAD}-")


def test_what_leaves_git_is_pruned_and_nothing_else(delivered: Delivered) -> None:
    gone = ("PodDisruptionBudget", "smarthr360-nginx")
    delivered.checkout.shell("kubectl create configmap by-hand -n smarthr360-staging")
    before = _uids(delivered)
    assert gone in before

    with delivered.pushed("staging", without("policy_v1-poddisruptionbudget-*-smarthr360-nginx.yaml")) as commit:
        delivered.wait_until("staging is at the commit", lambda: delivered.is_at("staging", commit))
        after = _uids(delivered)
        assert gone not in after
        assert after == {key: uid for key, uid in before.items() if key != gone}

    assert _uids(delivered).keys() == before.keys()
    delivered.checkout.shell("kubectl delete configmap by-hand -n smarthr360-staging")


def _is_healed(delivered: Delivered) -> bool:
    services = [each["metadata"]["name"] for each in delivered.checkout.get("services", "-n", NAMESPACES["dev"])]
    (container,) = _deployment(delivered, "smarthr360-beat")["spec"]["template"]["spec"]["containers"]
    replicas = _deployment(delivered, "smarthr360-worker")["spec"]["replicas"]
    return "redis" in services and "busybox" not in container["image"] and replicas == 1


def _deployment(delivered: Delivered, name: str) -> Object:
    return delivered.get("deployment", name, NAMESPACES["dev"])


def _replicas(delivered: Delivered) -> int:
    return int(_deployment(delivered, "smarthr360-api")["spec"]["replicas"])


def _uids(delivered: Delivered) -> dict[tuple[str, str], str]:
    """What lives in staging, and is neither a pod nor a part of something else, by kind and name."""
    kinds = (
        *("configmaps", "secrets", "serviceaccounts", "services", "persistentvolumeclaims", "deployments"),
        *("statefulsets", "horizontalpodautoscalers", "poddisruptionbudgets", "networkpolicies"),
    )
    items = delivered.checkout.get(",".join(kinds), "-n", NAMESPACES["staging"])
    return {(item["kind"], item["metadata"]["name"]): item["metadata"]["uid"] for item in items}
