"""`pulumi preview --policy-pack policy` on the real engine: our stacks pass, and what breaks a policy does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.integration.checkout import Checkout
from tests.support.stacks import STACKS
from tools.engine import ensure
from tools.local.stack import Stack
from tools.local.workspace import Workspace

PASSED = "✅ smarthr360@v1.0.0 (local: policy)"
STACK = "production"


@dataclass(frozen=True)
class Rendering:
    """A stack of a copy of the work tree in which a preview needs no cluster: nothing is applied, all is rendered."""

    checkout: Checkout
    stack: Stack

    @classmethod
    def of(cls, checkout: Checkout, name: str = STACK) -> Self:
        workspace = Workspace(checkout.root)
        workspace.prepare(ensure("pulumi"))
        made = cls(checkout, Stack(workspace, name))
        made.stack.prepare("render")
        return made

    def preview(self, *, passes: bool) -> str:
        """Preview the stack with the policies; what was printed."""
        command = [str(self.stack.workspace.engine), "preview", "--policy-pack", "policy", "--non-interactive"]
        environment = self.stack.environment()
        code = 0 if passes else None
        output = self.checkout.run(*command, "--stack", self.stack.name, environment=environment, code=code)
        assert "Traceback" not in output
        return output


@pytest.fixture
def rendering(tmp_path: Path) -> Rendering:
    return Rendering.of(Checkout.copy_to(tmp_path))


def test_what_breaks_policies_stops_the_preview_with_our_sentences_and_no_secret(rendering: Rendering) -> None:
    output = rendering.preview(passes=True)
    assert PASSED in output
    assert "violation" not in output

    rendering.checkout.plant(
        "components/workloads/parts/pod.py", "read_only_root_filesystem=True", "read_only_root_filesystem=False"
    )
    rendering.checkout.plant(
        "components/workloads/parts/config.py", '"DB_NAME": ', '"DB_PASSWORD": "planted-secret", "DB_NAME": '
    )
    rendering.checkout.plant(
        "components/environment/network_policies.py", 'policy("default-deny", everything, ingress=[], egress=[])', ""
    )
    output = rendering.preview(passes=False)

    assert "[mandatory]  pods-keep-their-image  (kubernetes:apps/v1:Deployment: smarthr360-nginx-deployment)" in output
    assert "Deployment smarthr360-nginx: container nginx can write to its root file system; set security" in output
    assert "ConfigMap smarthr360-config: data.DB_PASSWORD is a secret; put it into a Secret with" in output
    assert "planted-secret" not in output
    # Of all objects together.
    assert "namespace smarthr360 has workloads, and no network policy that selects all of its pods" in output
    assert "network-denies-ingress" in output
    assert "pods-run-as-non-root" not in output


def test_an_exemption_lets_it_through_and_is_listed(rendering: Rendering) -> None:
    rendering.checkout.plant("components/workloads/beat.py", "replicas=1,", "replicas=2,")
    assert "beat-is-one" in rendering.preview(passes=False)

    entry = {
        "policy": "beat-is-one",
        "stacks": f"[{STACK}]",
        "object": "Deployment smarthr360-beat",
        "owner": "the platform team",
        "reason": "It is a test.",
        "until": "2999-12-31",
    }
    given = ", ".join(f"{key}: {value}" for key, value in entry.items())
    rendering.checkout.plant("policy/exemptions.yaml", "exemptions: []", f"exemptions: [{{{given}}}]")
    output = rendering.preview(passes=True)

    assert "[advisory]  exemptions-in-use" in output
    assert "exempt until 2999-12-31, the platform team answers for it: It is a test." in output

    rendering.checkout.plant("policy/exemptions.yaml", "2999-12-31", "2000-01-01")
    output = rendering.preview(passes=False)
    assert "(it was exempt until 2000-01-01; the platform team answered for it)" in output

    rendering.checkout.plant("policy/exemptions.yaml", f"[{STACK}]", "[prod]")
    output = rendering.preview(passes=False)
    assert 'error: policy/exemptions.yaml: exemptions[0].stacks: "prod" is not a stack; allowed is a list of' in output


def test_production_is_what_a_stack_says_it_is_whatever_it_is_called(tmp_path: Path) -> None:
    checkout = Checkout.copy_to(tmp_path)
    (checkout.root / "Pulumi.production.yaml").rename(checkout.root / "Pulumi.main-eu.yaml")
    checkout.plant("Pulumi.main-eu.yaml", "  smarthr360:nginx:\n    minAvailable: 1\n", "")
    made = Rendering.of(checkout, "main-eu")
    assert "[mandatory]  production-has-disruption-budgets" in made.preview(passes=False)

    checkout.plant("Pulumi.main-eu.yaml", "environment: production", "environment: qa")
    made.stack.prepare("render")
    assert "production-has-disruption-budgets" not in made.preview(passes=True)


@pytest.mark.parametrize("stack", STACKS)
def test_our_running_stacks_pass(running: Checkout, stack: str) -> None:
    output = running.shell(f"pulumi preview --stack {stack} --policy-pack policy")
    assert PASSED in output
    assert "violation" not in output
