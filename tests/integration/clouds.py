"""A production stack in a cloud that does not exist: the real engine, the stand-ins, and an own embedded cluster."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from tests.integration.checkout import Checkout
from tools import manifests
from tools.clouds.cloud import Cloud, Thing
from tools.clouds.schema import PACKAGES
from tools.clouds.stack import CloudStack, CloudWorkspace
from tools.cluster import control_plane
from tools.cluster.components import Binaries
from tools.cluster.state import Layout
from tools.engine import ensure

STACK = "production"
PATIENCE = 60.0
"""Seconds that the API server gets to heed a policy of admission."""

Object = dict[str, Any]


@dataclass
class Simulated:
    """One cloud, one stack, and everything that anybody has printed.

    Attributes:
        checkout: where people type.
        stack: the stack.
        kubectl: the program.
        printed: the output of every command.
    """

    checkout: Checkout
    stack: CloudStack
    kubectl: Path
    printed: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, folder: Path, kind: str) -> Self:
        """Start the embedded cluster that stands for the cloud's, and make it as empty as that is."""
        checkout = Checkout.copy_to(folder)
        workspace = CloudWorkspace(checkout.root, kind)
        tools = {**ensure("pulumi"), **ensure("cluster")}
        control_plane.up(Layout(workspace.local), Binaries.of(tools), print)
        workspace.prepare(tools)
        manifests.provide()
        made = cls(checkout, CloudStack(workspace, STACK), tools["kubectl"])
        made.run_kubectl("delete", "storageclasses", "--all")
        for group, version, name, plural in _BROUGHT_BY.get(kind, ()):
            made.run_kubectl("apply", "-f", "-", stdin=yaml.safe_dump(_definition(group, version, name, plural)))
        made.stack.prepare("gitops")
        return made

    def stop(self) -> None:
        """Stop the embedded cluster, and delete its data."""
        control_plane.reset(Layout(self.stack.workspace.local), print)

    def pulumi(self, *arguments: str, code: int = 0) -> str:
        """Run the engine on the stack; what it printed."""
        environment = self.stack.environment() | {
            "HOME": str(self.checkout.home),
            "PYTHONPYCACHEPREFIX": str(self.checkout.home.parent / "bytecode"),
        }
        command = [str(self.stack.workspace.engine), *arguments, "--stack", STACK, "--non-interactive"]
        # In its own folder it would not find the program; in the checkout, destroy would delete what is committed.
        folder = self.stack.project if arguments[0] == "destroy" else self.checkout.root
        return self._run(command, folder, environment, code=code)

    def up(self, *arguments: str, code: int = 0) -> str:
        """`pulumi up`."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, code=code)

    def run_kubectl(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """`kubectl` as the cluster's administrator."""
        kubeconfig = f"--kubeconfig={self.stack.workspace.kubeconfig}"
        environment = {"HOME": str(self.checkout.home)}
        return self._run([str(self.kubectl), kubeconfig, *arguments], self.checkout.root, environment, stdin, code)

    def state(self) -> list[Object]:
        """The resources of the engine's state, secrets encrypted."""
        exported = json.loads(self.pulumi("stack", "export"))
        resources: list[Object] = exported["deployment"].get("resources", [])
        return resources

    def things(self) -> list[Thing]:
        """Everything that exists in the clouds."""
        place = self.stack.workspace.place
        return [thing for provider in PACKAGES for thing in Cloud(place.existing(provider)).things()]

    def owned(self) -> set[tuple[str, str]]:
        """What the engine believes to have in the clouds, by type and id."""
        return {
            (entry["type"], entry["id"])
            for entry in self.state()
            if entry["custom"] and entry["type"].partition(":")[0] in PACKAGES
        }

    @contextmanager
    def trouble(self, name: str, how: str) -> Iterator[None]:
        """Have whatever happens to a resource fail for a while.

        Args:
            name: the resource's; of an object in Kubernetes, its kind, a slash and its name there.
            how: `before`, `half` or `lost`; for an object in Kubernetes `denied`.
        """
        if how == "denied":
            with self._denied(*name.split("/")):
                yield
            return
        path = self.stack.workspace.place.trouble
        path.write_text(json.dumps({"fail": {name: how}}))
        try:
            yield
        finally:
            path.unlink()

    @contextmanager
    def _denied(self, kind: str, name: str) -> Iterator[None]:
        """Have the API server deny an object, by a policy of admission."""
        policy = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": "trouble"},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {
                    "resourceRules": [
                        {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": [kind]}
                    ]
                },
                "validations": [{"expression": f"object.metadata.name != '{name}'", "message": "denied for a test"}],
            },
        }
        binding = {
            "apiVersion": policy["apiVersion"],
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "trouble"},
            "spec": {"policyName": "trouble", "validationActions": ["Deny"]},
        }
        attempt = yaml.safe_dump(_BLANK[kind] | {"metadata": {"name": name}})
        text = yaml.safe_dump_all([policy, binding])
        self.run_kubectl("apply", "-f", "-", stdin=text)
        self._wait_until_creating(attempt, fails=True)
        try:
            yield
        finally:
            self.run_kubectl("delete", "-f", "-", stdin=text)
            self._wait_until_creating(attempt, fails=False)

    def _wait_until_creating(self, attempt: str, *, fails: bool) -> None:
        until = time.monotonic() + PATIENCE
        kubeconfig = f"--kubeconfig={self.stack.workspace.kubeconfig}"
        command = [str(self.kubectl), kubeconfig, "create", "--dry-run=server", "-f", "-"]
        while True:
            found = subprocess.run(command, input=attempt, capture_output=True, text=True, check=False)
            if (found.returncode != 0) is fails:
                return
            assert time.monotonic() < until, f"not within {PATIENCE:.0f} s: {attempt} fails is {fails}"
            time.sleep(0.2)

    def _run(
        self, command: list[str], folder: Path, environment: dict[str, str], stdin: str = "", code: int = 0
    ) -> str:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.printed.append(done.stdout)
        assert (done.returncode != 0) is (code != 0), f"`{' '.join(command)}` gave {done.returncode}:\n{done.stdout}"
        return done.stdout


# What a cloud's clusters have from the start; of the same name, but not checked as strictly.
_BROUGHT_BY = {
    "eks": (
        ("eks.amazonaws.com", "v1", "NodeClass", "nodeclasses"),
        ("karpenter.sh", "v1", "NodePool", "nodepools"),
    ),
}
_BLANK: dict[str, Object] = {
    "namespaces": {"apiVersion": "v1", "kind": "Namespace"},
    "storageclasses": {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "nobody"},
}
"""The least of each kind that can be denied."""


def _definition(group: str, version: str, kind: str, plural: str) -> Object:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}],
        },
    }
