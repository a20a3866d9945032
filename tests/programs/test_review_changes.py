"""Recorded changes of the program and its stack files: which objects change, who applies them, how risky that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from review import build_report
from review.model import Report
from snapshot import collect, requested
from snapshot.model import Snapshot
from snapshot.revision import WORK_TREE
from tests.support.previews import KEY, edit
from tests.support.stacks import STACKS

Row = tuple[str, str, str]
"""What happens, to what, and who does it."""


@dataclass(frozen=True)
class Recorded:
    """A change, and what is found in it.

    Attributes:
        stack: the environment that is looked at.
        edits: what is edited in which files.
        rows: all that happens.
        risks: the rules that apply to each object, but for `touches-production`.
    """

    stack: str
    edits: Mapping[str, Mapping[str, str]]
    rows: set[Row] = field(default_factory=set)
    risks: Mapping[str, set[str]] = field(default_factory=dict)


ARGO_CD, PULUMI = "Argo CD", "Pulumi"
DJANGO = ("Deployment smarthr360-api", "Deployment smarthr360-beat", "Deployment smarthr360-worker")
IMAGES = (*DJANGO, "Deployment smarthr360-nginx")
SECRETS = ("Secret ghcr-secret", "Secret postgres-secrets", "Secret redis-secrets", "Secret smarthr360-secrets")
SHARED = tuple(f"PersistentVolumeClaim {name}" for name in ("logs", "media", "ml-models"))
PROTECTED = {
    PULUMI: (
        "AppProject production",
        "Application smarthr360-production",
        "CustomResourceDefinition applications.argoproj.io",
        "CustomResourceDefinition applicationsets.argoproj.io",
        "CustomResourceDefinition appprojects.argoproj.io",
        "Namespace argocd",
        "Namespace smarthr360",
    ),
    ARGO_CD: (
        *(f"PersistentVolumeClaim {name}" for name in ("logs", "media", "ml-models", "postgres-data", "redis-data")),
        *(f"{kind} {name}" for kind in ("Service", "StatefulSet") for name in ("postgres", "redis")),
    ),
}


def updated(owner: str, *titles: str) -> set[Row]:
    return {("update", title, owner) for title in titles}


def each(rule: str, *titles: str) -> dict[str, set[str]]:
    return {title: {rule} for title in titles}


STACK_FILES = {
    "nothing": Recorded("dev", {}),
    "more replicas": Recorded(
        "dev",
        {"Pulumi.dev.yaml": {"smarthr360:worker:\n    replicas: 1": "smarthr360:worker:\n    replicas: 3"}},
        updated(ARGO_CD, "Deployment smarthr360-worker"),
    ),
    "fewer replicas": Recorded(
        "production",
        {"Pulumi.production.yaml": {"autoscaling: { min: 3, max: 8": "autoscaling: { min: 2, max: 8"}},
        updated(ARGO_CD, "HorizontalPodAutoscaler smarthr360-worker"),
        each("drops-replica-floor", "HorizontalPodAutoscaler smarthr360-worker"),
    ),
    "a smaller budget": Recorded(
        "production",
        {"Pulumi.production.yaml": {"minAvailable: 2": "minAvailable: 1"}},
        updated(ARGO_CD, "PodDisruptionBudget smarthr360-api"),
        each("drops-replica-floor", "PodDisruptionBudget smarthr360-api"),
    ),
    "an image": Recorded(
        "production",
        {"Pulumi.production.yaml": {"tag: 1.0.0": "tag: 1.0.1"}},
        {*updated(ARGO_CD, *IMAGES), *updated(PULUMI, "CronJob smarthr360-rotation")},
        each("changes-image-without-digest", *IMAGES, "CronJob smarthr360-rotation"),
    ),
    "an image that is pinned": Recorded(
        "production",
        {"Pulumi.production.yaml": {"tag: 1.0.0": f"tag: 1.0.0\n    digests: {{ nginx: 'sha256:{'a' * 64}' }}"}},
        updated(ARGO_CD, "Deployment smarthr360-nginx"),
    ),
    "a secret's value": Recorded(
        "staging",
        {
            "Pulumi.staging.yaml": {
                "b2xkLWNpcGhlcnRleHQtb2YtYS1wYXNzd29yZA==": "bmV3LWNpcGhlcnRleHQtb2YtYS1wYXNzd29yZA=="
            }
        },
        updated(PULUMI, "Secret postgres-secrets", "Secret smarthr360-secrets"),
        each("changes-secret", "Secret postgres-secrets", "Secret smarthr360-secrets"),
    ),
    "a window more": Recorded(
        "production",
        {
            "Pulumi.production.yaml": {
                "    windows:\n": '    windows:\n      - { kind: allow, days: weekends, from: "10:00", to: "12:00" }\n'
            }
        },
        updated(PULUMI, "AppProject production"),
        each("loosens-window", "AppProject production"),
    ),
    "a window that denies more": Recorded(
        "production",
        {
            "Pulumi.production.yaml": {
                'days: weekdays, from: "08:00", to: "18:00"': 'days: daily, from: "02:00", to: "03:00"'
            }
        },
        updated(PULUMI, "AppProject production"),
    ),
    "a quantity that is written differently": Recorded(
        "dev",
        {"Pulumi.dev.yaml": {"limit: 500m": 'limit: "0.5"', "limit: 1Gi": "limit: 1024Mi"}},
    ),
    "less memory": Recorded(
        "dev",
        {"Pulumi.dev.yaml": {"memory: { request: 512Mi, limit: 1Gi }": "memory: { request: 512Mi, limit: 768Mi }"}},
        updated(ARGO_CD, "Deployment smarthr360-api"),
        each("lowers-resources", "Deployment smarthr360-api"),
    ),
    "a storage class": Recorded(
        "production",
        {"Pulumi.production.yaml": {"    media: 50Gi\n": "    media: 50Gi\n    classes: { readWriteMany: another }\n"}},
        {("replace", title, ARGO_CD) for title in SHARED},
        each("replaces-stateful", *SHARED),
    ),
    "a larger volume": Recorded(
        "staging",
        {"Pulumi.staging.yaml": {"storage: 50Gi": "storage: 60Gi"}},
        updated(ARGO_CD, "PersistentVolumeClaim postgres-data"),
    ),
    "a smaller volume": Recorded(
        "staging",
        {"Pulumi.staging.yaml": {"storage: 50Gi": "storage: 40Gi"}},
        {("replace", "PersistentVolumeClaim postgres-data", ARGO_CD)},
        {"PersistentVolumeClaim postgres-data": {"replaces-stateful", "lowers-resources"}},
    ),
    "debug": Recorded(
        "staging",
        {"Pulumi.staging.yaml": {"  smarthr360:api:\n": "  smarthr360:app: { debug: true }\n  smarthr360:api:\n"}},
        updated(ARGO_CD, "ConfigMap smarthr360-config", *DJANGO),
        each("turns-debug-on", "ConfigMap smarthr360-config"),
    ),
    "another branch": Recorded(
        "staging",
        {"Pulumi.staging.yaml": {"branch: staging": "branch: release/1.0"}},
        updated(PULUMI, "Application smarthr360-staging"),
        each("changes-source", "Application smarthr360-staging"),
    ),
    "no syncing by itself": Recorded(
        "staging",
        {"Pulumi.staging.yaml": {"branch: staging": "branch: staging\n    automated: false"}},
        updated(PULUMI, "Application smarthr360-staging"),
    ),
    "one host more": Recorded(
        "dev",
        {"Pulumi.dev.yaml": {"site: [dev.smarthr360.com]": "site: [dev.smarthr360.com, demo.smarthr360.com]"}},
        updated(
            ARGO_CD,
            "ConfigMap smarthr360-config",
            "Certificate smarthr360-tls",
            "HTTPRoute smarthr360-site",
            "HTTPRoute smarthr360-redirect",
            *DJANGO,
        ),
        {
            "HTTPRoute smarthr360-site": {"opens-network"},
            "HTTPRoute smarthr360-redirect": {"opens-network"},
        },
    ),
}

CODE = {
    "a policy that is gone": Recorded(
        "dev",
        {
            "components/environment/network_policies.py": {
                '        policy("default-deny", everything, ingress=[], egress=[])\n': ""
            }
        },
        {("delete", "NetworkPolicy default-deny", ARGO_CD)},
        each("opens-network", "NetworkPolicy default-deny"),
    ),
    "a policy that only allowed": Recorded(
        "dev",
        {
            "components/environment/network_policies.py": {
                "        if args.settings.egress:\n": "        if not args.settings.egress:\n"
            }
        },
        {("delete", "NetworkPolicy calls-out", ARGO_CD)},
    ),
    "a wider policy": Recorded(
        "dev",
        {
            "components/environment/network_policies.py": {
                'CALLS_OUT = ("api", "worker")': 'CALLS_OUT = ("api", "worker", "beat")'
            }
        },
        updated(ARGO_CD, "NetworkPolicy calls-out"),
        each("opens-network", "NetworkPolicy calls-out"),
    ),
    "a claim by another name": Recorded(
        "production",
        {"components/workloads/parts/storage.py": {'shared("ml-models"': 'shared("models"'}},
        {
            ("delete", "PersistentVolumeClaim ml-models", ARGO_CD),
            ("create", "PersistentVolumeClaim models", ARGO_CD),
            *updated(ARGO_CD, *DJANGO),
        },
        each("deletes-stateful", "PersistentVolumeClaim ml-models"),
    ),
    "a wider role": Recorded(
        "production",
        {"components/delivery/roles.py": {'"deployer": ("get", "sync")': '"deployer": ("get", "sync", "delete")'}},
        updated(PULUMI, "AppProject production"),
        each("widens-rbac", "AppProject production"),
    ),
    "a list in another order": Recorded(
        "dev",
        {"components/environment/network_policies.py": {"values=list(components)": "values=list(components)[::-1]"}},
    ),
    "a file and a component that are moved": Recorded(
        "production",
        {
            "components/environment/environment.py": {
                "from components.workloads.beat import": "from components.workloads.scheduler import",
                'f"{self._name}-beat"': 'f"{self._name}-scheduler"',
            },
            "components/environment/rotation.py": {
                "import api, beat, redis, worker": "import api, redis, scheduler, worker",
                "beat.NAME": "scheduler.NAME",
            },
        },
    ),
    "Secrets under another name of Pulumi's": Recorded(
        "dev",
        {"components/environment/environment.py": {'f"{self._name}-secrets"': 'f"{self._name}-hidden"'}},
        {("replace", title, PULUMI) for title in SECRETS},
        each("replaces-object", *SECRETS),
    ),
    "the same with an alias": Recorded(
        "dev",
        {
            "components/environment/environment.py": {
                'f"{self._name}-secrets"': 'f"{self._name}-hidden"',
                "settings.secrets, images.registry, images.user), opts)": "settings.secrets, images.registry, "
                "images.user), pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions("
                'aliases=[pulumi.Alias(name=f"{self._name}-secrets")])))',
            }
        },
    ),
    "no protection": Recorded(
        "production",
        {"components/settings/stack.py": {"return self.environment == PRODUCTION": "return False"}},
        {*updated(PULUMI, *PROTECTED[PULUMI]), *updated(ARGO_CD, *PROTECTED[ARGO_CD])},
        each("drops-protection", *PROTECTED[PULUMI], *PROTECTED[ARGO_CD]),
    ),
}


@pytest.fixture(scope="module")
def here(program: Path) -> Mapping[str, Snapshot]:
    """The base's environments, found out in this process, whose components it shares."""
    return {stack: requested.snapshot(program, stack, "base", KEY) for stack in STACKS}


@pytest.fixture(scope="module")
def apart(program: Path) -> Mapping[str, Snapshot]:
    """The base's environments, found out in a process of their own."""
    return {found.stack: found for found in collect.take(program, WORK_TREE, ("dev", "production"), "base")}


def reported(before: Snapshot, after: Snapshot) -> Report:
    assert not before.problem
    return build_report.report("base", "head", [before], [after])


def assert_recorded(report: Report, recorded: Recorded) -> None:
    assert report.problems == ()
    found = {(change.action.value, change.object.title, change.object.owner.value) for change in report.changes}
    assert found == recorded.rows
    risks = {change.object.title: {risk.rule for risk in change.risks} for change in report.changes}
    production = {"touches-production"} if recorded.stack == "production" else set()
    for title, rules in risks.items():
        assert rules == recorded.risks.get(title, set()) | production, title


@pytest.mark.parametrize("name", STACK_FILES)
def test_a_change_of_a_stack_file_is_told(name: str, here: Mapping[str, Snapshot], copy: Path) -> None:
    recorded = STACK_FILES[name]
    edit(copy, recorded.edits)

    assert_recorded(reported(here[recorded.stack], requested.snapshot(copy, recorded.stack, "head", KEY)), recorded)


@pytest.mark.parametrize("name", CODE)
def test_a_change_of_the_program_is_told(name: str, apart: Mapping[str, Snapshot], copy: Path) -> None:
    recorded = CODE[name]
    if "moved" in name:
        (copy / "components/workloads/beat.py").rename(copy / "components/workloads/scheduler.py")
    edit(copy, recorded.edits)
    [after] = collect.take(copy, WORK_TREE, [recorded.stack], "head")
    report = reported(apart[recorded.stack], after)

    assert_recorded(report, recorded)
