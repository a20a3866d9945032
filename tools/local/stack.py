"""A stack of the embedded default: its config is the committed stack file, plus what only this machine knows."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stack_file
from components.settings import NAMESPACE
from components.settings.secrets import made_up
from errors import UserError
from files import lock, write_private
from stack_file import PROJECT, SECRETS
from tools import stack_values
from tools.embedded.cluster import control_plane, processes
from tools.embedded.cluster.credentials import CONTEXT
from tools.local import deployment, engine_output, locks
from tools.local.orphans import stop_orphans
from tools.local.workspace import Workspace

LOOK = 3.0
"""Seconds from one look at the cluster to the next while Pulumi works on it."""


@dataclass(frozen=True)
class Stack:
    """One stack.

    Args:
        workspace: where the embedded default keeps its things.
        name: the stack's name, as in the committed Pulumi.<name>.yaml.
    """

    workspace: Workspace
    name: str

    @property
    def committed(self) -> Path:
        """The committed stack file."""
        return self.workspace.root / f"Pulumi.{self.name}.yaml"

    @property
    def own_file(self) -> Path:
        """The stack file in that folder: the generated secrets and their salt."""
        return self.workspace.project / f"Pulumi.{self.name}.yaml"

    @property
    def config_file(self) -> Path:
        """The stack file that the engine reads: the committed one, the cluster and the generated secrets."""
        return self.workspace.local / "stacks" / f"Pulumi.{self.name}.yaml"

    def alone(self, report: Callable[[str], None]) -> AbstractContextManager[None]:
        """Keep every other command from this stack: one that prepares it meanwhile would change how it is delivered.

        Args:
            report: called if there is another command to wait for.
        """
        path = self.workspace.local / "locks" / f"{self.name}.work.lock"
        return lock(path, lambda: report(f"waiting for another command on stack {self.name} to finish"))

    def prepare(self, delivery: str | None = None) -> stack_values.StackFile:
        """Make the stack and its secrets if missing, and write its config file anew from the committed one.

        Args:
            delivery: how the environment is delivered; by default as it is, and directly where it is not yet.

        Returns:
            The committed stack file.

        Raises:
            UserError: no such committed stack file, or an invalid one.
            UserError: it is delivered in another way.
        """
        committed = stack_values.read(self.name, self.workspace.root)
        with lock(self.workspace.local / "locks" / f"{self.name}.lock"):
            write_private(self.workspace.project / "Pulumi.yaml", f"name: {PROJECT}\nruntime: python\n")
            if not self._state().exists():
                self._pulumi("stack", "init", self.name, "--no-select")
            self._generate_secrets()
            own = self._own()
            local = self.made_locally(committed, own.own["secrets"], self.agreed(delivery))
            config = committed.content.config | {f"{NAMESPACE}{key}": value for key, value in local.items()}
            self.config_file.parent.mkdir(exist_ok=True)
            write_private(self.config_file, stack_file.dump({**own.provider, "config": config}))
            self.unlock()
        return committed

    @property
    def config(self) -> dict[str, Any]:
        """What the stack says, by top-level key, as `prepare` has written it."""
        return stack_file.read(self.config_file, called=str(self.config_file.relative_to(self.workspace.root))).own

    @property
    def delivery(self) -> str:
        """How the environment is to be delivered, as `prepare` has written it."""
        return str(self.config["delivery"])

    @property
    def delivered(self) -> str | None:
        """How the environment is delivered; None where there is none yet."""
        types = {entry["type"] for entry in self._deployment().get("resources", [])}
        if "smarthr360:environment:Environment" not in types:
            return None
        return "gitops" if "smarthr360:delivery:Rendering" in types else "direct"

    @property
    def argocd_owner(self) -> str:
        """The stack that installs Argo CD: all stacks share the embedded cluster, so the first one does."""
        owner = self.workspace.argocd_owner
        with lock(self.workspace.local / "locks" / "argocd-owner.lock"):
            if not owner.exists():
                write_private(owner, self.name)
            return owner.read_text()

    def disown_argocd(self) -> None:
        """Let the next stack install Argo CD, once this one is gone."""
        if self.argocd_owner == self.name:
            self.workspace.argocd_owner.unlink()

    def agreed(self, delivery: str | None) -> str:
        """The delivery: the one that is asked for, else the present one, else direct.

        Raises:
            UserError: it is another one than the present.
        """
        delivered = self.delivered
        if delivery and delivered and delivery != delivered:
            raise UserError(
                f"stack {self.name} is up with delivery {delivered}, and {delivery} would delete all of it, data too, "
                f"and make it anew; if you mean that, type `make destroy STACK={self.name}` first"
            )
        return delivery or delivered or "direct"

    def made_locally(self, committed: stack_values.StackFile, own_secrets: Any, delivery: str) -> dict[str, object]:
        """What only this machine knows, by top-level key."""
        local: dict[str, object] = {
            "delivery": delivery,
            "cluster": {"existing": {"kubeconfig": str(self.workspace.kubeconfig), "context": CONTEXT}},
            "secrets": own_secrets,
            # Nobody reads a secret manager here.
            "externalSecrets": {},
            # What it would bring is simulated, or has no use for pods that are.
            "addons": {},
        }
        if delivery == "gitops":
            # What would talk to a service outside stays out where this machine has no token for it.
            kept = _without(committed.config.get("gitops"), *(() if "slackToken" in own_secrets else ("slack",)))
            local["gitops"] = kept | {"repository": self.workspace.repository.as_uri()}
            kept = _without(committed.config.get("argocd"), "sso")
            local["argocd"] = kept | {"install": self.argocd_owner == self.name, "localAdmin": True}
        return local

    def repair(self) -> None:
        """Take up what a killed Pulumi left half-made, and what a moved checkout left behind.

        The state then lists creations whose end it does not know, and every later run warns of them. On a Kubernetes
        cluster they can be forgotten: objects are applied, so that one that is there already is adopted.
        """
        pending = self._deployment().get("pending_operations")
        if pending:
            print(
                f"  {self.name}: taking up {len(pending)} unfinished operations of a Pulumi that was killed", flush=True
            )
            arguments = ("refresh", "--yes", "--clear-pending-creates", "--stack", self.name)
            self._pulumi(*arguments, environment=self.environment())
        kubeconfigs = {entry.get("inputs", {}).get("kubeconfig") for entry in self._deployment().get("resources", [])}
        # The provider that writes rendered/ has an empty one: it asks no cluster.
        if kubeconfigs - {None, "", str(self.workspace.kubeconfig)}:
            print(f"  {self.name}: the checkout was moved; giving Pulumi its cluster's new place", flush=True)
            arguments = ("refresh", "--yes", "--run-program", "--stack", self.name)
            self._pulumi(*arguments, environment=self.environment(), folder=self.workspace.root)

    def needing_its_argocd(self) -> list[str]:
        """The other stacks that Argo CD delivers, where it is this stack that installs it."""
        if self.delivered != "gitops" or self.argocd_owner != self.name:
            return []
        others = sorted(path.stem for path in self._state().parent.glob("*.json") if path.stem != self.name)
        return [name for name in others if Stack(self.workspace, name).delivered == "gitops"]

    def protected(self) -> list[str]:
        """The URNs of the resources that Pulumi refuses to delete."""
        return [entry["urn"] for entry in self._deployment().get("resources", []) if entry.get("protect")]

    def unprotect(self) -> None:
        """Let Pulumi delete everything of this stack, until the next `up` protects it again."""
        self._pulumi("state", "unprotect", "--all", "--yes", "--stack", self.name)

    def environment(self) -> dict[str, str]:
        """The environment in which `pulumi` works on this stack with the merged config."""
        return self.workspace.environment() | self.variables()

    def variables(self) -> dict[str, str]:
        """What makes `pulumi` read the merged config, and leave no kubeconfig in everybody's temporary folder."""
        return {"PULUMI_OPTION_CONFIG_FILE": str(self.config_file), "TMPDIR": str(self.workspace.temporary)}

    def run(self, *arguments: str, folder: Path | None = None) -> int:
        """Run `pulumi ARGUMENTS --stack NAME` in a folder, by default the checkout; its output goes where ours goes.

        Raises:
            UserError: the cluster ended meanwhile. Pulumi would go on waiting for it for minutes, so it is stopped.
        """
        command = [str(self.workspace.engine), *arguments, "--stack", self.name]
        folder, output = folder or self.workspace.root, None if sys.stdout.isatty() else subprocess.PIPE
        with subprocess.Popen(
            command, cwd=folder, env=self.environment(), stdout=output, text=True, preexec_fn=processes.end_with_us
        ) as process:
            copying = engine_output.copy(process.stdout, sys.stdout) if process.stdout else None
            code = self._wait(process)
            if copying:
                copying.join()
            return code

    def _wait(self, process: subprocess.Popen[str]) -> int:
        while True:
            try:
                return process.wait(LOOK)
            except subprocess.TimeoutExpired:
                if gone := control_plane.gone(self.workspace.layout):
                    process.kill()
                    stop_orphans(self.workspace.root)
                    raise UserError(
                        f"{' and '.join(gone)} of the embedded cluster ended while Pulumi was at work, so it was "
                        "stopped; the same command starts the cluster again and goes on where this one was"
                    ) from None
            except KeyboardInterrupt:
                # The terminal has interrupted Pulumi as well; it finishes the step it is in and lets go of its lock.
                process.send_signal(signal.SIGINT)

    def _own(self) -> stack_file.StackFile:
        try:
            return stack_file.read(self.own_file, called=str(self.own_file.relative_to(self.workspace.root)))
        except UserError as error:
            raise UserError(
                f"{error}; it holds the secrets of stack {self.name} on this machine: delete it, and "
                f"`make up STACK={self.name}` makes new ones"
            ) from None

    def _state(self) -> Path:
        return self.workspace.backend / ".pulumi" / "stacks" / PROJECT / f"{self.name}.json"

    def _deployment(self) -> dict[str, Any]:
        """What the state file says of the last deployment; empty before the first."""
        return deployment.read(self._state(), self.name)

    def _generate_secrets(self) -> None:
        """Make up what a stack of this machine needs to be secret; each is random, and made only once."""
        have: Any = self._own().own.get("secrets", {}) if self.own_file.exists() else {}
        for key, value in made_up().items():
            if key not in have:
                # From standard input: an argument can be read by anybody on the machine.
                arguments = ("config", "set", "--secret", "--path", f"{SECRETS}.{key}", "--stack", self.name)
                self._pulumi(*arguments, stdin=value)

    def unlock(self) -> None:
        """Take away the lock of a Pulumi that is dead: a killed `pulumi up` must leave nothing locked.

        Raises:
            UserError: it is alive, or it ran on another machine.
        """
        folder = self.workspace.backend / ".pulumi" / "locks" / "organization" / PROJECT / self.name
        for path in folder.glob("*.json"):
            locks.refuse_living(path, self.name)
            stop_orphans(self.workspace.root)
            path.unlink(missing_ok=True)

    def _pulumi(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None, folder: Path | None = None
    ) -> None:
        done = subprocess.run(
            [str(self.workspace.engine), *arguments],
            cwd=folder or self.workspace.project,
            env=environment or self.workspace.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UserError(f"`pulumi {' '.join(arguments)}` failed: {(done.stderr or done.stdout).strip()}")


def _without(section: object, *keys: str) -> dict[str, object]:
    return {key: value for key, value in section.items() if key not in keys} if isinstance(section, dict) else {}
