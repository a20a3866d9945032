"""A stack's configuration as the engine would pass it to the program, from the committed file alone.

Every secret, and whatever is not committed, is a placeholder: no secret is decrypted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

import stack_file
from manifests.fingerprints import Fingerprints
from stack_file import PROJECT, SECRETS

_CLUSTER = f"{PROJECT}:cluster"
_EXTERNAL = f"{PROJECT}:externalSecrets"
_CONTEXT = "placeholder"

_NEEDED = {"slackToken": ("gitops", "slack"), "ssoClientSecret": ("argocd", "sso")}
"""Optional secrets, and the section and key of the configuration that need them, for revisions whose models don't
declare it (`needed_by` in a field's metadata)."""


def read(
    file: Path, model: type[BaseModel], fingerprints: Fingerprints, folder: Path
) -> tuple[dict[str, str], set[str]]:
    """Read a stack file.

    Args:
        file: `Pulumi.<stack>.yaml`.
        model: the program's settings, which declare the required secrets.
        fingerprints: makes the placeholders.
        folder: where the kubeconfig of a made-up cluster is written.

    Returns:
        The values as strings by full key, and the keys that are encrypted.

    Raises:
        UserError: the file does not exist, or is not a valid stack file.
    """
    content = stack_file.read(file)
    config: dict[str, Any] = dict(content.config)
    encrypted = content.encrypted
    cluster, secrets = config.pop(_CLUSTER, None) or {}, config.pop(SECRETS, None) or {}
    if not secrets:
        encrypted.add(SECRETS)
    names = list(_required(model, config))
    config = {key: _with_placeholders(value, fingerprints) for key, value in config.items()}
    config[SECRETS] = _secrets(secrets, names, fingerprints)
    known = isinstance(cluster, dict) and not cluster.keys() - {"existing"}
    config[_CLUSTER] = _no_cluster(folder) if known else _with_placeholders(cluster, fingerprints)
    return {key: stack_file.engine_text(value) for key, value in config.items()}, encrypted


def _secrets(given: Any, names: Iterable[str], fingerprints: Fingerprints) -> Any:
    """Placeholders for the given secrets, encrypted or not, and for the required ones."""
    if not isinstance(given, dict):
        return _with_placeholders(given, fingerprints, hidden=True)
    if given.keys() == {"secure"}:  # encrypted as a whole: each changes whenever the whole does
        return {name: fingerprints.placeholder(f"{given['secure']} {name}") for name in names}
    missing = {name: fingerprints.placeholder(name) for name in names}
    return missing | {str(name): _with_placeholders(value, fingerprints, hidden=True) for name, value in given.items()}


def _with_placeholders(value: Any, fingerprints: Fingerprints, hidden: bool = False) -> Any:
    """A value with placeholders for what is encrypted or, if it is hidden, for every value in it."""
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return fingerprints.placeholder(str(value["secure"]))
        return {str(key): _with_placeholders(inner, fingerprints, hidden) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_placeholders(inner, fingerprints, hidden) for inner in value]
    return fingerprints.placeholder(str(value)) if hidden else value


def _required(model: type[BaseModel], config: Mapping[str, Any]) -> Iterator[str]:
    """The names of the secrets that the program requires."""
    annotation: Any = model.model_fields["secrets"].annotation
    # Of several, the first has all secrets; the last is for stacks whose application's secrets come from elsewhere.
    models = get_args(annotation) or (annotation,)
    secrets = models[-1 if config.get(_EXTERNAL) else 0]
    for name, field in secrets.model_fields.items():
        key = field.alias or name
        stated = next((each.needed_by for each in field.metadata if hasattr(each, "needed_by")), "")
        section, part = tuple(stated.split(".")) if stated else _NEEDED.get(key, ("", ""))
        given = config.get(f"{PROJECT}:{section}")
        if field.is_required() or (isinstance(given, dict) and given.get(part)):
            yield key


def _no_cluster(folder: Path) -> dict[str, dict[str, str]]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps({"contexts": [{"name": _CONTEXT}]}))
    return {"existing": {"kubeconfig": str(kubeconfig), "context": _CONTEXT}}
