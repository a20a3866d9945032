"""A production stack in a cloud that does not exist: the real engine, the stand-ins, and an own embedded cluster."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml

from components.platform.argocd import release
from files import cache_root
from tests.integration.checkout import Checkout
from tests.support.stacks import NAMESPACE, ROOT
from tools import install_manifests
from tools.embedded.clouds.cloud import Cloud, Thing
from tools.embedded.clouds.schema import PACKAGES
from tools.embedded.clouds.stack import CloudStack, CloudWorkspace
from tools.embedded.cluster import control_plane
from tools.embedded.cluster.components import Binaries
from tools.embedded.cluster.state import Layout
from tools.engine import ensure

STACK = "production"
DENIED = "denied"
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
    _failing: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path, kind: str) -> Self:
        """Start the embedded cluster that stands for the cloud's, and make it as empty as that is."""
        checkout = Checkout.copy_to(folder)
        workspace = CloudWorkspace(checkout.root, kind)
        tools = {**ensure("pulumi"), **ensure("cluster")}
        control_plane.up(Layout(workspace.local), Binaries.of(tools), print)
        workspace.prepare(tools)
        install_manifests.provide()
        made = cls(checkout, CloudStack(workspace, STACK), tools["kubectl"])
        made.run_kubectl("delete", "storageclasses", "--all")
        for brought in (ROOT / "tests" / "support" / "crds").glob(f"{kind}-*.yaml"):
            made.run_kubectl("apply", "-f", str(brought))
        made.stack.prepare("gitops")
        made.bring_argocd()
        return made

    def beside(self, name: str) -> Self:
        """Another stack in the same clouds, whose file names the cluster of this one and does not make it."""
        other = type(self)(self.checkout, CloudStack(self.stack.workspace, name), self.kubectl, self.printed)
        other.stack.prepare("gitops")
        kind = self.stack.workspace.kind
        named = {key: value for key, value in self.stack.config["cluster"][kind].items() if key != "create"}
        other.configure({"cluster": {kind: named}, "argocd": {"install": False}})
        return other

    def bring_argocd(self) -> None:
        """Have Argo CD's definitions there, as after another stack's `up`: they are most of what there is to write."""
        definition = "kind: CustomResourceDefinition\n"
        documents = [each for each in release.SINGLE.read().decode().split("\n---\n") if definition in each]
        documents.append("{apiVersion: v1, kind: Namespace, metadata: {name: argocd}}")
        self.run_kubectl("apply", "--server-side", "-f", "-", stdin="\n---\n".join(documents))
        self.configure({"argocd": {"install": False}})

    def configure(self, config: Mapping[str, object], *, without: Iterable[str] = ()) -> None:
        """Have the stack file say something else of some top-level keys, and nothing of others."""
        content = yaml.safe_load(self.stack.config_file.read_text())
        content["config"] |= {f"{NAMESPACE}{key}": value for key, value in config.items()}
        for key in without:
            del content["config"][f"{NAMESPACE}{key}"]
        self.stack.config_file.write_text(yaml.safe_dump(content))

    def stop(self) -> None:
        """Stop the embedded cluster, and delete its data."""
        control_plane.reset(Layout(self.stack.workspace.local), print)

    def pulumi(self, *arguments: str, code: int = 0) -> str:
        """Run the engine on the stack; what it printed."""
        environment = self.stack.environment() | {
            "HOME": str(self.checkout.home),
            "XDG_CACHE_HOME": str(cache_root().parent),
            "PYTHONDONTWRITEBYTECODE": "",
        }
        command = [str(self.stack.workspace.engine), *arguments, "--stack", self.stack.name, "--non-interactive"]
        # In its own folder it would not find the program; in the checkout, destroy would delete what is committed.
        if arguments[0] == "destroy":
            command += ["--cwd", str(self.stack.workspace.project)]
        return self._run(command, environment, code=code)

    def up(self, *arguments: str, code: int = 0) -> str:
        """`pulumi up`."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, code=code)

    def run_kubectl(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """`kubectl` as the cluster's administrator."""
        kubeconfig = f"--kubeconfig={self.stack.workspace.kubeconfig}"
        environment = {"HOME": str(self.checkout.home)}
        return self._run([str(self.kubectl), kubeconfig, *arguments], environment, stdin, code)

    def state(self) -> list[Object]:
        """The resources of the engine's state, secrets encrypted."""
        exported = json.loads(self.pulumi("stack", "export"))
        resources: list[Object] = exported["deployment"].get("resources", [])
        return resources

    def things(self) -> list[Thing]:
        """Everything that exists in the clouds."""
        clouds = self.stack.workspace.clouds
        return [thing for provider in PACKAGES for thing in Cloud(clouds.existing(provider)).things()]

    def owned(self) -> set[tuple[str, str]]:
        """What the engine believes to have in the clouds, by type and id."""
        return {
            (entry["type"], entry["id"])
            for entry in self.state()
            if entry["custom"] and entry["type"].partition(":")[0] in PACKAGES
        }

    def fail(self, failures: Mapping[str, str]) -> None:
        """Have whatever happens to some resources fail, until `lift`.

        Args:
            failures: by the resource's name how it fails: `before` or `half`; for an object in Kubernetes, by
                its kind, a slash and its name there, `denied`.
        """
        for name, how in failures.items():
            if how == DENIED:
                self.run_kubectl("apply", "-f", "-", stdin=_denial(name))
                self._wait_until_creating(name, fails=True)
        self._failing = dict(failures)
        self._write_failures()

    def lift(self, names: Iterable[str]) -> None:
        """Let some resources be."""
        for name in names:
            if self._failing.pop(name) == DENIED:
                self.run_kubectl("delete", "-f", "-", stdin=_denial(name))
                self._wait_until_creating(name, fails=False)
        self._write_failures()

    def failed(self, output: str) -> list[str]:
        """Which of those that are to fail did so, by what the engine has printed."""
        diagnostics = output.partition("Diagnostics:")[2]
        signs = {name: _refusal(name) if how == DENIED else f" ({name}):\n" for name, how in self._failing.items()}
        return [name for name, sign in signs.items() if sign in diagnostics]

    def set_by_hand(self, **properties: object) -> None:
        """Change properties wherever they are in the clouds, as a person does by a cloud's own command line."""
        for path in self.stack.workspace.clouds.folder.glob("*.json"):
            content = json.loads(path.read_text())
            for thing in content.get("things", []):
                known = thing["properties"].keys() & properties.keys()
                thing["properties"].update({key: properties[key] for key in known})
            path.write_text(json.dumps(content))

    def _write_failures(self) -> None:
        failures = {name: how for name, how in self._failing.items() if how != DENIED}
        self.stack.workspace.clouds.failures.write_text(json.dumps(failures))

    def _wait_until_creating(self, name: str, *, fails: bool) -> None:
        kind, _, own = name.partition("/")
        attempt = yaml.safe_dump(_BLANK[kind] | {"metadata": {"name": own}})
        kubeconfig = f"--kubeconfig={self.stack.workspace.kubeconfig}"
        command = [str(self.kubectl), kubeconfig, "create", "--dry-run=server", "-f", "-"]
        until = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(command, input=attempt, capture_output=True, text=True, check=False)
            if (done.returncode != 0) is fails:
                return
            assert time.monotonic() < until, f"not within {PATIENCE:.0f} s: to create {name} fails is {fails}"
            time.sleep(0.2)

    def _run(self, command: list[str], environment: dict[str, str], stdin: str = "", code: int = 0) -> str:
        output = self.checkout.run(*command, code=None if code else 0, stdin=stdin, environment=environment)
        self.printed.append(output)
        return output


_BLANK: dict[str, Object] = {
    "namespaces": {"apiVersion": "v1", "kind": "Namespace"},
    "storageclasses": {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "nobody"},
}
"""The least of each kind that can be denied."""


def _refusal(name: str) -> str:
    return f"denied for a test: {name}"


def _denial(name: str) -> str:
    """A policy by which the API server denies an object, as it would for a reason of its own."""
    kind, _, own = name.partition("/")
    policy = f"no-{kind}-{own}"
    version = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": [kind]}
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": f"object.metadata.name != '{own}'", "message": _refusal(name)}],
    }
    binding = {"policyName": policy, "validationActions": ["Deny"]}
    return yaml.safe_dump_all(
        {"apiVersion": version, "kind": kind, "metadata": {"name": policy}, "spec": spec}
        for kind, spec in (("ValidatingAdmissionPolicy", spec), ("ValidatingAdmissionPolicyBinding", binding))
    )
