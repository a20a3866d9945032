"""Three environments that Argo CD's own controllers deliver from a local Git repository, and what people do to them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.checkout import Checkout
from tests.integration.slack import Slack

PATIENCE = 90.0
"""Seconds that Argo CD gets for what it does by itself."""

TOKEN = "xoxb-not-a-real-slack-token"
ZONE = "Europe/Paris"


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
        made.edit("Pulumi.dev.yaml", "localAdmin: true", f"localAdmin: true\n    slackUrl: {slack.url}")
        made.set_windows(open_now=False)
        checkout.run("make", "up", "DELIVERY=gitops")
        for stack in ("dev", "staging", "production"):
            # As docs/gitops.md says it: this machine's own secrets are beside its own project file.
            own = "cd .local/project && pulumi"
            if stack != "dev":
                checkout.shell(f"{own} stack init {stack} --no-select")
            setting = "smarthr360:secrets.slackToken"
            checkout.shell(f"{own} config set --secret --path {setting} --stack {stack}", stdin=TOKEN)
            checkout.run("make", "up", f"STACK={stack}", "DELIVERY=gitops")
        return made

    def edit(self, name: str, before: str, after: str) -> None:
        """Replace a text in a file of the checkout; it has to be there."""
        path = self.checkout.root / name
        text = path.read_text()
        assert before in text, f"{before!r} is not in {name}"
        path.write_text(text.replace(before, after))

    def set_windows(self, *, open_now: bool) -> None:
        """Give production one window in which syncs are allowed: around now, or half a day away."""
        start = datetime.now(ZoneInfo(ZONE)) + timedelta(hours=-1 if open_now else 12)
        end = start + timedelta(hours=2)
        window = f'- {{ kind: allow, days: daily, from: "{start:%H:%M}", to: "{end:%H:%M}" }}'
        path = self.checkout.root / "Pulumi.production.yaml"
        text = re.sub(r"- \{ kind: allow, .*\}", window, path.read_text())
        path.write_text(re.sub(r"\n *- \{ kind: deny, .*\}", "", text))

    def get(self, kind: str, name: str, namespace: str = "argocd") -> dict[str, Any]:
        """An object, read back from the API server."""
        found: dict[str, Any] = json.loads(self.checkout.shell(f"kubectl get {kind} {name} -n {namespace} -o json"))
        return found

    def application(self, stack: str) -> dict[str, Any]:
        """A stack's Application."""
        return self.get("applications.argoproj.io", f"smarthr360-{stack}")

    def publish(self, stack: str, change: Callable[[Path], object]) -> str:
        """Push a change of the rendered manifests to a stack's branch; the commit's id.

        Args:
            stack: whose.
            change: is told the folder of the manifests.
        """
        branch = {"dev": "develop", "staging": "staging", "production": "main"}[stack]
        clone = self.checkout.root / ".local" / f"clone-{stack}"
        repository = self.checkout.root / ".local" / "gitops.git"
        if not clone.exists():
            self.checkout.run("git", "clone", "--quiet", "--branch", branch, str(repository), str(clone))
        git = ("git", "-C", str(clone), "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
        self.checkout.run(*git, "fetch", "--quiet", "origin", branch)
        self.checkout.run(*git, "reset", "--quiet", "--hard", f"origin/{branch}")
        change(clone / "rendered" / stack / "1-manifest")
        self.checkout.run(*git, "add", "--all")
        self.checkout.run(*git, "commit", "--quiet", "--message", "A change")
        self.checkout.run(*git, "push", "--quiet", "origin", f"HEAD:{branch}")
        return self.checkout.run(*git, "rev-parse", "HEAD").strip()

    def wait_until(self, what: str, true: Callable[[], object], patience: float = PATIENCE) -> None:
        """Wait for something that Argo CD does by itself."""
        until = time.monotonic() + patience
        while not true():
            assert time.monotonic() < until, f"not within {patience:.0f} s: {what}"
            time.sleep(0.5)

    def is_at(self, stack: str, commit: str) -> bool:
        """Whether a stack's Application is Synced to a commit, and Healthy."""
        status = self.application(stack)["status"]
        return (status["sync"]["status"], status["sync"]["revision"], status["health"]["status"]) == (
            "Synced",
            commit,
            "Healthy",
        )
