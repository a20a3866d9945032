"""No secret's value leaves its place: looked for by its real value, wherever a value could have got to."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest

from tests.integration.checkout import NAMESPACES, Checkout, command_lines


def values_of(checkout: Checkout, stack: str) -> dict[str, str]:
    """The real values, from the Secrets in the cluster."""
    found = {}
    for secret in checkout.get("secrets", "-n", NAMESPACES[stack]):
        for key, encoded in secret.get("data", {}).items():
            found[f"{secret['metadata']['name']}/{key}"] = base64.b64decode(encoded).decode().strip()
    values = {key: value for key, value in found.items() if value}
    assert len(values) >= 8
    assert len(set(values.values())) >= 5
    return values


def leaks(values: dict[str, str], text: str) -> list[str]:
    """Which values stand in a text, plainly or in base64."""
    return [key for key, value in values.items() if value in text or base64.b64encode(value.encode()).decode() in text]


def test_no_secret_is_in_a_process_list_or_in_the_output_of_a_first_up(tmp_path: Path) -> None:
    checkout = Checkout.copy_to(tmp_path)
    seen: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.update(line for _, line in command_lines())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        output = checkout.run("make", "up")
    finally:
        over.set()
        watcher.join()
    try:
        values = values_of(checkout, "dev")
        assert any("config set --secret" in line for line in seen), "the watcher has missed the moment"
        assert leaks(values, "\n".join(seen)) == []
        assert leaks(values, output) == []
        passphrase = (checkout.root / ".local" / "passphrase").read_text()
        token = [line for line in (checkout.root / ".local" / "kubeconfig").read_text().split() if len(line) > 40]
        assert leaks({"passphrase": passphrase, "token": token[-1]}, "\n".join(seen) + output) == []
    finally:
        checkout.run("make", "clean")


@pytest.mark.parametrize("stack", sorted(NAMESPACES))
def test_no_secret_is_in_the_state_or_in_a_diff(running: Checkout, stack: str) -> None:
    values = values_of(running, stack)

    assert leaks(values, running.shell(f"pulumi stack export --stack {stack}")) == []
    assert leaks(values, running.shell(f"pulumi preview --diff --stack {stack}")) == []
    assert leaks(values, running.shell(f"pulumi config --stack {stack}")) == []


def test_no_secret_is_in_a_diff_that_changes_it(running: Checkout) -> None:
    old = values_of(running, "dev")
    new = "a-new-redis-password-of-32-chars"
    project = running.root / ".local" / "project"
    key = "smarthr360:secrets.redisPassword"

    def set_password(value: str) -> None:
        running.shell(f"pulumi config set --secret --path {key} --stack dev --cwd {project}", stdin=value)

    set_password(new)
    try:
        diff = running.shell("pulumi preview --diff --stack dev")
    finally:
        set_password(old["redis-secrets/password"])
        # Also in the merged stack file, which others read: only what runs the program brings that up to date.
        after = running.shell("pulumi preview --diff --stack dev")

    assert "smarthr360-secrets-redis" not in after
    assert "smarthr360-secrets-redis" in diff
    assert "replace" not in diff, "a Secret that is deleted and made anew fails the pods that start meanwhile"
    assert leaks(old | {"new": new}, diff) == []


def test_no_secret_is_in_the_repository_or_in_a_log(running: Checkout) -> None:
    every = {f"{stack}/{key}": value for stack in NAMESPACES for key, value in values_of(running, stack).items()}
    files = [
        path
        for path in running.root.rglob("*")
        if path.is_file() and not {".local", ".venv"} & set(path.relative_to(running.root).parts)
    ]
    assert len(files) > 50
    logs = list((running.root / ".local" / "cluster" / "logs").iterdir())
    states = [path for path in (running.root / ".local" / "cluster" / "state").rglob("*") if path.is_file()]
    configs = list((running.root / ".local" / "stacks").iterdir()) + list(
        (running.root / ".local" / "project").iterdir()
    )
    assert len(logs) >= 5
    assert len(states) >= 3
    assert len(configs) >= 6

    for path in [*files, *logs, *states, *configs]:
        assert leaks(every, path.read_text(errors="replace")) == [], path


def test_what_holds_a_secret_is_private(running: Checkout) -> None:
    local = running.root / ".local"

    assert local.stat().st_mode & 0o077 == 0
    for path in (local / "passphrase", local / "kubeconfig", local / "stacks" / "Pulumi.dev.yaml"):
        assert path.stat().st_mode & 0o777 == 0o600, path
