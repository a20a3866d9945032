"""A stack's configuration as the engine would hand it to the program, from the committed file alone.

What is not committed is a placeholder, and so is every secret: none is decrypted, and the program sees none.
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
"""The optional secrets without which the program refuses an object of the configuration, in revisions whose models do
not say it themselves (`needed_by` of a field's metadata)."""


def read(
    file: Path, model: type[BaseModel], fingerprints: Fingerprints, folder: Path
) -> tuple[dict[str, str], set[str]]:
    """Read a stack file.

    Args:
        file: `Pulumi.<stack>.yaml`.
        model: the program's settings, which say what secrets there have to be.
        fingerprints: what makes placeholders.
        folder: where the kubeconfig of a cluster that does not exist is written.

    Returns:
        Texts by full key, and which of the keys are encrypted.

    Raises:
        UserError: it is not there, or not a good stack file.
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
    """Placeholders for the secrets that are given, encrypted or not, and for those that there have to be."""
    if not isinstance(given, dict):
        return _with_placeholders(given, fingerprints, hidden=True)
    if given.keys() == {"secure"}:  # all together, so that each is another one whenever the whole is
        return {name: fingerprints.placeholder(f"{given['secure']} {name}") for name in names}
    missing = {name: fingerprints.placeholder(name) for name in names}
    return missing | {str(name): _with_placeholders(value, fingerprints, hidden=True) for name, value in given.items()}


def _with_placeholders(value: Any, fingerprints: Fingerprints, hidden: bool = False) -> Any:
    """A value without what is encrypted and, where it is hidden, without any text."""
    if isinstance(value, dict):
        if value.keys() == {"secure"}:
            return fingerprints.placeholder(str(value["secure"]))
        return {str(key): _with_placeholders(inner, fingerprints, hidden) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_placeholders(inner, fingerprints, hidden) for inner in value]
    return fingerprints.placeholder(str(value)) if hidden else value


def _required(model: type[BaseModel], config: Mapping[str, Any]) -> Iterator[str]:
    """The secrets that the program does not work without."""
    annotation: Any = model.model_fields["secrets"].annotation
    # The first of several knows them all; the last is for a stack whose application takes its own from elsewhere.
    models = get_args(annotation) or (annotation,)
    secrets = models[-1 if config.get(_EXTERNAL) else 0]
    for name, field in secrets.model_fields.items():
        key = field.alias or name
        stated = next((found.needed_by for found in field.metadata if hasattr(found, "needed_by")), "")
        section, part = tuple(stated.split(".")) if stated else _NEEDED.get(key, ("", ""))
        given = config.get(f"{PROJECT}:{section}")
        if field.is_required() or (isinstance(given, dict) and given.get(part)):
            yield key


def _no_cluster(folder: Path) -> dict[str, dict[str, str]]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps({"contexts": [{"name": _CONTEXT}]}))
    return {"existing": {"kubeconfig": str(kubeconfig), "context": _CONTEXT}}
