"""Stacks at the ends of what the settings accept come up; then neither a second run nor a refresh finds a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.integration.checkout import Checkout
from tests.support.stacks import NAMESPACE, good_config

LEAST = {
    "cpu": {"request": "1000u", "limit": "1m"},
    "memory": {"request": "12Mi", "limit": "12582912"},
    "ephemeralStorage": {"request": "65536Ki", "limit": "0.0625Gi"},
}
LONGEST = ".".join(["h" * 63] * 3)

STACKS: Mapping[str, Mapping[str, Any]] = {
    "least": {
        "namespace": "y",  # which YAML 1.1 reads as true
        "hosts": {"site": ["a.de"], "api": ["0.de"]},
        "api": {
            "resources": LEAST,
            "autoscaling": {"min": 1, "max": 1, "cpu": 1, "memory": 1},
            "gunicorn": {"workers": 1, "threads": 1, "timeout": "1000ms"},
        },
        "worker": {"replicas": 1, "concurrency": 1, "maxTasksPerChild": 1, "resources": LEAST},
        "beat": {"resources": LEAST},
        "nginx": {"replicas": 1, "resources": LEAST},
        "storage": {"media": "1Gi", "mlModels": "1048576Ki", "logs": "1.0Gi"},
        "postgres": {
            "storage": "2147483648",
            "sharedMemory": "12Mi",
            "resources": {**LEAST, "memory": {"request": "24Mi", "limit": "95313920"}},
        },
        "redis": {
            "storage": "1Gi",
            "maxMemory": "12Mi",
            "resources": {**LEAST, "memory": {"request": "24000k", "limit": "25165824"}},
        },
        "app": {"hsts": "0s"},
    },
    "most": {
        "namespace": "n" * 63,
        "hosts": {
            "site": [f"{LONGEST}.{'i' * 57}.com", *(f"{'a.' * 7}b{number}.com" for number in range(14))],
            "api": ["xn--bcher-kva.de"],
        },
        "edge": {"kind": "gateway", "className": "eg", "namespace": "e" * 63, "tls": {"issuer": "prod"}},
        "images": {"tag": "T" * 128, "registry": f"ghcr.io/{'a' * 229}", "login": "robot$team+x"},
        "app": {"hsts": "17520h"},
        "network": {"egress": [{"network": "FD12::/48", "ports": [1, 65535]}], "dns": ["fd00::a"]},
    },
    "ingress": {
        "namespace": "extreme-ingress",
        "hosts": {"site": [f"s{number}.smarthr360.com" for number in range(99)], "api": ["a.smarthr360.com"]},
        "edge": {"kind": "ingress", "className": "nginx", "tls": {"issuer": "staging"}},
        "monitoring": {"namespace": "m" * 63},
    },
}


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_at_the_ends_of_what_is_accepted_comes_up_and_stays(running: Checkout, stack: str) -> None:
    base = {key: value for key, value in good_config("dev").items() if key not in ("cluster", "secrets", "delivery")}
    config = {f"{NAMESPACE}{key}": value for key, value in {**base, "environment": stack, **STACKS[stack]}.items()}
    file = running.root / f"Pulumi.{stack}.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    try:
        running.run("make", "up", f"STACK={stack}")
        running.shell(f"pulumi preview --expect-no-changes --stack {stack}")
        running.shell(f"pulumi refresh --yes --expect-no-changes --stack {stack}")
        running.shell(f"pulumi preview --expect-no-changes --stack {stack}")
        running.run("make", "destroy", f"STACK={stack}")
    finally:
        file.unlink()
