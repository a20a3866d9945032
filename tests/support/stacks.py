"""Configurations of stacks for the tests.

A configuration is a mapping of top-level keys without the namespace ("api") to values as YAML would hold them; `Secret`
marks a text that stands encrypted in the stack file.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.settings import ApplicationSecrets, identity, parse
from errors import UserError

NAMESPACE = "smarthr360:"
ROOT = Path(__file__).parents[2]
STACKS = tuple(identity.stacks(path.name for path in ROOT.iterdir()))
"""The stacks that have a committed file."""


@dataclass(frozen=True)
class Secret:
    """A text that the stack file holds encrypted."""

    text: str


def not_real(required: bool) -> dict[str, str]:
    """Return a value for each of the application's secrets, or for those that must be set, as long as any must be."""
    return {
        str(field.alias): f"not-a-real-{field.alias}-".ljust(50, "x")
        for field in ApplicationSecrets.model_fields.values()
        if field.is_required() or not required
    }


def good_config(environment: str) -> dict[str, object]:
    """Return a configuration that is good: the committed stack file, with a cluster and secrets that do not exist.

    Pulumi applies everything; `with_gitops` turns it into one where Argo CD does.
    """
    text = (ROOT / f"Pulumi.{environment}.yaml").read_text(encoding="utf-8")
    config = {key.removeprefix(NAMESPACE): value for key, value in yaml.safe_load(text)["config"].items()}
    return copy.deepcopy(config) | {
        "delivery": "direct",
        "cluster": {
            "existing": {"kubeconfig": "/nowhere/kubeconfig", "context": "nowhere"},
        },
        "secrets": {key: Secret(text) for key, text in not_real(required=True).items()},
    }


def with_gitops(config: dict[str, object], install: bool = False) -> dict[str, object]:
    """Return a good configuration in which Argo CD applies the workloads.

    Args:
        config: One that `good_config` has made.
        install: Whether it installs Argo CD, too.
    """
    argocd, own_secrets = config.get("argocd", {}), config["secrets"]
    assert isinstance(argocd, dict)
    assert isinstance(own_secrets, dict)
    return config | {
        "delivery": "gitops",
        "argocd": {**argocd, "install": install},
        "secrets": {**own_secrets, "slackToken": Secret("not-a-real-slack-token")},
    }


def as_pulumi(config: Mapping[str, object]) -> tuple[dict[str, str], set[str]]:
    """Return a configuration as the engine hands it to a program: texts by full key, and which are encrypted."""
    raw = {f"{NAMESPACE}{key}": _text(_decrypted(value)) for key, value in config.items()}
    return raw, {f"{NAMESPACE}{key}" for key, value in config.items() if any(secrets(value))}


def refusals(config: Mapping[str, object]) -> tuple[str, ...]:
    """Return the sentences with which the settings refuse a configuration."""
    try:
        parse(*as_pulumi(config))
    except UserError as error:
        return error.sentences
    raise AssertionError("nothing of it is refused")


def secrets(value: object) -> Iterator[str]:
    """Yield every secret's text in a configuration or a part of one."""
    if isinstance(value, Secret):
        yield value.text
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from secrets(inner)


def texts(value: object) -> Iterator[str]:
    """Every text in a structure, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _decrypted(value: object) -> object:
    if isinstance(value, Secret):
        return value.text
    if isinstance(value, Mapping):
        return {key: _decrypted(inner) for key, inner in value.items()}
    return [_decrypted(inner) for inner in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
