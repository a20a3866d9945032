"""Three environments that Argo CD's own controllers deliver from a local Git repository, and what people do to them."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from tests.integration.checkout import NAMESPACES, Checkout
from tests.integration.gitops.slack import Slack

PATIENCE = 90.0
"""Seconds that Argo CD gets for what it does by itself."""

TOKEN = "xoxb-not-a-real-slack-token"
ZONE = "Europe/Paris"
BRANCHES = {"dev": "develop", "staging": "staging", "production": "main"}

Object = dict[str, Any]
Git = tuple[str, ...]
"""`git` in somebody's clone, to be followed by a subcommand."""


@dataclass(frozen=True)
class Delivered:
    """A checkout whose environments Argo CD delivers.

    Attributes:
        checkout: where people type.
        slack: what stands for Slack.
    """

    checkout: Checkout
    slack: Slack

    @classmethod
    def bring_up(cls, checkout: Checkout, slack: Slack) -> Delivered:
        """Bring up dev, which installs Argo CD, then staging and production, whose windows are closed."""
        made = cls(checkout, slack)
        checkout.plant("Pulumi.dev.yaml", "localAdmin: true", f"localAdmin: true\n    slackUrl: {slack.url}")
        made.set_windows(open_now=False)
        checkout.run("make", "up", "DELIVERY=gitops")
        for stack in ("dev", "staging", "production"):
            # In `make env`'s shell a secret goes to this machine's own file, as docs/gitops.md says.
            setting = "smarthr360:secrets.slackToken"
            checkout.shell(f"pulumi config set --secret --path {setting} --stack {stack}", stdin=TOKEN)
            checkout.run("make", "up", f"STACK={stack}", "DELIVERY=gitops")
        return made

    def set_windows(self, *, open_now: bool) -> None:
        """Give production one window in which syncs are allowed: around now, or half a day away."""
        start = datetime.now(ZoneInfo(ZONE)) + timedelta(hours=-1 if open_now else 12)
        end = start + timedelta(hours=2)
        window = f'- {{ kind: allow, days: daily, from: "{start:%H:%M}", to: "{end:%H:%M}" }}'
        path = self.checkout.root / "Pulumi.production.yaml"
        text = re.sub(r"- \{ kind: allow, .*\}", window, path.read_text())
        path.write_text(re.sub(r"\n *- \{ kind: deny, .*\}", "", text))

    def get(self, kind: str, name: str, namespace: str = "argocd") -> Object:
        """An object, read back from the API server."""
        found: Object = json.loads(self.checkout.shell(f"kubectl get {kind} {name} -n {namespace} -o json"))
        return found

    def application(self, stack: str) -> Object:
        """A stack's Application."""
        return self.get("applications.argoproj.io", f"smarthr360-{stack}")

    def publish(self, stack: str, change: Callable[[Path], object]) -> str:
        """Push a change of the rendered manifests to a stack's branch; the commit's id.

        Args:
            stack: whose.
            change: is told the folder of the manifests.
        """
        git, folder = self._clone(stack)
        change(folder)
        return self._push(stack, git)

    @contextmanager
    def pushed(self, stack: str, change: Callable[[Path], object]) -> Iterator[str]:
        """Push a change for a while; the commit's id. It is taken back in the end."""
        try:
            yield self.publish(stack, change)
        finally:
            self.restore(stack)

    def restore(self, stack: str) -> str:
        """Push what `make up` has rendered, where a stack's branch holds something else; the branch's commit.

        An environment that is synced by itself is there then.
        """
        git, folder = self._clone(stack)
        shutil.rmtree(folder)
        shutil.copytree(self.checkout.root / "rendered" / stack / folder.name, folder)
        changed = self.checkout.run(*git, "status", "--porcelain")
        commit = self._push(stack, git) if changed else self.head(stack)
        if stack != "production":
            self.wait_until(f"{stack} is at {commit}", lambda: self.is_at(stack, commit))
        return commit

    def head(self, stack: str) -> str:
        """The commit that a stack's branch is at."""
        repository = str(self.checkout.root / ".local" / "gitops.git")
        return self.checkout.run("git", "--git-dir", repository, "rev-parse", BRANCHES[stack]).strip()

    def _clone(self, stack: str) -> tuple[Git, Path]:
        """Somebody's clone, as new as the repository, and the folder of the manifests in it."""
        branch = BRANCHES[stack]
        clone = self.checkout.root / ".local" / f"clone-{stack}"
        repository = self.checkout.root / ".local" / "gitops.git"
        if not clone.exists():
            self.checkout.run("git", "clone", "--quiet", "--branch", branch, str(repository), str(clone))
        git = ("git", "-C", str(clone), "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        self.checkout.run(*git, "fetch", "--quiet", "origin", branch)
        self.checkout.run(*git, "reset", "--quiet", "--hard", f"origin/{branch}")
        return git, clone / "rendered" / stack / "1-manifest"

    def _push(self, stack: str, git: Git) -> str:
        self.checkout.run(*git, "add", "--all")
        self.checkout.run(*git, "commit", "--quiet", "--message", "A change")
        self.checkout.run(*git, "push", "--quiet", "origin", f"HEAD:{BRANCHES[stack]}")
        return self.head(stack)

    def wait_until(self, what: str, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something that Argo CD does by itself."""
        until = time.monotonic() + patience
        while not true():
            assert time.monotonic() < until, f"not within {patience:.0f} s: {what}"
            time.sleep(0.5)

    def is_at(self, stack: str, commit: str) -> bool:
        """Whether a stack's Application is Synced to a commit and Healthy, and no sync goes on any more."""
        application = self.application(stack)
        status = application["status"]
        return (
            (status["sync"]["status"], status["sync"]["revision"], status["health"]["status"])
            == ("Synced", commit, "Healthy")
            and "operation" not in application
            and status.get("operationState", {}).get("phase") != "Running"
        )

    def next_comparison(self, stack: str) -> Object:
        """The Application after Argo CD has compared it with Git once more, as it does every few seconds."""
        seen = self.application(stack)["status"]["reconciledAt"]
        self.wait_until("a comparison", lambda: self.application(stack)["status"]["reconciledAt"] != seen)
        return self.application(stack)

    def is_compared_with(self, stack: str, commit: str) -> bool:
        """Whether Argo CD has compared a stack with a commit."""
        return bool(self.application(stack)["status"]["sync"]["revision"] == commit)

    def status(self, stack: str) -> str:
        """A stack's Application: Synced or OutOfSync."""
        return str(self.application(stack)["status"]["sync"]["status"])

    def applied(self, stack: str) -> list[str]:
        """What there is in a stack's namespace of the kinds that Argo CD may apply there, by kind and name."""
        allowed = self.get("appprojects.argoproj.io", stack)["spec"]["namespaceResourceWhitelist"]
        kinds = ",".join(f"{each['kind']}.{each['group']}".rstrip(".") for each in allowed)
        names = self.checkout.shell(f"kubectl get {kinds} -n {NAMESPACES[stack]} -o name").split()
        # Kubernetes puts the first two into every namespace; Pulumi applies what rolls pods for secrets.
        others = {"configmap/kube-root-ca.crt", "serviceaccount/default"}
        return sorted({*names} - others - {name for name in names if name.endswith("/smarthr360-rotation")})

    def log_level(self, stack: str) -> str:
        """What the programs of a stack's namespace are told now."""
        return str(self.get("configmap", "smarthr360-config", NAMESPACES[stack])["data"]["LOG_LEVEL"])


def log_only(level: str) -> Callable[[Path], None]:
    """A change of the manifests: another log level."""

    def change(folder: Path) -> None:
        (path,) = folder.glob("v1-configmap-*-smarthr360-config.yaml")
        manifest = yaml.safe_load(path.read_text())
        manifest["data"]["LOG_LEVEL"] = level
        path.write_text(yaml.safe_dump(manifest))

    return change


def without(*patterns: str) -> Callable[[Path], None]:
    """A change of the manifests: some of them are gone."""

    def change(folder: Path) -> None:
        for pattern in patterns:
            (path,) = folder.glob(pattern)
            path.unlink()

    return change
