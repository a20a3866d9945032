"""Made-up reports: small ones for one question, and one of the size of a real change."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from manifests.differences import Field
from policy.violation import Violation
from review.model import Action, Change, Level, Report, Risk
from review.reports import html, json_, markdown, terminal
from review.reports import inventory as listing
from snapshot.in_process import Registered
from snapshot.model import Object, Owner, Snapshot
from tests.support.program import run_program
from tests.support.stacks import good_config, with_gitops

STACKS = ("dev", "staging", "production")


def in_a_file(found: Report) -> str:
    """A report as the terminal's format writes it to a file."""
    text = io.StringIO()
    terminal.show(found, Console(file=text))
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "terminal": in_a_file,
    "csv": listing.to_csv,
    "markdown": markdown.render,
    "json": json_.render,
    "html": html.render,
}


def thing(kind: str = "ConfigMap", name: str = "app", stack: str = "dev", **more: Any) -> Object:
    """An object of which only what a test is about is told."""
    component = more.get("component", "workloads:Api")
    known: dict[str, Any] = {
        "stack": stack,
        "type": f"kubernetes:core/v1:{kind}",
        "kind": kind,
        "namespace": "smarthr360",
        "name": name,
        "urn": f"urn:pulumi:{stack}::smarthr360::smarthr360:{component}$kubernetes:core/v1:{kind}::{name}",
        "component": component,
        "owner": Owner.ARGO_CD,
        "protected": False,
    }
    known |= more
    manifest = {"kind": kind, "metadata": {"name": name, "namespace": known["namespace"]}}
    return Object(**known | {"manifest": manifest | more.get("manifest", {})})


def update(before: Object, *fields: Field, risks: tuple[Risk, ...] = (), action: Action = Action.UPDATE) -> Change:
    return Change(action, before, before, fields, risks)


def create(after: Object, *risks: Risk) -> Change:
    return Change(Action.CREATE, None, after, (), risks)


def delete(before: Object, *risks: Risk) -> Change:
    return Change(Action.DELETE, before, None, (), risks)


def report(*changes: Change, **more: Any) -> Report:
    """A report of changes to three environments that are otherwise empty."""
    known: dict[str, Any] = {
        "base": "main",
        "head": "HEAD",
        "heads": tuple(Snapshot(stack, "HEAD", ()) for stack in STACKS),
        "changes": changes,
        "problems": (),
        "violations": (),
        "digest": "sha256:" + "5e" * 32,
    }
    return Report(**known | more)


def inventory(*objects: Object, violations: tuple[Violation, ...] = ()) -> Report:
    """An inventory of dev."""
    return report(base="", heads=(Snapshot("dev", "HEAD", objects),), violations=violations, digest="")


@cache
def environment(stack: str) -> Snapshot:
    """What the program asks for in a stack, from the committed stack file."""
    with tempfile.TemporaryDirectory() as folder:
        program = run_program(with_gitops(good_config(stack)), Path(folder), stack)
    made = zip(program.objects(), program.manifests(), strict=True)
    found = sorted((_object(stack, item, manifest) for item, manifest in made), key=lambda item: item.key)
    return Snapshot(stack, "HEAD", tuple(found))


def example() -> Report:
    """A change as a reviewer meets it: an image, replicas, a claim that shrinks, a window, a policy."""
    changes = [change for stack in STACKS for change in _Changes(stack, environment(stack)).all()]
    changes.sort(key=lambda change: (-change.level, -STACKS.index(change.object.stack)))
    return report(
        *changes,
        base="main",
        head="feature/faster-exports",
        heads=tuple(environment(stack) for stack in STACKS),
        violations=(
            Violation(
                "production",
                "image-by-digest",
                False,
                "Deployment smarthr360-api",
                "container api runs an image by its tag, which can be moved; set images.digests.api",
            ),
            Violation(
                "production",
                "no-default-egress",
                True,
                "NetworkPolicy calls-out",
                "pods may reach 0.0.0.0/0 on any port; name the ports that are needed",
            ),
            Violation(
                "dev",
                "debug-off",
                True,
                "ConfigMap smarthr360-config",
                "DEBUG is on",
                "developers need tracebacks in dev (owner: platform, until 2027-06-30)",
            ),
        ),
    )


class _Changes:
    """What the example changes in one environment."""

    def __init__(self, stack: str, snapshot: Snapshot) -> None:
        self._stack = stack
        self._found = {item.title: item for item in snapshot.objects}
        self._real = [Risk("touches-production", Level.MEDIUM, "changes production")] if stack == "production" else []

    def all(self) -> list[Change]:
        image = "spec.template.spec.containers[{}].image"
        tag = Risk("image-without-digest", Level.MEDIUM, "runs an image by its tag, which can be moved")
        api, worker = "Deployment smarthr360-api", "Deployment smarthr360-worker"
        registry = "ghcr.io/smarthr360/smarthr360"
        found = [
            self._update(api, (image.format("api"), f"{registry}-api:1.0.0", f"{registry}-api:1.1.0"), tag),
            self._update(worker, (image.format("worker"), f"{registry}-celery:1.0.0", f"{registry}-celery:1.1.0"), tag),
            self._update("Deployment smarthr360-nginx", self._memory()),
            self._update("ConfigMap smarthr360-config", ("data.EXPORT_BATCH", None, "500")),
            self._update("ConfigMap nginx-config", ("data['nginx.conf']", *self._nginx())),
            update(self._found["Secret smarthr360-secrets"], secret("stringData.SENTRY_DSN")),
            create(thing("ConfigMap", "exports", self._stack, component="workloads:Worker"), *self._real),
        ]
        if self._stack == "dev":
            claim = self._found["PersistentVolumeClaim logs"]
            found.append(delete(claim, Risk("deletes-stateful", Level.HIGH, "deletes a volume with its data")))
        if self._stack == "production":
            store, floor = "StatefulSet postgres", "HorizontalPodAutoscaler smarthr360-api"
            replaced = Risk("replaces-stateful", Level.HIGH, "replaces a store: it is down until the new one is ready")
            fewer = Risk("drops-replicas", Level.HIGH, "the fewest pods of the API drop from 3 to 2")
            found += [
                self._update(store, ("spec.serviceName", "postgres", "postgres-headless"), replaced, Action.REPLACE),
                self._update(floor, ("spec.minReplicas", 3, 2), fewer),
            ]
        return found

    def _update(
        self, title: str, field: tuple[str, Any, Any], risk: Risk | None = None, action: Action = Action.UPDATE
    ) -> Change:
        risks = [*([risk] if risk else []), *self._real]
        risks.sort(key=lambda found: -found.level)
        return update(self._found[title], Field(*field), risks=tuple(risks), action=action)

    def _memory(self) -> tuple[str, str, str]:
        before, after = {"dev": ("64Mi", "128Mi"), "staging": ("128Mi", "256Mi"), "production": ("128Mi", "512Mi")}[
            self._stack
        ]
        return "spec.template.spec.containers[nginx].resources.limits.memory", before, after

    def _nginx(self) -> tuple[str, str]:
        data: Mapping[str, str] = self._found["ConfigMap nginx-config"].manifest["data"]
        before = next(iter(data.values()))
        return before, before.replace("60s", "120s").replace("keepalive_timeout", "# longer\nkeepalive_timeout")


def secret(path: str) -> Field:
    return Field(path, "fingerprint:0f1e2d", "fingerprint:a9b8c7", secret=True)


def _object(stack: str, made: Registered, manifest: dict[str, Any]) -> Object:
    if manifest["kind"] == "Secret":
        manifest = {**manifest, "stringData": dict.fromkeys(manifest["stringData"], "a fingerprint")}
    return Object(
        stack=stack,
        type=made.type,
        kind=manifest["kind"],
        namespace=manifest["metadata"].get("namespace"),
        name=manifest["metadata"]["name"],
        urn=made.urn,
        component=made.urn.split("::")[2].split("$")[-2].removeprefix("smarthr360:"),
        owner=Owner.ARGO_CD if made.rendered else Owner.PULUMI,
        protected=made.protected,
        manifest=manifest,
    )
