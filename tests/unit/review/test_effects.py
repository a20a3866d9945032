"""What a change does, in a reader's words, and what it requests from a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from manifests.differences import Field
from review import capacity
from review.effects import effects
from review.model import Action, Change, Level, Report, Risk
from review.reports import summary
from snapshot.model import Object, Snapshot
from tests.support.reports import environment, report, thing

STACKS = ("staging", "production")
GIB = 1 << 30


def container(name: str = "api", image: str = "ghcr.io/o/api:1.0.0", **more: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "2Gi"}}
    return {"name": name, "image": image, "resources": resources, **more}


def workload(*containers: dict[str, Any], kind: str = "Deployment", stack: str = "staging", **spec: Any) -> Object:
    pod = {"containers": list(containers or [container()]), "initContainers": spec.pop("first", [])}
    manifest = {"kind": kind, "spec": {"template": {"spec": pod}, **spec}}
    return thing(kind, "smarthr360-api", stack, component="workloads:Api", manifest=manifest)


def scaler(low: int | None, high: int, stack: str = "staging") -> Object:
    target = {"kind": "Deployment", "name": "smarthr360-api"}
    floor = {} if low is None else {"minReplicas": low}
    manifest = {"spec": {"scaleTargetRef": target, "maxReplicas": high, **floor}}
    return thing("HorizontalPodAutoscaler", "smarthr360-api", stack, component="workloads:Api", manifest=manifest)


def simple(kind: str, stack: str = "staging", name: str = "app", **manifest: Any) -> Object:
    return thing(kind, name, stack, manifest={"kind": kind, **manifest})


def compared(*pairs: tuple[Object | None, Object | None], fields: tuple[Field, ...] = (), high: bool = False) -> Report:
    """A report of objects that change; what is the same on both sides changes nothing."""
    changes: list[Change] = []
    heads: dict[str, list[Object]] = {stack: [] for stack in STACKS}
    for before, after in pairs:
        if after:
            heads[after.stack].append(after)
        if before != after:
            action = Action.CREATE if not before else Action.DELETE if not after else Action.UPDATE
            risks = (Risk("a-rule", Level.HIGH, "a reason"),) if high else ()
            changes.append(Change(action, before, after, fields or (Field("spec.other", 1, 2),), risks))
    return report(*changes, heads=tuple(Snapshot(stack, "HEAD", tuple(objects)) for stack, objects in heads.items()))


def sentences(change: Report) -> list[str]:
    return [effect.sentence for effect in effects(change) if not effect.is_rest]


def test_what_the_autoscaler_can_do_is_reported_as_pods_in_the_headline() -> None:
    change = compared(
        (workload(), workload()),
        (scaler(2, 5), scaler(3, 7)),
        fields=(Field("spec.minReplicas", 2, 3), Field("spec.maxReplicas", 5, 7)),
    )

    assert sentences(change) == ["API pods in staging 2-5 -> 3-7"]
    assert summary.headline(change).startswith("API pods in staging 2-5 -> 3-7. 1 object changes in staging (")
    assert len(effects(change)) == 1


def test_an_autoscaler_that_is_new_or_gone_changes_the_pods() -> None:
    alone, scaled = workload(replicas=2), workload()

    assert sentences(compared((alone, scaled), (None, scaler(None, 7)))) == ["API pods in staging 2 -> 1-7"]
    assert sentences(compared((scaled, alone), (scaler(3, 7), None))) == ["API pods in staging 3-7 -> 2"]
    assert sentences(compared((None, alone))) == ["API pods in staging are new: 2"]
    assert sentences(compared((alone, None))) == ["API pods in staging are gone: 2"]


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        ("ghcr.io/o/api:1.0.0", "ghcr.io/o/api:1.1.0", "1.0.0 -> 1.1.0"),
        ("localhost:5000/o/api:1.0.0", "localhost:5000/o/api:1.1.0", "1.0.0 -> 1.1.0"),
        ("o/api:1", f"o/api:1@sha256:{'ab' * 32}", "1 -> 1 sha256:abababababab"),
        (f"o/api@sha256:{'ab' * 32}", f"o/api@sha256:{'cd' * 32}", "sha256:abababababab -> sha256:cdcdcdcdcdcd"),
        ("ghcr.io/o/api:1", "ghcr.io/p/api:1", "ghcr.io/o/api:1 -> ghcr.io/p/api:1"),
    ],
)
def test_an_image_is_reported_by_what_changes_of_its_name_and_once_for_all_environments(
    before: str, after: str, how: str
) -> None:
    pairs = [
        (workload(container(image=before), stack=stack), workload(container(image=after), stack=stack))
        for stack in STACKS
    ]

    assert sentences(compared(*pairs)) == [f"API image in staging and production {how}"]


def test_sizes_hosts_volumes_settings_and_secrets_are_reported_each_by_its_name() -> None:
    small, large = {"limits": {"memory": "1Gi", "cpu": "1000m"}}, {"limits": {"memory": "2Gi", "cpu": "1"}}
    claims = [{"resources": {"requests": {"storage": size}}} for size in ("50Gi", "100Gi")]
    change = compared(
        (workload(container(resources=small)), workload(container(resources=large))),
        (
            simple("HTTPRoute", spec={"hostnames": ["a.example.com", "b.example.com"]}),
            simple("HTTPRoute", spec={"hostnames": ["b.example.com", "c.example.com"]}),
        ),
        (
            simple("PersistentVolumeClaim", name="postgres-data", spec=claims[0]),
            simple("PersistentVolumeClaim", name="postgres-data", spec=claims[1]),
        ),
        (
            simple("ConfigMap", data={"LOG_LEVEL": "INFO", "file": "a\nb", "SAME": "1"}),
            simple("ConfigMap", data={"LOG_LEVEL": "DEBUG", "file": "a\nc", "SAME": "1"}),
        ),
        (simple("Secret", data={"a": "<secret>"}), simple("Secret", data={"a": "<secret>", "b": "<secret>"})),
    )

    assert sentences(change) == [
        "host a.example.com in staging is gone",
        "host c.example.com in staging is new",
        "volume postgres-data in staging 50Gi -> 100Gi",
        "API memory limit in staging 1Gi -> 2Gi",
        "setting LOG_LEVEL in staging INFO -> DEBUG",
        "setting file in staging changes",
        "secret app in staging changes",
    ]


def test_windows_are_reported_by_how_much_longer_or_shorter_they_are() -> None:
    def project(*windows: dict[str, Any]) -> Object:
        return simple("AppProject", spec={"syncWindows": list(windows)})

    def window(duration: str) -> dict[str, Any]:
        return {"kind": "allow", "schedule": "0 2 * * *", "duration": duration, "applications": ["*"]}

    assert sentences(compared((project(window("2h")), project(window("3h"))))) == [
        "sync windows in staging change: more time to sync in a week: 7 h"
    ]
    assert sentences(compared((project(window("3h")), project(window("2h"))))) == [
        "sync windows in staging change: less time to sync in a week: 7 h"
    ]


def test_what_is_lost_comes_first_and_what_has_no_word_is_counted() -> None:
    lost = compared((simple("PersistentVolumeClaim", name="logs"), None), high=True)
    rest = compared((simple("Role"), simple("Role", rules=[])), (workload(), workload(paused=True)))

    assert sentences(lost) == ["PersistentVolumeClaim logs in staging is deleted"]
    assert [effect.sentence for effect in effects(rest)] == ["something else in staging changes: 2 objects"]
    assert summary.lead(rest) == ""


def test_the_headline_names_three_and_counts_the_others() -> None:
    data = {str(number): "a" for number in range(5)}
    change = compared((simple("ConfigMap", data=data), simple("ConfigMap", data=dict.fromkeys(data, "b"))))

    assert summary.lead(change).endswith("setting 2 in staging a -> b; and 2 more.")


def test_capacity_is_what_all_pods_request_at_the_fewest_and_at_the_most() -> None:
    beside = {"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}
    first = {"name": "migrate", "resources": {"limits": {"memory": "3Gi"}}}
    templates = [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "10Gi"}}}}]
    store = workload(kind="StatefulSet", replicas=3, volumeClaimTemplates=templates)
    claim = simple("PersistentVolumeClaim", name="media", spec={"resources": {"requests": {"storage": "5Gi"}}})
    total = capacity.of([workload(first=[beside, first]), scaler(2, 5), claim])

    assert (float(total.cpu.low), float(total.cpu.high)) == (1.2, 3.0)
    assert (float(total.memory.low / GIB), float(total.memory.high / GIB)) == (6.0, 15.0)
    assert total.storage == 5 * GIB
    assert capacity.of([store]).storage == 30 * GIB
    assert capacity.compared(capacity.of([claim]), total) == ("0 -> 1.2 - 3", "0Ki -> 6Gi - 15Gi", "5Gi")
    assert capacity.compared(None, total) == ("1.2 - 3", "6Gi - 15Gi", "5Gi")


def test_capacity_of_an_environment_as_the_program_requests_it() -> None:
    total = capacity.of(environment("production").objects)

    assert total.cpu.low < total.cpu.high
    assert total.memory.low < total.memory.high
    assert capacity.bytes_(total.storage) == "210Gi"


ODD: list[Any] = [None, 3, "text", [], {}, {"template": 3}, {"template": {"spec": {"containers": "x"}}}]
ODD += [{"template": {"spec": {"containers": [3, {"name": 3, "resources": {"requests": {"cpu": [], "memory": "x"}}}]}}}]
ODD += [{"replicas": "many", "hostnames": 3, "rules": [3]}, {"volumeClaimTemplates": [{"spec": 3}]}]
KINDS = ["Deployment", "StatefulSet", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "HTTPRoute", "Ingress"]


@pytest.mark.parametrize("kind", [*KINDS, "AppProject", "ConfigMap", "Secret"])
def test_an_object_of_another_shape_than_kubernetes_wants_stops_nothing(kind: str) -> None:
    for odd in ODD:
        for other in ODD:
            pair = (simple(kind, spec=odd, data=odd), simple(kind, spec=other, data=other))
            change = compared(pair, (None, pair[0]), (pair[1], None))
            assert isinstance(summary.headline(change), str)
            assert summary.capacities(change) is not None
